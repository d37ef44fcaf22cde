"""What is written lands in the directory that was looked at, and only ours is cleaned up."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from shop import cluster_yaml, shop, snapshot
from support import Repository, write_tree

from renderer.errors import EXIT_INTERRUPTED, RenderError
from renderer.tree.header import HEADER
from renderer.tree.planning import plan_tree
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from pathlib import Path

_OURS = f"{HEADER}\n# Cluster: a\n# Source: overlays/a\n"
_PLACES = ("clusters", "clusters/a", "clusters/a/shop")


@pytest.fixture
def stale(repository: Repository) -> Repository:
    """A tree with files to add, to change and to remove."""
    repository.write(shop())
    repository.render("clusters/a")
    repository.write({"clusters/a/shop/service-old.yaml": _OURS})
    (repository.path / "clusters/a/shop/service-web.yaml").unlink()
    repository.write({"overlays/a/cluster.yaml": cluster_yaml("a", "other.example.com")})
    return repository


def _outside(path: Path) -> Path:
    """What a link could lead to: the same directories with our files in them."""
    files = dict.fromkeys(("service-old.yaml", "deployment-web.yaml"), _OURS)
    for below in ("", "shop/", "a/shop/"):
        write_tree(path / "outside", {f"{below}{name}": text for name, text in files.items()})
    (path / "outside/empty").mkdir()
    return path / "outside"


# Links that are put in place when everything has been looked at


@pytest.mark.parametrize("place", _PLACES)
def test_a_link_after_the_plan_is_not_followed(
    stale: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    outside = _outside(tmp_path)
    before = snapshot(outside)

    def swapped(*arguments: Any, **options: Any) -> None:
        os.rename(stale.path / place, stale.path / "aside")
        (stale.path / place).symlink_to(outside)
        carry_out(*arguments, **options)

    monkeypatch.setattr("renderer.pipeline.finish.carry_out", swapped)
    result = stale.run("clusters/a")
    assert result.code == 1
    assert result.err.startswith(f"error: {place}: cannot be written: Not a directory\n")
    assert snapshot(outside) == before
    assert (stale.path / place).is_symlink()


@pytest.mark.parametrize("place", _PLACES)
def test_a_link_during_the_writing_is_not_followed(
    stale: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """What is open already is written where it is now; the rest is an error."""
    outside = _outside(tmp_path)
    before = snapshot(outside)
    real = os.replace

    def swapped(*arguments: Any, **options: Any) -> None:
        if not (stale.path / "aside").exists():
            os.rename(stale.path / place, stale.path / "aside")
            (stale.path / place).symlink_to(outside)
        real(*arguments, **options)

    monkeypatch.setattr("renderer.tree.folders.os.replace", swapped)
    result = stale.run("clusters/a")
    assert result.code == 1, result.err
    assert "cannot be written: Not a directory" in result.err
    assert snapshot(outside) == before


def test_links_that_come_and_go_while_writing(tmp_path: Path) -> None:
    outside = _outside(tmp_path)
    before = snapshot(outside)
    repository = tmp_path / "repository"
    write_tree(repository, {"clusters/a/shop/service-old.yaml": _OURS})
    forking = multiprocessing.get_context("fork")
    swapping = forking.Process(target=_swap, args=(repository, outside), daemon=True)
    swapping.start()
    done = 0
    try:
        for number in range(1500):
            content = f"{_OURS}x: {number}\n".encode()
            names = (f"deployment-{number % 3}.yaml", "deployment-web.yaml")
            files = {f"shop/{name}": content for name in names}
            with contextlib.suppress(RenderError):
                plan = plan_tree(str(repository), "clusters/a", "a", files)
                carry_out(str(repository), "clusters/a", plan, alone=True)
                done += 1
            assert snapshot(outside) == before
    finally:
        swapping.terminate()
        swapping.join()
    assert 0 < done < 1500, "the links were not where they should be"


def _swap(repository: Path, outside: Path) -> None:
    places = [repository / place for place in _PLACES[1:]]
    while True:
        for place in places:
            aside = place.with_name(f"{place.name}-aside")
            try:
                os.rename(place, aside)
                os.symlink(outside, place)
                time.sleep(0.0003)
                os.unlink(place)
                os.rename(aside, place)
                time.sleep(0.0005)
            except OSError:
                continue


# Hard links


def test_another_name_of_a_file_keeps_its_content(stale: Repository, tmp_path: Path) -> None:
    for name in ("deployment-web.yaml", "service-old.yaml"):
        os.link(stale.path / "clusters/a/shop" / name, tmp_path / name)
    before = snapshot(tmp_path)
    kept = {name: before[name] for name in ("deployment-web.yaml", "service-old.yaml")}
    stale.render("clusters/a")
    after = snapshot(tmp_path)
    assert {name: after[name][2:] for name in kept} == {name: one[2:] for name, one in kept.items()}


def test_the_name_of_a_temporary_file_that_is_taken(stale: Repository, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine\n")
    folder = stale.path / "clusters/a/shop"
    os.link(mine, folder / f".render-{os.getpid()}.tmp")
    os.mkfifo(folder / f".render-{os.getpid() + 1}.tmp")
    (folder / f".render-{os.getpid() + 2}.tmp").symlink_to(mine)
    (folder / f".render-{os.getpid() + 3}.tmp").mkdir()
    stale.render("clusters/a")
    assert mine.read_text() == "mine\n"
    assert len([*folder.glob(".render-*.tmp")]) == 4
    stale.render("clusters/a", "--check")


def test_an_interrupt_as_soon_as_a_temporary_file_is_there(
    stale: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system has made it, and we do not know that yet."""
    opened = os.open

    def interrupted(path: Any, *rest: Any, **options: Any) -> int:
        descriptor = opened(path, *rest, **options)
        if str(path).endswith(".tmp"):
            raise KeyboardInterrupt
        return descriptor

    before = snapshot(stale.path / "clusters")
    monkeypatch.setattr(os, "open", interrupted)
    assert stale.run("clusters/a").code == EXIT_INTERRUPTED
    assert snapshot(stale.path / "clusters").keys() == before.keys()


# What a killed render leaves behind


_FIRST = f"{HEADER}\n"


@pytest.mark.parametrize(
    ("name", "content", "goes"),
    [
        (".render-1.tmp", "", True),
        (".render-4294967295.tmp", _FIRST[:1], True),
        (".render-12.tmp", _FIRST[:-1], True),
        (".render-12.tmp", _OURS, True),
        (".render-12.tmp", "notes\n", False),
        (".render-12.tmp", f"{HEADER} And more.\n", False),
        (".render-12.tmp", f"\n{_OURS}", False),
        (".render-notes.tmp", "", False),
        (".render-notes.tmp", _FIRST, False),
        (".render-.tmp", "", False),
        (".render--1.tmp", "", False),
        (".render-1.2.tmp", "", False),
        (".render-\u0661.tmp", "", False),
        (".render-1.tmp.bak", "", False),
    ],
)
@pytest.mark.parametrize("below", ["", "shop/", "mine/deep/"])
def test_temporary_files(
    stale: Repository, name: str, content: str, goes: bool, below: str
) -> None:
    place = f"clusters/a/{below}{name}"
    stale.write({place: content})
    assert stale.run("clusters/a", "--check").code == 1
    assert (stale.path / place).exists()
    stale.render("clusters/a")
    assert (stale.path / place).exists() is not goes


def test_temporary_files_stay_where_no_lock_says_that_nobody_writes(
    stale: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refused)
    stale.write({"clusters/a/shop/.render-1.tmp": ""})
    stale.render("clusters/a")
    assert (stale.path / "clusters/a/shop/.render-1.tmp").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_no_temporary_file(stale: Repository, make: Any) -> None:
    make(stale.path / "clusters/a/shop/.render-1.tmp")
    stale.render("clusters/a")
    assert (stale.path / "clusters/a/shop/.render-1.tmp").exists()
