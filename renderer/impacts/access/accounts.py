"""As which ServiceAccount Pods run, whether they get its token, and what they may do more by it.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import pod_of, text
from renderer.impacts.access.roles import ACCOUNT, Subject
from renderer.impacts.access.templates import is_custom, places
from renderer.impacts.access.wording import in_words, listed
from renderer.impacts.fields import with_keys
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import ObjectRef
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.access.rights import Right
    from renderer.impacts.access.sides import Access
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_DEFAULT = "default"  # the ServiceAccount of Pods that name none
_MOUNT = "automountServiceAccountToken"
_FLUX = "toolkit.fluxcd.io"  # as its groups end
_HINT = "give the Pods a ServiceAccount of their own, without a token where none is needed"


def account_of(manifest: Manifest) -> Subject:
    """The ServiceAccount of the Pods that a manifest is or makes."""
    pod = pod_of(manifest)
    spec = pod.spec if pod else {}
    _, name = _name_in(spec)
    return Subject(ACCOUNT, manifest.ref.namespace, name or _DEFAULT)


def _name_in(spec: Mapping[str, Any]) -> tuple[str, str]:
    """The field that names a ServiceAccount, and what it names; empty where none does."""
    fields = ((field, text(spec.get(field))) for field in ("serviceAccountName", "serviceAccount"))
    return next((one for one in fields if one[1]), ("", ""))


def has_token(manifest: Manifest, objects: ClusterObjects) -> bool:
    """Whether the token of its ServiceAccount is mounted into a Pod: the Pod has the last word."""
    pod = pod_of(manifest)
    own = pod.spec.get(_MOUNT) if pod else False
    if own is None:
        account = account_of(manifest)
        ref = ObjectRef("", ACCOUNT, account.namespace, account.name)
        found = objects.by_ref.get(ref)
        own = found.data.get(_MOUNT) if found else None
    return own is not False


def accounts(changes: Sequence[Changed], sides: Sides, access: Access) -> Iterator[Consequence]:
    """Workloads that speak to the API server as somebody who may do more than before."""
    for one in changes:
        if one.old is None or one.new is None or pod_of(one.new) is None:
            continue
        old, new = account_of(one.old), account_of(one.new)
        if (old, _says(one.old)) == (new, _says(one.new)) or not has_token(one.new, sides.new):
            continue
        had_token = has_token(one.old, sides.old)
        before = old if had_token else Subject(ACCOUNT, new.namespace, "")
        more = _more(before, new, access)
        if more or not had_token:
            may = f", which may {in_words(more)}" if more else ""
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"its Pods have a token of {new} now{may}",
                hint=_HINT,
            )


def _more(old: Subject, new: Subject, access: Access) -> list[Right]:
    """What a ServiceAccount may do that the one before it may not; what it may do only now is told
    of the account itself."""
    known, own = access.old.effective(old), access.old.effective(new)
    more = (each for right in access.new.effective(new) for each in known.beyond(right))
    return [right for right in more if own.include(right)]


def named(changes: Sequence[Changed], access: Access) -> Iterator[Consequence]:
    """Custom resources that name another ServiceAccount, for whatever is done in its name.

    Where none is named, it is taken for the one of the namespace that Pods have; Flux then has
    rights of its own, and more than any that it is given.
    """
    for one in changes:
        if one.old is None or one.new is None or not is_custom(one.new):
            continue
        before = {place: account for place, _, account in _named(one.old)}
        for place, path, account in _named(one.new):
            if place not in before and one.new.ref.group.endswith(_FLUX):
                continue
            old = before.get(place) or Subject(ACCOUNT, account.namespace, _DEFAULT)
            more = _more(old, account, access) if old != account else []
            if more:
                yield Consequence(
                    Impact.OPENS_ACCESS,
                    one.change.ref,
                    f"it names {account} now, which may {in_words(more)}",
                    hint=_HINT,
                    field=with_keys(one.new, format_path(path)),
                    is_predicted=True,
                )


def _named(manifest: Manifest) -> Iterator[tuple[Path, Path, Subject]]:
    """The ServiceAccounts that a custom resource names, by their place."""
    for place, path, node, _ in places(manifest):
        field, name = _name_in(node)
        if name:
            yield place, (*path, field), Subject(ACCOUNT, manifest.ref.namespace, name)


def mounted(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """ServiceAccounts whose token Pods get now that say nothing of it themselves."""
    for one in changes:
        if one.old is None or one.new is None or one.new.ref.kind != ACCOUNT:
            continue
        if one.old.data.get(_MOUNT) is not False or one.new.data.get(_MOUNT) is False:
            continue
        account = Subject(ACCOUNT, one.new.ref.namespace, one.new.ref.name)
        pods = [
            manifest.label
            for manifest in sides.new.all
            if pod_of(manifest) is not None
            and _says(manifest) is None
            and account_of(manifest) == account
        ]
        if pods:
            reason = f"the Pods of {listed(pods)} have its token now"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, field=f"/{_MOUNT}"
            )


def _says(manifest: Manifest) -> object:
    """What a Pod itself says of its token."""
    pod = pod_of(manifest)
    return pod.spec.get(_MOUNT) if pod else None
