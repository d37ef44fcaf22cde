"""Compose, parametrize and seal equal what real kustomize gives for the same operations."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from oracle import outer_build, workspace
from support import PROJECT, TESTS, Repository, read_txtar

FIXTURES = sorted((TESTS / "oracle_trees").glob("*.txtar"))


@pytest.mark.parametrize("archive", FIXTURES, ids=lambda path: path.stem)
def test_fixture(archive: Path, repository: Repository) -> None:
    repository.write(read_txtar(archive))
    space = workspace(repository.path)
    for tree in space.trees:
        expected = outer_build(space, tree, repository.path / "outer" / tree.name)
        assert repository.render("build", tree.source).out == expected


@pytest.mark.parametrize("archive", FIXTURES, ids=lambda path: path.stem)
def test_fixture_with_a_prefix(archive: Path, repository: Repository) -> None:
    repository.write(read_txtar(archive))
    _prefix_all(repository)
    space = workspace(repository.path)
    for tree in space.trees:
        expected = outer_build(space, tree, repository.path / "outer" / tree.name)
        assert repository.render("build", tree.source).out == expected


def _prefix_all(repository: Repository) -> None:
    """Has every cluster call its objects second-..., as a namePrefix of kustomize would."""
    for path in repository.path.glob("**/cluster.yaml"):
        text, found = re.subn(
            r"^spec: \{", "spec: {namePrefix: second-, ", path.read_text(), flags=re.MULTILINE
        )
        if not found:
            text, found = re.subn(
                "^spec:", "spec:\n  namePrefix: second-", text, flags=re.MULTILINE
            )
        path.write_text(text if found else f"{text}spec: {{namePrefix: second-}}\n")


_SECRET_OF_RELEASE = re.compile(r"(secretKeyRef:\n +key: .*\n +name: |secretName: )second-")


@pytest.mark.parametrize("prefixed", [False, True])
@pytest.mark.parametrize(
    ("name", "differing"),
    [
        ("dev", ["Job"]),
        ("local", ["Job", "Job", "Job"]),
        ("staging", ["Job", "Job"]),
        ("prod", ["ConfigMap", "Deployment", "Job"]),
    ],
)
def test_shipped_cluster(
    name: str, differing: list[str], prefixed: bool, repository: Repository
) -> None:
    for part in ("base", "overlays"):
        shutil.copytree(PROJECT / part, repository.path / part)
    if prefixed:
        _prefix_all(repository)
    space = workspace(repository.path)
    (tree,) = (one for one in space.trees if one.name == name)
    built = outer_build(space, tree, repository.path / "outer" / name)
    printed = repository.render("build", tree.source).out
    # kustomize does not know of Secrets that are expected, only of those that are there.
    expected, actual = (
        _SECRET_OF_RELEASE.sub(r"\1", text).split("---\n") for text in (built, printed)
    )
    ours = [text for text in actual if text not in expected]
    theirs = [text for text in expected if text not in actual]
    # Names by content and embedded text are ours alone: the Jobs, and with the Kubernetes
    # executor the Pod, the ConfigMap that it becomes and the scheduler that reads that.
    kinds = re.findall(r"^kind: (.*)$", "".join(ours), re.MULTILINE)
    if prefixed:  # kustomize does not know that a claimRef names a claim
        kinds = [one for one in kinds if one != "PersistentVolume"]
    assert kinds == differing
    assert len(theirs) == len(ours) + (name == "prod")
