"""What says itself that it does not do any more what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings
from renderer.impacts.endpoints import ENDPOINTS, service_of
from renderer.impacts.outage.foretold import foretold
from renderer.kubernetes.manifests import DEFINITION, annotations_of
from renderer.kubernetes.quantities import amount
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Consequence, Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_HINT = "keep it as it was, or say in the review who needs it no more"
# What a Pod asks for, as quotas call it; of all else they count objects.
_ASKED = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "limits.", "requests.")
    for name in ("cpu", "ephemeral-storage", "memory")
)
_PAUSED_AT = "autoscaling.keda.sh/paused-replicas"
_SECONDS = 10  # how often CronJobs are looked at


def switched_off(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Services without Pods, definitions of which nothing is served, CronJobs that start nothing,
    Jobs that do nothing, quotas that let nothing in, what scales to nothing."""
    for one in changes:
        if one.new is None:
            continue
        why = _KINDS.get((one.new.ref.group, one.new.ref.kind))
        found = why(one.new, sides.new) if why else None
        if why is None or found is None:
            continue
        is_quota = one.new.ref.kind == "ResourceQuota"  # a new one stops what worked without it
        if why(one.old, sides.old) is None if one.old else is_quota:
            yield foretold(one.change.ref, found[0], _HINT, found[1])


_Why = tuple[str, str]  # a reason and a field


def _service(service: Manifest, objects: ClusterObjects) -> _Why | None:
    """https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors"""
    spec = mapping(service.data.get("spec"))
    if spec.get("type") == "ExternalName":
        return "it leads out of the cluster, and to none of its Pods", "/spec/type"
    if mapping(spec.get("selector")) or _has_endpoints(service, objects):
        return None
    return "it has no selector: nobody tells it any more which Pods there are", "/spec/selector"


def _has_endpoints(service: Manifest, objects: ClusterObjects) -> bool:
    """Whether a manifest says where a Service leads to."""
    some = (one for kind in ENDPOINTS for one in objects.of_kind(*kind))
    return any(service_of(one) == service.ref for one in some)


def _definition(definition: Manifest, _: ClusterObjects) -> _Why | None:
    versions = mappings(mapping(definition.data.get("spec")).get("versions"))
    if any(one.get("served") is True for _, one in versions):
        return None
    reason = "no version is served: its objects stay, and nobody can read or change them"
    return reason, "/spec/versions"


def _quota(quota: Manifest, _: ClusterObjects) -> _Why | None:
    """https://kubernetes.io/docs/concepts/policy/resource-quotas/"""
    spec = mapping(quota.data.get("spec"))
    if spec.get("scopes") or spec.get("scopeSelector"):
        return None  # it is for some Pods only
    for name, limit in mapping(spec.get("hard")).items():
        if amount(limit) != 0:
            continue
        kind = name.removeprefix("count/")
        if kind == "pods":
            what = "Pod"
        elif name in _ASKED:
            what = f"Pod with {name}"
        elif name == kind and ("." in name or "/" in name):
            continue  # ports, volumes of a class, devices
        else:
            what = f"object of {kind}"
        reason = f"no new {what} is let into {quota.ref.namespace}, and those that are there stay"
        return reason, format_path(("spec", "hard", name))
    return None


def _cron_job(job: Manifest, _: ClusterObjects) -> _Why | None:
    """https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"""
    spec = mapping(job.data.get("spec"))
    started = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    if spec.get("suspend") is True:
        return "it is suspended, and starts no Job", "/spec/suspend"
    if started.get("suspend") is True:
        return "its Jobs are suspended, and wait for somebody", "/spec/jobTemplate/spec/suspend"
    if started.get("parallelism") == 0:
        return "its Jobs have no Pods", "/spec/jobTemplate/spec/parallelism"
    deadline = spec.get("startingDeadlineSeconds")
    if isinstance(deadline, int) and deadline < _SECONDS:
        reason = f"its Jobs may never start: it is looked at every {_SECONDS} seconds, and after"
        return f"{reason} {deadline} a Job is too late", "/spec/startingDeadlineSeconds"
    return None


def _job(job: Manifest, _: ClusterObjects) -> _Why | None:
    """https://kubernetes.io/docs/concepts/workloads/controllers/job/#suspending-a-job"""
    spec = mapping(job.data.get("spec"))
    if spec.get("suspend") is True:
        return "it is suspended: its Pods are ended, and none is made", "/spec/suspend"
    if spec.get("parallelism") == 0:
        return "it has no Pods until somebody asks for some", "/spec/parallelism"
    return None


def _scaled_object(scaler: Manifest, _: ClusterObjects) -> _Why | None:
    """https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling"""
    if str(annotations_of(scaler.data).get(_PAUSED_AT)) != "0":
        return None
    field = format_path(("metadata", "annotations", _PAUSED_AT))
    return "what it scales has no Pod until it is resumed", field


_KINDS: Mapping[Kind, Callable[[Manifest, ClusterObjects], _Why | None]] = {
    ("", "ResourceQuota"): _quota,
    ("", "Service"): _service,
    ("apiextensions.k8s.io", DEFINITION): _definition,
    ("batch", "CronJob"): _cron_job,
    ("batch", "Job"): _job,
    ("keda.sh", "ScaledObject"): _scaled_object,
}
