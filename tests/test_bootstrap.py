"""What points Flux and Argo CD at the trees: printed, written, and never with a secret in it.

`bootstrap/*.txtar` hold repositories: `command` is what is typed after `render clusters`, and
`expected` what it prints. To look at what a new one prints:
RENDER_GOLDEN=write pytest tests/test_bootstrap.py
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from shop import shop
from support import Repository, read_txtar

from renderer.bootstrap.durations import seconds
from renderer.bootstrap.remote import controller_url
from renderer.errors import UsageError

ARCHIVES = sorted((Path(__file__).parent / "bootstrap").glob("*.txtar"))
REFERENCE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
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
    options = ("--interval", "5m", "--service-account", "shop", "--branch", "b1", *URL)
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


def _git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=directory, check=True)


def test_the_address_is_that_of_origin_without_its_password(rendered: Repository) -> None:
    _git(rendered.path, "init", "--quiet")
    _git(rendered.path, "remote", "add", "origin", "https://me:hunter2@git.example.com/t/shop.git")
    for command in (["flux", "a"], ["argocd"], ["argocd", "--write"], ["flux", "--write"]):
        result = rendered.render("bootstrap", *command)
        assert "hunter2" not in result.out + result.err
    assert "hunter2" not in "".join(rendered.files("gitops").values())
    source = yaml.safe_load(rendered.manifest("gitops/flux/a/gitrepository-shop.yaml"))
    assert source["spec"]["url"] == "https://git.example.com/t/shop.git"


def test_a_password_that_is_typed_is_not_written(rendered: Repository) -> None:
    url = "https://me:hunter2@git.example.com/t/shop.git"
    rendered.render("bootstrap", "flux", "--write", "--url", url)
    assert "hunter2" not in "".join(rendered.files("gitops").values())


def test_settings_of_git_do_not_change_the_address(
    rendered: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the user's git replaces is for this machine, not for the cluster."""
    _git(rendered.path, "init", "--quiet")
    _git(rendered.path, "remote", "add", "origin", "https://git.example.com/t/shop.git")
    settings = tmp_path / "gitconfig"
    settings.write_text('[url "ssh://mirror/"]\n  insteadOf = https://git.example.com/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert (
        "url: https://git.example.com/t/shop.git\n" in rendered.render("bootstrap", "flux", "a").out
    )


def test_a_repository_below_the_top_of_git(tmp_path: Path) -> None:
    inner = Repository(tmp_path / "apps" / "shop")
    inner.write(shop("a", "b"))
    inner.write({"render.toml": ""})
    _git(tmp_path, "init", "--quiet")
    inner.render("clusters")
    flux = inner.render("bootstrap", "flux", "a", *URL).out
    assert "  path: ./apps/shop/clusters/a\n" in flux
    argocd = inner.render("bootstrap", "argocd", *URL).out
    assert "      - path: apps/shop/clusters/*\n" in argocd
    assert "      name: platform-{{index .path.segments 3}}\n" in argocd


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
    ("url", "expected"),
    [
        ("https://git.example.com/a/b.git", "https://git.example.com/a/b.git"),
        ("https://git.example.com/a/b/", "https://git.example.com/a/b"),
        ("https://token@git.example.com/a/b", "https://git.example.com/a/b"),
        ("http://me:pass@[::1]:8080/a", "http://[::1]:8080/a"),
        ("git@git.example.com:a/b.git", "ssh://git@git.example.com/a/b.git"),
        ("git.example.com:a/b.git", "ssh://git@git.example.com/a/b.git"),
        ("me@git.example.com:/srv/b.git", "ssh://me@git.example.com/srv/b.git"),
        ("ssh://me:pass@git.example.com:2222/b", "ssh://me@git.example.com:2222/b"),
        ("git+ssh://git.example.com/b", "ssh://git@git.example.com/b"),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    assert controller_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/a.git",
        "../a.git",
        "file:///srv/a.git",
        "C:/a.git",
        "git://git.example.com/a.git",
        "https://git.example.com",
        "https:///a.git",
        "https://git.example.com:port/a.git",
        "https://git.example.com/a.git?token=hunter2",
        "https://me:hunter2@git.example.com/a b",
        "https://[git.example.com/a",
    ],
)
def test_addresses_that_no_cluster_can_use(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        controller_url(url)
    assert "hunter2" not in refused.value.message


@given(st.text(max_size=60) | st.from_regex(r"(https?|ssh)://(\w+(:\w+)?@)?[\w.:\[\]]+/\S*"))
def test_an_address_is_refused_or_final(url: str) -> None:
    try:
        found = controller_url(url)
    except UsageError:
        return
    assert controller_url(found) == found
    assert re.fullmatch(r"(https?|ssh)://\S+/\S+", found)  # the pattern of Flux' CRD, and more
    assert found.isprintable()
    user = found.partition("//")[2].partition("/")[0].rpartition("@")[0]
    assert ":" not in user
    assert user == "" or found.startswith("ssh://")


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("1h30m", 5400), ("1.5m", 90), ("500ms", 0.5)]
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "1", "s", "-1s", "1d", "1 m", "0s", "1m ", "1s\n"])
def test_no_durations(text: str) -> None:
    with pytest.raises(UsageError):
        seconds(text)
