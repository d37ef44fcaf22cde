"""A namePrefix of ours is kustomize's: a differential over its table of name references."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import UNCHECKED, Repository, write_tree

from renderer.kustomize.engine import build
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import find_engine

_NAMES = st.sampled_from(["a", "b", "web", "web-a", "x-web"])
_ONLY = {"ConfigMap": "config", "Deployment": "scaled"}  # names that nothing else has
_NAMESPACES = st.sampled_from(["one", "two"])
# One that makes the name of another object makes kustomize follow twice.
_PREFIXES = st.sampled_from(["second-", "y-", "2"])

_RBAC = "rbac.authorization.k8s.io"
Name = Callable[[], str]  # one of the names, drawn
Spec = dict[str, Any]


def _pod(name: Name) -> Spec:
    """A Pod's template in which each field that kustomize follows is there, and others that it
    does not."""
    container = {
        "name": name(),
        "image": "web:1",
        "env": [
            {"name": "A", "valueFrom": {"configMapKeyRef": {"name": name(), "key": name()}}},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": name(), "key": name()}}},
            {"name": "C", "value": name()},
        ],
        "envFrom": [{"configMapRef": {"name": name()}}, {"secretRef": {"name": name()}}],
        "volumeMounts": [{"name": name(), "mountPath": f"/{name()}"}],
    }
    sources = [{"configMap": {"name": name()}}, {"secret": {"name": name()}}]
    return {
        "metadata": {"labels": {"app": name()}, "annotations": {"app": name()}},
        "spec": {
            "serviceAccountName": name(),
            "priorityClassName": name(),
            "imagePullSecrets": [{"name": name()}],
            "containers": [container],
            "initContainers": [{**container, "name": f"init-{name()}"}],
            "volumes": [
                {"name": name(), "configMap": {"name": name()}},
                {"name": name(), "secret": {"secretName": name()}},
                {"name": name(), "persistentVolumeClaim": {"claimName": name()}},
                {"name": name(), "projected": {"sources": sources}},
            ],
        },
    }


def _workload(name: Name) -> Spec:
    selector = {"matchLabels": {"app": name()}}
    return {"spec": {"selector": selector, "template": _pod(name)}}


def _stateful_set(name: Name) -> Spec:
    claims = [{"metadata": {"name": name()}, "spec": {"storageClassName": name()}}]
    spec = {**_workload(name)["spec"], "serviceName": name(), "volumeClaimTemplates": claims}
    return {"spec": spec}


def _ingress(name: Name) -> Spec:
    backend = {"service": {"name": name(), "port": {"name": name()}}}
    rule = {"host": name(), "http": {"paths": [{"path": "/", "backend": backend}]}}
    return {
        "spec": {
            "ingressClassName": name(),
            "defaultBackend": backend,
            "tls": [{"secretName": name()}],
            "rules": [rule],
        }
    }


def _binding(name: Name, kind: str) -> Spec:
    return {
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name()},
        # kustomize takes a User for the ServiceAccount of that name.
        "subjects": [{"kind": "ServiceAccount", "name": name(), "namespace": "one"}],
    }


def _rules(_: Name) -> Spec:
    """kustomize does not look at `resources`: only ConfigMaps may be called so."""
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    return {"rules": [{**rule, "resourceNames": [_ONLY["ConfigMap"]]}]}


def _scaler(_: Name) -> Spec:
    """kustomize does not look at the kind either."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": _ONLY["Deployment"]}
    return {"spec": {"scaleTargetRef": target}}


def _cron_job(name: Name) -> Spec:
    return {"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": _pod(name)}}}}


def _nothing(_: Name) -> Spec:
    return {}


# Each kind with what it holds, and whether it has a namespace. IngressClass is not among them: the
# table means to have it, and misspells its group.
_KINDS: dict[tuple[str, str], tuple[Callable[[Name], Spec], bool]] = {
    ("apps/v1", "DaemonSet"): (_workload, True),
    ("apps/v1", "Deployment"): (_workload, True),
    ("apps/v1", "StatefulSet"): (_stateful_set, True),
    ("autoscaling/v2", "HorizontalPodAutoscaler"): (_scaler, True),
    ("batch/v1", "CronJob"): (_cron_job, True),
    ("batch/v1", "Job"): (_workload, True),
    ("networking.k8s.io/v1", "Ingress"): (_ingress, True),
    ("networking.k8s.io/v1", "NetworkPolicy"): (lambda _: {"spec": {"podSelector": {}}}, True),
    (f"{_RBAC}/v1", "ClusterRole"): (_rules, False),
    (f"{_RBAC}/v1", "ClusterRoleBinding"): (lambda name: _binding(name, "ClusterRole"), False),
    (f"{_RBAC}/v1", "Role"): (_rules, True),
    (f"{_RBAC}/v1", "RoleBinding"): (lambda name: _binding(name, "Role"), True),
    ("scheduling.k8s.io/v1", "PriorityClass"): (lambda _: {"value": 1}, False),
    ("storage.k8s.io/v1", "StorageClass"): (lambda _: {"provisioner": "a"}, False),
    ("v1", "ConfigMap"): (lambda name: {"data": {name(): name()}}, True),
    ("v1", "Namespace"): (_nothing, False),
    ("v1", "PersistentVolume"): (lambda name: {"spec": {"storageClassName": name()}}, False),
    ("v1", "PersistentVolumeClaim"): (
        lambda name: {"spec": {"volumeName": name(), "storageClassName": name()}},
        True,
    ),
    ("v1", "Secret"): (lambda name: {"data": {name(): "YQ=="}}, True),
    ("v1", "Service"): (lambda name: {"spec": {"selector": {"app": name()}}}, True),
    ("v1", "ServiceAccount"): (lambda name: {"imagePullSecrets": [{"name": name()}]}, True),
}


@st.composite
def _objects(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for version, kind in draw(st.lists(st.sampled_from([*_KINDS]), min_size=2, max_size=14)):
        make, is_namespaced = _KINDS[version, kind]
        about = {"name": draw(_NAMES)}
        if kind in _ONLY and draw(st.booleans()):
            about["name"] = _ONLY[kind]
        if is_namespaced:
            # Of another namespace than a subject names, kustomize takes the account all the same.
            about["namespace"] = "one" if kind == "ServiceAccount" else draw(_NAMESPACES)
        made = {
            "apiVersion": version,
            "kind": kind,
            "metadata": about,
            **make(lambda: draw(_NAMES)),
        }
        found[kind, about.get("namespace", ""), about["name"]] = made
    return [*found.values()]


_ENGINE = find_engine(None)


# What differs is seen as well in a large example, and each takes a run of the engine.
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(objects=_objects(), prefix=_PREFIXES)
def test_a_prefix_is_kustomizes(tmp_path_factory: Any, objects: list[Any], prefix: str) -> None:
    directory: Path = tmp_path_factory.mktemp("prefixed")
    names = {f"overlays/a/{number}.yaml": json.dumps(one) for number, one in enumerate(objects)}
    cluster = {
        "apiVersion": "renderer.gitops/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "a"},
        "spec": {"namePrefix": prefix},
    }
    resources = [path.rpartition("/")[2] for path in names]
    write_tree(
        directory,
        {
            **names,
            "render.toml": UNCHECKED,
            "overlays/a/kustomization.yaml": json.dumps({"resources": resources}),
            "overlays/a/cluster.yaml": json.dumps(cluster),
            "outer/kustomization.yaml": json.dumps(
                {"resources": ["../overlays/a"], "namePrefix": prefix}
            ),
        },
    )
    expected = build(_ENGINE, str(directory / "outer"), Policy(str(directory))).text
    assert Repository(directory).render("build", "overlays/a").out == expected
