"""Whose Pods are replaced: how many, in which order, and how many are there meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping
from renderer.counting import counted
from renderer.impacts.effective import leaves
from renderer.impacts.limits import limit_refusal
from renderer.impacts.model import Consequence, Impact
from renderer.impacts.podsecurity import refusal
from renderer.impacts.remounting import remounted
from renderer.impacts.replicas import scales, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

    _Data = dict[str, Any]

_WITH_STRATEGY = frozenset([("apps", "DaemonSet"), ("apps", "StatefulSet")])
_SHARE = "25%"  # of a Deployment, where it says nothing (pkg/apis/apps/v1/defaults.go)


class _Roll(NamedTuple):
    """What becomes of the Pods of a workload whose template is another."""

    reason: str
    hint: str = ""
    impact: Impact = Impact.ROLLS_PODS


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The workloads whose template is another, also because a name in it has another hash.

    Where no new Pod is let in, none is replaced: that is told with what keeps them out.
    """
    for changed in changes:
        new = changed.new
        if new is None:
            continue
        if not has_other_template(changed):
            yield from _released(changed)
            continue
        if refusal(new, sides.new, sides.validity) or limit_refusal(new, sides.new):
            continue
        path, rolls = _TEMPLATES[new.ref.group, new.ref.kind]
        roll = rolls(new, sides)
        field = "/" + "/".join(path)
        ref = changed.change.ref
        yield Consequence(roll.impact, ref, roll.reason, hint=roll.hint, field=field)
        for reason, hint in remounted(changed.old, new) if changed.old else ():
            yield Consequence(roll.impact, ref, reason, hint=hint)


def _released(changed: Changed) -> Iterator[Consequence]:
    """What held back another template that came before, and does not any more."""
    if changed.old is None or changed.new is None or changed.old.ref != changed.new.ref:
        return
    before, after = (_held_back_by(one) for one in (changed.old, changed.new))
    for field, held in before.items():
        if after.get(field, 0) < held:
            reason = "what it held back is rolled out now, if anything was changed meanwhile"
            yield Consequence(
                Impact.ROLLS_PODS, changed.change.ref, reason, field=field, is_predicted=True
            )


def _held_back_by(manifest: Manifest) -> Mapping[str, int]:
    """How much each field of a workload keeps from being replaced: a flag, or ordinals."""
    spec = mapping(manifest.data.get("spec"))
    if (manifest.ref.group, manifest.ref.kind) == ("apps", "Deployment"):
        return {"/spec/paused": int(spec.get("paused") is True)}
    if (manifest.ref.group, manifest.ref.kind) not in _WITH_STRATEGY:
        return {}
    strategy = mapping(spec.get("updateStrategy"))
    partition = mapping(strategy.get("rollingUpdate")).get("partition")
    return {
        "/spec/updateStrategy/type": int(strategy.get("type") == "OnDelete"),
        "/spec/updateStrategy/rollingUpdate/partition": (
            partition if isinstance(partition, int) else 0
        ),
    }


def has_other_template(changed: Changed) -> bool:
    """Whether it is a workload, there before and after, that makes other Pods now."""
    old, new = changed.old, changed.new
    if old is None or new is None or old.ref != new.ref:
        return False
    found = _TEMPLATES.get((new.ref.group, new.ref.kind))
    return found is not None and any(leaf.is_below(found[0]) for leaf in leaves(changed))


def may_be_missing(deployment: Manifest, replicas: int) -> int:
    """How many of the Pods of a Deployment may be away while they are replaced.

    pkg/controller/deployment/util/deployment_util.go, ResolveFenceposts.
    """
    strategy = mapping(mapping(deployment.data.get("spec")).get("strategy"))
    if strategy.get("type") == "Recreate":
        return replicas
    rolling = mapping(strategy.get("rollingUpdate"))
    surge = share(rolling.get("maxSurge", _SHARE), replicas, up=True) or 0
    missing = share(rolling.get("maxUnavailable", _SHARE), replicas, up=False) or 0
    if not surge and not missing:
        missing = 1
    return min(missing, replicas)


def _deployment(new: Manifest, sides: Sides) -> _Roll:
    """pkg/controller/deployment: rolling.go, recreate.go."""
    spec = mapping(new.data.get("spec"))
    if spec.get("paused") is True:
        return _Roll(
            "nothing is replaced until it is resumed: it is paused", impact=Impact.IN_PLACE
        )
    pods = _replicas(new, sides)
    if pods.least == 0 and not pods.is_scaled:
        return _none_runs()
    strategy = mapping(spec.get("strategy"))
    if strategy.get("type") == "Recreate":
        return _Roll(f"{pods} replaced, all at once (Recreate): down meanwhile")
    return _Roll(*_meanwhile(pods, may_be_missing(new, pods.least), new))


def _meanwhile(pods: _Pods, missing: int, new: Manifest) -> tuple[str, str]:
    if not missing:
        each = "" if pods == _Pods(1) else "each "
        return f"{pods} replaced, {each}after the new one is ready", ""
    if missing >= pods.least:
        return f"{pods} replaced, without one that is ready: down meanwhile", (
            "let maxSurge be 1 and maxUnavailable 0, so that the new Pod is ready first"
            if new.ref.kind == "Deployment"
            else ""
        )
    return f"{pods} replaced, {missing} at a time", ""


def _stateful_set(new: Manifest, sides: Sides) -> _Roll:
    """pkg/controller/statefulset/stateful_set_control.go: from the last ordinal to the first."""
    spec = mapping(new.data.get("spec"))
    strategy = mapping(spec.get("updateStrategy"))
    if strategy.get("type") == "OnDelete":
        return _on_delete()
    pods = _replicas(new, sides)
    rolling = mapping(strategy.get("rollingUpdate"))
    partition = rolling.get("partition")
    if isinstance(partition, int) and partition > 0:
        first = mapping(spec.get("ordinals")).get("start", 0)
        count = pods.least - max(partition - (first if isinstance(first, int) else 0), 0)
        if count <= 0:
            reason = "none of its Pods is replaced: they are below its partition"
            return _Roll(reason, impact=Impact.IN_PLACE)
        return _Roll(f"{count} of {pods.number} Pods replaced, those from its partition on")
    if pods.least == 0 and not pods.is_scaled:
        return _none_runs()
    if pods.least == 1:
        return _Roll(f"{pods} replaced: down meanwhile")
    return _Roll(f"{pods} replaced one after the other, from the last on")


def _daemon_set(new: Manifest, _sides: Sides) -> _Roll:
    """pkg/controller/daemon/update.go."""
    strategy = mapping(mapping(new.data.get("spec")).get("updateStrategy"))
    if strategy.get("type") == "OnDelete":
        return _on_delete()
    rolling = mapping(strategy.get("rollingUpdate"))
    if rolling.get("maxSurge") not in (None, 0, "0%"):
        return _Roll("the Pod of each node is replaced, after the new one is ready")
    missing = rolling.get("maxUnavailable", 1)
    return _Roll(f"the Pod of each node is replaced, {missing} at a time")


def _cron_job(_new: Manifest, _sides: Sides) -> _Roll:
    return _Roll("from its next Job on", impact=Impact.IN_PLACE)


def _only_new(_new: Manifest, _sides: Sides) -> _Roll:
    return _Roll("only in Pods that are made from now on", impact=Impact.IN_PLACE)


def _pod(_new: Manifest, _sides: Sides) -> _Roll:
    """The kubelet restarts a container whose image is another (pkg/kubelet/kuberuntime)."""
    return _Roll("the container is restarted with the other image: down meanwhile")


def _on_delete() -> _Roll:
    reason = "its Pods are replaced only when they are deleted (OnDelete)"
    return _Roll(reason, hint="delete them one by one", impact=Impact.IN_PLACE)


def _none_runs() -> _Roll:
    return _Roll("it has no Pods", impact=Impact.IN_PLACE)


# The path of the template, and what another one does.
_TEMPLATES: Mapping[Kind, tuple[tuple[str, ...], Callable[[Manifest, Sides], _Roll]]] = {
    ("apps", "Deployment"): (("spec", "template"), _deployment),
    ("apps", "StatefulSet"): (("spec", "template"), _stateful_set),
    ("apps", "DaemonSet"): (("spec", "template"), _daemon_set),
    ("apps", "ReplicaSet"): (("spec", "template"), _only_new),
    ("", "ReplicationController"): (("spec", "template"), _only_new),
    ("batch", "CronJob"): (("spec", "jobTemplate"), _cron_job),
    ("", "Pod"): (("spec", "containers", "*", "image"), _pod),
}


class _Pods(NamedTuple):
    """How many Pods a workload has; an autoscaler may have made more of them."""

    least: int
    most: int | None = None

    @property
    def is_scaled(self) -> bool:
        return self.most is not None

    @property
    def number(self) -> str:
        return f"{self.least} to {self.most}" if self.is_scaled else str(self.least)

    def __str__(self) -> str:
        if self.is_scaled:
            return f"{self.number} Pods are"
        return f"{counted(self.least, 'Pod')} {'is' if self.least == 1 else 'are'}"


def _replicas(new: Manifest, sides: Sides) -> _Pods:
    """The replicas that a workload says, else those of its HorizontalPodAutoscaler."""
    said = mapping(new.data.get("spec")).get("replicas")
    if isinstance(said, int):
        return _Pods(said)
    for one in sides.new.of_kind("autoscaling", "HorizontalPodAutoscaler"):
        spec = mapping(one.data.get("spec"))
        least, most = spec.get("minReplicas", 1), spec.get("maxReplicas")
        if isinstance(most, int) and scales(one, new.ref):
            return _Pods(least if isinstance(least, int) else 1, most)
    return _Pods(1)
