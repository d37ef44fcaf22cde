"""What a Pod is open to that Pods are not without saying so, and what of it means more.

The settings are those of the Pod Security Standards, baseline and restricted
(https://kubernetes.io/docs/concepts/security/pod-security-standards/); others name their source.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import calls, mapping, mappings, text
from renderer.checks.podsecurity.baseline import (
    APPARMOR,
    CAPABILITIES,
    HOST_FIELDS,
    SELINUX_TYPES,
    SYSCTLS,
)
from renderer.checks.podsecurity.restricted import OTHER_VOLUMES
from renderer.checks.podsecurity.violations import Data, contexts, pod_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.checks.pods import Pod
    from renderer.patching.pointing import Path

_NAMELESS = "without a name"  # as custom resources can have them
# What containerd gives where nothing is said (pkg/oci/spec.go, defaultUnixCaps).
_OF_RUNTIME = sorted({*CAPABILITIES, "NET_RAW"})
# What handlers of RuntimeClasses are called by which a Pod has a kernel of its own.
_SANDBOXES = ("firecracker", "gvisor", "kata", "runsc")

# Of Pods, after "its Pods".
_IN_NAMESPACE = "are in a namespace of the node ({})"
_HAVE_PATH = "have the path {} of their node"
_STORAGE = "have storage that no claim gives them ({})"
_SYSCTL = "set {}, which is no safe sysctl"
# https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
_HOST_USERS = "are users of their node (hostUsers: false is gone)"
# https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/
_SHARED = "have containers that see what the processes of each other hold (shareProcessNamespace)"
# https://kubernetes.io/docs/concepts/containers/runtime-class/
_KERNEL = "have the kernel of their node (the sandbox that runtimeClassName named is gone)"
# Of containers, after the name.
_PRIVILEGED = "may do all that its node may (privileged)"
_HOST_PROCESS = "may do all that its node may (hostProcess)"
_ESCALATES = "may get more privileges than its parent (allowPrivilegeEscalation)"
_ROOT = "runs as root (runAsUser: 0)"
_MAYBE_ROOT = "may run as root (runAsNonRoot, or the number of another user, is gone)"
_RUNTIME = "has the capabilities of the runtime (drop: [ALL] is gone)"
_KEPT = "has the capability {} (its drop is gone)"
_CAPABILITY = "has the capability {}"
_CALLS = "may make every system call (its seccompProfile is gone)"
_NO_SECCOMP = "is not confined by seccomp"
_NO_ARMOR = "is not confined by AppArmor"
_SELINUX = "has {} of SELinux"
_PROC = "sees all of /proc (procMount)"
_PORT = "can be reached at the port {} of its node"
_CALLED = "has the node call {}"
_READS = "can read the path {} of its node"
_WRITES = "can write to the path {} of its node"

_AT_PATHS = frozenset([_HAVE_PATH, _READS, _WRITES])
_CONFINED = frozenset(
    [
        *(_ESCALATES, _RUNTIME, _KEPT, _CAPABILITY, _CALLS, _NO_SECCOMP, _NO_ARMOR),
        *(_SELINUX, _PROC),
    ]
)
# What means another one too, whatever it is of; or the same of it.
_INCLUDES: Mapping[str, frozenset[str]] = {
    _NO_SECCOMP: frozenset([_CALLS]),
    _PRIVILEGED: _CONFINED,
    _ROOT: frozenset([_MAYBE_ROOT]),
}
_INCLUDES_SAME = {_KEPT: _CAPABILITY, _WRITES: _READS}


class Opening(NamedTuple):
    """Something that a container may do, or the Pod itself where that is empty; what it is of."""

    container: str
    kind: str
    of: str = ""

    def __str__(self) -> str:
        return self.kind.format(self.of)

    @property
    def is_usual(self) -> bool:
        """Whether all that is new is open to it which says nothing."""
        return self.kind in _USUAL

    def includes(self, other: Opening) -> bool:
        """Whether who may do this may do the other as well."""
        if self.container != other.container:
            return False
        if other.kind in _INCLUDES.get(self.kind, ()):
            return True
        if other.kind not in (self.kind, _INCLUDES_SAME.get(self.kind)):
            return False
        if self.kind in _AT_PATHS:
            return is_below(other.of, self.of)
        return self.of == other.of or (self.kind == _CAPABILITY and self.of == "ALL")

    def tells(self, other: Opening) -> bool:
        """Whether the other one need not be told beside it."""
        is_all = self.container == other.container and (self.kind, other.kind) == (_RUNTIME, _KEPT)
        return is_all or self.includes(other)


def is_below(path: str, above: str) -> bool:
    """Whether a path of a node is another one, or in it."""
    inner, outer = (posixpath.normpath(f"/{one}").rstrip("/") for one in (path, above))
    return inner == outer or inner.startswith(f"{outer}/")


def name_of(container: Data) -> str:
    """What a container is called."""
    return text(container.get("name")) or _NAMELESS


class _Setting(NamedTuple):
    """A field of the context of a container that opens something, by that and the Pod's."""

    kind: str
    field: str
    is_open: Callable[[Data, Data], bool]


def _either(field: str) -> Callable[[Data, Data], Any]:
    """The value of a field that a container takes from its Pod where it has none of its own."""
    return lambda own, pod: own.get(field, pod.get(field))


_PROFILE, _ARMOR, _OPTIONS = map(_either, ("seccompProfile", "appArmorProfile", "seLinuxOptions"))
_NON_ROOT, _USER = map(_either, ("runAsNonRoot", "runAsUser"))


def _is_root(own: Data, pod: Data) -> bool:
    """With runAsNonRoot no such container is started (kubelet, verifyRunAsNonRoot)."""
    user = _USER(own, pod)
    return user == 0 and not isinstance(user, bool) and _NON_ROOT(own, pod) is not True


def _is_process_of_host(own: Data, pod: Data) -> bool:
    options = (mapping(one.get("windowsOptions")) for one in (own, pod))
    return next((one["hostProcess"] for one in options if "hostProcess" in one), None) is True


_SETTINGS = (
    _Setting(_PRIVILEGED, "privileged", lambda own, _: own.get("privileged") is True),
    _Setting(_HOST_PROCESS, "windowsOptions", _is_process_of_host),
    _Setting(
        _ESCALATES,
        "allowPrivilegeEscalation",
        lambda own, _: own.get("allowPrivilegeEscalation") is not False,
    ),
    _Setting(_ROOT, "runAsUser", _is_root),
    _Setting(
        _MAYBE_ROOT,
        "runAsNonRoot",
        lambda own, pod: _NON_ROOT(own, pod) is not True and not _USER(own, pod),
    ),
    _Setting(_RUNTIME, "capabilities", lambda own, _: "ALL" not in _capabilities(own, "drop")),
    _Setting(_CALLS, "seccompProfile", lambda own, pod: not mapping(_PROFILE(own, pod))),
    _Setting(
        _NO_SECCOMP,
        "seccompProfile",
        lambda own, pod: mapping(_PROFILE(own, pod)).get("type") == "Unconfined",
    ),
    _Setting(
        _NO_ARMOR,
        "appArmorProfile",
        lambda own, pod: mapping(_ARMOR(own, pod)).get("type") == "Unconfined",
    ),
    _Setting(_PROC, "procMount", lambda own, _: own.get("procMount") == "Unmasked"),
)
_USUAL = frozenset(
    [_CALLS, _ESCALATES, _HOST_USERS, _KEPT, _KERNEL, _MAYBE_ROOT, _RUNTIME, _SHARED]
)


def openings(pod: Pod) -> Iterator[tuple[Opening, Path]]:
    """What a Pod and its containers are open to, each with the field that says so."""
    at, spec = pod.spec_path, pod.spec
    for field in HOST_FIELDS:
        if spec.get(field) is True:
            yield Opening("", _IN_NAMESPACE, field), (*at, field)
    if spec.get("hostUsers") is not False:
        yield Opening("", _HOST_USERS), (*at, "hostUsers")
    if spec.get("shareProcessNamespace") is True and len(pod.containers) > 1:
        yield Opening("", _SHARED), (*at, "shareProcessNamespace")
    if not any(one in text(spec.get("runtimeClassName")).lower() for one in _SANDBOXES):
        yield Opening("", _KERNEL), (*at, "runtimeClassName")
    shared, path = pod_context(pod)
    for index, sysctl in mappings(shared.get("sysctls")):
        name = text(sysctl.get("name"))
        if name not in SYSCTLS:
            yield Opening("", _SYSCTL, name), (*path, "sysctls", index)
    yield from _of_volumes(pod)
    yield from _of_containers(pod)


def _of_volumes(pod: Pod) -> Iterator[tuple[Opening, Path]]:
    """Storage that no claim gives, and paths of the node: those are open to who mounts them."""
    mounts = [
        (container, mount, (*path, "volumeMounts", index))
        for path, container in pod.containers
        for index, mount in mappings(container.get("volumeMounts"))
    ]
    mounted = {text(mount.get("name")) for _, mount, _ in mounts}
    paths: dict[str, str] = {}
    for index, volume in mappings(pod.spec.get("volumes")):
        at, name = (*pod.spec_path, "volumes", index), text(volume.get("name"))
        for kind in sorted(OTHER_VOLUMES.intersection(volume)):
            source = mapping(volume[kind])
            where = [one for field in ("server", "path") if (one := text(source.get(field)))]
            if kind != "hostPath":
                yield Opening("", _STORAGE, " ".join([kind, *where])), (*at, kind)
                continue
            paths[name] = text(source.get("path"))
            if name not in mounted:
                yield Opening("", _HAVE_PATH, paths[name]), (*at, kind)
    for container, mount, at in mounts:
        if text(mount.get("name")) in paths:
            path = posixpath.join(paths[text(mount.get("name"))], text(mount.get("subPath")))
            kind = _READS if mount.get("readOnly") is True else _WRITES
            yield Opening(name_of(container), kind, posixpath.normpath(path)), at


def _of_containers(pod: Pod) -> Iterator[tuple[Opening, Path]]:
    shared, shared_path = pod_context(pod)
    about = mapping(pod.metadata.get("annotations"))
    for container, own, path in contexts(pod):
        name = name_of(container)
        armor = f"{APPARMOR}{name}"
        if about.get(armor) == "unconfined" and "appArmorProfile" not in own:
            yield Opening(name, _NO_ARMOR), (*pod.path, "metadata", "annotations", armor)
        for setting in _SETTINGS:
            if setting.is_open(own, shared):
                is_shared = setting.field in shared and setting.field not in own
                yield (
                    Opening(name, setting.kind),
                    (*(shared_path if is_shared else path), setting.field),
                )
        for capability, kind, field in _held(own):
            yield Opening(name, kind, capability), (*path, "capabilities", field)
        for what in _selinux(mapping(_OPTIONS(own, shared))):
            at = path if "seLinuxOptions" in own else shared_path
            yield Opening(name, _SELINUX, what), (*at, "seLinuxOptions")
        yield from _of_network(container, path[:-1])


def _of_network(container: Data, at: Path) -> Iterator[tuple[Opening, Path]]:
    name = name_of(container)
    for index, port in mappings(container.get("ports")):
        if number := port.get("hostPort"):
            yield Opening(name, _PORT, str(number)), (*at, "ports", index, "hostPort")
    for path, call in calls(container):
        if host := text(call.get("host")):
            yield Opening(name, _CALLED, host), (*at, *path, "host")


def _held(context: Data) -> Iterator[tuple[str, str, str]]:
    """The capabilities of a container, each with what to say of it and the field."""
    added, dropped = (_capabilities(context, one) for one in ("add", "drop"))
    for one in added:
        if one not in CAPABILITIES or ("ALL" in dropped and one != "NET_BIND_SERVICE"):
            yield one, _CAPABILITY, "add"
    if "ALL" not in dropped:
        for one in _OF_RUNTIME:
            if one not in dropped:
                yield one, _KEPT, "drop"


def _selinux(options: Data) -> Iterator[str]:
    kind = text(options.get("type"))
    if kind not in SELINUX_TYPES:
        yield f"the type {kind}"
    for field in ("role", "user"):
        if options.get(field):
            yield f"the {field} {options[field]}"


def _capabilities(context: Data, field: str) -> list[str]:
    found = mapping(context.get("capabilities")).get(field)
    return [str(one) for one in found] if isinstance(found, list) else []
