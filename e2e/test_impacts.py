"""What `render diff` says that merging does, and what a real API server answers."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import pytest
import yaml
from impacts.cases import CASES
from impacts.clusters import judged_objects
from impacts.refused import REFUSED

from e2e import tools
from e2e.asking import Server
from e2e.changing import Changing, Outcome
from e2e.controlplane import ControlPlane
from e2e.corpus import published
from e2e.pairs import pairs
from renderer.impacts.model import Consequence, Impact

Object = dict[str, Any]

SEED = 12
GROWTHS = 24  # tries for each kind
LEAST = 500  # changes that are compared

# Kinds of feature gates and versions that an API server does not serve by default.
NOT_SERVED = {
    "ClusterTrustBundle.certificates.k8s.io",
    "LeaseCandidate.coordination.k8s.io",
    "PodCertificateRequest.certificates.k8s.io",
    "PodGroup.scheduling.k8s.io",
    "StorageVersionMigration.storagemigration.k8s.io",
    "Workload.scheduling.k8s.io",
}
# Where no answer is expected to be that of the prediction, by kind and field.
NAMED = {
    "what belongs to a feature that is switched off is dropped": (
        r"Lease /spec/(preferredHolder|strategy)|\w+ .*/exactly/(tolerations|capacity)\b"
        r"|\w+ .*/configSource"
    ),
    "a dataSource that is neither a claim nor a snapshot is dropped": r"\w+ .*/dataSource",
    "a claim that is not bound yet is more immutable than one that is": (
        r"PersistentVolumeClaim /spec/(resources|volumeAttributesClassName)"
    ),
    "what stands in data and in stringData has the value in stringData": r"Secret /\w*[dD]ata",
    "nothing but ClientIP has a sessionAffinityConfig": r"Service /spec/sessionAffinityConfig",
    "a struct with nothing but defaults is no more than no struct": (
        r"MutatingAdmissionPolicyBinding /spec/matchResources"
    ),
    "an item that has lost its key is another item": r"\w+ .*\[[^\]]*=\]",
}
# What no API server says: it has tests of its own.
FORETOLD = (Impact.OUTAGE, Impact.OPENS_ACCESS)
MINOR = tools.version("kube-apiserver").removeprefix("v").rpartition(".")[0]


@pytest.fixture(scope="module")
def server(cluster: ControlPlane) -> Server:
    found = Server(cluster.api)
    found.served()
    cluster.kubectl("create", "namespace", "shop")
    account = "/api/v1/namespaces/shop/serviceaccounts/default"
    cluster.wait_for("ServiceAccount", lambda: cluster.api.find(account) is not None)
    return found


@pytest.fixture(scope="module")
def changing(cluster: ControlPlane, server: Server) -> Changing:
    return Changing(cluster.api, server)


@contextlib.contextmanager
def held(changing: Changing, *objects: Object) -> Generator[str]:
    """Objects that are there for a while; why one is not."""
    with contextlib.ExitStack() as stack:
        refused = ""
        for one in objects:
            refused = refused or changing.apply(one)
            stack.callback(changing.delete, one)
        yield refused


@pytest.mark.proves("fields that are said to be immutable are refused", "kube-apiserver")
def test_fields_that_cannot_be_changed(server: Server, changing: Changing) -> None:
    """A change of each field in the table, and what the table lets through."""
    served = server.known
    left, wrong = set(), []
    for case in REFUSED:
        old, new = yaml.safe_load(case.before), yaml.safe_load(case.after)
        if (old["apiVersion"], old["kind"]) not in served:
            left.add(case.kind)
            continue
        with held(changing, old) as problem:
            assert problem == "", case
            (outcome,) = changing.over(old, [new])
        if bool(outcome.refused) is not case.is_refused:
            wrong.append((case.kind, case.field, case.what, case.by, outcome.refused))
    assert wrong == []
    assert left == NOT_SERVED


@pytest.mark.proves("what merging is said to do is what the server does", "kube-apiserver")
def test_cases(changing: Changing) -> None:
    wrong = []
    for case in CASES:
        if not case.what or case.of_live_state or case.of_syncer:
            continue
        old, new = (
            yaml.safe_load(text) for text in (case.before, case.before.replace(case.what, case.by))
        )
        if old["metadata"]["name"] != new["metadata"]["name"]:
            continue
        beside = [one for one in yaml.safe_load_all(case.beside) if one]
        with held(changing, *beside, old) as problem:
            assert problem == "", case
            (outcome,) = changing.over(old, [new])
        difference = disagreement(consequences(old, new, beside), outcome)
        if difference:
            wrong.append((case.name, difference))
    assert wrong == []


@pytest.mark.proves("single changes have the impact that is predicted", "kube-apiserver")
def test_changes_of_one_field(server: Server, changing: Changing) -> None:
    """Of every kind that has a schema and is served."""
    examples = published(tools.find("kubernetes-manifests"))
    found: Counter[str] = Counter()
    kinds = set()
    wrong = []
    grown = [*pairs(server, examples, MINOR, seed=SEED, growths=GROWTHS)]
    for old, changed in grown:
        with held(changing, old) as problem:
            if problem:  # it was valid, but its name is taken
                found["not applied"] += 1
                continue
            outcomes = [*changing.over(old, changed)]
        for new, outcome in zip(changed, outcomes, strict=True):
            predicted = consequences(old, new)
            difference = disagreement(predicted, outcome)
            reason = difference and named(old["kind"], old, new)
            found[reason or ("another answer" if difference else "same answer")] += 1
            kinds.add((old["apiVersion"], old["kind"]))
            if difference and not reason:
                wrong.append((old["kind"], difference, old, new))
    print(f"{found.total():6} changes of {len(kinds)} kinds")
    for name, count in sorted(found.items()):
        print(f"{count:6} {name}")
    for kind, difference, old, new in wrong:
        print(f"{kind} {', '.join(differing(old, new))}: {difference[:200]}")
    assert len(wrong) == 0
    assert found["same answer"] >= LEAST
    assert len(kinds) >= 40


def consequences(old: Object, new: Object, beside: Sequence[Object] = ()) -> list[Consequence]:
    judged = judged_objects([old], [new], beside, MINOR)
    return [one for each in judged for one in each.consequences]


def disagreement(predicted: Sequence[Consequence], outcome: Outcome) -> str:
    """How an answer differs from the prediction; empty if it does not."""
    impacts = {one.impact for one in predicted if one.impact not in FORETOLD}
    said = ", ".join(sorted(f"{one.impact.value} {one.reason}" for one in predicted))
    if (Impact.REJECTED in impacts) is not bool(outcome.refused):
        return f"said {said or 'nothing'}, but: {outcome.refused or 'accepted'}"
    if outcome.refused:
        return ""
    if (impacts == {Impact.NONE} or not predicted) and outcome.changes:
        return f"said {said or 'nothing'}, but it changes"
    if impacts - {Impact.NONE} and not (outcome.changes or outcome.relabels):
        return f"said {said}, but nothing changes"
    if Impact.ROLLS_PODS in impacts and outcome.after["kind"] != "Pod":
        return "" if outcome.changes_template else f"said {said}, but the template is the same"
    if outcome.rolls and not any(one.field == "/spec/template" for one in predicted):
        return f"said {said}, but the template is another"
    return ""


def named(kind: str, old: Object, new: Object) -> str:
    fields = [f"{kind} {field}" for field in differing(old, new)]
    for reason, pattern in NAMED.items():
        if fields and all(re.match(pattern, one) for one in fields):
            return reason
    return ""


def differing(old: Any, new: Any, path: str = "") -> list[str]:
    """The paths at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(key for key in new if key not in old)]
        return [
            one
            for key in keys
            if old.get(key) != new.get(key)
            for one in differing(old.get(key), new.get(key), f"{path}/{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        both = enumerate(zip(old, new, strict=True))
        return [
            one for index, (a, b) in both if a != b for one in differing(a, b, f"{path}/{index}")
        ]
    return [path]
