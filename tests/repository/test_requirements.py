"""`requires` in the settings: what it admits, who looks at it, and how it is written when asked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from krm.resource_lists import config, resource_list
from packaging.specifiers import SpecifierSet
from shop import shop
from support import PROJECT, Repository, Result

from renderer.kustomize.program import find_engine
from renderer.repository.requirements import admits

KUSTOMIZE = find_engine(None).version.removeprefix("v")
LINE = f'requires = {{kustomize = "{KUSTOMIZE}", renderer = ">=0.1.0"}}'

# What it admits

_numbers = st.lists(st.integers(0, 2), min_size=1, max_size=3).map(
    lambda some: ".".join(map(str, some))
)
_clauses = st.lists(
    st.tuples(st.sampled_from(["==", "!=", ">=", "<=", ">", "<"]), _numbers), min_size=1, max_size=3
)


@given(clauses=_clauses, numbers=_numbers, before=st.sampled_from(["", "rc1", ".dev1"]))
def test_it_admits_what_pep_440_admits(
    clauses: list[tuple[str, str]], numbers: str, before: str
) -> None:
    versions, version = ",".join(map("".join, clauses)), numbers + before
    assert admits(versions, version) == SpecifierSet(versions).contains(version, prereleases=True)


@pytest.mark.parametrize(
    ("versions", "version", "admitted"),
    [
        ("5.8.1", "v5.8.1", True),
        ("5.8.1", "5.8.2", False),
        ("5.8", "5.8.0", True),
        ("5.8", "5.8.1", False),
        ("v5.8.1", "5.8.1", True),
        (" >= 5.8 , < 6 ", "5.10", True),
        (">=5.8", "5.9.0-rc.1", True),
        (">=5.9", "5.9.0-rc.1", False),
        ("<5.9", "5.9.0-rc.1", False),
        ("5.8.1", "v5.8.1+dirty", True),
        (">=0", "(devel)", False),
        (">=0", "", False),
    ],
)
def test_versions_as_kustomize_says_them(versions: str, version: str, admitted: bool) -> None:
    assert admits(versions, version) == admitted


# Who looks at it

_UNMET = f"render.toml:1:13: kustomize <5 is required, and {KUSTOMIZE} is installed: "


def _needing(repository: Repository, requires: str) -> None:
    repository.write({**shop(), "render.toml": f"requires = {{{requires}}}\n"})


@pytest.mark.parametrize(
    "typed",
    ["clusters", "clusters --check", "clusters --diff", "a --json", "check", "build a", "requires"],
)
def test_nothing_is_rendered_with_another_kustomize(repository: Repository, typed: str) -> None:
    _needing(repository, 'kustomize = "<5"')
    before = repository.files()
    result = repository.run(*typed.split())
    assert result.code == 2
    assert result.err.startswith(f"error: {_UNMET}")
    assert result.err.endswith(
        "  hint: install a renderer that brings kustomize <5, or name a program by --engine\n"
    )
    assert repository.files() == before


@pytest.mark.parametrize("typed", ["list", "parameters a", "trust", "--version", "rules"])
def test_who_looks_around_may(repository: Repository, typed: str) -> None:
    _needing(repository, 'kustomize = "<5", renderer = ">=99"')
    repository.render(*typed.split())


def test_of_us_it_is_said_first(repository: Repository) -> None:
    _needing(repository, 'kustomize = "<5", renderer = ">=99,<100"')
    said = repository.run("clusters").err
    assert said == (
        "error: render.toml:1:31: renderer >=99,<100 is required, and 0.1.0 is installed\n"
        "  hint: install renderer >=99,<100\n"
    )


@pytest.mark.parametrize(
    "more", ['colour = "blue"', "trees = 1", 'output = "{cluster.short}"', "requires.helm = 3"]
)
def test_what_a_later_one_knows_is_not_misspelt(repository: Repository, more: str) -> None:
    text = f'requires.renderer = ">=99"\n{more}\n'
    repository.write({**shop(), "render.toml": text})
    said = repository.run("list").err
    assert said.startswith("error: render.toml:1:10: renderer >=99 is required"), said
    repository.write({"render.toml": text.replace(">=99", ">=0.1")})
    assert "is required" not in repository.run("list").err


def test_the_place_is_seen_from_here(repository: Repository) -> None:
    _needing(repository, 'kustomize = "<5"')
    said = repository.run("clusters", directory="base").err
    assert said.startswith(f"error: {repository.path}/render.toml:1:13: ")


def test_the_engine_that_is_named_counts(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _needing(repository, f'kustomize = "{KUSTOMIZE}"')
    other = tmp_path_factory.mktemp("other") / "kustomize"
    other.write_text('#!/bin/sh\n[ $2 = --client ] || echo \'{"version": "v5.0.3"}\'\n')
    other.chmod(0o755)
    result = repository.run("clusters", "--engine", str(other))
    assert result.code == 2
    assert f"5.0.3 is installed: {other} (from --engine)\n" in result.err
    repository.render("clusters")


def test_the_function_looks_too(repository: Repository, call: Callable[..., Result]) -> None:
    generator, transformer = (config("Render", cluster="a"), config("Cluster"))
    _needing(repository, 'kustomize = "<5"')
    assert call(resource_list(generator)).err.startswith(f"error: {_UNMET}")
    # Whatever kustomize calls a transformer has composed already, and says nothing of itself.
    assert "is required" not in call(resource_list(transformer)).err
    _needing(repository, 'renderer = "99"')
    for function in (generator, transformer):
        result = call(resource_list(function))
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("error: render.toml:1:13: renderer 99 is required")


def test_the_engine_is_asked_only_where_it_matters(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """To ask takes a process, so the answer is kept; without the setting nobody asks."""
    asked = []

    def ask(path: str) -> tuple[str, str, str]:
        asked.append(path)
        return "kubectl", f"v{KUSTOMIZE}", "v1"

    monkeypatch.setattr("renderer.kustomize.program._ask_version", ask)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _needing(repository, 'renderer = ">=0.1"')
    repository.render("clusters")
    assert not asked
    _needing(repository, f'kustomize = "{KUSTOMIZE}"')
    for _ in range(3):
        repository.render("clusters")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ('"5.8.1"', "requires must be a table of versions"),
        ("{helm = '3'}", "requires: helm is nothing that has a version here"),
        ("{kustomise = '5'}", "requires: kustomise is nothing that has a version here"),
        ("{kustomize = 5.8}", "requires.kustomize must be versions in a string"),
        *(
            (f"{{renderer = '{wrong}'}}", "requires.renderer must be versions in a string")
            for wrong in ("", "~=5.8", "^5", "5.x", ">=5,", "latest", "5 6", "=5", "1" * 20)
        ),
    ],
)
def test_what_is_no_requirement_is_refused(
    repository: Repository, requires: str, message: str
) -> None:
    repository.write({**shop(), "render.toml": f"# ours\nrequires = {requires}\n"})
    result = repository.run("list")
    assert result.code == 2
    assert result.err.startswith(f"error: render.toml:2:1: {message}\n"), result.err


# How it is written

_TABLE = "[tool.other]\nx = 1\n\n"
_WRITTEN = {
    "no settings": ("render.toml", None, f"{LINE}\n"),
    "nothing in it": ("render.toml", "", f"{LINE}\n"),
    "keys": ("render.toml", "timeout = 5 # s\n", f"timeout = 5 # s\n{LINE}\n"),
    "no line end": ("render.toml", "timeout = 5", f"timeout = 5\n{LINE}\n"),
    "line ends of Windows": ("render.toml", "timeout = 5\r\n", f"timeout = 5\r\n{LINE}\r\n"),
    "before a table": (
        "render.toml",
        'timeout = 5\n\n# Kept.\n[checks]\nmissing-secret = "off"\n',
        f'timeout = 5\n{LINE}\n\n# Kept.\n[checks]\nmissing-secret = "off"\n',
    ),
    "only a table": ("render.toml", "# Why.\n[checks]\n", f"{LINE}\n\n# Why.\n[checks]\n"),
    "a list": (
        "render.toml",
        "exceptions = [\n]\nchecks = {}\n",
        f"exceptions = [\n]\nchecks = {{}}\n{LINE}\n",
    ),
    "what looks like a table": (
        "render.toml",
        'source = """\\\n  [x]\\\n  {cluster}"""\n[checks]\n',
        f'source = """\\\n  [x]\\\n  {{cluster}}"""\n{LINE}\n\n[checks]\n',
    ),
    "shared": (
        "pyproject.toml",
        f"{_TABLE}[tool.render] # ours\ntimeout = 5\n",
        f"{_TABLE}[tool.render] # ours\n{LINE}\ntimeout = 5\n",
    ),
    "shared, without a line end": (
        "pyproject.toml",
        f"{_TABLE}[tool.render]",
        f"{_TABLE}[tool.render]\n{LINE}\n",
    ),
    "shared, only tables in it": (
        "pyproject.toml",
        f"{_TABLE}# Why.\n[tool.render.checks]\n",
        f"{_TABLE}[tool.render]\n{LINE}\n\n# Why.\n[tool.render.checks]\n",
    ),
    "here already": (
        "render.toml",
        "# requires = 1\nrequires = {renderer='>=0.0.1', kustomize = '5.0.0' } # as on 'prod'\n",
        f"""# requires = 1
requires = {{renderer=">=0.1.0", kustomize = "{KUSTOMIZE}" }} # as on 'prod'
""",
    ),
    "one of them": (
        "pyproject.toml",
        '[project]\nkustomize = "1"\n[tool.render]\n"requires".kustomize = "5"\n',
        f'[project]\nkustomize = "1"\n[tool.render]\n"requires".kustomize = "{KUSTOMIZE}"\n',
    ),
    "a table of its own": (
        "render.toml",
        "[requires]\nkustomize = '5' # why\n\n[checks]\n",
        f'[requires]\nkustomize = "{KUSTOMIZE}" # why\n\n[checks]\n',
    ),
}


@pytest.mark.parametrize("case", _WRITTEN)
def test_nothing_else_is_written(repository: Repository, case: str) -> None:
    name, before, after = _WRITTEN[case]
    repository.write(shop())
    if before is not None:
        repository.write({name: before.encode()})
    result = repository.run("requires", "--write")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{name}: {LINE}\n"
    assert (repository.path / name).read_bytes().decode() == after
    assert {*repository.files()} == {*shop(), name}
    assert repository.run("requires").code == 0
    repository.render("requires", "--write")
    assert (repository.path / name).read_bytes().decode() == after


_PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted(PROJECT.glob("docs/*.md")))]
_TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", _PAGES)
def test_it_is_written_into_every_example(repository: Repository, page: str) -> None:
    for example in _TOML.findall((PROJECT / page).read_text()):
        repository.write({"render.toml": example})
        repository.render("requires", "--write")
        document = tomllib.loads((repository.path / "render.toml").read_text())
        assert document == tomllib.loads(example) | tomllib.loads(LINE)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("render.toml", "requires = {}\n", "render.toml:1:1"),
        ("render.toml", 'requires = {kustomize = """5"""}\n', "render.toml:1:1"),
        ("pyproject.toml", "[tool]\nrender.timeout = 5\n", "pyproject.toml"),
        ("pyproject.toml", "[tool]\nrender = {timeout = 5}\n", "pyproject.toml"),
    ],
)
def test_where_a_person_should_write(
    repository: Repository, name: str, text: str, place: str
) -> None:
    repository.write({**shop(), name: text})
    before = repository.files()
    result = repository.run("requires", "--write")
    assert result.code == 2
    assert result.err == (
        f"error: {place}: this has a form into which only a person should write\n"
        f"  hint: write it yourself: {LINE}\n"
    )
    assert repository.files() == before


def test_a_link_stays_one(repository: Repository) -> None:
    repository.write({**shop(), "render.toml": Path("ours.toml"), "ours.toml": "timeout = 5\n"})
    result = repository.run("requires", "--write", directory="base")
    assert result.code == 2
    assert result.err.startswith("error: ../render.toml: is a link, and would be replaced\n")
    assert (repository.path / "render.toml").is_symlink()


def test_what_is_required_and_installed_is_shown(repository: Repository) -> None:
    _needing(repository, 'renderer = ">=0.1,<1"')
    assert repository.render("requires").out == (
        f"NAME       INSTALLED  REQUIRED\nkustomize  {KUSTOMIZE}\nrenderer   0.1.0      >=0.1,<1\n"
    )
