"""The shop with two clusters, in a repository of git's."""

from __future__ import annotations

from pathlib import Path

from history.gits import Git, new_git
from support import Repository, read_world


def two_clusters(path: Path) -> Git:
    """The shop with the clusters a and b on main; not rendered."""
    git = new_git(path, "--initial-branch=main")
    files = read_world("shop")
    files |= {path.replace("/a/", "/b/"): content for path, content in files.items()}
    cluster = str(files["overlays/a/cluster.yaml"])
    files["overlays/b/cluster.yaml"] = cluster.replace("name: a", "name: b")
    git.commit(files)
    return git


def append(shop: Repository, path: str, text: str = "# more\n") -> None:
    """Writes more at the end of a file, which may be new."""
    file = shop.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as end:
        end.write(text)


def edit(shop: Repository, path: str, old: str, new: str) -> None:
    """Writes something else in the place of a text that is in a file."""
    file = shop.path / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
