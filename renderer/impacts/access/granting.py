"""Whom objects let in that are no roles: of a cloud, of Argo CD, of other namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who that is, and what for"
_AWS = ("mapRoles", "mapUsers")
_GRANT = ("gateway.networking.k8s.io", "ReferenceGrant")

_MEMBER = ("g", "who", "role")

_Grants = set[str]


def granting(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """What is granted to somebody by an object of a known name or kind, and was not before."""
    for one in changes:
        before = _grants(one.old)
        more = sorted(_grants(one.new) - before)
        if more:
            reason = f"it lets in {listed(more)}"
            yield Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT)


def _grants(manifest: Manifest | None) -> _Grants:
    if manifest is None:
        return set()
    ref = manifest.ref
    if (ref.group, ref.kind) == _GRANT:
        return _references(mapping(manifest.data.get("spec")))
    found = _CONFIGS.get(ref.name) if (ref.group, ref.kind) == ("", "ConfigMap") else None
    return found(mapping(manifest.data.get("data"))) if found else set()


def _references(spec: Mapping[str, Any]) -> _Grants:
    """https://gateway-api.sigs.k8s.io/api-types/referencegrant/"""
    return {
        f"each {text(who.get('kind'))} of {text(who.get('namespace'))} to {_target(what)}"
        for _, who in mappings(spec.get("from"))
        for _, what in mappings(spec.get("to"))
    }


def _target(what: Mapping[str, Any]) -> str:
    kind, name = text(what.get("kind")), text(what.get("name"))
    return f"{kind} {name}" if name else f"every {kind}"


def _aws_auth(data: Mapping[str, Any]) -> _Grants:
    """https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html"""
    from renderer.yamldoc.documents import YamlError
    from renderer.yamldoc.stream import read_stream

    found = set()
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


def _argocd_rbac(data: Mapping[str, Any]) -> _Grants:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/"""
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


_CONFIGS: Mapping[str, Callable[[Mapping[str, Any]], _Grants]] = {
    "argocd-rbac-cm": _argocd_rbac,
    "aws-auth": _aws_auth,
}
