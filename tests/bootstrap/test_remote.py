"""The Git repository in what points Flux and Argo CD at the trees: its address, and its branch."""

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
from support import Repository

from renderer.bootstrap.remote import controller_url
from renderer.errors import UsageError

URL = ("--url", "https://git.example.com/team/platform.git")


@pytest.fixture
def rendered(repository: Repository) -> Repository:
    """The shop with a cluster, rendered."""
    repository.write(shop())
    repository.render("clusters")
    return repository


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


def test_the_first_of_several_addresses(rendered: Repository) -> None:
    """As git fetches; the others are only pushed to."""
    _git(rendered.path, "init", "--quiet")
    _git(rendered.path, "remote", "add", "origin", "https://git.example.com/t/shop.git")
    _git(rendered.path, "remote", "set-url", "--add", "origin", "https://mirror.example.com/b.git")
    result = rendered.render("bootstrap", "flux", "a")
    assert "url: https://git.example.com/t/shop.git\n" in result.out


def test_the_branch_is_the_default_of_origin(rendered: Repository) -> None:
    _git(rendered.path, "init", "--quiet")
    _git(rendered.path, "remote", "add", "origin", "https://git.example.com/t/shop.git")
    assert "    branch: main\n" in rendered.render("bootstrap", "flux", "a").out
    head = "refs/remotes/origin/HEAD"
    _git(rendered.path, "symbolic-ref", head, "refs/remotes/origin/release/1")
    assert "    branch: release/1\n" in rendered.render("bootstrap", "flux", "a").out
    assert "    branch: main\n" in rendered.render("bootstrap", "flux", "a", *URL).out
    chosen = rendered.render("bootstrap", "flux", "a", "--branch", "main", "--write")
    assert chosen.err == "gitops/flux/a: 2 manifests, 2 added\n"
    text = rendered.files("gitops")["flux/a/gitrepository-shop.yaml"]
    assert "# Command: render bootstrap flux a --branch main --write\n" in text
    assert "    branch: main\n" in text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_repository_of_somebody_else(tmp_path: Path) -> None:
    """A clone that a container mounts; git alone would not look into it."""
    inner = Repository(tmp_path / "shop")
    inner.write({**shop("a"), "render.toml": ""})
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "remote", "add", "origin", "https://git.example.com/t/shop.git")
    inner.render("clusters")
    for path in (tmp_path, tmp_path / ".git"):
        os.chown(path, 1234, 1234)
    assert "  path: ./shop/clusters/a\n" in inner.render("bootstrap", "flux", "a").out


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
        ("git@[::1]:a/b.git", "ssh://git@[::1]/a/b.git"),
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
        "https://git.example.com/a.git#hunter2",
        "https://git.example.com/a.git?token=a@hunter2",
        "https://me:hunter2@git.example.com/a b",
        "https://me:x/hunter2@git.example.com/a.git",
        "https://me:1/hunter2@git.example.com/a.git",
        "https://me:x?hunter2@git.example.com/a.git",
        "https://me:x#hunter2@git.example.com/a.git",
        "https://hunter2://x@git.example.com/a.git",
        "https:/me:hunter2@git.example.com/a.git",
        "me:hunter2@git.example.com:a/b.git",
        "me:hunter2@git.example.com/a/b.git",
        "https://git.example.com/{{.path}}.git",
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
    "branch",
    ["", "-x", "a b", "a..b", "a@{b", "@", "HEAD", "/a", "a/", "a.lock", "{{a}}", "refs/heads/a"],
)
def test_no_branches(rendered: Repository, branch: str) -> None:
    result = rendered.run("bootstrap", "flux", "a", *URL, "--branch", branch)
    assert (result.code, result.out) == (2, "")
    assert "is not the name of a branch" in result.err
