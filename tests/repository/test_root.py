"""Which directory is the repository: never above the work tree, and never somebody else's."""

import os
import subprocess
from pathlib import Path

import pytest
from shop import shop
from support import Repository

from renderer.errors import UsageError
from renderer.repository.root import find_repository, work_tree_of


def found(start: Path) -> tuple[str, str]:
    """The repository relative to `start`, and the name of its settings."""
    file = find_repository(str(start))
    return os.path.relpath(file.directory, os.path.realpath(start)), file.name


@pytest.fixture
def start(tmp_path: Path) -> Path:
    start = tmp_path / "top" / "tree" / "app" / "overlays"
    start.mkdir(parents=True)
    return start


def test_the_nearest_settings_up_to_the_work_tree(start: Path) -> None:
    (start / "../../.git").mkdir()
    (start / "../../../render.toml").write_text("")
    assert found(start) == ("../..", "")
    (start / "../../pyproject.toml").write_text("[tool.render]\n")
    assert found(start) == ("../..", "pyproject.toml")
    (start / "../render.toml").write_text("")
    assert found(start) == ("..", "render.toml")


@pytest.mark.parametrize("git", ["gitdir: ../.git/modules/tree\n", "gitdir: /g/worktrees/tree\n"])
def test_a_submodule_and_a_further_work_tree_are_their_own(start: Path, git: str) -> None:
    (start / "../../../.git").mkdir()
    (start / "../../../render.toml").write_text("")
    (start / "../../.git").write_text(git)
    assert found(start) == ("../..", "")
    assert work_tree_of(os.path.realpath(start)) == os.path.realpath(start / "../..")


def test_real_work_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    git("init", "--quiet", "main")
    git("-C", "main", "commit", "--quiet", "--allow-empty", "-m", "one")
    git("-C", "main", "worktree", "add", "--quiet", "../other")
    (tmp_path / "render.toml").write_text("")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    for name in ("main", "other"):
        (tmp_path / name / "app").mkdir()
        assert found(tmp_path / name / "app") == ("..", "")


def test_without_git_the_nearest_overlays(start: Path) -> None:
    assert found(start) == ("..", "")
    (start / "../../../overlays").mkdir()
    assert found(start) == ("..", "")
    assert found(start.parent.parent) == ("..", "")


def test_without_git_never_above_where_everybody_writes(start: Path) -> None:
    (start / "../../../render.toml").write_text("")
    assert found(start) == ("../../..", "render.toml")
    os.chmod(start / "../../..", 0o1777)
    assert found(start) == ("..", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_without_git_never_above_another_owner(start: Path) -> None:
    (start / "../../../render.toml").write_text("")
    for directory in (start, start.parent):
        os.chown(directory, 12345, 12345)
    assert found(start) == ("..", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_git_that_somebody_has_put_there_is_none(start: Path) -> None:
    (start / "../../../.git").mkdir()
    (start / "../../../render.toml").write_text("")
    os.chmod(start / "../../..", 0o1777)
    os.chown(start / "../../../.git", 12345, 12345)
    assert found(start) == ("..", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_checkout_of_another_user_is_a_work_tree(start: Path) -> None:
    """As in a container that runs as root."""
    (start / "../../.git").mkdir()
    (start / "../../render.toml").write_text("")
    for directory in (start / "../../.git", start / "../..", start):
        os.chown(directory, 12345, 12345)
    assert found(start) == ("../..", "render.toml")


_OTHERS = {
    "begins-like-ours": "[tool.rendercv]\nx = 1\n",
    "in-a-string": 'x = "[tool.render]"\n',
    "another-table": "[render]\nsource = 'x'\n",
    "in-a-comment": "# [tool.render]\n",
    "not-toml": "[project\nname = 'render'\n",
    "tool-is-text": "tool = 'render'\n",
}


@pytest.mark.parametrize("text", _OTHERS.values(), ids=_OTHERS)
def test_tables_that_are_not_ours(start: Path, text: str) -> None:
    (start / "pyproject.toml").write_text(text)
    assert found(start) == ("..", "")


_OURS = {
    "table": "[tool.render]\n",
    "subtable": "[tool.render.checks]\n",
    "tables": "[[tool.render.trees]]\n",
    "spaces": "[ tool . 'render' ]\n",
    "inline": "tool = {render = {}}\n",
    "dotted": "[tool]\nrender.timeout = 1\n",
}


@pytest.mark.parametrize("text", _OURS.values(), ids=_OURS)
def test_tables_that_are_ours(start: Path, text: str) -> None:
    (start / "pyproject.toml").write_text(text)
    assert found(start) == (".", "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.render]\nx = \n", "pyproject.toml:2:5: this is not TOML: Invalid value"),
        ("[tool.render]\nx = [[\n", "pyproject.toml"),
        ("[tool]\nrender = 1\n", "pyproject.toml: [tool.render] must be a table"),
        ("[tool.render]\nx = " + "[\n" * 20_000, "pyproject.toml nests more than 200 levels deep"),
    ],
)
def test_a_table_of_ours_that_cannot_be_read(start: Path, text: str, message: str) -> None:
    (start / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        find_repository(str(start))
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("render.toml", "timeout = 1\nengine = 'x'\n", "2:1"),
        ("render.toml", "# engine\nsource = 'engine'\n'engine' = 'x'\n", "3:2"),
        ("render.toml", "[tool.render]\n  engine = 'x'\n", "2:3"),
        ("pyproject.toml", "[project]\nengine = 1\n[tool.render]\nengine = 'x'\n", "4:1"),
        ("pyproject.toml", "tool = {render = {engine = 'x'}}\n", "1:19"),
        ("pyproject.toml", "[tool.other]\nx = 1\n[tool]\nrender.engine = 'x'\n", "4:8"),
        ("pyproject.toml", 'a = """\nengine = 1\n"""\n[tool.render]\nengine = 1\n', "5:1"),
    ],
)
def test_an_engine_is_refused_at_its_place(
    repository: Repository, file: str, text: str, place: str
) -> None:
    repository.write({**shop(), file: text})
    said = repository.run("list")
    assert said.code == 2
    assert said.err.startswith(f"error: {file}:{place}: engine: a repository cannot choose")
    below = repository.run("list", directory="overlays/a")
    assert below.err.startswith(f"error: {repository.path}/{file}:{place}: engine")


def test_the_file_of_the_settings_is_said(repository: Repository) -> None:
    repository.write(shop())
    assert f"settings: none in {repository.path}: the defaults hold\n" in (
        repository.render("--version").out
    )
    repository.write({"render.toml": ""})
    place = f"settings: {repository.path}/render.toml\n"
    assert place in repository.render("--version").out
    assert repository.render("list").err == ""
    assert repository.render("list", "--verbose").err == place
    assert Repository(repository.path / "overlays").render("list").err == place
    assert Repository(repository.path / "overlays").render("list", "--json").err == ""
