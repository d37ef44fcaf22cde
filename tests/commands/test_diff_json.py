"""The report of `render diff --json` is what its schema says, and what an old reader expects."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from diff_report import SCHEMA, check_report
from history.gits import new_git
from history.shops import HEADER
from support import Repository

OLD = """apiVersion: v1
kind: ConfigMap
metadata: {name: texts}
data:
  a.yaml: "b: 1\\nc: |\\n  [d]\\n  e = 1\\nf: [{name: x}, {name: y}]\\n"
  b.json: "{\\"a\\": 1}\\n"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gone}
data: {a: "1", b: "2", c: "3", d: "4"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: web, image: "web:1"}
      - {name: proxy, image: "proxy:1"}
      - {name: old, image: "old:1"}
---
apiVersion: v1
kind: Service
metadata: {name: left}
"""
NEW = """apiVersion: v1
kind: ConfigMap
metadata: {name: texts}
data:
  a.yaml: "b: 2\\nc: |\\n  [d]\\n  e = 2\\nf: [{name: y}, {name: x}]\\n"
  b.json: "{ \\"a\\": 1}\\n"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: come}
data: {a: "1", b: "2", c: "3", d: "4"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  paused: true
  template:
    spec:
      containers:
      - {name: proxy, image: "proxy:1"}
      - {name: web, image: "web:2"}
      - {name: new, image: "new:1"}
---
apiVersion: v1
kind: Service
metadata: {name: right}
"""


@pytest.fixture
def report(tmp_path: Path) -> dict[str, Any]:
    """A report with much of what the format has."""
    git = new_git(tmp_path / "repository")
    path, head = "clusters/{0}/x.yaml", HEADER.format
    git.commit({"render.toml": "", path.format("a"): head("a") + OLD, "clusters/b/x": ""})
    fleet = Repository(git.path)
    fleet.write({path.format("a"): head("a") + NEW, "clusters/b/x": "foreign"})
    found: dict[str, Any] = json.loads(fleet.render("diff", "--json").out)
    return found


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a report but what is in values of objects."""
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, inner in steps:
        yield (*path, step)
        if isinstance(inner, (dict, list)) and step not in ("old", "new"):
            yield from _places(inner, (*path, step))


def test_the_report_has_everything_that_the_schema_names(report: dict[str, Any]) -> None:
    named = {name for one in _objects() for name in one["properties"]} - _ELSEWHERE
    there = {step for path in _places(report) for step in path if isinstance(step, str)}
    assert named == there
    assert {one["change"] for one in report["changes"]} >= {"added", "removed", "changed"}
    assert "renamed" in {one["change"] for one in report["changes"]}


# Of who holds back, of causes and of what was rendered: the tests of these have such reports.
_ELSEWHERE = {"by", "until", "path", "line", "what", "certain", "stale"}


def _objects() -> list[dict[str, Any]]:
    schema = json.loads(SCHEMA.read_text())
    return [one for one in (schema, *schema["$defs"].values()) if "properties" in one]


_MAY_BE_LEFT_OUT = ("old", "new", "order", "inside")


def test_a_field_that_goes_or_gets_another_type_is_noticed(report: dict[str, Any]) -> None:
    check_report(json.dumps(report))
    for *above, last in _places(report):
        if last in _MAY_BE_LEFT_OUT or not isinstance(last, str):
            continue
        for broken in (_without, _retyped):
            other = copy.deepcopy(report)
            node = other
            for step in above:
                node = node[step]  # type: ignore[index] # a path into JSON
            broken(node, last)
            with pytest.raises((AssertionError, KeyError, jsonschema_rs.ValidationError)):
                check_report(json.dumps(other))


def _without(node: dict[str, Any], name: str) -> None:
    del node[name]


def _retyped(node: dict[str, Any], name: str) -> None:
    node[name] = {"value": node[name]}


def test_a_field_that_the_schema_does_not_name_is_noticed(report: dict[str, Any]) -> None:
    report["changes"][0]["object"]["more"] = 1
    with pytest.raises(jsonschema_rs.ValidationError, match="more"):
        check_report(json.dumps(report))
