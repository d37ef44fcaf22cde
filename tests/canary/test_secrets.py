"""What is known to be secret is in nothing that any command prints, and in no name of a file.

`secrets.txtar` has a secret wherever one can stand: in Secrets, in what they are generated from, in
parameters with `secret: true` and in what `exposed-secret` finds. Each begins with the same word.
Only `render build` prints them, as kustomize does, and only trees and the cache hold them.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest
from history.gits import new_git
from krm.resource_lists import config, resource_list
from support import Repository, Result, configure, read_txtar

from renderer.kustomize.policy import Policy
from renderer.kustomize.refusal.explaining import explain
from renderer.yamldoc.reading import read_stream

_WORD = "magpie"
_MARKS = (_WORD, base64.b64encode(_WORD.encode()).decode())
_FILES = {
    path: str(content)
    for path, content in read_txtar(Path(__file__).with_name("secrets.txtar")).items()
}
_PLACES = 44  # how many secrets there are

COMMANDS = (
    *("clusters", "clusters --json", "clusters -v", "clusters --check", "clusters --check --json"),
    *("clusters --check --diff -v", "clusters --diff --json", "clusters a --prune-clusters"),
    *("check", "check -v", "check --json", "list", "list --json", "list -v"),
    *("parameters a", "parameters b -v", "parameters a --json", "trust", "rules", "--version"),
    "bootstrap flux a --url https://git.example.com/a.git",
    "bootstrap argocd --url https://git.example.com/a.git",
)


def _clean(result: Result, what: str) -> None:
    told = result.out + result.err
    assert not [line for line in told.splitlines() if any(one in line for one in _MARKS)], what
    assert "internal error" not in told, what


def _changed(files: dict[str, str]) -> dict[str, str]:
    """The same repository with another secret in each place."""
    encoded = base64.b64encode(b"magpie-encoded-0").decode()
    other = base64.b64encode(b"magpie-another-0").decode()
    return {
        path: text.replace("magpie-", "magpie-other-").replace(encoded, other)
        for path, text in files.items()
    }


def test_secrets_are_where_they_are_meant_to_be() -> None:
    assert sum(text.count(_WORD) + text.count("bWFncGll") for text in _FILES.values()) == _PLACES


@pytest.mark.parametrize("permitted", [True, False], ids=["permitted", "refused"])
def test_no_command_prints_one(
    permitted: bool, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tmp_path, monkeypatch, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = _FILES if permitted else {**_FILES, "render.toml": "allow-helm = true\n"}
    for state in (files, _changed(files)):
        repository.write(state)
        for command in ("clusters --check --diff", "clusters --diff", *COMMANDS):
            result = repository.run(*command.split())
            _clean(result, command)
            assert result.code in (0, 1), result.err
            if permitted and command == "clusters --check --diff":
                assert result.out.count("<hidden") > _PLACES
        is_written = (repository.path / "clusters").exists()
        assert is_written == permitted
    _look_at_names(tmp_path)


def test_no_diff_of_committed_trees_prints_one(tmp_path: Path) -> None:
    """Of what the settings let be committed; the same repository with other secrets is HEAD."""
    git = new_git(tmp_path / "repository")
    repository = Repository(git.path)
    repository.write(_FILES)
    for state in (_FILES, _changed(_FILES)):
        repository.write(state)
        repository.run("clusters")
        git.commit()
    for command in ("diff HEAD~1", "diff HEAD~1 HEAD --json", "diff HEAD~1 --unified"):
        result = repository.run(*command.split())
        _clean(result, command)
        assert result.code == 0, result.err
        assert result.out.count("<hidden") > 10, command


def _look_at_names(top: Path) -> None:
    """No name below holds a secret, and nobody else may read what the cache holds."""
    cache = str(top / "cache")
    for directory, folders, files in os.walk(top):
        for name in (*folders, *files):
            assert not [one for one in _MARKS if one in name], name
        if directory.startswith(f"{cache}/"):
            paths = [directory, *(os.path.join(directory, name) for name in files)]
            modes = {path: stat.S_IMODE(os.stat(path).st_mode) for path in paths}
            assert not {path: mode for path, mode in modes.items() if mode & 0o077}


def test_what_is_no_tree_any_more_is_shown_by_no_diff(repository: Repository) -> None:
    """Written by hand, as JSON, with conflict markers, and of a cluster that is gone."""
    repository.write(_FILES)
    repository.render("clusters")
    for path in sorted((repository.path / "clusters").rglob("*.yaml")):
        text = path.read_text()
        if path.name.startswith("secret-"):
            header = "".join(text.splitlines(keepends=True)[:3])
            (data,) = read_stream(text)
            conflict = f"<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n"
            path.write_text(f"{header}{json.dumps(data)}\n" if "listed" in path.name else conflict)
        else:
            path.write_text(text.replace("magpie-", "magpie-by-hand-"))
    (repository.path / "overlays/b/kustomization.yaml").unlink()
    (repository.path / "overlays/b/cluster.yaml").unlink()
    for command in ("clusters --check --diff", "clusters --check --diff --json", "check --json"):
        _clean(repository.run(*command.split()), command)
    _clean(repository.run("clusters", "--diff", "--prune-clusters"), "prune")


_TRANSFORMED = """\
transformers:
- more.yaml
- |-
  apiVersion: builtin
  kind: PatchTransformer
  metadata: {name: inline}
  target: {kind: Secret, name: creds}
  patch: '[{"op": "add", "path": "/stringData/b", "value": "magpie-inline-0"}]'
replacements:
- sourceValue: magpie-source-0
  targets: [{select: {kind: Secret, name: creds}, fieldPaths: [stringData.password]}]
"""
_TRANSFORMER = """\
apiVersion: builtin
kind: PatchTransformer
metadata: {name: listed}
target: {kind: Secret, name: creds}
patch: |-
  - {op: add, path: /stringData/c, value: magpie-listed-0}
"""


def test_what_the_engine_says_is_said_without_them(repository: Repository) -> None:
    """Words that nobody has met, with each of the secrets that kustomize has in its hands."""
    files = {**_FILES, "base/more.yaml": _TRANSFORMER}
    files["base/kustomization.yaml"] += _TRANSFORMED
    repository.write(files)
    repository.render("clusters/a")
    place = os.path.realpath(repository.path)
    ours = ("cluster.yaml", "parameters.yaml", "values.yaml")
    given = [text for path, text in files.items() if not path.endswith(ours)]
    value_of_one = re.compile(r"(?<![\w-])magpie[\w-]+|(?<!\w)bWFncGll\S+")
    values = {one for text in given for one in value_of_one.findall(text)}
    assert len(values) > 30
    for value in values:
        said = f"Error: something new about {value} here"
        (finding,) = explain(said, f"{place}/overlays/a", Policy(place))
        assert value not in str(finding)


def test_build_prints_what_kustomize_prints(repository: Repository) -> None:
    repository.write(_FILES)
    assert repository.render("build", "a").out.count(_WORD) > 20
    assert repository.run("build", "a").err == ""


def test_the_function_says_none(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it returns are the manifests; what it says of them goes to people."""
    repository.write({**_FILES, "render.toml": ""})
    source = resource_list(config("Render", cluster="a"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source)))
    result = repository.run("krm")
    assert result.code == 1
    (data,) = read_stream(result.out) if result.out else ({},)
    assert isinstance(data, dict)
    said = result.err + json.dumps(data.get("results", ""))
    assert "exposed-secret" in said
    _clean(Result(result.code, "", said), "krm")
