"""Proofs by the engine that an entry of a kustomization selects nothing."""

from __future__ import annotations

import os

import pytest
from support import write_tree

from kustomize.conftest import Tree, Write
from renderer.kustomize.closure import ClosureReader
from renderer.kustomize.files import KUSTOMIZATION_FILES
from renderer.kustomize.parsed import Probe
from renderer.kustomize.policy import Policy
from renderer.kustomize.probing import find_unmatched
from renderer.kustomize.program import Engine


def _unmatched(engine: Engine, repository: str, root: str) -> list[Probe]:
    """The entries of all kustomizations below a directory that select nothing there."""
    policy = Policy(repository)
    reader = ClosureReader(policy, None)
    closure = reader.read(root)
    probes = [
        Probe(path, path, one.field, one.at)
        for path, parsed in reader.kustomizations(closure)
        for one in parsed.selectors
    ]
    return sorted(find_unmatched(engine, closure, probes, policy))


def test_every_entry_of_the_trees_selects_something(engine: Engine, tree: Tree) -> None:
    """Each is put to the proof, through links and in any spelling; only ours selects nothing."""
    lost = (
        "resources: [../a]\n"
        "patches: [{target: {name: nobody}, patch: '- {op: remove, path: /a}'}]\n"
    )
    write_tree(tree.repository, {"overlays/lost/kustomization.yaml": lost})
    root = f"{tree.repository}/overlays/lost"
    found = _unmatched(engine, tree.repository, root)
    assert [one.owner for one in found] == [f"{root}/kustomization.yaml"]


@pytest.mark.parametrize("name", KUSTOMIZATION_FILES)
def test_entries_are_told_apart(engine: Engine, write: Write, name: str) -> None:
    repository = write(
        {
            f"a/{name}": "resources: [c.yaml]\npatches:\n"
            + "".join(
                f"- target: {{kind: ConfigMap, name: {one}}}\n"
                "  patch: '- {op: add, path: /data/x, value: y}'\n"
                for one in ("c", "d", "c", "e")
            ),
            "a/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: b}\n",
        }
    )
    found = _unmatched(engine, repository, f"{repository}/a")
    assert [one.at for one in found] == [(1,), (3,)]
    assert os.listdir(repository) == ["a"]


def test_nothing_is_proven_of_what_is_refused(engine: Engine, write: Write) -> None:
    """The engine says no for another reason than ours."""
    patch = "patches: [{target: {kind: Pod, name: p}, patch: '- {op: remove, path: /a}'}]\n"
    repository = write(
        {
            "a/kustomization.yaml": "resources: [c.yaml]\nnamePrefix: x-\n"
            + patch
            + "replicas: [{name: nothing, count: 2}]\n",
            "a/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
        }
    )
    assert _unmatched(engine, repository, f"{repository}/a") == []
