"""Wrapper kustomizations that list our function, and the real kustomize that builds them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import write_tree

from e2e.tools import find
from e2e.trees import ROOT
from renderer.errors import ToolError
from renderer.repository.workspace import open_workspace

RUN = ("--enable-alpha-plugins", "--enable-exec")
FUNCTION = {"config.kubernetes.io/function": "exec: {path: render-krm}"}
HEAD = {"apiVersion": "renderer.gitops/v1alpha1"}
SKIPPED = {"renderer.gitops/skipped": "$(skipped)"}

Ran = subprocess.CompletedProcess[str]


def environment() -> dict[str, str]:
    """The caller's, with render, kubectl and the real kustomize in PATH."""
    try:
        kustomize = find("kustomize")
    except ToolError as error:
        pytest.fail(f"{error.message}\n  hint: {error.hint}", pytrace=False)
    places = [str(Path(sys.executable).parent), str(kustomize.parent), os.environ["PATH"]]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**inherited, "PATH": os.pathsep.join(places)}


def run(directory: Path, *command: str) -> Ran:
    """What a command says in a directory."""
    return subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )


def build(wrapper: Path, *options: str) -> Ran:
    """What the real kustomize makes of a wrapper."""
    return run(wrapper, "kustomize", "build", *options, ".")


def rendered(repository: Path, source: str) -> str:
    """What `render build` prints of a source."""
    ran = run(repository, "render", "build", source)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def sources(repository: Path) -> list[str]:
    """The sources of all trees of a repository."""
    return [one.source for one in open_workspace(str(repository), str(repository)).trees]


def generator(repository: Path, source: str) -> Path:
    """A wrapper that generates a cluster."""
    directory = repository / "generators" / Path(source).name
    spec = {"source": os.path.relpath(repository / source, directory)}
    config = {**HEAD, "kind": "Render", "metadata": {"name": "x", "annotations": FUNCTION}}
    files = {
        "kustomization.yaml": "generators: [render.yaml]\n",
        "render.yaml": json.dumps({**config, "spec": spec}),
    }
    write_tree(directory, files)
    return directory


def transformer(repository: Path, source: str) -> Path:
    """A wrapper around an overlay with the overlay's own cluster.yaml as its transformer."""
    directory = repository / "transformers" / Path(source).name
    shutil.copytree(repository / source, directory, ignore=_only_files_of_patches)
    text = (repository / source / "cluster.yaml").read_text()
    annotated = re.sub(
        r"^metadata:(?: \{name: ([\w-]+)\}|\n  name: ([\w-]+))$",
        lambda found: "metadata: " + _metadata(found[1] or found[2]),
        text,
        flags=re.MULTILINE,
    )
    assert annotated != text
    kustomization = {
        "resources": [os.path.relpath(repository / source, directory)],
        "transformers": ["cluster.yaml"],
        "labels": [{"pairs": SKIPPED}],
    }
    files = {"kustomization.yaml": json.dumps(kustomization), "cluster.yaml": annotated}
    write_tree(directory, files)
    return directory


def _metadata(name: str) -> str:
    return json.dumps({"name": name, "annotations": FUNCTION})


def _only_files_of_patches(directory: str, names: list[str]) -> set[str]:
    made = ("kustomization.yaml", "cluster.yaml")
    return {name for name in names if name in made or os.path.isdir(os.path.join(directory, name))}


def shipped(directory: Path) -> Path:
    """A copy of the clusters of this repository."""
    for part in ("base", "overlays"):
        shutil.copytree(ROOT / part, directory / part)
    shutil.copy(ROOT / "pyproject.toml", directory)  # the settings
    return directory
