"""Which Kustomizations and Applications of a repository sync a tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from history.gits import new_git
from support import write_tree

from renderer.history.directory import open_directory
from renderer.history.history import History
from renderer.history.listing import Listing
from renderer.history.sides import Side
from renderer.impacts.model import Controller, Syncer
from renderer.pipeline.side_syncers import Known, SyncersOfSide
from renderer.pipeline.sources import SideSources

FLUX = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
SET = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n"
NAME = "metadata: {name: x, namespace: sync}\n"
AUTO = "syncPolicy: {automated: {prune: true}}"
_GIT = "{git: {directories: [{path: clusters/*}]}}"
GENERATED = f"{SET}{NAME}spec: {{generators: [{_GIT}], template: {{spec: {{%s, {AUTO}}}}}}}"
GIVEN = GENERATED % "source: {path: '{{.path.path}}'}"
NAMED = f"{SET}{NAME}spec: {{template: {{spec: {{source: {{path: %s}}, {AUTO}}}}}}}"
PRUNES = Syncer("Kustomization sync/x", by=Controller.FLUX)
SUSPENDED = PRUNES._replace(held="until it is resumed")
APPLIES = Syncer("Application sync/x", by=Controller.ARGO_CD)
ASKED = APPLIES._replace(held="until somebody syncs it")
_SKIPS = "argocd.argoproj.io/skip-reconcile"
SKIPPED = NAME.replace("name: x", f"name: x, annotations: {{{_SKIPS}: 'true'}}")
STOPPED = APPLIES._replace(held=f"until its annotation {_SKIPS} is gone")
GENERATES = APPLIES._replace(label="ApplicationSet sync/x")


def _syncers(side: Side, output: str) -> SyncersOfSide:
    listing = Listing(side)
    return SyncersOfSide(listing, [output], SideSources(listing, [output]), Known())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            f"{FLUX}{NAME}spec: {{path: ./clusters/a, prune: true}}",
            [PRUNES],
        ),
        (f"{FLUX}{NAME}spec: {{path: clusters, prune: true}}", [PRUNES]),
        (f"{FLUX}{NAME}spec: {{path: clusters/b, prune: true}}", []),
        (f"{FLUX}{NAME}spec: {{path: cluster, prune: true}}", []),
        (f"{FLUX}{NAME}spec: {{prune: true}}", []),
        (f"{FLUX}{NAME}spec: {{path: clusters/a, prune: true, suspend: true}}", [SUSPENDED]),
        (
            f"{FLUX}{NAME}spec: {{path: clusters/a, force: true}}",
            [PRUNES._replace(prunes=False, forces=True)],
        ),
        (
            f"{ARGO}{NAME}spec: {{source: {{path: clusters/a}}, {AUTO}}}",
            [APPLIES],
        ),
        (f"{ARGO}{NAME}spec: {{sources: [{{path: clusters/a}}]}}", [ASKED]),
        (f"{ARGO}{SKIPPED}spec: {{source: {{path: clusters/a}}, {AUTO}}}", [STOPPED]),
        (GIVEN, [GENERATES]),
        (NAMED % "'clusters/{{name}}'", [GENERATES]),
        (NAMED % "'clusters/a{{name}}'", []),
        (NAMED % "'clusters/[a]'", []),
        (NAMED % "'clusters/{{ if eq .a/b 1 }}'", [GENERATES]),
        (f"{FLUX}{NAME}spec: {{path: [", []),
        ("kind: List\nnote: kustomize.toolkit.fluxcd.io\nspec: x\n", []),
    ],
)
def test_what_syncs_a_tree(tmp_path: Path, text: str, found: list[Syncer]) -> None:
    write_tree(tmp_path, {"flux/sync.yaml": text})
    side = open_directory(str(tmp_path))
    assert _syncers(side, "clusters").of("clusters/a") == found


def test_what_trees_hold_counts_by_its_name(tmp_path: Path) -> None:
    """Files of trees are named after kinds; the others are not read."""
    text = f"{FLUX}{NAME}spec: {{path: clusters/a, prune: true}}"
    write_tree(
        tmp_path, {"clusters/m/kustomization-x.yaml": text, "clusters/m/secret-x.yaml": text}
    )
    found = _syncers(open_directory(str(tmp_path)), "clusters")
    assert found.of("clusters/a") == [PRUNES]


@pytest.mark.holds_off("lie")
def test_a_file_in_utf_16(tmp_path: Path) -> None:
    """kustomize reads it, and in its bytes no name of a group stands."""
    text = f"{FLUX}{NAME}spec: {{path: clusters/a, prune: true}}"
    (tmp_path / "x.yaml").write_bytes(text.encode("utf-16"))
    assert _syncers(open_directory(str(tmp_path)), "clusters").of("clusters/a") == [PRUNES]


@pytest.mark.holds_off("bomb")
def test_a_path_of_many_wild_cards(tmp_path: Path) -> None:
    """Where each may take any part of a name, there are more ways than anybody can try."""
    write_tree(tmp_path, {"x.yaml": f"{FLUX}{NAME}spec: {{path: 'clusters/{'*c' * 30}x'}}"})
    found = _syncers(open_directory(str(tmp_path)), "clusters")
    assert found.of("clusters/" + "c" * 60) == []


@pytest.mark.parametrize("output", ["clusters", "a[bc]*", "a/b"])
def test_git_is_asked_for_no_more_than_may_tell(tmp_path: Path, output: str) -> None:
    """Every side of git gives what looking at all files gives."""
    git = new_git(tmp_path / "repository")
    text = f"{FLUX}metadata: {{name: %s}}\nspec: {{path: '{output}/a', prune: true}}"
    places = ["flux/s.yaml", "s.yml", f"{output}/m/kustomization-x.yaml", f"{output}/m/secret.yaml"]
    places += ["ab/s.yaml", "a/c/s.yaml", f"{output}/kustomization-y.yml"]
    for number, place in enumerate(places):
        git.commit({place: text % f"n{number}"})
    history = History.of(str(git.path))
    sides = [history.revision("HEAD"), history.staged(), history.work_tree()]
    expected = _syncers(open_directory(str(git.path)), output).of(f"{output}/a")
    assert len(expected) == len(places) - 1
    for side in sides:
        assert {*_syncers(side, output).of(f"{output}/a")} == {*expected}, side


@pytest.mark.parametrize("path", ["./deploy/clusters/a", "clusters/a", "deploy"])
def test_paths_begin_at_the_root_of_git(tmp_path: Path, path: str) -> None:
    """The repository of the renderer may be a directory of it."""
    git = new_git(tmp_path / "repository")
    text = f"{FLUX}{NAME}spec: {{path: {path}, prune: true}}"
    other = text.replace(path, "other/clusters/a")
    git.commit(
        {"deploy/flux/sync.yaml": text, "deploy/flux/other.yaml": other, "deploy/clusters/a/b": ""}
    )
    history = History.of(str(git.path / "deploy"))
    for side in (history.revision("HEAD"), history.staged(), history.work_tree()):
        assert _syncers(side, "clusters").of("clusters/a") == [PRUNES]
