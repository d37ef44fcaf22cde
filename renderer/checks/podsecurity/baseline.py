"""The controls of the baseline standard, as k8s.io/pod-security-admission decides them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import Pod, calls, mapping, mappings
from renderer.checks.podsecurity.violations import (
    Control,
    Data,
    Forbidden,
    Setters,
    Violation,
    added_capabilities,
    contexts,
    has_own_users,
    listed,
    pod_context,
    profile_setters,
    quoted,
    visit,
    volumes_of,
)
from renderer.counting import plural

if TYPE_CHECKING:
    from renderer.patching.pointing import Path

CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
SELINUX_TYPES = frozenset(
    ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]
)
SYSCTLS = frozenset(
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ]
)
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
# Of annotations, with the name of a container; taken where no field says something else
# (pkg/registry/core/pod, applyAppArmorVersionSkew).
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def _host_namespaces(pod: Pod) -> Violation | None:
    fields = [field for field in HOST_FIELDS if pod.spec.get(field) is True]
    if not fields:
        return None
    detail = ", ".join(f"{field}=true" for field in fields)
    return Violation("host namespaces", detail, (*pod.spec_path, fields[0]))


def _privileged(pod: Pod) -> Violation | None:
    found = Setters()
    for container, context, path in contexts(pod):
        if context.get("privileged") is True:
            found.container(container, (*path, "privileged"))
    detail = f"{found} must not set securityContext.privileged=true"
    return Violation("privileged", detail, found.path) if found else None


def _capabilities_baseline(pod: Pod) -> Violation | None:
    found, detail = added_capabilities(pod, CAPABILITIES)
    return Violation("non-default capabilities", detail, found.path) if found else None


def _host_path_volumes(pod: Pod) -> Violation | None:
    names, _, path = volumes_of(
        pod, lambda volume: ["hostPath"] if volume.get("hostPath") is not None else []
    )
    return Violation("hostPath volumes", listed("volume", names), path) if names else None


def _host_ports(pod: Pod) -> Violation | None:
    found = Setters()
    for path, container in pod.containers:
        for index, port in mappings(container.get("ports")):
            number = port.get("hostPort")
            if number is not None and number != 0:
                found.container(container, (*path, "ports", index, "hostPort"), str(number))
    if not found:
        return None
    ports = ", ".join(sorted(found.values))
    verb = "uses" if len(found.containers) == 1 else "use"
    detail = f"{found} {verb} {plural('hostPort', len(found.values))} {ports}"
    return Violation("hostPort", detail, found.path)


def _hosts_called(pod: Pod) -> Violation | None:
    found = Setters()
    for path, container in pod.containers:
        for at, call in calls(container):
            host = call.get("host")
            if host:
                found.container(container, (*path, *at, "host"), str(host))
    if not found:
        return None
    names = sorted(set(found.containers))
    verb = "uses" if len(names) == 1 else "use"
    what = listed("probe or lifecycle host", sorted(found.values))
    detail = f"{listed('container', names)} {verb} {what}"
    return Violation("probe or lifecycle host", detail, found.path)


def proc_mount(pod: Pod) -> Violation | None:
    """Any mask of /proc but the default one; restricted makes no exception."""
    found = Setters()
    for container, context, path in contexts(pod):
        value = context.get("procMount")
        if value is not None and value != "Default":
            found.container(container, (*path, "procMount"), str(value))
    types = quoted(sorted(found.values))
    detail = f"{found} must not set securityContext.procMount to {types}"
    return Violation("procMount", detail, found.path) if found else None


def _proc_mount_baseline(pod: Pod) -> Violation | None:
    return None if has_own_users(pod) else proc_mount(pod)


def _selinux(pod: Pod) -> Violation | None:
    found = Setters()
    fields: set[str] = set()

    def forbidden(context: Data, path: Path) -> Forbidden | None:
        options = mapping(context.get("seLinuxOptions"))
        type_ = str(options.get("type") or "")
        bad = [] if type_ in SELINUX_TYPES else ["type"]
        bad += [field for field in ("user", "role") if options.get(field)]
        fields.update(bad)
        types = (type_,) if "type" in bad else ()
        return ((*path, "seLinuxOptions", bad[0]), types) if bad else None

    visit(pod, found, forbidden)
    if not found:
        return None
    parts = [listed("type", sorted(found.values))] if found.values else []
    parts += [f"{field} may not be set" for field in ("user", "role") if field in fields]
    detail = f"{found} set forbidden securityContext.seLinuxOptions: {'; '.join(parts)}"
    return Violation("seLinuxOptions", detail, found.path)


def _app_armor(pod: Pod) -> Violation | None:
    found = Setters()
    visit(pod, found, profile_setters("appArmorProfile"))
    annotations = mapping(pod.metadata.get("annotations"))
    bad = sorted(
        key
        for key, value in annotations.items()
        if key.startswith(APPARMOR)
        and value not in ("", "runtime/default")
        and not str(value).startswith("localhost/")
    )
    if not found and not bad:
        return None
    values = sorted(found.values) + sorted(f'{key}="{annotations[key]}"' for key in bad)
    setters = [str(found)] if found else []
    setters += [plural("annotation", len(bad))] if bad else []
    path = found.path or (*pod.path, "metadata", "annotations", bad[0])
    detail = f"{' and '.join(setters)} must not set AppArmor profile type to {quoted(values)}"
    return Violation(plural("forbidden AppArmor profile", len(values)), detail, path)


def seccomp(pod: Pod) -> Violation | None:
    """A profile that is set, and is neither the runtime's nor one of the node."""
    found = Setters()
    visit(pod, found, profile_setters("seccompProfile"))
    values = quoted(sorted(found.values))
    detail = f"{found} must not set securityContext.seccompProfile.type to {values}"
    return Violation("seccompProfile", detail, found.path) if found else None


def _sysctls(pod: Pod) -> Violation | None:
    context, path = pod_context(pod)
    bad = [
        (index, str(sysctl.get("name")))
        for index, sysctl in mappings(context.get("sysctls"))
        if str(sysctl.get("name")) not in SYSCTLS
    ]
    if not bad:
        return None
    detail = ", ".join(name for _, name in bad)
    return Violation("forbidden sysctls", detail, (*path, "sysctls", bad[0][0], "name"))


def _host_process(pod: Pod) -> Violation | None:
    found = Setters()

    def forbidden(context: Data, path: Path) -> Forbidden | None:
        is_set = mapping(context.get("windowsOptions")).get("hostProcess") is True
        return ((*path, "windowsOptions", "hostProcess"), ()) if is_set else None

    visit(pod, found, forbidden)
    detail = f"{found} must not set securityContext.windowsOptions.hostProcess=true"
    return Violation("hostProcess", detail, found.path) if found else None


_PROFILE_HINT = "set its type to RuntimeDefault, or leave it out"

ALWAYS = (
    Control("appArmorProfile", _app_armor, _PROFILE_HINT),
    Control("hostNamespaces", _host_namespaces, "leave out hostNetwork, hostPID and hostIPC"),
    Control("hostPorts", _host_ports, "leave out hostPort, and let a Service lead to the Pod"),
    Control("hostProbesAndHostLifecycle", _hosts_called, "leave out host: the Pod itself is meant"),
    Control("privileged", _privileged, "leave out privileged"),
    Control("seLinuxOptions", _selinux, "use a type of the list of the standard, no user or role"),
    Control("sysctls", _sysctls, "leave them out, or set them on the node"),
    Control("windowsHostProcess", _host_process, "leave out hostProcess"),
)
"""The controls of baseline that restricted does not replace by stricter ones."""

BASELINE = tuple(
    sorted(
        (
            *ALWAYS,
            Control("capabilities_baseline", _capabilities_baseline, "add none of these"),
            Control("hostPathVolumes", _host_path_volumes, "use a claim or an emptyDir"),
            Control("procMount", _proc_mount_baseline, "leave it out, or set hostUsers: false"),
            Control("seccompProfile_baseline", seccomp, _PROFILE_HINT),
        ),
        key=lambda control: control.name,  # the order in which the admission speaks of them
    )
)
