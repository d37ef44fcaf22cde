"""The controls that the restricted standard adds to baseline, or has in place of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import Pod, mapping
from renderer.checks.podsecurity.baseline import ALWAYS, proc_mount, seccomp
from renderer.checks.podsecurity.violations import (
    Control,
    Data,
    Forbidden,
    Setters,
    Violation,
    added_capabilities,
    contexts,
    has_own_users,
    is_windows,
    listed,
    pod_context,
    visit,
    volumes_of,
)

if TYPE_CHECKING:
    from renderer.patching.pointing import Path

_VOLUMES = frozenset(
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ]
)
OTHER_VOLUMES = frozenset(
    [
        "hostPath",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "gitRepo",
        "nfs",
        "iscsi",
        "glusterfs",
        "rbd",
        "flexVolume",
        "cinder",
        "cephfs",
        "flocker",
        "fc",
        "azureFile",
        "vsphereVolume",
        "quobyte",
        "azureDisk",
        "photonPersistentDisk",
        "portworxVolume",
        "scaleIO",
        "storageos",
    ]
)


def _capabilities_restricted(pod: Pod) -> Violation | None:
    if is_windows(pod):
        return None
    keeping = Setters()
    for container, context, path in contexts(pod):
        dropped = mapping(context.get("capabilities")).get("drop")
        if not isinstance(dropped, list) or "ALL" not in dropped:
            keeping.container(container, (*path, "capabilities", "drop"))
    adding, detail = added_capabilities(pod, frozenset(["NET_BIND_SERVICE"]))
    details = [f'{keeping} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    details += [detail] if adding else []
    if not details:
        return None
    return Violation("unrestricted capabilities", "; ".join(details), keeping.path or adding.path)


def _restricted_volumes(pod: Pod) -> Violation | None:
    names, types, path = volumes_of(pod, _restricted_types)
    if not names:
        return None
    types_shown = listed("restricted volume type", sorted(types))
    verb = "uses" if len(names) == 1 else "use"
    detail = f"{listed('volume', names)} {verb} {types_shown}"
    return Violation("restricted volume types", detail, path)


def _restricted_types(volume: Data) -> list[str]:
    # One without any is an emptyDir: the API server has given it that before the admission.
    types = [key for key, value in volume.items() if key != "name" and value is not None]
    if not types or not _VOLUMES.isdisjoint(types):
        return []
    return [name for name in types if name in OTHER_VOLUMES] or ["unknown"]


def _seccomp_restricted(pod: Pod) -> Violation | None:
    if is_windows(pod):
        return None
    explicit = seccomp(pod)
    context, _ = pod_context(pod)
    if explicit or context.get("seccompProfile") is not None:
        return explicit
    found = Setters()
    for container, own, path in contexts(pod):
        if own.get("seccompProfile") is None:
            found.container(container, (*path, "seccompProfile", "type"))
    detail = (
        f"pod or {found} must set securityContext.seccompProfile.type to"
        ' "RuntimeDefault" or "Localhost"'
    )
    return Violation("seccompProfile", detail, found.path) if found else None


def _privilege_escalation(pod: Pod) -> Violation | None:
    if is_windows(pod):
        return None
    found = Setters()
    for container, context, path in contexts(pod):
        if context.get("allowPrivilegeEscalation") is not False:
            found.container(container, (*path, "allowPrivilegeEscalation"))
    detail = f"{found} must set securityContext.allowPrivilegeEscalation=false"
    return Violation("allowPrivilegeEscalation != false", detail, found.path) if found else None


def _non_root(pod: Pod) -> Violation | None:
    if has_own_users(pod):
        return None
    explicit, implicit = Setters(), Setters()
    context, path = pod_context(pod)
    for_pod = context.get("runAsNonRoot")
    if for_pod is False:
        explicit.pod((*path, "runAsNonRoot"))
    for container, own, at in contexts(pod):
        value = own.get("runAsNonRoot")
        if value is False:
            explicit.container(container, (*at, "runAsNonRoot"))
        elif value is not True and for_pod is not True:
            implicit.container(container, (*at, "runAsNonRoot"))
    if explicit:
        detail = f"{explicit} must not set securityContext.runAsNonRoot=false"
    elif implicit:
        detail = f"pod or {implicit} must set securityContext.runAsNonRoot=true"
    else:
        return None
    return Violation("runAsNonRoot != true", detail, explicit.path or implicit.path)


def _user(pod: Pod) -> Violation | None:
    if has_own_users(pod):
        return None
    found = Setters()

    def forbidden(context: Data, path: Path) -> Forbidden | None:
        user = context.get("runAsUser")
        is_root = user == 0 and not isinstance(user, bool)
        return ((*path, "runAsUser"), ()) if is_root else None

    visit(pod, found, forbidden)
    return (
        Violation("runAsUser=0", f"{found} must not set runAsUser=0", found.path) if found else None
    )


RESTRICTED = (
    *ALWAYS,
    Control(
        "allowPrivilegeEscalation",
        _privilege_escalation,
        "set allowPrivilegeEscalation: false for every container",
    ),
    Control(
        "capabilities_restricted",
        _capabilities_restricted,
        "set capabilities: {drop: [ALL]} for every container; only NET_BIND_SERVICE may be added",
    ),
    Control("procMount_restricted", proc_mount, "leave out procMount"),
    Control(
        "restrictedVolumes",
        _restricted_volumes,
        "use a persistentVolumeClaim: a PersistentVolume may be of any type",
    ),
    Control("runAsNonRoot", _non_root, "set runAsNonRoot: true for the Pod"),
    Control("runAsUser", _user, "set another user, or leave runAsUser out"),
    Control(
        "seccompProfile_restricted",
        _seccomp_restricted,
        "set seccompProfile: {type: RuntimeDefault} for the Pod",
    ),
)
