"""What Pods may do to their node.

The settings are those of the Pod Security Standards
(https://kubernetes.io/docs/concepts/security/pod-security-standards/) that give more than a
container has without them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.checks.podsecurity.baseline import APPARMOR, CAPABILITIES, HOST_FIELDS
from renderer.checks.podsecurity.violations import Data, contexts, pod_context
from renderer.impacts.fields import with_keys
from renderer.impacts.model import Consequence, Impact
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.pods import Pod
    from renderer.impacts.access.templates import Template
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_NAMELESS = "without a name"  # as custom resources can have them
_NODE_HINT = "take it out, or say in the review why the node has to be open to it"


class Opening(NamedTuple):
    """Something that a Pod, or a container of it, may do; without a place it is what it is."""

    container: str
    what: str


def containers(pods: Iterable[Template]) -> Iterator[Consequence]:
    """What Pods may do to their node after a change that they could not before."""
    for one in pods:
        for opening, path in _more(one.old, one.new).items():
            who = f"container {opening.container} " if opening.container else "its Pods "
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.ref,
                f"{who}{opening.what}",
                hint=_NODE_HINT,
                field=with_keys(one.holder, format_path(path)) if one.holder else "",
                is_predicted=one.is_custom,
            )


def volumes(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """The volumes that are a directory of their node, which no Pod Security looks at.

    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
    """
    for one in changes:
        before, after = (_host_path(side) for side in (one.old, one.new))
        if after and after != before:
            reason = f"who has a claim on it has the path {after} of a node"
            field = "/spec/hostPath"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_NODE_HINT, field=field
            )


def _host_path(manifest: Manifest | None) -> str:
    if manifest is None or (manifest.ref.group, manifest.ref.kind) != ("", "PersistentVolume"):
        return ""
    return text(mapping(mapping(manifest.data.get("spec")).get("hostPath")).get("path"))


def _more(old: Pod | None, new: Pod) -> dict[Opening, Path]:
    """What was not open: where a container only has another name, nothing is.

    Nor is, in a container that is new, what all are open to which say nothing.
    """
    # Empty is the name for what is of the Pod itself.
    known = {"", *(_name(container) for _, container in old.containers)} if old else set()
    before = dict(_openings(old)) if old else {}
    had = Counter(opening.what for opening in before)
    after = dict(_openings(new))
    has = Counter(opening.what for opening in after)
    return {
        opening: path
        for opening, path in after.items()
        if opening not in before
        and (opening.container in known or has[opening.what] > had[opening.what])
        and (opening.container in known or opening.what not in _DEFAULTS)
    }


class _Setting(NamedTuple):
    """A setting of a container that opens something, by its own context and that of the Pod.

    `by_default` tells that every container is open to it which says nothing.
    """

    what: str
    field: str
    is_open: Callable[[Data, Data], bool]
    by_default: bool = False


def _either(field: str) -> Callable[[Data, Data], Any]:
    """The value of a field that a container takes from its Pod where it has none of its own."""
    return lambda own, pod: own.get(field, pod.get(field))


_NO_ARMOR = "is not confined by AppArmor"
_PROFILE, _ARMOR, _NON_ROOT = map(_either, ("seccompProfile", "appArmorProfile", "runAsNonRoot"))
_SETTINGS = (
    _Setting(
        "may do all that its node may (privileged)",
        "privileged",
        lambda own, _: own.get("privileged") is True,
    ),
    _Setting(
        "may get more privileges than its parent (allowPrivilegeEscalation)",
        "allowPrivilegeEscalation",
        lambda own, _: (
            own.get("allowPrivilegeEscalation") is not False and own.get("privileged") is not True
        ),
        by_default=True,
    ),
    _Setting(
        "may run as root (runAsNonRoot is gone)",
        "runAsNonRoot",
        lambda own, pod: _NON_ROOT(own, pod) is not True,
        by_default=True,
    ),
    _Setting(
        "has the capabilities of the runtime (drop: [ALL] is gone)",
        "capabilities",
        lambda own, _: "ALL" not in _items(mapping(own.get("capabilities")).get("drop")),
        by_default=True,
    ),
    _Setting(
        "may make every system call (its seccompProfile is gone)",
        "seccompProfile",
        lambda own, pod: not mapping(_PROFILE(own, pod)),
        by_default=True,
    ),
    _Setting(
        "is not confined by seccomp",
        "seccompProfile",
        lambda own, pod: mapping(_PROFILE(own, pod)).get("type") == "Unconfined",
    ),
    _Setting(
        _NO_ARMOR,
        "appArmorProfile",
        lambda own, pod: mapping(_ARMOR(own, pod)).get("type") == "Unconfined",
    ),
    _Setting(
        "sees all of /proc (procMount)",
        "procMount",
        lambda own, _: own.get("procMount") == "Unmasked",
    ),
)
# https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
_HOST_USERS = "are users of their node (hostUsers: false is gone)"
_DEFAULTS = frozenset([_HOST_USERS, *(one.what for one in _SETTINGS if one.by_default)])


def _openings(pod: Pod) -> Iterator[tuple[Opening, Path]]:
    at = pod.spec_path
    for field in HOST_FIELDS:
        if pod.spec.get(field) is True:
            yield Opening("", f"are in a namespace of the node ({field})"), (*at, field)
    if pod.spec.get("hostUsers") is not False:
        yield Opening("", _HOST_USERS), (*at, "hostUsers")
    for index, volume in mappings(pod.spec.get("volumes")):
        host = volume.get("hostPath")
        if isinstance(host, dict):
            what = f"have the path {text(host.get('path'))} of their node"
            yield Opening("", what), (*at, "volumes", index, "hostPath")
    yield from _of_containers(pod)


def _of_containers(pod: Pod) -> Iterator[tuple[Opening, Path]]:
    shared, _ = pod_context(pod)
    about = mapping(pod.metadata.get("annotations"))
    for container, context, path in contexts(pod):
        name = _name(container)
        armor = f"{APPARMOR}{name}"
        if about.get(armor) == "unconfined" and "appArmorProfile" not in context:
            yield Opening(name, _NO_ARMOR), (*pod.path, "metadata", "annotations", armor)
        for setting in _SETTINGS:
            if setting.is_open(context, shared):
                yield Opening(name, setting.what), (*path, setting.field)
        for capability in _items(mapping(context.get("capabilities")).get("add")):
            if capability not in CAPABILITIES:
                what = f"has the capability {capability}"
                yield Opening(name, what), (*path, "capabilities", "add")
        for index, port in mappings(container.get("ports")):
            if number := port.get("hostPort"):
                what = f"can be reached at the port {number} of its node"
                yield Opening(name, what), (*path[:-1], "ports", index, "hostPort")


def _name(container: Data) -> str:
    return text(container.get("name")) or _NAMELESS


def _items(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
