"""Clusters before and after a change, written as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from renderer.changes.comparing import Comparer, FilePair
from renderer.checks.schema import Schemas
from renderer.impacts.judging import Judged, judge
from renderer.impacts.model import ClusterObjects, Sides
from renderer.impacts.validity import Validity
from renderer.kubernetes.manifests import Manifest, object_ref

MINOR = "1.36"


def judged(old: str, new: str, beside: str = "", minor: str = MINOR) -> list[Judged]:
    """What becomes of the objects that differ; `beside` are those that both sides have."""
    return judged_objects(_load(old), _load(new), _load(beside), minor)


def judged_objects(
    old: Iterable[Any], new: Iterable[Any], beside: Iterable[Any] = (), minor: str = MINOR
) -> list[Judged]:
    """The same from data."""
    before, after, both = [*old], [*new], [*beside]
    pair = FilePair("t", "a.yaml", _written(before), _written(after))
    changes = Comparer(Schemas(minor)).changes([pair])
    sides = Sides(_cluster([*before, *both]), _cluster([*after, *both]), minor, Validity(minor))
    return judge(changes, sides)


def _load(text: str) -> list[Any]:
    return [one for one in yaml.safe_load_all(text) if one]


def _written(objects: list[Any]) -> bytes:
    return "\n---\n".join(map(json.dumps, objects)).encode()  # no alias, and no y that is a word


def _cluster(objects: Iterable[Any]) -> ClusterObjects:
    refs = [(object_ref(one), one) for one in objects]
    return ClusterObjects(lambda: [Manifest(ref, one, ref.name) for ref, one in refs])
