"""Whom objects let in that are no roles: of a cloud, of Argo CD, of other namespaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who that is, and what for"
_AWS = ("mapRoles", "mapUsers")
_MEMBER = ("g", "who", "role")
# By which a ServiceAccount is an account of a cloud too: of AWS, Google Cloud and Azure.
_IDENTITIES = (
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
)

_Data = Mapping[str, Any]
_Grants = set[str]


class _Granting(NamedTuple):
    """What an object does that grants something, and the reading of what it grants to whom."""

    does: str
    grants: Callable[[_Data], _Grants]


def granting(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """What is granted to somebody by an object of a known name or kind, and was not before."""
    for one in changes:
        known = _known(one.new)
        if known is None or one.new is None:
            continue
        more = known.grants(one.new.data) - (known.grants(one.old.data) if one.old else set())
        if more:
            reason = f"{known.does} {listed(sorted(more))}"
            yield Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT)


def _known(manifest: Manifest | None) -> _Granting | None:
    if manifest is None:
        return None
    group, kind, _, name = manifest.ref
    return _KINDS.get((group, kind, "")) or _KINDS.get((group, kind, name))


def _identities(account: _Data) -> _Grants:
    about = annotations_of(account)
    return {str(about[name]) for name in _IDENTITIES if about.get(name)}


def _references(grant: _Data) -> _Grants:
    """https://gateway-api.sigs.k8s.io/api-types/referencegrant/"""
    spec = mapping(grant.get("spec"))
    return {
        f"each {text(who.get('kind'))} of {text(who.get('namespace'))} to {_target(what)}"
        for _, who in mappings(spec.get("from"))
        for _, what in mappings(spec.get("to"))
    }


def _target(what: _Data) -> str:
    kind, name = text(what.get("kind")), text(what.get("name"))
    return f"{kind} {name}" if name else f"every {kind}"


def _aws_auth(config: _Data) -> _Grants:
    """https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html"""
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    data, found = mapping(config.get("data")), set()
    for key in _AWS:
        try:
            entries = [*read_stream(text(data.get(key)))]
        except YamlError:
            continue
        for _, entry in mappings(entries[0] if entries else None):
            who = text(entry.get("rolearn")) or text(entry.get("userarn"))
            groups = entry.get("groups")
            for group in groups if isinstance(groups, list) else ():
                found.add(f"{who} as {group}")
    return found


def _argocd_rbac(config: _Data) -> _Grants:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/"""
    data = mapping(config.get("data"))
    default = text(data.get("policy.default"))
    found = {f"everybody as {default}"} if default else set()
    for key, value in data.items():
        if key.startswith("policy.") and key.endswith("csv"):
            for line in text(value).splitlines():
                parts = [part.strip() for part in line.split(",")]
                if parts[0] == "g" and len(parts) == len(_MEMBER):
                    found.add(f"{parts[1]} as {parts[2]}")
                elif parts[0] == "p" and parts[-1] == "allow":
                    found.add(f"{parts[1]} to {' '.join(parts[2:-1])}")
    return found


_KINDS: Mapping[tuple[str, str, str], _Granting] = {
    ("", "ConfigMap", "argocd-rbac-cm"): _Granting("it lets in", _argocd_rbac),
    ("", "ConfigMap", "aws-auth"): _Granting("it lets in", _aws_auth),
    ("", "ServiceAccount", ""): _Granting("who runs as it acts in the cloud as", _identities),
    ("gateway.networking.k8s.io", "ReferenceGrant", ""): _Granting("it lets in", _references),
}
