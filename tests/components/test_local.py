"""overlays/local fits a machine of two CPUs, and wants nothing from outside of its cluster."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from support import PROJECT, Repository

from components.stacks import manifests
from renderer.kubernetes.quantities import amount

LOCAL = Repository(PROJECT)
# A cluster's own Pods reserve the rest: those of kind 0.95 of a CPU.
_CPUS, _MEMORY = Decimal("0.9"), amount("5Gi")


@pytest.fixture(scope="module")
def tree() -> list[Any]:
    """The objects of the committed tree."""
    return manifests(LOCAL, "local")


def _requested(pod: Any, resource: str) -> Decimal:
    """What the scheduler reserves for a Pod."""

    def sum_of(containers: list[Any]) -> list[Decimal]:
        found = [amount(one["resources"]["requests"][resource]) for one in containers]
        return [one for one in found if one is not None]

    at_once = sum(sum_of(pod["containers"]), Decimal())
    return max([at_once, *sum_of(pod.get("initContainers", []))])


@pytest.mark.parametrize(("resource", "most"), [("cpu", _CPUS), ("memory", _MEMORY)])
def test_it_fits(tree: list[Any], resource: str, most: Decimal) -> None:
    """Once it runs; until then Jobs wait until there is room, as Pods do."""
    pods = [
        (one["spec"]["replicas"], one["spec"]["template"]["spec"])
        for one in tree
        if one["kind"] in ("Deployment", "StatefulSet")
    ]
    assert len(pods) == 8
    assert sum(number * _requested(pod, resource) for number, pod in pods) <= most


def test_nobody_makes_a_secret() -> None:
    rows = json.loads(LOCAL.run("list", "--secrets", "local", "--json").out)
    left = {one["name"] for one in rows if not one["made_by"]}
    assert left == {"airflow-mysql"}
    assert all(one["optional"] for one in rows if one["name"] in left)


def test_nothing_is_wanted_from_outside(tree: list[Any]) -> None:
    kinds = {one["kind"] for one in tree}
    assert not kinds & {"PersistentVolume", "Ingress", "HTTPRoute", "ExternalSecret"}
    claims = [one["spec"] for one in tree if one["kind"] == "PersistentVolumeClaim"]
    assert [one["accessModes"] for one in claims] == [["ReadWriteOnce"]]
    assert not [one for one in claims if "storageClassName" in one]
    assert "ipBlock" not in json.dumps(tree)


def test_who_reads_dags_reads_the_examples(tree: list[Any]) -> None:
    (data,) = (one["data"] for one in tree if "AIRFLOW__CORE__LOAD_EXAMPLES" in one.get("data", {}))
    assert data["AIRFLOW__CORE__LOAD_EXAMPLES"] == "True"
