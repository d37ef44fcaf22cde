"""The schema checks against a real API server: nothing valid is refused, mistakes are found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from checks.schema.samples import DEFINITION, FULL_SHOP, SHOP

from e2e import tools
from e2e.asking import Server, Verdict
from e2e.controlplane import ControlPlane
from e2e.corpus import Grower, JsonLoader, published
from e2e.mutations import Mutation, mutations
from renderer.checks.schema import Schemas
from renderer.checks.schema.definitions import definitions_of
from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest, object_ref

Object = dict[str, Any]

SEED = 4
GROWTHS = 40  # tries for each kind
CHANGES = 5  # for each object

# Validation says more than a schema can hold, once an object could be read: by its words.
BEYOND_SCHEMAS = {
    "what fields mean together": r"does not match template|must specify|must be specified"
    r"|one of|at least one|may not (have|be)|when `|greater than max|than default|insecureSkip"
    r"|less than or equal to|must be `spec|more than one|valid values|empty selector|IP family",
    "references from one field to another": r"Not found",
    "forms and ranges of single values": r"must be (a valid|positive|greater|a standard|less)"
    r"|must consist of|name part must|compilation failed|percent string|port is not valid",
    "what some kinds require of types that others use too": r"Required value",
    "lists with distinct items that do not say so": r"Duplicate value",
    "rules in CEL": r"when set",
    "the schema in a CustomResourceDefinition": r"openAPIV3Schema",
}
LEFT = 0.01  # the part of changes that may differ for other reasons

# What is found although the server takes it.
BEYOND_THE_SERVER = {
    "dropped without a word: a Go type reads these schemas itself": (
        r"/spec/versions/\d+/schema/openAPIV3Schema/.+"
    ),
    "owners of Pods to come are not looked at": r"/spec/template/metadata/ownerReferences/\d+",
    "a dataSource that is neither a claim nor a snapshot is dropped": r"(/.+)?/spec/dataSource",
    "what belongs to a feature that is switched off is dropped": (
        r"(/spec)?/spec/devices/requests/\d+/exactly/tolerations|/spec/configSource"
    ),
}


OTHER = "other rules of validation"
OURS = "refused by us alone"
NOT_READ = "refused by the server alone, and not read"


class Compared(NamedTuple):
    """A change, what the server says to it, and what we found."""

    mutation: Mutation
    verdict: Verdict
    findings: list[Finding]


class Subject(NamedTuple):
    """A server, the schemas for its version and its custom resources, and valid objects."""

    server: Server
    schemas: Schemas
    corpus: list[Object]

    def findings(self, data: Object) -> list[Finding]:
        ref = object_ref(data)
        return self.schemas.check(Manifest(ref, data, ref.name))


@pytest.fixture(scope="module")
def server(cluster: ControlPlane) -> Server:
    return Server(cluster.api)


@pytest.fixture(scope="module")
def subject(cluster: ControlPlane, server: Server) -> Subject:
    minor = tools.version("kube-apiserver").removeprefix("v").rpartition(".")[0]
    examples = list(published(tools.find("kubernetes-manifests")))
    shop, full_shop, definition = (
        yaml.load(text, JsonLoader) for text in (SHOP, FULL_SHOP, DEFINITION)
    )
    crds = [definition, *_one_of_each(examples)]
    names = [f"customresourcedefinition/{crd['metadata']['name']}" for crd in crds]
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(_list(crds)))
    cluster.kubectl("wait", "--for=condition=Established", *names)
    served = set(server.served())
    known = [one for one in examples if (one.get("apiVersion"), one.get("kind")) in served]
    corpus = [one for one in [shop, full_shop, *_distinct(known)] if server.accepts(one).accepted]
    corpus += _grown(server, corpus, definitions_of(minor).served, crds, minor)
    return Subject(server, Schemas(minor).with_definitions(crds), corpus)


def _list(items: Iterable[Object]) -> Object:
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def _one_of_each(objects: Iterable[Object]) -> list[Object]:
    """One CustomResourceDefinition for each name, of the version that is served."""
    wanted = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
    crds = [one for one in objects if (one.get("apiVersion"), one.get("kind")) == wanted]
    found = {one["metadata"]["name"]: one for one in crds if "spec" in one}
    return [one for one in found.values() if _is_approved(one)]


def _is_approved(crd: Object) -> bool:
    """Those in Kubernetes' own groups need an approval that the examples do not all have."""
    group = crd["spec"]["group"]
    approval = crd["metadata"].get("annotations", {}).get("api-approved.kubernetes.io")
    return bool(approval) or not group.endswith((".k8s.io", ".kubernetes.io"))


def _distinct(objects: Iterable[Object]) -> list[Object]:
    return list({json.dumps(one, sort_keys=True): one for one in objects}.values())


def _grown(
    server: Server, seeds: list[Object], served: Any, crds: list[Object], minor: str
) -> list[Object]:
    """Objects grown from the schemas of every kind that the server has, as far as it takes them."""
    definitions = definitions_of(minor)
    random = Random(SEED)
    grower = Grower(definitions, random)
    kinds = {
        (version, kind): definitions[name]
        for version, names in served.items()
        for kind, name in names.items()
    }
    for crd in crds:
        for version in crd["spec"]["versions"]:
            kind = f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]
            kinds[kind] = version["schema"]["openAPIV3Schema"]
    found: list[Object] = []
    for kind in server.served():
        there = [one for one in seeds if (one["apiVersion"], one["kind"]) == kind][:3]
        for _ in range(GROWTHS):
            if there:
                one = grower.grow(kinds[kind], random.choice(there))
            else:
                one = grower.seed(*kind, kinds[kind])
            if one not in there and server.accepts(one).accepted:
                there.append(one)
                found.append(one)
    return found


@pytest.mark.proves("no valid object is refused by the schema checks", "kube-apiserver")
def test_no_valid_object_is_refused(subject: Subject) -> None:
    assert len(subject.corpus) >= 1000
    assert len({(one["apiVersion"], one["kind"]) for one in subject.corpus}) >= 60
    for one in subject.corpus:
        findings = subject.findings(one)
        assert not findings or _beyond_the_server(findings), one


@pytest.mark.proves("single mistakes get the verdict of the API server", "kube-apiserver")
def test_changes_of_one_field_get_the_same_verdict(subject: Subject) -> None:
    """What cannot be read is always found; validation agrees but for what is named above."""
    random = Random(SEED)
    compared = [
        Compared(change, subject.server.accepts(change.data), subject.findings(change.data))
        for one in subject.corpus
        for change in mutations(one, random, CHANGES)
    ]
    print(f"{len(compared):6} changes of {len(subject.corpus)} objects")
    counts = Counter(_difference(one) for one in compared)
    for reason, count in sorted(counts.items()):
        print(f"{count:6} {reason or 'same verdict'}")
    assert len(compared) >= 4000
    assert counts[""] >= 0.93 * len(compared)
    assert counts[OTHER] <= LEFT * len(compared)
    assert [one for one in compared if _difference(one) in (OURS, NOT_READ)] == []


def _difference(one: Compared) -> str:
    """Why the verdicts on a change differ; empty if they do not."""
    if one.verdict.accepted is not bool(one.findings):
        return ""
    if one.verdict.accepted:
        return _beyond_the_server(one.findings) or OURS
    if not one.verdict.was_read:
        return NOT_READ
    for reason, pattern in BEYOND_SCHEMAS.items():
        if re.search(pattern, one.verdict.message):
            return reason
    return OTHER


def _beyond_the_server(findings: Iterable[Finding]) -> str:
    """Why the server takes what is found; empty if it should not."""
    fields = [finding.field for finding in findings]
    for reason, pattern in BEYOND_THE_SERVER.items():
        if all(re.match(pattern, field) for field in fields):
            return reason
    return ""


@pytest.mark.proves("unserved versions are those that the server does not have", "kube-apiserver")
def test_every_served_kind_is_known(subject: Subject) -> None:
    for version, kind in subject.server.served():
        found = subject.findings({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}})
        assert "unserved-version" not in {one.rule for one in found}
