"""What stays and is changed in place, and what nobody notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.changes.model import ABSENT
from renderer.checks.pods import mapping, mappings, pod_of
from renderer.impacts.effective import leaves
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.effective import Leaf
    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

# Whose labels or annotations others act on: selectors of namespaces, nodes and Pods, aggregation of
# ClusterRoles; controllers of load balancers, Ingresses, identities and storage.
_LABELS: frozenset[Kind] = frozenset(
    [
        *((("", kind)) for kind in ("Namespace", "Node", "PersistentVolume", "Pod", "Service")),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("discovery.k8s.io", "EndpointSlice"),
    ]
)
_ANNOTATIONS: frozenset[Kind] = frozenset(
    [
        *(("", kind) for kind in ("Namespace", "Node", "Pod", "Service", "ServiceAccount")),
        *(("", kind) for kind in ("PersistentVolume", "PersistentVolumeClaim")),
        *(("networking.k8s.io", kind) for kind in ("Ingress", "IngressClass")),
        ("storage.k8s.io", "StorageClass"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ]
)
# Of these, too, whatever is no label of everybody: sidecars look for ConfigMaps by labels, and what
# controllers do with Secrets and custom resources is often said in annotations.
_BY_OTHERS: frozenset[Kind] = frozenset([("", "ConfigMap"), ("", "Secret")])
_OF_EVERYBODY = ("app.kubernetes.io/", "helm.sh/")
_ACTED_ON: Mapping[str, frozenset[Kind]] = {"labels": _LABELS, "annotations": _ANNOTATIONS}
_FILES = ("ConfigMap", "Secret")
# Nobody owns what the API server has copied from stringData to data
# (kubernetes.io/docs/concepts/configuration/secret, "Opaque Secrets").
_LEFT_BEHIND = "what is taken out of stringData stays in the Secret"
_WRITE_EMPTY = "write it to data, or give the Secret another name"


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """One for each object that is made, pruned, changed in place, or not changed at all."""
    for changed in changes:
        ref = changed.change.ref
        if changed.old is None:
            yield Consequence(Impact.IN_PLACE, ref, "")
        elif changed.new is None:
            reason = "its Pods go with it" if pod_of(changed.old) else ""
            yield Consequence(Impact.DELETES, ref, reason)
        elif changed.old.ref == changed.new.ref:
            found = leaves(changed)
            left = [leaf for leaf in found if not _is_unnoticed(leaf, changed)]
            if not left:
                yield Consequence(Impact.NONE, ref, "")
            elif all(_is_left_behind(leaf, changed) for leaf in left):
                yield Consequence(Impact.NONE, ref, _LEFT_BEHIND, hint=_WRITE_EMPTY)
            else:
                yield Consequence(Impact.IN_PLACE, ref, _reason(changed.new, found, sides))


def _is_unnoticed(leaf: Leaf, changed: Changed) -> bool:
    ref = changed.change.ref
    if leaf.path[0] != "metadata" or len(leaf.path) < 2:
        return leaf.path == ("apiVersion",)
    field, kind = leaf.path[1], (ref.group, ref.kind)
    if field not in _ACTED_ON or kind in _ACTED_ON[field]:
        return False
    is_by_others = kind in _BY_OTHERS or ref.group not in BUILT_IN_GROUPS
    return not is_by_others or "".join(leaf.path[2:3]).startswith(_OF_EVERYBODY)


def _is_left_behind(leaf: Leaf, changed: Changed) -> bool:
    return is_secret(changed.change.ref) and leaf.path[0] == "stringData" and leaf.new is ABSENT


def _reason(manifest: Manifest, found: Sequence[Leaf], sides: Sides) -> str:
    """Who does not notice that the content of a ConfigMap or Secret is another."""
    if manifest.ref.group or manifest.ref.kind not in _FILES:
        return ""
    if not any(leaf.path[0] in ("data", "stringData", "binaryData") for leaf in found):
        return ""
    readers = [one.label for one in sides.new.all if _reads_once(one, manifest)]
    if not readers:
        return ""
    first, *rest = sorted(readers)
    more = f" and {len(rest)} more" if rest else ""
    return f"Pods that run keep the old variables until they start anew: {first}{more}"


def _reads_once(workload: Manifest, manifest: Manifest) -> bool:
    """Whether a workload reads it into variables, and not only as files, which follow."""
    from renderer.checks.references import facts_of

    pod = pod_of(workload)
    if pod is None or manifest.ref not in facts_of(workload).uses:
        return False
    field = "configMap" if manifest.ref.kind == "ConfigMap" else "secret"
    for _, container in pod.containers:
        for _, source in mappings(container.get("envFrom")):
            if mapping(source.get(f"{field}Ref")).get("name") == manifest.ref.name:
                return True
        for _, variable in mappings(container.get("env")):
            of = mapping(mapping(variable.get("valueFrom")).get(f"{field}KeyRef"))
            if of.get("name") == manifest.ref.name:
                return True
    return False
