"""`render CLUSTERS`: what it prints for people, and what for tools."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

import pytest
from shop import cluster_yaml, shop
from support import PROJECT, Repository

from renderer.tree.folders import Folder

_WEB = "clusters/a/shop/deployment-web.yaml"


@pytest.fixture
def stale(repository: Repository) -> Repository:
    """Three clusters: one with another host, one with an error, and one as it should be."""
    repository.write(shop("a", "b", "c"))
    repository.render("clusters")
    repository.write({"overlays/a/cluster.yaml": cluster_yaml("a", "other.example.com")})
    repository.write({"overlays/b/cluster.yaml": cluster_yaml("b", "b.example.com", "    x: 1\n")})
    return repository


def _rows(repository: Repository, *arguments: str, code: int = 0) -> Any:
    """What is printed with --json: on stdout, and nothing else anywhere."""
    result = repository.run(*arguments, "--json")
    assert result.err == ""
    assert result.code == code == repository.run(*arguments).code
    return json.loads(result.out)


# Each file once


@pytest.mark.parametrize(
    "arguments",
    [
        ["--check"],
        ["--check", "--verbose"],
        ["--check", "--diff"],
        ["--check", "--diff", "--verbose"],
        ["--diff", "--verbose"],
        ["--verbose"],
    ],
)
def test_a_changed_file_is_printed_once(stale: Repository, arguments: list[str]) -> None:
    result = stale.run("a", *arguments)
    lines = [line for line in (result.out + result.err).splitlines() if _WEB in line]
    expected = [f"--- a/{_WEB}", f"+++ b/{_WEB}"]
    if "--diff" not in arguments:
        expected = [f"changed: {_WEB}" if "--check" in arguments else f"  changed {_WEB}"]
    assert lines == expected


def test_quiet_prints_errors_only(stale: Repository) -> None:
    result = stale.run("clusters", "--check", "--quiet")
    assert result.out == ""
    assert result.err.splitlines()[0].endswith("unknown parameter x [unknown-parameter]")
    assert "clusters/" not in result.err


# --json


def test_json_of_every_verdict(stale: Repository) -> None:
    rows = _rows(stale, "clusters", "--check", code=1)
    a, b, c = rows["clusters"]
    assert a == {
        "name": "a",
        "cluster": "a",
        "source": "overlays/a",
        "output": "clusters/a",
        "verdict": "stale",
        "manifests": 4,
        "counts": {"added": 0, "changed": 1, "removed": 0, "unchanged": 3, "hashes_only": 0},
        "changes": [{"verb": "changed", "path": _WEB, "hashes_only": False}],
        "findings": [],
        "notes": [],
        "withheld": [],
    }
    assert (b["verdict"], b["manifests"], b["changes"]) == ("failed", 0, [])
    assert (c["verdict"], c["manifests"], c["counts"]["unchanged"]) == ("up-to-date", 4, 4)
    assert rows["findings"] == []
    # The same finding, in the same words, as that of the command that only verifies.
    assert b["findings"] == _rows(stale, "check", code=1)
    assert b["findings"][0]["location"] == {
        "path": "overlays/b/cluster.yaml",
        "line": 8,
        "column": 5,
    }


def test_json_of_what_is_written(stale: Repository) -> None:
    result = stale.run("a", "--json")
    (row,) = json.loads(result.out)["clusters"]
    assert (row["verdict"], result.err) == ("written", "")
    assert _rows(stale, "a")["clusters"][0]["verdict"] == "up-to-date"
    assert _rows(stale, "a", "--check")["clusters"][0]["verdict"] == "up-to-date"


def test_json_with_a_diff(stale: Repository) -> None:
    shown = stale.run("a", "--check", "--diff").out
    (change,) = _rows(stale, "a", "--check", "--diff", code=1)["clusters"][0]["changes"]
    assert change["diff"] == shown


def test_json_is_whole_with_quiet_and_with_verbose(stale: Repository) -> None:
    plain = stale.run("clusters", "--check", "--json")
    for option in ("--quiet", "--verbose"):
        assert stale.run("clusters", "--check", "--json", option) == plain


def test_json_has_the_rule_and_the_place_of_what_kustomize_refuses(stale: Repository) -> None:
    stale.write(
        {"base/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nkind: b\n"}
    )
    rows = _rows(stale, "clusters", "--check", code=1)
    found = [one for row in rows["clusters"] for one in row["findings"]]
    assert {one["rule"] for one in found} == {"duplicate-key"}
    assert found[0]["location"] == {"path": "base/web.yaml", "line": 4, "column": 1}


def test_json_has_errors_of_no_rule(stale: Repository) -> None:
    name = "{name: a, annotations: {internal.config.kubernetes.io/previousNames: b}}"
    stale.write({"base/web.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {name}\n"})
    stale.write({"base/kustomization.yaml": "namePrefix: x-\nresources: [web.yaml]\n"})
    rows = _rows(stale, "clusters", "--check", code=3)
    found = [one for row in rows["clusters"] for one in row["findings"] if not one["rule"]]
    assert found
    assert all(one["severity"] == "error" for one in found)


def test_json_of_trees_whose_overlay_is_gone(stale: Repository) -> None:
    for name in ("b", "c"):
        shutil.rmtree(stale.path / f"overlays/{name}")
    stale.render("a")
    stale.write({"render.toml": 'kubernetes = {nowhere = "1.35"}\n'})
    rows = _rows(stale, "clusters", "--check", code=1)
    assert [row["verdict"] for row in rows["clusters"]] == ["up-to-date", "gone", "gone"]
    gone = rows["clusters"][1]
    assert (gone["name"], gone["source"], gone["output"]) == (None, None, "clusters/b")
    assert [finding["rule"] for finding in gone["findings"]] == ["orphan-tree"]
    assert [(one["cluster"], one["rule"]) for one in rows["findings"]] == [
        (None, "unmatched-cluster")
    ]
    removed = stale.run("clusters", "--prune-clusters", "--json")
    row = json.loads(removed.out)["clusters"][1]
    assert (row["verdict"], row["counts"]["removed"], row["findings"]) == ("removed", 4, [])
    assert not (stale.path / "clusters/b").exists()
    assert len(_rows(stale, "clusters", "--check")["clusters"]) == 1


def test_json_is_the_same_every_time(stale: Repository) -> None:
    first = stale.run("clusters", "--check", "--diff", "--json")
    assert stale.run("c", "clusters/b", "a", "--check", "--diff", "--json").out == first.out


def test_what_was_asked_wrongly_is_no_json(stale: Repository) -> None:
    for arguments in (["nowhere", "--json"], ["check", "nowhere", "--json"]):
        result = stale.run(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("error: there is no cluster nowhere\n")


def test_a_tree_that_cannot_be_looked_at_does_not_hide_what_became_of_others(
    stale: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(stale.path / "overlays/b")
    monkeypatch.setattr("renderer.tree.folders.Folder.remove", _refuse)
    result = stale.run("clusters", "--prune-clusters")
    assert result.code == 1
    assert "clusters/a: 4 manifests, 1 changed, 3 unchanged\n" in result.err
    assert "error: clusters/b/" in result.err
    found = json.loads(stale.run("clusters", "--prune-clusters", "--json").out)["findings"]
    assert [(one["cluster"], one["rule"], one["severity"]) for one in found] == [
        (None, None, "error")
    ]


def _refuse(folder: Folder, name: str) -> None:
    raise PermissionError(13, "Permission denied", f"{folder.path}/{name}")


def _fields(row: Any) -> set[str]:
    if isinstance(row, list):
        return {field for one in row for field in _fields(one)}
    if isinstance(row, dict):
        return {*row, *_fields([*row.values()])}
    return set()


def test_every_field_is_documented(stale: Repository) -> None:
    page = (PROJECT / "docs/reference.md").read_text()
    section = page.partition("\n## JSON")[2].partition("\n## ")[0]
    documented = {*re.findall(r"`(\w+)`", section)}
    found = _fields(_rows(stale, "clusters", "--check", "--diff", code=1))
    found |= _fields(_rows(stale, "check", code=1)) | _fields(_rows(stale, "list"))
    found |= _fields(_rows(stale, "rules")) | _fields(_rows(stale, "rules", "missing-secret"))
    for row in _rows(stale, "parameters", "a"):
        found |= {*row, "select"}
    assert found - documented == set()
    assert len(found) > 30
