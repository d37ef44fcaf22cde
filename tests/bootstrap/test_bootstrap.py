"""What points Flux and Argo CD at the trees: printed, written, and never with a secret in it.

`*.txtar` here hold repositories: `command` is what is typed after `render clusters`, and
`expected` what it prints. To look at what a new one prints:
RENDER_GOLDEN=write pytest tests/bootstrap
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from shop import shop
from support import PROJECT, Repository, read_txtar

from renderer.bootstrap.durations import seconds
from renderer.errors import UsageError

ARCHIVES = sorted(Path(__file__).parent.glob("*.txtar"))
REFERENCE = (PROJECT / "docs" / "reference.md").read_text()
URL = ("--url", "https://git.example.com/team/platform.git")


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.stem)
def test_printed(archive: Path, repository: Repository) -> None:
    files = read_txtar(archive)
    command, expected = str(files.pop("command")), str(files.pop("expected"))
    repository.write(files)
    repository.render(".")
    before = repository.files()
    result = repository.render(*command.split())
    assert result.err == ""
    assert repository.files() == before
    if os.environ.get("RENDER_GOLDEN") == "write":
        text = archive.read_text()
        new = text.replace(f"-- expected --\n{expected}", f"-- expected --\n{result.out}")
        archive.write_text(new)
        return
    assert result.out == expected


@pytest.fixture
def rendered(repository: Repository) -> Repository:
    """The shop with three clusters, rendered."""
    repository.write(shop("a", "b", "c"))
    repository.render("clusters")
    return repository


def test_written_files_hold_what_is_printed(rendered: Repository) -> None:
    printed = rendered.render("bootstrap", "flux", "b", *URL).out
    result = rendered.render("bootstrap", "flux", "b", *URL, "--write")
    assert result.out == ""
    assert result.err == "gitops/flux/b: 2 manifests, 2 added\n"
    names = ["gitrepository-platform.yaml", "kustomization-platform-b.yaml"]
    assert [*rendered.files("gitops/flux/b")] == names
    texts = [rendered.manifest(f"gitops/flux/b/{name}") for name in names]
    assert "---\n".join(texts) == printed


def test_the_header_names_the_command_that_writes_the_same_again(rendered: Repository) -> None:
    options = (
        *("--interval", "5m", "--service-account", "shop", "--branch", "b1", *URL),
        *("--depends-on", "crds", "--depends-on", "infra/dns"),
    )
    rendered.render("bootstrap", "flux", "a", "c", "--write", *options)
    before = rendered.files("gitops")
    assert {name.split("/")[1] for name in before} == {"a", "c"}
    for text in before.values():
        command = text.splitlines()[2].removeprefix("# Command: render ")
        result = rendered.render(*command.split())
        assert ", 2 unchanged\n" in result.err
    assert rendered.files("gitops") == before


def test_writing_again_replaces_and_removes_only_ours(rendered: Repository) -> None:
    rendered.render("bootstrap", "argocd", *URL, "--write", "--project", "old")
    rendered.render("bootstrap", "flux", "a", *URL, "--write")
    rendered.write({"gitops/argocd/repository-secret.yaml": "kind: Secret\n"})
    before = rendered.files("gitops/flux")
    result = rendered.render("bootstrap", "argocd", *URL, "--write", "--project", "new")
    assert result.err == "gitops/argocd: 2 manifests, 2 added, 2 removed\n"
    assert sorted(rendered.files("gitops/argocd")) == [
        "applicationset-new.yaml",
        "appproject-new.yaml",
        "repository-secret.yaml",
    ]
    assert rendered.files("gitops/flux") == before


def test_written_files_are_no_trees(rendered: Repository) -> None:
    rendered.render("bootstrap", "argocd", *URL, "--write")
    before = rendered.files()
    assert rendered.render("clusters", "--check").out == ""
    rendered.render("clusters", "--prune-clusters")
    assert rendered.files() == before


def test_written_files_are_no_tree_of_a_cluster_of_that_name(repository: Repository) -> None:
    """Neither takes what is the other's away, nor is it the rest of a cluster that is gone."""
    repository.write({**shop("argocd", "b"), "render.toml": 'output = "gitops/{cluster}"\n'})
    repository.render(".")
    tree = repository.files("gitops")
    result = repository.render("bootstrap", "argocd", *URL, "--write")
    assert result.err == "gitops/argocd: 2 manifests, 2 added\n"
    repository.render("bootstrap", "flux", *URL, "--write")
    both = repository.files("gitops")
    assert {name: both[name] for name in tree} == tree
    repository.render(".", "--check")
    shutil.rmtree(repository.path / "overlays" / "argocd")
    result = repository.render(".", "--prune-clusters")
    assert "gitops/argocd: its overlay is gone; 4 files removed\n" in result.err
    gone = {name for name in tree if name.startswith("argocd/")}
    assert repository.files("gitops") == {k: text for k, text in both.items() if k not in gone}


def test_two_trees_of_one_name(repository: Repository) -> None:
    """One of both would take the other's place, and prune what it has brought."""
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    for path in ("eu/a-b/c", "eu/a/b-c"):
        source = f"overlays/{path}"
        repository.write({f"{source}/kustomization.yaml": "resources: [a.yaml]\n"})
        repository.write({f"{source}/a.yaml": namespace})
    pattern = "{cluster}/{team}/{app}"
    repository.write(
        {"render.toml": f'source = "overlays/{pattern}"\noutput = "clusters/{pattern}"\n'}
    )
    repository.render("clusters")
    for engine, what in (("argocd", "an Application"), ("flux", "a Kustomization")):
        result = repository.run("bootstrap", engine, *URL)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"error: {what} for each of clusters/eu/a-b/c and clusters/eu/a/b-c would be called"
            " platform-eu-a-b-c\n  hint: rename a directory of one of them\n"
        )


def test_a_directory_where_a_file_should_be(rendered: Repository) -> None:
    """Found before anything is written, although the directory holds nothing."""
    place = "gitops/argocd/appproject-platform.yaml"
    (rendered.path / place).mkdir(parents=True)
    result = rendered.run("bootstrap", "argocd", *URL, "--write")
    assert result.code == 1
    assert result.err.startswith(f"{place}: error: this is in the way, and was not rendered")
    assert rendered.files("gitops") == {}


def test_foreign_files_give_argocd_no_permission(rendered: Repository) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: x}\n"
    rendered.write({"clusters/a/_cluster/clusterrole-x.yaml": role})
    assert "ClusterRole" not in rendered.render("bootstrap", "argocd", *URL).out


@pytest.mark.parametrize("engine", ["flux", "argocd"])
def test_options_before_the_name(rendered: Repository, engine: str) -> None:
    expected = rendered.render("bootstrap", engine, "a", *URL).out
    assert rendered.render("bootstrap", "--repo", ".", engine, "a", *URL).out == expected
    assert rendered.render("--repo", ".", "bootstrap", engine, "a", *URL).out == expected


@pytest.mark.parametrize("engine", ["flux", "argocd"])
def test_every_option_is_documented(repository: Repository, engine: str) -> None:
    options = set(
        re.findall(r"(?m)^  (--[a-z-]+)", repository.render("bootstrap", engine, "-h").out)
    )
    assert len(options) > 6
    assert {option for option in options if f"`{option}" not in REFERENCE} == set()


@pytest.mark.parametrize(
    "server", ["prod", "https://", "https://me:hunter2@k8s", "https://k8s?hunter2", "{{a}}", "a\nb"]
)
def test_no_servers(rendered: Repository, server: str) -> None:
    result = rendered.run("bootstrap", "argocd", "a", *URL, "--server", server)
    assert (result.code, result.out) == (2, "")
    assert "--server is not the address of an API server" in result.err
    assert "hunter2" not in result.err


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("1h30m", 5400), ("1.5m", 90), ("500ms", 0.5)]
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "s", "-1s", "1d", "1 m", "0s", "1m ", "1s\n", "9" * 400 + "h", "2562048h"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(UsageError):
        seconds(text)


@pytest.mark.parametrize("name", ["a..b", ".a", "a.", "A", "a_b", "infra/a..b", "x" * 254])
def test_names_that_no_object_can_have(rendered: Repository, name: str) -> None:
    result = rendered.run("bootstrap", "flux", "a", *URL, "--depends-on", name)
    assert result.code == 2
    assert result.err == f"error: --depends-on {name}: no Kustomization can have this name\n"
