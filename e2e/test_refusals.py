"""What `render diff` says is invalid, or kept out by Pod Security, and what a real cluster does."""

from __future__ import annotations

import copy
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from impacts.clusters import judged_objects

from e2e import tools
from e2e.asking import Server
from e2e.changing import Changing
from e2e.controlplane import ControlPlane
from e2e.corpus import published
from e2e.mutations import mutations
from e2e.pairs import pairs
from e2e.test_impacts import MINOR, differing, held, named
from e2e.test_podsecurity import make_pod
from e2e.test_schemas import BEYOND_SCHEMAS
from renderer.impacts.model import Consequence, Impact

Object = dict[str, Any]

SEED = 12
GROWTHS = 20  # tries for each kind, of objects that are changed
CHANGES = 16  # of each object
LEAST = 1500  # changes that are compared
LEFT = 0.02  # the part of them that the server refuses for rules of its own
PODS = 500
IDENTITY = ("apiVersion", "kind")
ENFORCE = "pod-security.kubernetes.io/enforce"
OTHER = "other rules of validation"
OURS = "said to be refused, but accepted"
# Argo CD refuses it, and so does who makes the object anew.
KEPT = "nothing or null in what is applied server-side keeps what is there"
NULL = "null where nothing was is no difference"

RIGHT: Object = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
WRONG: Object = {**RIGHT, "hostPID": True}


@pytest.fixture(scope="module")
def server(cluster: ControlPlane) -> Server:
    found = Server(cluster.api)
    found.served()
    for level in ("baseline", "restricted"):
        cluster.api.request("POST", "/api/v1/namespaces", namespace(level, level))
        wait_for_account(cluster, level)
    return found


def wait_for_account(cluster: ControlPlane, name: str) -> None:
    path = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    cluster.wait_for("ServiceAccount", lambda: cluster.api.find(path) is not None)


@pytest.fixture(scope="module")
def changing(cluster: ControlPlane, server: Server) -> Changing:
    return Changing(cluster.api, server)


def namespace(name: str, level: str = "") -> Object:
    labels = {ENFORCE: level} if level else {"a": "b"}
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


@pytest.mark.proves("changes that are said to be invalid are refused", "kube-apiserver")
def test_invalid_changes(server: Server, changing: Changing) -> None:
    """Of an object of every kind that has a schema and is served, changes that break it."""
    examples = published(tools.find("kubernetes-manifests"))
    made = random.Random(SEED)
    found: Counter[str] = Counter()
    kinds, wrong = set(), []
    for old, _ in [*pairs(server, examples, MINOR, seed=SEED, growths=GROWTHS)]:
        changed = [one.data for one in mutations(old, made, CHANGES) if is_same(old, one.data)]
        with held(changing, old) as problem:
            if problem:
                continue
            outcomes = [*changing.over(old, changed)]
        kinds.add((old["apiVersion"], old["kind"]))
        for new, outcome in zip(changed, outcomes, strict=True):
            told = [one for one in consequences(old, new) if one.impact is Impact.REJECTED]
            answer = agreement(old, new, is_told=bool(told), refused=outcome.refused)
            found[answer] += 1
            if answer in (OURS, OTHER):
                wrong.append((old["kind"], differing(old, new), told, outcome.refused))
    print(f"{found.total():6} changes of {len(kinds)} kinds")
    for name, count in sorted(found.items()):
        print(f"{count:6} {name}")
    for one in wrong:
        print(one)
    assert found["refused"] + found["accepted"] >= LEAST
    assert found["refused"] >= LEAST / 3
    assert len(kinds) >= 40
    assert found[OURS] == 0
    assert found[OTHER] <= LEFT * found.total()


def is_same(old: Object, new: Object) -> bool:
    """Whether a change leaves an object the object that it is."""
    if not isinstance(new.get("metadata"), dict) or any(old[key] != new[key] for key in IDENTITY):
        return False
    both = [one["metadata"] for one in (old, new)]
    return all(both[0].get(key) == both[1].get(key) for key in ("name", "namespace"))


def agreement(old: Object, new: Object, *, is_told: bool, refused: str) -> str:
    """The answer of both, or why they differ."""
    if is_told is bool(refused):
        return "refused" if is_told else "accepted"
    reason = named(old["kind"], old, new)
    if reason:
        return reason
    if is_told:
        return KEPT if is_emptied(old, new) else OURS
    if not differing(old, new):
        return NULL
    return next((why for why, words in BEYOND_SCHEMAS.items() if re.search(words, refused)), OTHER)


def consequences(
    old: Object | None, new: Object | None, beside: Sequence[Object] = ()
) -> list[Consequence]:
    before, after = ([one] if one else [] for one in (old, new))
    judged = judged_objects(before, after, beside, MINOR)
    return [one for each in judged for one in each.consequences]


def is_emptied(old: Any, new: Any) -> bool:
    """Whether null or an empty mapping stands somewhere where something stood."""
    if isinstance(old, dict) and isinstance(new, dict):
        return (bool(old) and not new) or any(
            is_emptied(old[key], new[key]) for key in old.keys() & new.keys()
        )
    if isinstance(old, list) and isinstance(new, list):
        return any(map(is_emptied, old, new))
    return new is None and old is not None


def sized(kind: str, field: str, value: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "a", "namespace": "default"},
        field: {"a": value, "b": "YQ=="},
    }


def annotated(size: int) -> Object:
    found = sized("ConfigMap", "data", "a")
    found["metadata"]["annotations"] = {"a": "x" * size}
    return found


def labelled(**labels: str) -> Object:
    found = namespace("c")
    prefix = ENFORCE.partition("/")[0]
    found["metadata"]["labels"] = {
        f"{prefix}/{key.replace('_', '-')}": value for key, value in labels.items()
    }
    return found


MIB = 1024 * 1024
SINGLE = [
    *(
        (sized("ConfigMap", "data", "x" * size), refused)
        for size, refused in ((MIB - 4, False), (MIB - 3, True))
    ),
    *(
        (sized("ConfigMap", "data", "é" * 1024 + "x" * (size - 2048)), refused)
        for size, refused in ((MIB - 4, False), (MIB - 3, True))
    ),
    *(
        (sized("Secret", "stringData", "x" * size), refused)
        for size, refused in ((MIB - 4, False), (MIB - 3, True))
    ),
    *(
        (sized(kind, field, "AAAA" * size), refused)
        for kind, field in (("Secret", "data"), ("ConfigMap", "binaryData"))
        for size, refused in ((MIB // 3, False), (MIB // 3 + 1, True))
    ),
    *(
        (annotated(size), refused)
        for size, refused in ((256 * 1024 - 1, False), (256 * 1024, True))
    ),
    *(
        (labelled(enforce="baseline", **labels), refused)
        for labels, refused in (
            ({"enforce_version": "latest"}, False),
            ({"enforce_version": "v1.30"}, False),
            ({"enforce_version": "1.30"}, True),
            ({"enforce_version": "v1.030"}, True),
            ({"audit": "privileged", "warn": "restricted"}, False),
            ({"audit": "none"}, True),
            ({"warn": "Restricted"}, True),
            ({"warn_version": ""}, True),
        )
    ),
    (labelled(enforce="restrict"), True),
    *(
        ({**sized("ConfigMap", "data", "a"), "metadata": {"name": name}}, refused)
        for name, refused in (("a.b-c", False), ("A", True), ("a_b", True), ("x" * 254, True))
    ),
]


@pytest.mark.proves("what is too large, and names and labels that cannot be", "kube-apiserver")
def test_single_objects(server: Server) -> None:
    wrong = []
    for data, is_refused in SINGLE:
        told = any(one.impact is Impact.REJECTED for one in consequences(None, data))
        verdict = server.accepts(data)
        if {told, not verdict.accepted} != {is_refused}:
            wrong.append((data["kind"], data["metadata"], told, verdict.message[:200]))
    assert wrong == []


@pytest.mark.proves("Pods that Pod Security keeps out", "kube-apiserver")
def test_pods(server: Server) -> None:
    """Made Pods, by themselves and as what a Deployment makes, in Namespaces of both levels."""
    made = random.Random(SEED)
    found: Counter[str] = Counter()
    wrong = []
    for data, level in ((one, level) for one in made_pods(made) for level in LEVELS):
        data["metadata"]["namespace"] = level
        verdict = server.create(data)
        if verdict.status == 422:  # it would be refused anywhere
            found["invalid anywhere"] += 1
            continue
        space = [namespace(level, level)]
        told = consequences(None, data, space)
        of_template = consequences(None, deployment(data["spec"], level), space)
        is_refused = verdict.status == 403
        found["kept out" if is_refused else "let in"] += 1
        alone = any(one.impact is Impact.REJECTED for one in told)
        made_by = any(one.impact is Impact.OUTAGE for one in of_template)
        if {alone, made_by} != {is_refused}:
            wrong.append((level, data["spec"], alone, made_by, verdict.message))
    for name, count in sorted(found.items()):
        print(f"{count:6} {name}")
    assert wrong == []
    assert min(found["kept out"], found["let in"]) >= 50


LEVELS = ("baseline", "restricted")


def made_pods(made: random.Random) -> Iterator[Object]:
    """Pods without what only an older Kubernetes had a place for."""
    for _ in range(PODS):
        data = make_pod(made)
        data["spec"].pop("ephemeralContainers")  # no Pod is created with some
        data["spec"]["volumes"] = [
            one for one in data["spec"]["volumes"] if {"emptyDir", "hostPath"} & one.keys()
        ]
        data["metadata"]["annotations"] = {}
        yield data


def deployment(pod: Object, home: str, replicas: int = 1, **spec: Any) -> Object:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": home},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": copy.deepcopy(pod)},
            **spec,
        },
    }


def stateful_set(pod: Object, home: str, **spec: Any) -> Object:
    found = deployment(pod, home, replicas=3, serviceName="web", **spec)
    return {**found, "kind": "StatefulSet"}


def daemon_set(pod: Object, home: str) -> Object:
    found = deployment(pod, home)
    del found["spec"]["replicas"]
    return {**found, "kind": "DaemonSet"}


Workload = Callable[[Object, str], Object]

STRATEGY = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
# What is left of how many Pods once new ones are refused, and how that is said.
ROLLS: list[tuple[Workload, int, int, str]] = [
    (lambda pod, home: deployment(pod, home, 4), 4, 3, "of those that run 1 of 4 go"),
    (lambda pod, home: deployment(pod, home, 1), 1, 1, "those that run stay"),
    (
        lambda pod, home: deployment(pod, home, 4, strategy=STRATEGY),
        4,
        4,
        "those that run stay",
    ),
    (
        lambda pod, home: deployment(pod, home, 2, strategy={"type": "Recreate"}),
        2,
        0,
        "of those that run none stays",
    ),
    (stateful_set, 3, 2, "of those that run the last goes"),
    (
        lambda pod, home: stateful_set(pod, home, updateStrategy={"type": "OnDelete"}),
        3,
        3,
        "those that run stay",
    ),
    (daemon_set, 3, 2, "of those that run 1 go"),
]


@pytest.mark.proves(
    "what is left of a workload whose new Pods are kept out",
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"),
)
@pytest.mark.parametrize(("workload", "before", "after", "said"), ROLLS)
def test_what_is_left(
    cluster: ControlPlane,
    changing: Changing,
    workload: Workload,
    before: int,
    after: int,
    said: str,
) -> None:
    old, new = (workload(pod, "restricted") for pod in (RIGHT, WRONG))
    found = consequences(old, new, [namespace("restricted", "restricted")])
    assert Impact.ROLLS_PODS not in {one.impact for one in found}
    (told,) = [one for one in found if one.impact is Impact.OUTAGE]
    assert told.field == "/spec/template/spec/hostPID"
    assert told.reason.endswith(f"; {said}")
    with held(changing, old) as problem:
        assert problem == ""
        cluster.wait_for("Pods", lambda: ready_pods(cluster) == before, 60)
        known = refusals(cluster)
        assert changing.apply(new) == ""
        if "OnDelete" not in str(new):
            cluster.wait_for("a refusal", lambda: refusals(cluster) > known, 60)
        cluster.wait_for("fewer Pods", lambda: ready_pods(cluster) == after, 60)
        for _ in range(10):
            time.sleep(0.2)
            assert ready_pods(cluster) == after
    cluster.wait_for("no Pods", lambda: pods(cluster) == [], 60)


def pods(cluster: ControlPlane) -> list[Object]:
    return list(cluster.api.request("GET", "/api/v1/namespaces/restricted/pods")["items"])


def ready_pods(cluster: ControlPlane) -> int:
    """How many Pods are ready and stay."""
    return sum(
        is_ready(one) and "deletionTimestamp" not in one["metadata"] for one in pods(cluster)
    )


def is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return ("Ready", "True") in [(one["type"], one["status"]) for one in conditions]


def refusals(cluster: ControlPlane) -> int:
    """How many Pods were refused, as events tell it."""
    events = cluster.api.request("GET", "/api/v1/namespaces/restricted/events")["items"]
    return sum("violates PodSecurity" in one.get("message", "") for one in events)


@pytest.mark.proves("Namespaces that become stricter", "kube-apiserver")
def test_a_stricter_namespace(cluster: ControlPlane, server: Server, changing: Changing) -> None:
    """What runs stays, and the same Pod is refused when it is made again."""
    free, strict = namespace("strict"), namespace("strict", "restricted")
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one", "namespace": "strict"},
        "spec": WRONG,
    }
    (told,) = consequences(free, strict, [pod])
    assert (told.impact, told.is_predicted) == (Impact.OUTAGE, True)
    assert "it refuses new Pods of Pod strict/one" in told.reason
    with held(changing, free):
        wait_for_account(cluster, "strict")
        assert changing.apply(pod) == ""
        assert changing.apply(strict) == ""
        assert cluster.api.find("/api/v1/namespaces/strict/pods/one") is not None
        again = copy.deepcopy(pod)
        again["metadata"]["name"] = "two"
        assert "violates PodSecurity" in server.create(again).message
