"""Pod Security: each control on a Pod that breaks it; e2e/ compares with the real admission."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.loading import CLUSTERS, JSON, cluster, manifest, manifests, places, replaced
from renderer.checks.pods import embedded_pods
from renderer.checks.podsecurity import enforced_levels, pod_violations

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, annotations: {}}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - {name: init, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
  containers:
  - name: web
    ports: [{containerPort: 80}]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  volumes: [{name: tmp, emptyDir: {}}]
"""
INIT = "/spec/initContainers/0"
CONTAINER = "/spec/containers/0"
CONTEXT = f"{CONTAINER}/securityContext"

# Where a value is put, what it is, what baseline says, and the field.
BASELINE = [
    ("hostNetwork", True, "host namespaces (hostNetwork=true)", "/spec/hostNetwork"),
    ("hostPID", True, "host namespaces (hostPID=true)", "/spec/hostPID"),
    (
        "containers/0/securityContext/privileged",
        True,
        'privileged (container "web" must not set securityContext.privileged=true)',
        f"{CONTEXT}/privileged",
    ),
    (
        "initContainers/0/securityContext/capabilities/add",
        ["CHOWN", "SYS_ADMIN"],
        (
            'non-default capabilities (container "init" must not include "SYS_ADMIN" in'
            " securityContext.capabilities.add)"
        ),
        f"{INIT}/securityContext/capabilities/add/1",
    ),
    (
        "volumes/0/hostPath",
        {"path": "/"},
        'hostPath volumes (volume "tmp")',
        "/spec/volumes/0/hostPath",
    ),
    (
        "containers/0/ports/0/hostPort",
        80,
        'hostPort (container "web" uses hostPort 80)',
        f"{CONTAINER}/ports/0/hostPort",
    ),
    (
        "containers/0/livenessProbe",
        {"httpGet": {"host": "example.com"}},
        'probe or lifecycle host (container "web" uses probe or lifecycle host "example.com")',
        f"{CONTAINER}/livenessProbe/httpGet/host",
    ),
    (
        "containers/0/securityContext/procMount",
        "Unmasked",
        'procMount (container "web" must not set securityContext.procMount to "Unmasked")',
        f"{CONTEXT}/procMount",
    ),
    (
        "securityContext/seLinuxOptions",
        {"type": "spc_t", "user": "u"},
        (
            'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user'
            " may not be set)"
        ),
        "/spec/securityContext/seLinuxOptions/type",
    ),
    (
        "containers/0/securityContext/seccompProfile",
        {"type": "Unconfined"},
        (
            'seccompProfile (container "web" must not set securityContext.seccompProfile.type to'
            ' "Unconfined")'
        ),
        f"{CONTEXT}/seccompProfile/type",
    ),
    (
        "securityContext/appArmorProfile",
        {"type": "Unconfined"},
        'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
        "/spec/securityContext/appArmorProfile/type",
    ),
    (
        "securityContext/sysctls",
        [{"name": "kernel.msgmax", "value": "1"}],
        "forbidden sysctls (kernel.msgmax)",
        "/spec/securityContext/sysctls/0/name",
    ),
    (
        "securityContext/windowsOptions",
        {"hostProcess": True},
        "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        "/spec/securityContext/windowsOptions/hostProcess",
    ),
]
RESTRICTED = [
    (
        "containers/0/securityContext/allowPrivilegeEscalation",
        None,
        (
            'allowPrivilegeEscalation != false (container "web" must set'
            " securityContext.allowPrivilegeEscalation=false)"
        ),
        f"{CONTEXT}/allowPrivilegeEscalation",
    ),
    (
        "initContainers/0/securityContext",
        {"allowPrivilegeEscalation": False},
        (
            'unrestricted capabilities (container "init" must set'
            ' securityContext.capabilities.drop=["ALL"])'
        ),
        f"{INIT}/securityContext/capabilities/drop",
    ),
    (
        "containers/0/securityContext/capabilities/add",
        ["NET_BIND_SERVICE", "KILL"],
        (
            'unrestricted capabilities (container "web" must not include "KILL" in'
            " securityContext.capabilities.add)"
        ),
        f"{CONTEXT}/capabilities/add/1",
    ),
    (
        "volumes/0",
        {"name": "logs", "nfs": {"server": "a", "path": "/"}},
        'restricted volume types (volume "logs" uses restricted volume type "nfs")',
        "/spec/volumes/0/nfs",
    ),
    (
        "securityContext/runAsNonRoot",
        None,
        (
            'runAsNonRoot != true (pod or containers "init", "web" must set'
            " securityContext.runAsNonRoot=true)"
        ),
        f"{INIT}/securityContext/runAsNonRoot",
    ),
    (
        "containers/0/securityContext/runAsNonRoot",
        False,
        'runAsNonRoot != true (container "web" must not set securityContext.runAsNonRoot=false)',
        f"{CONTEXT}/runAsNonRoot",
    ),
    (
        "securityContext/runAsUser",
        0,
        "runAsUser=0 (pod must not set runAsUser=0)",
        "/spec/securityContext/runAsUser",
    ),
    (
        "securityContext/seccompProfile",
        None,
        (
            'seccompProfile (pod or containers "init", "web" must set'
            ' securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
        ),
        f"{INIT}/securityContext/seccompProfile/type",
    ),
]


def changed(field: str, value: Any) -> dict[str, Any]:
    """The good Pod with one field of its specification set, or taken away."""
    data: dict[str, Any] = yaml.safe_load(GOOD)
    *steps, last = [int(step) if step.isdigit() else step for step in field.split("/")]
    node = data["spec"]
    for step in steps:
        node = node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return data


def said(data: dict[str, Any], level: str) -> list[tuple[str, str]]:
    start = f'violates PodSecurity "{level}:latest": '
    return [
        (found.message.removeprefix(start), found.field)
        for found in pod_violations(manifest(data), level)
    ]


def test_a_good_pod_violates_nothing() -> None:
    assert said(yaml.safe_load(GOOD), "restricted") == []
    assert said(yaml.safe_load(GOOD), "baseline") == []


@pytest.mark.parametrize(("field", "value", "message", "where"), BASELINE)
def test_baseline(field: str, value: Any, message: str, where: str) -> None:
    assert said(changed(field, value), "baseline") == [(message, where)]
    assert said(changed(field, value), "privileged") == []


@pytest.mark.parametrize(("field", "value", "message", "where"), RESTRICTED)
def test_restricted(field: str, value: Any, message: str, where: str) -> None:
    assert said(changed(field, value), "restricted") == [(message, where)]
    assert said(changed(field, value), "baseline") == []


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, value, *_ in BASELINE])
def test_restricted_refuses_what_baseline_refuses(field: str, value: Any) -> None:
    # But for a volume of two sources, which no API server would take.
    assert said(changed(field, value), "restricted") or field == "volumes/0/hostPath"


def test_annotations_of_app_armor() -> None:
    data = yaml.safe_load(GOOD)
    key = "container.apparmor.security.beta.kubernetes.io/web"
    data["metadata"]["annotations"] = {key: "unconfined"}
    (found,) = said(data, "baseline")
    assert found[0].startswith("forbidden AppArmor profile (annotation must not set")
    assert found[1] == "/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1web"
    data["metadata"]["annotations"] = {key: "runtime/default"}
    assert said(data, "baseline") == []


def test_windows_and_user_namespaces_are_let_off() -> None:
    data = changed("os", {"name": "windows"})
    del data["spec"]["securityContext"]["seccompProfile"]
    data["spec"]["containers"][0]["securityContext"] = {}
    assert said(data, "restricted") == []
    data = changed("hostUsers", False)
    data["spec"]["securityContext"] |= {"runAsNonRoot": False, "runAsUser": 0}
    assert said(data, "restricted") == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("apps/v1 Deployment", "spec/template"),
        ("apps/v1 StatefulSet", "spec/template"),
        ("apps/v1 DaemonSet", "spec/template"),
        ("apps/v1 ReplicaSet", "spec/template"),
        ("v1 ReplicationController", "spec/template"),
        ("batch/v1 Job", "spec/template"),
        ("batch/v1 CronJob", "spec/jobTemplate/spec/template"),
        ("v1 PodTemplate", "template"),
    ],
)
def test_templates_of_every_kind(kind: str, path: str) -> None:
    api_version, _, name = kind.partition(" ")
    inner: Any = {"metadata": {}, "spec": changed("hostPID", True)["spec"]}
    for step in reversed(path.split("/")):
        inner = {step: inner}
    data = {"apiVersion": api_version, "kind": name, "metadata": {"name": "a"}, **inner}
    assert said(data, "baseline") == [
        ("host namespaces (hostPID=true)", f"/{path}/spec/hostPID"),
    ]


def test_namespaces_say_what_they_enforce() -> None:
    namespaces = manifests("""\
apiVersion: v1
kind: Namespace
metadata: {name: strict, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Namespace
metadata: {name: easy, labels: {pod-security.kubernetes.io/enforce: privileged}}
---
apiVersion: v1
kind: Namespace
metadata: {name: warned, labels: {pod-security.kubernetes.io/warn: restricted}}
---
apiVersion: v1
kind: Namespace
metadata: {name: misspelt, labels: {pod-security.kubernetes.io/enforce: restrictd}}
""")
    assert enforced_levels(namespaces) == {
        "strict": "restricted",
        "easy": "privileged",
        "misspelt": "restricted",
    }


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_shipped_pods_are_restricted_and_so_are_their_namespaces(name: str) -> None:
    found = cluster(name)
    levels = enforced_levels(found)
    assert set(levels.values()) == {"restricted"}
    namespaces = {one.ref.namespace for one in found if one.ref.kind in ("Deployment", "Job")}
    assert namespaces
    assert namespaces <= set(levels)
    assert [finding for one in found for finding in pod_violations(one, "restricted")] == []


def test_a_pod_in_a_config_map_is_a_pod() -> None:
    data = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "templates", "namespace": "shop"},
        "data": {"pod.yaml": yaml.safe_dump(changed("hostPID", True)), "kind: Pod": "kind: Pod"},
    }
    (pod,) = embedded_pods(manifest(data))
    assert [found.object for found in pod_violations(pod, "baseline")] == ["Pod shop/web"]


@pytest.mark.parametrize(
    "text", ["kind: Pod", "kind: Pod\n{{ a }}: [", "apiVersion: v1\nkind: Pod\n---\nkind: Pod\n"]
)
def test_other_texts_are_no_pods(text: str) -> None:
    data = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "templates"},
        "data": {"pod.yaml": text},
    }
    assert list(embedded_pods(manifest(data))) == []


@given(st.data())
def test_no_data_is_too_strange(data: st.DataObject) -> None:
    old = yaml.safe_load(GOOD)
    path = data.draw(st.sampled_from(places(old)))
    strange = replaced(old, path, data.draw(JSON))
    kept = deepcopy(strange)
    level = data.draw(st.sampled_from(["baseline", "restricted"]))
    pod_violations(manifest(old)._replace(data=strange), level)
    assert strange == kept
