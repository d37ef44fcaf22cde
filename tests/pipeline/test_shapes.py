"""Custom resources are compared by the definitions of the side, wherever it has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from history.gits import Git, new_git
from history.shops import HEADER
from support import Repository, definition

FIELDS = (
    "routes: {type: array, x-kubernetes-list-type: map,"
    " x-kubernetes-list-map-keys: [host, port], items: {type: object, properties: {"
    "host: {type: string}, port: {x-kubernetes-int-or-string: true}, to: {type: string}}}},"
    " tags: {type: array, x-kubernetes-list-type: set, items: {type: string}},"
    " memory: {x-kubernetes-int-or-string: true,"
    r" pattern: '^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE])?$'}"
)
DEFINITION = definition("Gate", FIELDS)
OLD = """apiVersion: example.com/v1
kind: Gate
metadata: {name: main}
spec:
  routes:
  - {host: a, port: 80, to: x}
  - {host: a, port: 443, to: blue}
  tags: [one, two]
  memory: 1Gi
"""
NEW = """apiVersion: example.com/v1
kind: Gate
metadata: {name: main}
spec:
  routes:
  - {host: a, port: 443, to: green}
  - {host: a, port: 80, to: x}
  tags: [two, one, three]
  memory: 1024Mi
"""
BY_DEFINITION = """
  in a
    ~ /spec/routes/[host=a,port=443]/to: blue -> green
    + /spec/tags/[three]
        three
"""


def in_tree(text: str) -> str:
    return HEADER.format("a") + text


GATE = "clusters/a/_no-namespace/gate.example.com-main.yaml"
IN_TREE = "clusters/a/_cluster/customresourcedefinition-gates.example.com.yaml"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = new_git(tmp_path / "repository")
    git.commit({"render.toml": "", GATE: in_tree(OLD)})
    return git


def in_working_tree(git: Git, files: dict[str, str]) -> list[str]:
    Repository(git.path).write(files)
    return []


def in_index(git: Git, files: dict[str, str]) -> list[str]:
    Repository(git.path).write(files)
    git.run("add", "--all")
    Repository(git.path).write(dict.fromkeys(files, "nothing\n"))
    return ["--staged"]


def in_commit(git: Git, files: dict[str, str]) -> list[str]:
    git.commit(files)
    Repository(git.path).write(dict.fromkeys(files, "nothing\n"))
    return ["HEAD~1", "HEAD"]


PLACES = {
    "in the tree": {IN_TREE: in_tree(DEFINITION)},
    "in a source": {"base/gate.yaml": DEFINITION},
    "one of many": {"base/all.yaml": f"a: [\n---\n{DEFINITION}---\n{definition('Wall')}"},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", [in_working_tree, in_index, in_commit])
def test_a_custom_resource_is_compared_by_its_definition(
    git: Git, place: str, change: Callable[[Git, dict[str, str]], list[str]]
) -> None:
    words = change(git, {**PLACES[place], GATE: in_tree(NEW)})
    assert BY_DEFINITION in Repository(git.path).render("diff", *words).out


def test_without_a_definition_items_are_what_they_hold(git: Git) -> None:
    words = in_working_tree(git, {GATE: in_tree(NEW), "base/x.yaml": definition("Wall")})
    out = Repository(git.path).render("diff", *words).out
    assert "/spec/memory: 1Gi -> 1024Mi" in out
    assert "[host=a" not in out


def test_two_directories_have_their_own(git: Git) -> None:
    files = {
        IN_TREE: in_tree(DEFINITION),
        IN_TREE.replace("/a/", "/b/"): in_tree(DEFINITION),
    }
    Repository(git.path).write({**files, GATE.replace("/a/", "/b/"): in_tree(NEW)})
    out = Repository(git.path).render("diff", "clusters/a", "clusters/b").out
    assert "/spec/routes/[host=a,port=443]/to: blue -> green" in out


@pytest.mark.parametrize(
    "definition",
    [
        "kind: CustomResourceDefinition # Gate of example.com\n: [\n",
        DEFINITION.replace("type: object", "type: [object]"),
        DEFINITION.replace("versions:", "version:"),
    ],
)
def test_a_definition_that_cannot_be_used_says_nothing(git: Git, definition: str) -> None:
    Repository(git.path).write({"base/gate.yaml": definition, GATE: in_tree(NEW)})
    out = Repository(git.path).render("diff").out
    assert "/spec/memory: 1Gi -> 1024Mi" in out
