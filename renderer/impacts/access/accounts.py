"""As which ServiceAccount Pods run, whether they get its token, and what they may do more by it.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import embedded_pods, pod_of, text
from renderer.impacts.access.rights import Rights
from renderer.impacts.access.roles import ACCOUNT, Subject
from renderer.impacts.access.templates import is_custom, places
from renderer.impacts.access.tokens import (
    DEFAULT,
    MOUNT,
    account_of,
    name_in,
    owner_of,
    tokens,
    wanted,
)
from renderer.impacts.access.wording import in_words, listed
from renderer.impacts.fields import spec_of, with_keys
from renderer.impacts.losing.flux import KUSTOMIZATION, RELEASE
from renderer.impacts.model import Consequence, Impact
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.access.rights import Right
    from renderer.impacts.access.sides import Access
    from renderer.impacts.access.templates import Template
    from renderer.impacts.access.tokens import Token
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_FLUX = "toolkit.fluxcd.io"  # as its groups end
# Those of its objects that are applied in the name of the ServiceAccount.
_APPLIED = frozenset([KUSTOMIZATION, RELEASE])
_HINT = "give the Pods a ServiceAccount of their own, without a token where none is needed"


def accounts(pods: Iterable[Template], sides: Sides, access: Access) -> Iterator[Consequence]:
    """Pods that speak to the API server, or to others, as somebody who may do more than before.

    Of a Pod that is new it is told what its ServiceAccount may do already; which one a custom
    resource names is told of that (`named`).
    """
    for one in pods:
        new = wanted(one.new, one.namespace)
        old = wanted(one.old, one.namespace) if one.old else None
        if old == new or (one.is_custom and (old is None or old.account != new.account)):
            continue
        before = tokens(old, sides.old) if old else set()
        after = tokens(new, sides.new)
        more = _of_api_server(before, after, access, is_new=old is None)
        reasons = [f"its Pods have a token of {account} now{may}" for account, may in more]
        reasons += [
            f"its Pods have a token of {token.account} for {token.audience} now"
            for token in sorted(after - before)
            if token.audience
            and (access.was_made(token.account) or (old and old.account == token.account))
        ]
        for reason in reasons:
            yield Consequence(
                Impact.OPENS_ACCESS, one.ref, reason, hint=_HINT, is_predicted=one.is_custom
            )


def _of_api_server(
    before: set[Token], after: set[Token], access: Access, *, is_new: bool
) -> Iterator[tuple[Subject, str]]:
    """Whose tokens for the API server are told of, with what they are good for; `is_new` is a Pod
    that was not there."""
    had = [one.account for one in before if not one.audience]
    for account in sorted(one.account for one in after - before if not one.audience):
        is_bound = access.is_bound_before(account)
        known = had or [Subject(ACCOUNT, account.namespace, "")]
        more = [] if is_new and not is_bound else _more(known, account, access)
        if more:
            yield account, f", which may {in_words(more)}"
        elif not is_bound and not access.is_made(account):
            yield account, ", which is not among the manifests, nor is what it may do"
        elif not had and not is_new:
            yield account, ""


def kept(changes: Sequence[Changed], access: Access) -> Iterator[Consequence]:
    """Secrets that hold a token, which never ends."""
    for one in changes:
        owner = owner_of(one.new)
        if owner and owner != owner_of(one.old):
            more = _more([Subject(ACCOUNT, owner.namespace, "")], owner, access)
            may = f", which may {in_words(more)}" if more else ""
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                f"who reads it has a token of {owner} for ever{may}",
                hint="let who needs a token ask for one that ends (TokenRequest)",
            )


def _more(old: Iterable[Subject], new: Subject, access: Access) -> list[Right]:
    """What a ServiceAccount may do that those before it may not; what it may do only now is told
    of the account itself."""
    known = Rights(right for one in old for right in access.old.effective(one))
    own = access.old.effective(new)
    more = (each for right in access.new.effective(new) for each in known.beyond(right))
    return [right for right in more if own.include(right)]


def named(changes: Sequence[Changed], access: Access) -> Iterator[Consequence]:
    """Custom resources that name another ServiceAccount, for whatever is done in its name.

    Where none is named, it is taken for the one of the namespace that Pods have; Flux then has
    rights of its own, and more than any that it is given.
    """
    for one in changes:
        if one.new is None or not is_custom(one.new):
            continue
        before = {place: account for place, _, account in _named(one.old)} if one.old else {}
        yield from _unnamed(one, one.new, before)
        for place, path, account in _named(one.new):
            if place not in before and one.new.ref.group.endswith(_FLUX):
                continue
            old = before.get(place) or Subject(ACCOUNT, account.namespace, DEFAULT)
            is_same = old == account or (one.old is None and not access.is_bound_before(account))
            more = [] if is_same else _more([old], account, access)
            if more:
                yield Consequence(
                    Impact.OPENS_ACCESS,
                    one.change.ref,
                    f"it names {account} now, which may {in_words(more)}",
                    hint=_HINT,
                    field=with_keys(one.new, format_path(path)),
                    is_predicted=True,
                )


def _unnamed(one: Changed, new: Manifest, before: Mapping[Path, Subject]) -> Iterator[Consequence]:
    """https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control"""
    was = before.get(("spec",))
    is_applied = (new.ref.group, new.ref.kind) in _APPLIED
    if was and is_applied and not text(spec_of(new).get("serviceAccountName")):
        yield Consequence(
            Impact.OPENS_ACCESS,
            one.change.ref,
            f"it is applied in the name of Flux itself, which may do anything as it comes, and not"
            f" of {was} any more",
            hint="keep the ServiceAccount, and give it the rights that are missing",
            field="/spec/serviceAccountName",
            is_predicted=True,
        )


def _named(manifest: Manifest) -> Iterator[tuple[Path, Path, Subject]]:
    """The ServiceAccounts that a custom resource names, by their place."""
    for place, path, node, _ in places(manifest):
        field, name = name_in(node)
        if name:
            yield place, (*path, field), Subject(ACCOUNT, manifest.ref.namespace, name)


def mounted(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """ServiceAccounts whose token Pods get now that say nothing of it themselves."""
    for one in changes:
        if one.old is None or one.new is None or one.new.ref.kind != ACCOUNT:
            continue
        if one.old.data.get(MOUNT) is not False or one.new.data.get(MOUNT) is False:
            continue
        account = Subject(ACCOUNT, one.new.ref.namespace, one.new.ref.name)
        pods = [one.label for one in sides.new.all if _takes(one, account)]
        if pods:
            reason = f"the Pods of {listed(pods)} have its token now"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, field=f"/{MOUNT}"
            )


def _takes(manifest: Manifest, account: Subject) -> bool:
    """Whether Pods run as a ServiceAccount, and leave it to that whether they get its token."""
    own = [(pod_of(manifest), manifest.ref.namespace)]
    own += [(pod_of(one), one.ref.namespace or own[0][1]) for one in embedded_pods(manifest)]
    return any(
        pod and pod.spec.get(MOUNT) is None and account_of(pod, home) == account
        for pod, home in own
    )
