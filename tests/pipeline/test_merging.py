"""What merging does in many clusters: those that change alike are judged once, and no others."""

from __future__ import annotations

from typing import Any, cast

import pytest
import yaml
from impacts.cases import DEPLOYMENT

from renderer.changes.comparing import Comparer, FilePair
from renderer.checks.schema import Schemas
from renderer.impacts.judging import judge
from renderer.impacts.model import ClusterObjects, Sides, Syncer
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.pipeline.merging import merge
from renderer.pipeline.side_trees import SideTrees

_MINOR = "1.36"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\n"
_USER = DEPLOYMENT.replace('image: "web:1"', "envFrom: [{secretRef: {name: key}}]")
_ROLLS = DEPLOYMENT, DEPLOYMENT.replace("web:1", "web:2")
_REFUSED = DEPLOYMENT, DEPLOYMENT.replace("app: web", "app: site")


class _Trees:
    """The trees of a side of which only the objects matter; each cluster is read anew."""

    def __init__(self, clusters: dict[str, str]) -> None:
        self._clusters = clusters

    def cluster(self, name: str) -> ClusterObjects:
        objects = [one for one in yaml.safe_load_all(self._clusters[name]) if one]
        manifests = [Manifest(object_ref(one), one, object_ref(one).name) for one in objects]
        return ClusterObjects(lambda: manifests)

    def minor_of(self, _: str) -> str:
        return _MINOR


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
        sides = Sides(old.cluster(name), new.cluster(name), _MINOR, syncers)
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
