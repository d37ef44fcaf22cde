"""Whom objects let in that are no roles: of a cloud, of Argo CD, of other namespaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.impacts import aws_auth
from renderer.impacts.access import argocd, gateways
from renderer.impacts.access.grants import Grant, beyond
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who that is, and what for"
# By which a ServiceAccount is an account of a cloud too: of AWS, Google Cloud and Azure.
_IDENTITIES = (
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
)

_Data = Mapping[str, Any]


class _Granting(NamedTuple):
    """What an object does that grants something, and what of it is new, in words."""

    does: str
    more: Callable[[_Data, _Data], list[str]]


def granting(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """What is granted to somebody by an object of a known name or kind, and was not before."""
    for one in changes:
        known = _known(one.new)
        if known is None or one.new is None:
            continue
        more = known.more(one.old.data if one.old else {}, one.new.data)
        if more:
            reason = f"{known.does} {listed(more)}"
            yield Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT)


def _known(manifest: Manifest | None) -> _Granting | None:
    if manifest is None:
        return None
    group, kind, _, name = manifest.ref
    return _KINDS.get((group, kind, "")) or _KINDS.get((group, kind, name))


def _identities(old: _Data, new: _Data) -> list[str]:
    before, after = annotations_of(old), annotations_of(new)
    was = {str(before.get(name)) for name in _IDENTITIES}
    return sorted({str(after[name]) for name in _IDENTITIES if after.get(name)} - was)


def _aws_auth(old: _Data, new: _Data) -> list[str]:
    return beyond(_mapped(old), _mapped(new))


def _mapped(config: _Data) -> Iterator[Grant]:
    for key, one in aws_auth.roles_and_users(config).items():
        for group in one.groups:
            yield Grant(f"{one.arn} as {group}", (key, "group", group))
        if one.user:
            yield Grant(f"{one.arn} as the user {one.user}", (key, "user", one.user))
    for account in aws_auth.accounts(config):
        yield Grant(f"whoever the account {account} of AWS has", ("account", account))


_KINDS: Mapping[tuple[str, str, str], _Granting] = {
    ("", "ConfigMap", "argocd-cm"): _Granting("it lets in", argocd.accounts),
    ("", "ConfigMap", "argocd-cmd-params-cm"): _Granting("it lets in", argocd.parameters),
    ("", "ConfigMap", "argocd-rbac-cm"): _Granting("it lets in", argocd.rbac),
    ("", "ConfigMap", aws_auth.NAME): _Granting("it lets in", _aws_auth),
    ("", "ServiceAccount", ""): _Granting("who runs as it acts in the cloud as", _identities),
    (gateways.GROUP, "Gateway", ""): _Granting("it lets in", gateways.listeners),
    (gateways.GROUP, "ReferenceGrant", ""): _Granting("it lets in", gateways.references),
}
