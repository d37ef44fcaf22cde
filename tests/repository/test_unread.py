"""Settings that stand where nobody reads them are told, and what others call so is not."""

from __future__ import annotations

import pytest
from shop import shop
from support import Repository

_SETTINGS = 'kubernetes = "1.35"\n'


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("renderer.toml", _SETTINGS, "settings are not read from a file of this name"),
        (".render.toml", "", "settings are not read from a file of this name"),
        ("Render.toml", "kubernets = 1\n", "settings are not read from a file of this name"),
        (".renderer.toml", "[tool.render]\n", "settings are not read from a file of this name"),
        ("renderer.toml", "this is no TOML", "settings are not read from a file of this name"),
        ("pyproject.toml", f"[tool.renderer]\n{_SETTINGS}", "[tool.renderer] is not read"),
        (
            "overlays/render.toml",
            _SETTINGS,
            "settings count at the root of the repository, and these are below it",
        ),
        (
            "overlays/a/pyproject.toml",
            f"[tool.render]\n{_SETTINGS}",
            "settings count at the root of the repository, and these are below it",
        ),
    ],
)
def test_settings_that_nobody_reads(
    repository: Repository, path: str, content: str, message: str
) -> None:
    repository.write({**shop(), "render.toml": "", path: content})
    said = f"{path}: warning: {message} [unread-settings]\n"
    assert said in repository.run("check").out
    assert said in repository.run("clusters").err
    assert said in repository.run("clusters").err, "also where nothing has changed"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("renderer.toml", 'theme = "dark"\n'),
        ("pyproject.toml", '[tool.renderer]\ntheme = "dark"\n'),
        ("pyproject.toml", '[tool.rendercv]\noutput = "a"\n'),
        ("pyproject.toml", "this is no TOML: renderer"),
        ("base/render.toml", _SETTINGS),
        ("overlays/a/pyproject.toml", '[project]\nname = "a"\n'),
        ("render.yaml", "kubernetes: '1.35'\n"),
    ],
)
def test_what_is_not_for_us(repository: Repository, path: str, content: str) -> None:
    repository.write({**shop(), "render.toml": "", path: content})
    assert "unread-settings" not in repository.run("check").out


def test_an_exception_from_nothing(repository: Repository) -> None:
    exception = '[[exceptions]]\nimpact = "none"\nobject = "*"\nreason = "why"\n'
    repository.write({**shop(), "render.toml": exception})
    result = repository.run("check")
    assert result.code == 2
    assert (
        "exception 1: where nothing happens (impact none) there is nothing to excuse" in result.err
    )
