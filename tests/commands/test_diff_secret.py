"""Values of parameters that are declared secret are shown by no diff of committed trees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from history.gits import Git, new_git
from history.shops import HEADER
from support import Repository

PARAMETERS = """apiVersion: renderer.gitops/v1alpha1
kind: Parameters
metadata: {name: web, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  parameters:
  - name: web.code
    schema: {type: string}
    required: true
    secret: true
    targets:
    - select: {kind: Gate, name: main}
      path: /spec/code
    - select: {kind: Gate}
      path: /spec/codes/-
    - select: {kind: Gate}
      path: /spec/inside
    - select: {kind: Gate}
      path: /spec/inside/code
    - select: {kind: Gate}
      path: /spec/users/[name=x]/code
      template: "code-$(web.code)"
    - select: {kind: Gate}
      path: /spec/absent
    - select: {kind: "["}
      path: /spec
    - select: {kind: Deployment}
      path: /spec/template/spec/containers/[name=web]/image
  - name: web.size
    schema: {type: string}
    default: small
    targets:
    - select: {kind: Gate}
      path: /spec/size
"""
OBJECTS = """apiVersion: example.com/v1
kind: Gate
metadata: {{name: main}}
spec:
  code: canary{0}
  codes: [canary{0}]
  inside: {{code: canary{0}}}
  users: [{{name: x, code: code-canary{0}}}]
  size: size{0}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{template: {{spec: {{containers: [{{name: web, image: "web:canary{0}"}}]}}}}}}
"""
PATH = "clusters/a/_no-namespace/x.yaml"


def tree(number: int, name: str = "a") -> str:
    return HEADER.format(name) + OBJECTS.format(number)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    git = new_git(tmp_path / "repository")
    git.commit({"render.toml": "", PATH: tree(1), "base/more/parameters.yaml": PARAMETERS})
    return git


def in_working_tree(git: Git) -> list[str]:
    Repository(git.path).write({PATH: tree(2)})
    return []


def in_index(git: Git) -> list[str]:
    Repository(git.path).write({PATH: tree(2)})
    git.run("add", "--all")
    (git.path / "base/more/parameters.yaml").unlink()
    return ["--staged"]


def in_commits(git: Git) -> list[str]:
    git.commit({PATH: tree(2)})
    (git.path / "base/more/parameters.yaml").unlink()
    return ["HEAD~1", "HEAD"]


def no_longer_declared(git: Git) -> list[str]:
    (git.path / "base/more/parameters.yaml").unlink()
    git.commit({PATH: tree(2)})
    return ["HEAD~1", "HEAD"]


def newly_declared(git: Git) -> list[str]:
    return [*reversed(no_longer_declared(git))]


def in_directories(git: Git) -> list[str]:
    Repository(git.path).write({PATH.replace("/a/", "/b/"): tree(2, "b")})
    return ["clusters/a", "clusters/b"]


@pytest.mark.parametrize(
    "change",
    [in_working_tree, in_index, in_commits, no_longer_declared, newly_declared, in_directories],
)
def test_a_declared_secret_is_shown_by_no_diff(
    git: Git, change: Callable[[Git], list[str]]
) -> None:
    words = change(git)
    repository = Repository(git.path)
    for option in ("--no-color", "--json", "--unified", "--summary"):
        result = repository.run("diff", *words, option)
        assert result.code == 0, result.err
        assert "canary" not in result.out + result.err, option
    out = repository.render("diff", *words).out
    for field in ("code", "codes", "inside", "users/[name=x]/code"):
        assert f"~ /spec/{field}: <hidden " in out
    assert "/spec/size: size" in out
    assert "<hidden 1> -> <hidden 2>\n    1 container in" in out


def test_what_nobody_declares_secret_is_shown(git: Git) -> None:
    Repository(git.path).write({"base/more/parameters.yaml": PARAMETERS.replace("true", "false")})
    git.commit()
    words = in_working_tree(git)
    for option in ("--json", "--unified"):
        assert "canary2" in Repository(git.path).render("diff", *words, option).out
