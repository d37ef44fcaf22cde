"""When the API server takes a change of a field that it else refuses to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from renderer.changes.model import ABSENT
from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.effective import ITEM, Leaf
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides

    _Data = dict[str, Any]

Exemption = Callable[["Changed", Leaf, "Sides"], bool]

_TEMPLATE = ("spec", "template")
_SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")
_SINCE_RESOURCES = "1.36"  # MutablePodResourcesForSuspendedJobs is beta
_NODE_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def never(_changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """Nothing makes the API server take it."""
    return False


def is_not_immutable(changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """A ConfigMap or Secret that has not been made immutable."""
    return _old(changed).get("immutable") is not True


def was_not_set(_changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """The field may be set once."""
    return leaf.old is ABSENT and leaf.path[-1] != ITEM


def is_not_taken_out(_changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """The field may have another value."""
    return leaf.new is not ABSENT


def is_taken_out(_changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """The field may be left out: what the API server knows stays."""
    return leaf.new is ABSENT


def is_whole_item(_changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """An item of a list comes or goes."""
    return leaf.path[-1] == ITEM


def is_same_set(changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """The scopes of a quota are the same, in another order or more than once."""
    before, after = (_spec(one).get("scopes") for one in (_old(changed), _new(changed)))
    if not isinstance(before, list) or not isinstance(after, list):
        return False
    return {*map(str, before)} == {*map(str, after)}


def keeps_cluster_ip(changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """What is left out stays as it is (registry/core/service/storage, patchAllocatedValues)."""
    return leaf.new in (ABSENT, "") or _is_external(changed)


def keeps_first_family(changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """A second family may come or go; a headless Service is free."""
    specs = _spec(_old(changed)), _spec(_new(changed))
    is_headless = [one.get("clusterIP") == "None" for one in specs]
    if _is_external(changed) or any(is_headless):
        return True
    before, after = ([*(one.get("ipFamilies") or ())] for one in specs)
    return leaf.new is ABSENT or not before or before[:1] == after[:1]


def is_or_was_no_load_balancer(changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """The class of a load balancer counts while it is one."""
    types = {_spec(one).get("type") for one in (_old(changed), _new(changed))}
    return types != {"LoadBalancer"}


def keeps_health_check(changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """A port that is left out stays as it is."""
    needs = [
        _spec(one).get("type") == "LoadBalancer"
        and _spec(one).get("externalTrafficPolicy") == "Local"
        for one in (_old(changed), _new(changed))
    ]
    return leaf.new in (ABSENT, 0) or not all(needs)


def is_default_class(_changed: Changed, leaf: Leaf, sides: Sides) -> bool:
    """A claim without a class has got the default one, and may say so."""
    if leaf.path != ("spec", "storageClassName") or leaf.old is not ABSENT:
        return False
    classes = sides.old.of_kind("storage.k8s.io", "StorageClass")
    return any(
        one.ref.name == leaf.new and "true" in map(annotations_of(one.data).get, _DEFAULT_CLASS)
        for one in classes
    )


def was_not_set_on_volume(_changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """Where a volume can be attached may be said once, and with what a driver expands it."""
    if leaf.path[:2] == ("spec", "nodeAffinity"):
        return leaf.old is ABSENT and "nodeAffinity" not in _spec(_old(_changed))
    secret = ("spec", "csi", "controllerExpandSecretRef")
    csi = mapping(_spec(_old(_changed)).get("csi"))
    return leaf.path[:3] == secret and bool(csi) and secret[-1] not in csi


def is_selected_or_new(changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """Labels that the selector was not made from."""
    return leaf.old is ABSENT or bool(_spec(_new(changed)).get("selector"))


def is_free_in_pod(changed: Changed, leaf: Leaf, _sides: Sides) -> bool:
    """A deadline may come or be sooner, a toleration come, a gate of scheduling go."""
    match leaf.path[1:2]:
        case ("activeDeadlineSeconds",):
            old, new = leaf.old, leaf.new
            return new is not ABSENT and (old is ABSENT or old >= new)
        case ("tolerations",):
            before, after = (_tolerations(one) for one in (_old(changed), _new(changed)))
            return all(one in after for one in before)
        case ("schedulingGates",):
            return leaf.new is ABSENT
    return False


def is_free_in_suspended_job(changed: Changed, leaf: Leaf, sides: Sides) -> bool:
    """Where its Pods may run, and what they are called, until a suspended Job is let go.

    Since 1.36 also the resources of its containers.
    """
    if _spec(_old(changed)).get("suspend") is not True:
        return False
    below = leaf.path[len(_TEMPLATE) :]
    match below:
        case ("metadata", "labels" | "annotations", *_):
            return True
        case ("spec", field, *_) if field in _SCHEDULING:
            return True
        case ("spec", "affinity", "nodeAffinity", *_):
            return True
        case ("spec", "containers" | "initContainers", "*", "resources", *_):
            return sides.kubernetes >= _SINCE_RESOURCES
    return False


def follows_parallelism(changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """An indexed Job is scaled by both."""
    spec = _spec(_new(changed))
    both = spec.get("completions"), spec.get("parallelism", 1)
    return spec.get("completionMode") == "Indexed" and both[0] == both[1]


def adds_second_range(changed: Changed, _leaf: Leaf, _sides: Sides) -> bool:
    """One range may become two, of both families."""
    before, after = (_spec(one).get("cidrs") for one in (_old(changed), _new(changed)))
    if not isinstance(before, list) or not isinstance(after, list):
        return False
    return len(before) == 1 and len(after) == 2 and after[:1] == before


def _tolerations(data: _Data) -> list[_Data]:
    """Those of a Pod, with what the API server adds (DefaultTolerationSeconds), without seconds."""
    found = [
        {key: one[key] for key in one if key != "tolerationSeconds"}
        for _, one in mappings(_spec(data).get("tolerations"))
    ]
    added = [
        {"key": key, "operator": "Exists", "effect": "NoExecute"}
        for key in _NODE_TAINTS
        if not any(
            one.get("key", "") in ("", key) and one.get("effect", "") in ("", "NoExecute")
            for one in found
        )
    ]
    return found + added


def _is_external(changed: Changed) -> bool:
    return any(
        text(_spec(one).get("type")) == "ExternalName" for one in (_old(changed), _new(changed))
    )


def _spec(data: _Data) -> _Data:
    return mapping(data.get("spec"))


def _old(changed: Changed) -> _Data:
    return changed.old.data if changed.old else {}


def _new(changed: Changed) -> _Data:
    return changed.new.data if changed.new else {}
