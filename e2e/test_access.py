"""What merging lets subjects do, as predicted from manifests and as the API server decides."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from e2e.api import Object
from e2e.controlplane import ControlPlane
from e2e.tools import KUBERNETES
from renderer.impacts.access.opened import Holders, opened
from renderer.impacts.access.rights import Right, Rights, is_cluster_scoped, verbs_of
from renderer.impacts.access.roles import ACCOUNT, DEFAULTS, Subject
from renderer.impacts.model import ClusterObjects
from renderer.kubernetes.manifests import Manifest, object_ref

REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
RBAC = "rbac.authorization.k8s.io"
PATIENCE = 15  # seconds until the authorizer and the controllers know of a change
NAMESPACES = ("shop", "blog")
RESOURCES = (
    *(("", one) for one in ("configmaps", "nodes", "nodes/proxy", "pods", "pods/log")),
    *(("", one) for one in ("pods/exec", "secrets", "serviceaccounts", "serviceaccounts/token")),
    *(("", one) for one in ("users", "namespaces", "services", "persistentvolumes")),
    *(("apps", one) for one in ("deployments", "deployments/scale", "statefulsets")),
    *((RBAC, one) for one in ("roles", "rolebindings", "clusterroles")),
    ("certificates.k8s.io", "signers"),
    ("batch", "jobs"),
    ("networking.k8s.io", "networkpolicies"),
    ("example.com", "carts"),
)
NAMED = ("nodes", "pods", "secrets")
PATHS = ("/metrics", "/healthz", "/logs/kubelet")
QUESTIONS = [
    *(
        Right(namespace, verb, group, resource, name)
        for group, resource in RESOURCES
        for verb in verbs_of(group, resource) or ("get", "list", "delete", "use")
        for name in (("", "a") if resource in NAMED else ("",))
        for namespace in ("", *NAMESPACES)
        if not (namespace and is_cluster_scoped(group, resource))
    ),
    *(Right("", verb, url=path) for verb in ("get", "post") for path in PATHS),
]

WORKER = Subject(ACCOUNT, "shop", "worker")
ANN = Subject("User", "", "ann")
TEAM = Subject("Group", "", "team")
WHO = (WORKER, ANN, TEAM)


def manifests(objects: list[Object]) -> ClusterObjects:
    refs = [object_ref(one) for one in objects]
    pairs = zip(refs, objects, strict=True)
    return ClusterObjects(lambda: [Manifest(ref, data, ref.name) for ref, data in pairs])


def rule(verbs: str, resources: str, groups: str = "", names: str = "") -> Object:
    found: Object = {
        "verbs": verbs.split(),
        "apiGroups": groups.split() or [""],
        "resources": resources.split(),
    }
    return {**found, "resourceNames": names.split()} if names else found


def urls(*paths: str) -> Object:
    return {"verbs": ["get"], "nonResourceURLs": [*paths]}


def role(name: str, *rules: Object, namespace: str = "shop", **more: Any) -> Object:
    """A Role, or a ClusterRole where the namespace is empty."""
    metadata = {"name": f"e2e-{name}", "labels": more.pop("labels", {})}
    if namespace:
        metadata["namespace"] = namespace
    kind = "Role" if namespace else "ClusterRole"
    api = f"{RBAC}/v1"
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "rules": [*rules], **more}


def bound(to: str, *subjects: Subject, namespace: str = "", name: str = "") -> Object:
    """A binding to `Role name` or `ClusterRole name`; to all of the cluster without a namespace."""
    kind, _, called = to.partition(" ")
    metadata = {"name": f"e2e-{name or called}"}
    if namespace:
        metadata["namespace"] = namespace
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": called},
        "subjects": [_subject(one) for one in subjects],
    }


def _subject(one: Subject) -> Object:
    if one.kind == ACCOUNT:
        return {"kind": one.kind, "name": one.name, "namespace": one.namespace}
    return {"kind": one.kind, "name": one.name, "apiGroup": RBAC}


def flows(to: str) -> dict[str, str]:
    return {f"rbac.authorization.k8s.io/aggregate-to-{to}": "true"}


def in_shop(*rules: Object, to: Subject = WORKER) -> list[Object]:
    return [role("a", *rules), bound("Role e2e-a", to, namespace="shop")]


def everywhere(*rules: Object, to: Subject = WORKER) -> list[Object]:
    return [role("a", *rules, namespace=""), bound("ClusterRole e2e-a", to)]


def labelled(one: Object, labels: dict[str, str]) -> Object:
    return {**one, "metadata": {**one["metadata"], "labels": labels}}


READ = rule("get list", "pods")
CARTS = role("carts", rule("delete", "carts", "example.com"), namespace="")
COLLECTED = {"clusterRoleSelectors": [{"matchLabels": {"e2e": "collected"}}]}
COLLECTOR = role("collector", namespace="", aggregationRule=COLLECTED)
EDIT = bound("ClusterRole edit", ANN, namespace="shop")
ALL = " ".join(verbs_of("", "pods"))

CASES: dict[str, tuple[list[Object], list[Object]]] = {
    "a verb more": (in_shop(READ), in_shop(rule("get list delete", "pods"))),
    "a verb less": (in_shop(READ), in_shop(rule("get", "pods"))),
    "all verbs": (in_shop(READ), in_shop(rule("*", "pods"))),
    "all verbs by name and by star": (in_shop(rule(ALL, "pods")), in_shop(rule("*", "pods"))),
    "a resource more": (in_shop(READ), in_shop(rule("get list", "pods secrets"))),
    "a subresource": (in_shop(READ), in_shop(rule("get", "pods pods/log"), READ)),
    "all resources of a group": (in_shop(READ), in_shop(rule("get", "*"))),
    "all groups": (in_shop(READ), in_shop(rule("get", "pods", "*"))),
    "logs of all": (in_shop(READ), in_shop(rule("get", "*/log", "*"), READ)),
    "a resource of nobody": (in_shop(READ), in_shop(rule("use", "carts", "example.com"))),
    "a name": (in_shop(), in_shop(rule("get", "secrets", names="a b"))),
    "another name": (
        in_shop(rule("get", "secrets", names="b")),
        in_shop(rule("get", "secrets", names="a")),
    ),
    "no names": (
        in_shop(rule("get list", "secrets", names="a")),
        in_shop(rule("get list", "secrets")),
    ),
    "the same in two rules": (
        in_shop(rule("get list", "pods secrets")),
        in_shop(rule("get list", "pods"), rule("list get", "secrets")),
    ),
    "another namespace": (
        [role("a", READ, namespace=""), bound("ClusterRole e2e-a", WORKER, namespace="shop")],
        [role("a", READ, namespace=""), bound("ClusterRole e2e-a", WORKER, namespace="blog")],
    ),
    "all namespaces": (
        [role("a", READ, namespace=""), bound("ClusterRole e2e-a", WORKER, namespace="shop")],
        [role("a", READ, namespace=""), bound("ClusterRole e2e-a", WORKER)],
    ),
    "nodes in a namespace": (in_shop(READ), in_shop(rule("get list", "pods nodes"))),
    "nodes": (everywhere(READ), everywhere(rule("get list", "pods nodes nodes/proxy"))),
    "a path": (everywhere(READ), everywhere(READ, urls("/metrics"))),
    "paths": (everywhere(urls("/metrics")), everywhere(urls("/metrics", "/logs/*"))),
    "paths in a namespace": (in_shop(READ), in_shop(READ, rule("get", "pods"))),
    "everything in a namespace": (
        [],
        [bound("ClusterRole cluster-admin", WORKER, namespace="shop")],
    ),
    "everything": (in_shop(READ), [*in_shop(READ), bound("ClusterRole cluster-admin", WORKER)]),
    "view": ([], [bound("ClusterRole view", ANN, namespace="shop")]),
    "view, then edit": ([bound("ClusterRole view", ANN)], [bound("ClusterRole edit", ANN)]),
    "edit, then admin": (
        [EDIT],
        [EDIT, bound("ClusterRole admin", ANN, namespace="shop")],
    ),
    "admin, then view": (
        [bound("ClusterRole admin", ANN, namespace="blog", name="x")],
        [bound("ClusterRole view", ANN, namespace="blog", name="y")],
    ),
    "a group": ([], in_shop(READ, to=TEAM)),
    "another subject": (in_shop(READ, to=ANN), in_shop(READ, to=TEAM)),
    "all accounts of a namespace": (
        in_shop(READ),
        in_shop(READ, to=Subject("Group", "", "system:serviceaccounts:shop")),
    ),
    "everybody": (in_shop(READ), in_shop(READ, to=Subject("Group", "", "system:authenticated"))),
    "an account as a user": (
        in_shop(READ),
        in_shop(READ, to=Subject("User", "", "system:serviceaccount:shop:worker")),
    ),
    "rules that flow into view": ([EDIT, CARTS], [EDIT, labelled(CARTS, flows("view"))]),
    "rules that flow into admin only": ([EDIT, CARTS], [EDIT, labelled(CARTS, flows("admin"))]),
    "rules that are collected": (
        [COLLECTOR, CARTS, bound("ClusterRole e2e-collector", ANN)],
        [
            COLLECTOR,
            labelled(CARTS, {"e2e": "collected"}),
            bound("ClusterRole e2e-collector", ANN),
        ],
    ),
    "impersonation and escalation": (
        everywhere(READ),
        everywhere(
            READ,
            rule("impersonate", "users serviceaccounts"),
            rule("bind escalate", "roles clusterroles", RBAC),
            rule("approve", "signers", "certificates.k8s.io"),
        ),
    ),
}


def allowed(cluster: ControlPlane, subject: Subject) -> set[Right]:
    """What the API server allows of all that is asked."""
    answers = cluster.api.post_all(REVIEWS, (_review(subject, one) for one in QUESTIONS))
    pairs = zip(QUESTIONS, answers, strict=True)
    return {one for one, answer in pairs if answer["status"]["allowed"]}


def _review(subject: Subject, asked: Right) -> Object:
    user, groups = subject.name, [*subject.groups]
    if subject.kind == ACCOUNT:
        user = f"system:serviceaccount:{subject.namespace}:{subject.name}"
    elif subject.kind == "Group":
        user, groups = "somebody", [subject.name, *groups]
    resource, _, subresource = asked.resource.partition("/")
    what = (
        {"nonResourceAttributes": {"path": asked.url, "verb": asked.verb}}
        if asked.url
        else {
            "resourceAttributes": {
                "namespace": asked.namespace,
                "verb": asked.verb,
                "group": asked.group,
                "resource": resource,
                "subresource": subresource,
                "name": asked.name or "",
            }
        }
    )
    spec = {"user": user, "groups": groups, **what}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}


def foreseen(rights: Rights) -> set[Right]:
    return {one for one in QUESTIONS if rights.include(one)}


@pytest.fixture(scope="module")
def shop(cluster: ControlPlane) -> ControlPlane:
    for name in NAMESPACES:
        cluster.kubectl("create", "namespace", name)
    return cluster


def put(cluster: ControlPlane, objects: list[Object]) -> None:
    for one in objects:
        path = f"{path_of(one)}?fieldManager=e2e&force=true"
        cluster.api.request("PATCH", path, one, Content_Type="application/apply-patch+yaml")


def take(cluster: ControlPlane, objects: list[Object]) -> None:
    for one in objects:
        cluster.api.ask("DELETE", path_of(one))


def path_of(one: Object) -> str:
    metadata = one["metadata"]
    home = f"namespaces/{metadata['namespace']}/" if "namespace" in metadata else ""
    return f"/apis/{RBAC}/v1/{home}{one['kind'].lower()}s/{metadata['name']}"


def settled(
    cluster: ControlPlane, holders: Holders, who: list[Subject]
) -> dict[Subject, set[Right]]:
    """What each subject is allowed, which is what is foreseen once the server knows all."""
    expected = {one: foreseen(holders.effective(one)) for one in who}
    end = time.monotonic() + PATIENCE
    while True:
        found = {one: allowed(cluster, one) for one in who}
        if found == expected:
            return found
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    for subject in who:
        assert found[subject] == expected[subject], subject
    return found


@pytest.mark.proves("rights that a merge opens are those that the server gives", "kube-apiserver")
@pytest.mark.parametrize("title", CASES)
def test_what_is_opened(shop: ControlPlane, title: str) -> None:
    old, new = CASES[title]
    before, after = (Holders(manifests(side)) for side in (old, new))
    told = {one.subject: one for one in opened(before, after)}
    who = [one for one in WHO if one in before.held or one in after.held]
    found: list[dict[Subject, set[Right]]] = []
    try:
        for holders, objects, others in ((before, old, []), (after, new, old)):
            take(shop, [one for one in others if one not in objects])
            put(shop, objects)
            found.append(settled(shop, holders, who))
    finally:
        take(shop, [*old, *new])
    for subject in who:
        all_told = [subject, *(Subject("Group", "", name) for name in subject.groups)]
        said = foreseen(
            Rights(right for one in all_told if one in told for right in told[one].rights)
        )
        assert said - found[0][subject] == found[1][subject] - found[0][subject], subject
        assert said <= found[1][subject], subject


# Roles of the programs of Kubernetes itself, which can act as anybody.
OF_PROGRAMS = ("system:controller:", "system::leader-locking-")


@pytest.mark.proves("the roles of every cluster are known", "kube-apiserver")
def test_the_default_roles_are_those_of_the_server(shop: ControlPlane) -> None:
    if os.environ.get(KUBERNETES):
        pytest.skip("the table is that of the newest version")
    lines = [
        json.dumps(_bare(one), separators=(",", ":")) + "\n"
        for kinds in ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
        for one in sorted(shop.objects(kinds), key=_place)
        if one["metadata"].get("labels", {}).get("kubernetes.io/bootstrapping")
        and not one["metadata"]["name"].startswith(OF_PROGRAMS)
    ]
    if os.environ.get("RBAC_TABLES") == "write":
        Path(DEFAULTS).write_text("".join(lines))
    assert Path(DEFAULTS).read_text() == "".join(lines)


def _place(one: Object) -> tuple[str, str]:
    return one["metadata"].get("namespace", ""), one["metadata"]["name"]


def _bare(one: Object) -> Object:
    labels = dict(one["metadata"]["labels"])
    del labels["kubernetes.io/bootstrapping"]
    known = {key: one["metadata"][key] for key in ("name", "namespace") if key in one["metadata"]}
    metadata = {**known, **({"labels": labels} if labels else {})}
    found = {"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": metadata}
    fields = ("aggregationRule",) if "aggregationRule" in one else ("rules", "roleRef", "subjects")
    return found | {field: one[field] for field in fields if field in one}
