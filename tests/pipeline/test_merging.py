"""What merging does in many clusters: those that change alike are judged once, and no others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import pytest
import yaml
from impacts.cases import DEPLOYMENT

from renderer.changes.comparing import Comparer, FilePair
from renderer.checks.schema import Schemas
from renderer.impacts.judging import judge
from renderer.impacts.model import ClusterObjects, Sides, Syncer
from renderer.impacts.validity import Validity
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.pipeline.merging import merge
from renderer.pipeline.side_trees import SideTrees

_MINOR = "1.36"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n"
_NAMESPACE = (
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"
    "  labels: {pod-security.kubernetes.io/enforce: %s}\n"
)
_USER = DEPLOYMENT.replace('image: "web:1"', "envFrom: [{secretRef: {name: key}}]")
_ROLLS = DEPLOYMENT, DEPLOYMENT.replace("web:1", "web:2")
_REFUSED = DEPLOYMENT, DEPLOYMENT.replace("app: web", "app: site")


class _Trees:
    """The trees of a side of which only the objects matter; an equal one is the same one, as it is
    of files with equal contents."""

    def __init__(self, clusters: dict[str, str]) -> None:
        self._clusters = {name: text.split("---\n") for name, text in clusters.items()}
        self._read = lru_cache(_read)
        self.validity = Validity(_MINOR)

    def cluster(self, name: str) -> ClusterObjects:
        def few(kind: str, ending: str) -> list[Manifest]:
            return [one for one in load() if one.ref.kind == kind and one.ref.name.endswith(ending)]

        def load() -> list[Manifest]:
            return [self._read(one) for one in self._clusters[name] if one.strip()]

        return ClusterObjects(load, few)

    def minor_of(self, _: str) -> str:
        return _MINOR

    def validity_of(self, _: str) -> Validity:
        return self.validity


def _read(text: str) -> Manifest:
    data = yaml.safe_load(text)
    return Manifest(object_ref(data), data, object_ref(data).name)


def _merged(
    clusters: dict[str, tuple[str, str, str]], syncers: dict[str, list[Syncer]]
) -> dict[str, Any]:
    """What each of some clusters is judged, by what it holds before, after, and both times.

    All are judged together, and each alone: that has to be the same.
    """
    comparer = Comparer(Schemas(_MINOR))
    compared = {
        name: comparer.changes(
            [FilePair(name, "a.yaml", old.encode() or None, new.encode() or None)]
        )
        for name, (old, new, _) in clusters.items()
    }
    old = cast("SideTrees", _Trees({k: f"{v[0]}---\n{v[2]}" for k, v in clusters.items()}))
    new = cast("SideTrees", _Trees({k: f"{v[1]}---\n{v[2]}" for k, v in clusters.items()}))
    found = merge(compared, old, new, syncers)
    for name, changes in compared.items():
        sides = Sides(old.cluster(name), new.cluster(name), _MINOR, Validity(_MINOR), syncers)
        assert found.judged[name] == judge(changes, sides), name
    return {name: one[0].consequences[0].impact.value for name, one in found.judged.items()}


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An entry for each time that clusters are judged."""
    found: list[str] = []

    def judged(changes: Any, sides: Any) -> Any:
        found.append(sides.kubernetes)
        return judge(changes, sides)

    monkeypatch.setattr("renderer.pipeline.merging.judge", judged)
    return found


def test_clusters_that_change_alike_are_judged_once(times: list[str]) -> None:
    clusters = dict.fromkeys("abc", (*_ROLLS, ""))
    assert {*_merged(clusters, {}).values()} == {"rolls-pods"}
    assert len(times) == 1


def test_who_syncs_a_tree_counts() -> None:
    forces = [Syncer("x", forces=True)]
    clusters = dict.fromkeys("abcd", (*_REFUSED, ""))
    found = _merged(clusters, {"b": forces, "d": forces})
    assert found == {"a": "rejected", "b": "recreates", "c": "rejected", "d": "recreates"}


def test_what_a_cluster_holds_besides_counts(times: list[str]) -> None:
    """A Secret that is removed is missed only where somebody uses it."""
    clusters = {"a": (_SECRET, "", ""), "b": (_SECRET, "", _USER), "c": (_SECRET, "", "")}
    found = _merged(clusters, {})
    assert found["a"] == found["c"] != found["b"] == "outage"
    assert len(times) == 3


def test_few_that_they_have_in_common_are_asked_for_and_judged_once(times: list[str]) -> None:
    """A Namespace says whether its Pods are refused."""
    levels = {"a": "restricted", "b": "privileged", "c": "restricted", "d": "privileged"}
    clusters = {name: (*_ROLLS, _NAMESPACE % level) for name, level in levels.items()}
    found = _merged(clusters, {})
    assert found["a"] == found["c"] != found["b"] == found["d"] == "rolls-pods"
    assert len(times) == 2
