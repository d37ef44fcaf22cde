"""What the API server refuses because of what fields mean together."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checks.loading import CLUSTERS, JSON, cluster, manifest, places, replaced
from renderer.checks.together import check_together

POD = """\
restartPolicy: {policy}
initContainers:
- {{name: init, image: a{init}}}
containers:
- name: web
  image: a
  ports: [{{name: http, containerPort: 80}}, {{name: {port}, containerPort: 81}}]
  resources: {resources}
"""
FINE = {"policy": "Always", "init": "", "port": "admin", "resources": "{}"}


def workload(kind: str = "apps/v1 Deployment", spec: str = "{}", **changes: str) -> dict[str, Any]:
    api_version, kind = kind.split()
    template = {"spec": yaml.safe_load(POD.format(**{**FINE, **changes}))}
    data: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}}
    return {**data, "spec": {**yaml.safe_load(spec), "template": template}}


def other(kind: str, rest: str) -> dict[str, Any]:
    api_version, kind = kind.split()
    data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}}
    return {**data, **yaml.safe_load(rest)}


def said(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    findings = check_together(manifest(data))
    assert all(one.rule == "invalid-manifest" and one.is_error for one in findings)
    return [(one.field, one.message, one.hint) for one in findings]


def annotated(size: int) -> dict[str, Any]:
    metadata = {"name": "web", "annotations": {"a": "x" * size}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{}]}}


def labelled(label: str) -> dict[str, Any]:
    labels = yaml.safe_load(f"pod-security.kubernetes.io/{label}")
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web", "labels": labels}}


JOB = "batch/v1 Job"
SERVICE = "v1 Service"
INGRESS = "networking.k8s.io/v1 Ingress"
SPEC = "/spec/template/spec"
WEB = f"{SPEC}/containers/0"
LABEL = "/metadata/labels/pod-security.kubernetes.io~1"
MIB = 1024 * 1024
REQUESTS = "more {} is requested than the limit allows"


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (
            workload(JOB),
            f"{SPEC}/restartPolicy",
            "the Pods of a Job have the restartPolicy OnFailure or Never",
        ),
        (
            workload(policy="Never"),
            f"{SPEC}/restartPolicy",
            "the Pods of a Deployment have the restartPolicy Always",
        ),
        (
            workload(init=", name: web"),
            f"{WEB}/name",
            "a container of the initContainers has this name",
        ),
        (
            workload(init=", readinessProbe: {exec: {command: [a]}}"),
            f"{SPEC}/initContainers/0/readinessProbe",
            "an init container has no readinessProbe",
        ),
        (
            workload(port="http"),
            f"{WEB}/ports/1/name",
            "another port of the container has this name",
        ),
        *(
            (
                workload(resources=f"{{requests: {{memory: {one}}}, limits: {{memory: {most}}}}}"),
                f"{WEB}/resources/requests/memory",
                REQUESTS.format("memory"),
            )
            for one, most in (("2Gi", "1Gi"), ("1Gi", "1G"), ("2", "1900m"), ("1e3", "999"))
        ),
        (
            workload(spec="strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}"),
            "/spec/strategy/rollingUpdate",
            "there is no rollingUpdate with the type Recreate",
        ),
        (
            workload(spec="strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}"),
            "/spec/strategy/rollingUpdate",
            "maxSurge and maxUnavailable are both 0, so no Pod may be replaced",
        ),
        (
            other(SERVICE, "spec: {selector: {app: web}}"),
            "/spec",
            "a Service needs ports, unless it is headless (clusterIP: None)",
        ),
        (
            other(SERVICE, "spec: {type: ExternalName}"),
            "/spec",
            "a Service of type ExternalName needs an externalName",
        ),
        (
            other(SERVICE, "spec: {ports: [{port: 80, name: a}, {port: 81}]}"),
            "/spec/ports/1",
            "of several ports each needs a name",
        ),
        (
            other(SERVICE, "spec: {ports: [{port: 80, name: a}, {port: 81, name: a}]}"),
            "/spec/ports/1/name",
            "another port has this name",
        ),
        (
            other(SERVICE, "spec: {ports: [{port: 80, nodePort: 30080}]}"),
            "/spec/ports/0/nodePort",
            "a Service of type ClusterIP has no nodePort",
        ),
        (
            other(INGRESS, "spec: {rules: [{http: {paths: [{path: web, pathType: Exact}]}}]}"),
            "/spec/rules/0/http/paths/0/path",
            "a path begins with '/'",
        ),
        (
            other(
                "autoscaling/v2 HorizontalPodAutoscaler", "spec: {minReplicas: 3, maxReplicas: 2}"
            ),
            "/spec/maxReplicas",
            "maxReplicas is less than minReplicas",
        ),
        (
            other(
                "networking.k8s.io/v1 NetworkPolicy",
                "spec: {egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}",
            ),
            "/spec/egress/0/to/0",
            "an ipBlock is a peer of its own, without selectors",
        ),
        (
            other(
                "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
                "{roleRef: {kind: ClusterRole}, subjects: [{kind: ServiceAccount, name: web}]}",
            ),
            "/subjects/0",
            "the required field namespace is missing",
        ),
        (
            other("rbac.authorization.k8s.io/v1 ClusterRoleBinding", "roleRef: {kind: Role}"),
            "/roleRef/kind",
            "a ClusterRoleBinding refers to a ClusterRole",
        ),
        (
            other("v1 ConfigMap", f"data: {{a: {'x' * MIB}, b: x}}"),
            "/data",
            f"its values are {MIB + 1} bytes, and a ConfigMap holds at most {MIB}",
        ),
        (
            other("v1 Secret", f"stringData: {{a: é, b: {'x' * MIB}}}\ndata: {{a: YWI=}}"),
            "/data",
            f"its values are {MIB + 2} bytes, and a Secret holds at most {MIB}",
        ),
        (
            annotated(256 * 1024),
            "/metadata/annotations",
            f"all annotations are {256 * 1024 + 1} bytes, and may be {256 * 1024}",
        ),
        (
            labelled("enforce: restrict"),
            f"{LABEL}enforce",
            "there is no such level: it is one of privileged, baseline, restricted",
        ),
        (
            labelled("warn-version: v1.01"),
            f"{LABEL}warn-version",
            "this is no version of Pod Security: it is latest, or v1 with a minor version",
        ),
    ],
)
def test_what_contradicts_itself(data: dict[str, Any], field: str, message: str) -> None:
    ((where, what, hint),) = said(data)
    assert (where, what) == (field, message)
    assert hint or "path" in message


@pytest.mark.parametrize(
    "data",
    [
        workload(),
        workload(JOB, policy="Never"),
        workload(init=", restartPolicy: Always, readinessProbe: {exec: {command: [a]}}"),
        workload(
            resources="{requests: {cpu: 1000m, memory: 1Gi}, limits: {cpu: 1, memory: 1024Mi}}"
        ),
        workload(resources="{requests: {memory: odd}, limits: {memory: 1Gi}}"),
        workload(spec="strategy: {type: Recreate, rollingUpdate: null}"),
        workload(spec="strategy: {rollingUpdate: {maxSurge: 0}}"),
        other(SERVICE, "spec: {clusterIP: None}"),
        other(SERVICE, "spec: {type: ExternalName, externalName: a.b}"),
        other(INGRESS, "spec: {rules: [{http: {paths: [{pathType: ImplementationSpecific}]}}]}"),
        other(
            "rbac.authorization.k8s.io/v1 RoleBinding",
            "{roleRef: {kind: Role}, subjects: [{kind: ServiceAccount, name: web}]}",
        ),
        other("v1 ConfigMap", f"data: {{a: {'x' * MIB}, b: ''}}"),
        other("v1 Secret", f"stringData: {{a: {'x' * (MIB - 2)}}}\ndata: {{a: AAAA, b: YWI=}}"),
        annotated(256 * 1024 - 1),
        labelled("enforce: restricted"),
        labelled("enforce-version: v1.30"),
        {**workload(JOB, policy="ENC[AES256_GCM,data:x]"), "sops": {}},
    ],
)
def test_what_does_not(data: dict[str, Any]) -> None:
    assert said(data) == []


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_shipped_clusters_do_not(name: str) -> None:
    assert [found for one in cluster(name) for found in check_together(one)] == []


@given(st.data())
def test_any_value_anywhere_has_a_verdict(data: st.DataObject) -> None:
    fields = "strategy: {rollingUpdate: {}}\nports: [{}]\nrules: [{http: {paths: [{}]}}]"
    kinds = ["apps/v1 Deployment", SERVICE, INGRESS, JOB]
    whole = workload(data.draw(st.sampled_from(kinds)), fields)
    path = data.draw(st.sampled_from(places(whole["spec"])))
    check_together(manifest({**whole, "spec": replaced(whole["spec"], path, data.draw(JSON))}))
