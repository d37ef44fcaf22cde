"""Where kustomize itself does something wrong with a JSON patch, and what we do instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from oracle import outer_build, workspace
from support import Repository

from renderer.errors import RenderError
from renderer.yamldoc.reading import read_stream

_HEAD = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"


def _write(
    repository: Repository, resource: str, *operations: dict[str, Any], extra: str = ""
) -> None:
    patches = [{"target": {"kind": "ConfigMap|Thing"}, "patch": list(operations)}]
    repository.write(
        {
            "overlays/a/kustomization.yaml": f"resources: [all.yaml]\n{extra}",
            "overlays/a/all.yaml": resource,
            "overlays/a/cluster.yaml": f"{_HEAD}spec: {json.dumps({'patches': patches})}\n",
        }
    )


def _theirs(repository: Repository, patch: str) -> str:
    """What kustomize prints when the patch stands in its own kustomization."""
    content = {
        "resources": ["../overlays/a"],
        "patches": [{"target": {"kind": "Thing"}, "patch": patch}],
    }
    repository.write({"outer/kustomization.yaml": json.dumps(content)})
    return repository.render("build", "outer").out


def _only(stream: str) -> Any:
    (data,) = read_stream(stream)
    return data


_THING = """\
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing}
spec: {big: 9007199254740993, small: 1}
"""


def test_integers_above_2_53_survive_a_patch_of_another_field(repository: Repository) -> None:
    operation = {"op": "replace", "path": "/spec/small", "value": 2}
    _write(repository, _THING, operation)
    assert "big: 9007199254740992\n" in _theirs(repository, json.dumps([operation]))
    assert "big: 9007199254740993\n" in repository.render("build", "overlays/a").out


def test_integers_above_2_53_survive_as_values(repository: Repository) -> None:
    operation = {"op": "replace", "path": "/spec/small", "value": 2**63 - 1}
    _write(repository, _THING, operation)
    assert f"small: {2**63 - 1}\n" not in _theirs(repository, json.dumps([operation]))
    assert f"small: {2**63 - 1}\n" in repository.render("build", "overlays/a").out


def test_replace_of_a_missing_field_is_refused(repository: Repository) -> None:
    operation = {"op": "replace", "path": "/spec/smal", "value": 2}
    _write(repository, _THING, operation)
    assert "smal: 2\n" in _theirs(repository, json.dumps([operation]))
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "/spec/smal is not there" in result.err
    assert "did you mean small" in result.err.lower()


def test_a_patch_that_matches_nothing_is_refused(repository: Repository) -> None:
    _write(repository, _THING.replace("kind: Thing", "kind: Other"), {"op": "remove", "path": "/x"})
    assert "kind: Other" in _theirs(repository, '[{"op": "remove", "path": "/x"}]')
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "no object matches the target {kind: ConfigMap|Thing}" in result.err


def test_a_path_without_a_slash_is_refused(repository: Repository) -> None:
    """kustomize drops what stands before the first slash."""
    operation = {"op": "add", "path": "x/spec/new", "value": 1}
    _write(repository, _THING, operation)
    assert "  new: 1\n" in _theirs(repository, json.dumps([operation]))
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "does not begin with a slash" in result.err


@pytest.mark.parametrize("text", ["0777", "1_000", "0b11", "on", "yes", "12:30:45", "2026-01-01"])
def test_values_are_read_as_yaml_1_2_or_refused(text: str, repository: Repository) -> None:
    """kustomize reads them in its own way; we read them as kubectl does, or ask for quotes."""
    _write(repository, _THING)
    patch = f"- {{op: replace, path: /spec/small, value: {text}}}\n"
    spec = f"spec:\n  patches:\n  - target: {{kind: Thing}}\n    patch:\n    {patch}"
    repository.write({"overlays/a/cluster.yaml": _HEAD + spec})
    result = repository.run("build", "overlays/a")
    if result.code:
        assert "ambiguous-value" in result.err
    else:
        theirs = _only(_theirs(repository, patch))["spec"]["small"]
        assert _only(result.out)["spec"]["small"] == theirs


@pytest.mark.parametrize("text", ["\t\n", "\tx\ny"])
def test_text_that_kustomize_cannot_print(text: str, repository: Repository) -> None:
    """Its own writer begins a block scalar with a tab, and then its own reader refuses it."""
    operation = {"op": "add", "path": "/data", "value": {"a": text}}
    resource = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
    _write(repository, resource, operation)
    space = workspace(repository.path)
    with pytest.raises(RenderError, match="found a tab character"):
        outer_build(space, space.trees[0], repository.path / "outer")
    assert _only(repository.render("build", "overlays/a").out)["data"] == {"a": text}


def test_first_in_first_out_order_survives_a_patch(repository: Repository) -> None:
    content = "".join(f"---\n{_THING}".replace("name: thing", f"name: {name}") for name in "zab")
    operation = {"op": "replace", "path": "/spec/small", "value": 2}
    _write(repository, content, operation, extra="sortOptions: {order: fifo}\n")
    out = repository.render("build", "overlays/a").out
    assert [line[8:] for line in out.splitlines() if line.startswith("  name: ")] == [*"zab"]
