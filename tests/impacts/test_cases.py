"""What merging opens and breaks, case by case."""

from collections.abc import Iterator, Sequence

import pytest
import yaml

from impacts.stated import check, told_of
from renderer.changes.model import Changed
from renderer.impacts import access, invalid, losing, outage, pruning, rolling
from renderer.impacts.model import Consequence, Sides
from renderer.impacts.outage.admission import refused_pods
from renderer.impacts.outage.limits import limited_pods
from renderer.kustomize.name_hash import name_hash

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: b}\n"


@pytest.mark.parametrize(
    "file",
    [
        "changing.txt",
        "encryption.txt",
        "endpoints.txt",
        "exposure.txt",
        "gates.txt",
        "granting.txt",
        "network.txt",
        "pods.txt",
        "rbac.txt",
    ],
)
def test_what_is_opened(file: str) -> None:
    check(access.consequences, file)


@pytest.mark.parametrize("file", ["invalid.txt"])
def test_what_is_invalid(file: str) -> None:
    check(invalid.consequences, file)


@pytest.mark.parametrize("file", ["deployers.txt", "losing.txt"])
def test_what_is_lost(file: str) -> None:
    check(losing.consequences, file)


def test_what_is_mounted_elsewhere() -> None:
    check(rolling.consequences, "remounting.txt")


def test_what_is_dropped() -> None:
    check(pruning.consequences, "pruning.txt")


def test_whose_pods_are_refused() -> None:
    check(of_admission, "admission.txt")


def test_whose_pods_ask_for_too_much() -> None:
    check(of_limits, "limits.txt")


def of_limits(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What is told of Pods: of those that roll, of those that are refused."""
    yield from limited_pods(changes, sides)
    yield from rolling.consequences(changes, sides)


def of_admission(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What is told of Pods: of those that roll, of those that are refused."""
    yield from invalid.consequences(changes, sides)
    yield from refused_pods(changes, sides)
    yield from rolling.consequences(changes, sides)


@pytest.mark.parametrize("file", ["entrances.txt", "nodes.txt", "outage.txt", "webhooks.txt"])
def test_what_stops(file: str) -> None:
    check(outage.consequences, file)


def test_what_opens_nothing_is_silent() -> None:
    assert told_of(access.consequences, CONFIG, CONFIG.replace("a: b", "a: c")) == []


def hashed(value: str, used: str) -> str:
    """A ConfigMap whose name follows its content, and a Deployment that reads one."""
    data = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value}}
    name = f"settings-{name_hash(data)}"
    config = {**data, "metadata": {"name": name, "namespace": "shop"}}
    source = [{"configMapRef": {"name": used or name}}]
    pod = {"containers": [{"name": "web", "image": "web:1", "envFrom": source}]}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": {"spec": pod}},
    }
    return yaml.safe_dump_all([config, deployment])


def test_a_name_that_follows_its_content() -> None:
    old = hashed("one", "")
    name = yaml.safe_load(old.split("---")[0])["metadata"]["name"]
    assert told_of(outage.consequences, old, hashed("two", "")) == []
    assert told_of(outage.consequences, old, hashed("two", name)) == [
        "~ConfigMap shop/settings: Deployment.apps shop/web still refers to it"
    ]
