"""What the tests of images/airflow-dags begin with: repositories, a registry, and who builds."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from support import write_tree

from e2e import registry
from e2e.builder import BASE, Builder, Ran
from e2e.guard import Guard
from e2e.trees import ROOT, Repository
from e2e.upstream import commit_all, init, run_git
from e2e.workflow import Service

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

NAME = "airflow-dags"
RECIPE = ROOT / "images" / NAME
GH_LINE = "t0ken: platform: pr create --fill\n"
"""What the gh of the site writes down where it is called as the template does."""

_SECRETS = {
    "REGISTRY_USER": registry.USER,
    "REGISTRY_PASSWORD": registry.PASSWORD,
    "PLATFORM_TOKEN": "t0ken",
}
_GH = '#!/bin/sh\necho "$GH_TOKEN: $(basename "$PWD"): $*" >>"$HOME/gh"\n'
_ENTRY = '  newTag: "3.3.2"\n'
_OTHER = '- name: redis\n  newTag: "7.4.9"\n'


class Site(NamedTuple):
    """A registry, a machine that builds and has the base image, and a place for what tests make."""

    registry: registry.Registry
    builder: Builder
    guard: Guard

    @property
    def image(self) -> str:
        return f"{self.registry.address}/{NAME}"

    def workflow(self) -> dict[Any, Any]:
        """The template, changed where it says that it has to be."""
        text = (RECIPE / "workflow.yaml").read_text()
        for there, here in {
            f"registry.example.com/{NAME}": self.image,
            "docker.io/apache/airflow:3.3.2": BASE,
            "overlays/prod": "overlays/local",
        }.items():
            assert there in text
            text = text.replace(there, here)
        workflow: dict[Any, Any] = yaml.safe_load(text)
        return workflow

    def play(self, event: str, dags: Path, platform: Path | None = None) -> list[Ran]:
        """Run the workflow for the commit of a repository of DAGs."""

        def checkout(inputs: Mapping[str, str], place: Path) -> None:
            source = dags
            if "repository" in inputs:
                assert platform
                assert (inputs["repository"], inputs["token"]) == ("example/platform", "t0ken")
                source = platform
            work_tree = place / inputs.get("path", ".")
            run_git(place, "clone", "--quiet", str(source), str(work_tree))
            if source == platform:
                _set_up(work_tree)

        def run(argv: list[str], place: Path, variables: Mapping[str, str]) -> Ran:
            path = os.pathsep.join([str(self.builder.directory / "bin"), os.environ["PATH"]])
            return self.builder.run(argv, place, PATH=path, **variables)

        directory = Path(tempfile.mkdtemp(dir=self.guard.directory))
        commit = run_git(dags, "rev-parse", "HEAD").strip()
        service = Service(directory, event, commit, _SECRETS, checkout, run)
        return service.play(self.workflow())


@contextlib.contextmanager
def made() -> Generator[Site]:
    """A site without images but for the base; raises `ToolError` where a program is missing."""
    guard = Guard(Path(tempfile.gettempdir()), "renderer-e2e-")
    with registry.running() as running, guard:
        builder = Builder(guard, "builder", running)
        builder.load_base()
        write_tree(builder.directory / "bin", {"gh": _GH})
        (builder.directory / "bin/gh").chmod(0o755)
        yield Site(running, builder, guard)


def dags_repository(directory: Path, files: Mapping[str, str], requirements: str = "") -> Path:
    """A repository of DAGs, made as the README says."""
    repository = directory / "dags"
    shutil.copytree(RECIPE, repository)
    write_tree(repository / "dags", files)
    with (repository / "requirements.txt").open("a") as text:
        text.write(requirements)
    init(repository)
    commit_all(repository, "Our DAGs")
    return repository


def platform_repository(directory: Path, image: str) -> Path:
    """The repository of the clusters, bare: this one with one cluster, whose image is ours."""
    work_tree, bare = directory / "platform", directory / "platform.git"
    for part in ("base", "overlays/local", "clusters/local"):
        shutil.copytree(ROOT / part, work_tree / part)
    (work_tree / "requirements").mkdir()
    for name in ("Makefile", "pyproject.toml", ".gitignore", "requirements/dev.txt"):
        shutil.copy(ROOT / name, work_tree / name)
    overlay = work_tree / "overlays/local/kustomization.yaml"
    text = overlay.read_text()
    assert _ENTRY in text
    overlay.write_text(text.replace(_ENTRY, entry_of(image, "none", f"sha256:{'0' * 64}") + _OTHER))
    Repository(work_tree).render("local")
    init(work_tree)
    commit_all(work_tree, "Airflow on a laptop, with DAGs of ours")
    run_git(directory, "clone", "--quiet", "--bare", str(work_tree), str(bare))
    return bare


def entry_of(image: str, tag: str, digest: str) -> str:
    """The lines that an overlay has below the name of the base image."""
    return f'  newName: {image}\n  newTag: "{tag}" # whose it is\n  digest: "{digest}"\n'


def _set_up(work_tree: Path) -> None:
    """Have the environment of these tests in a work tree: what `make` would install there first."""
    environment = work_tree / ".venv"
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix, name))
    (environment / ".ready").touch()
