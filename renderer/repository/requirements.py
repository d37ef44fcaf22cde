"""The versions of kustomize and of us that a repository requires, as `requires` in its settings."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer import __version__
from renderer.errors import UsageError
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeGuard

    from renderer.kustomize.program import Engine
    from renderer.repository.settings_file import SettingsFile

SETTING = "requires"
KUSTOMIZE, RENDERER = "kustomize", "renderer"
_NAMES = (KUSTOMIZE, RENDERER)
_NUMBERS = r"v?([0-9]{1,9}(?:\.[0-9]{1,9})*)"
_CLAUSE = re.compile(rf" *(==|!=|>=|<=|>|<|) *{_NUMBERS} *")
# A release, perhaps with what Semantic Versioning calls build metadata; else something before it.
_VERSION = re.compile(rf"{_NUMBERS}(?:\+.*)?(?P<before>.*)", re.DOTALL)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
}
_ADVICE = {
    KUSTOMIZE: "install a renderer that brings kustomize {}, or name a program by --engine",
    RENDERER: "install renderer {}",
}


class Installed(NamedTuple):
    """A version that is here, without a `v`; `found` says for people where, if there is need."""

    version: str
    found: str = ""


OURS = Installed(__version__)


def installed_kustomize(engine: Engine) -> Installed:
    """The kustomize of an engine that was asked for its version."""
    return Installed(engine.version.removeprefix("v"), engine.found)


def read_requires(file: str, value: Any) -> tuple[tuple[str, str], ...]:
    """The setting `requires`: what is required, and its versions as they are written.

    Raises UsageError.
    """
    if not isinstance(value, dict):
        hint = 'as requires = {kustomize = "5.8.1", renderer = ">=0.2"}'
        raise UsageError(f"{file}: requires must be a table of versions", hint=hint)
    for name, versions in value.items():
        if name not in _NAMES:
            message = f"{file}: requires: {name} is nothing that has a version here"
            raise UsageError(message, hint=nearest(name, _NAMES))
        if not _are_versions(versions):
            raise UsageError(
                f"{file}: requires.{name} must be versions in a string",
                hint='"5.8.1" is this one only, ">=5.8,<6" each from 5.8 on and below 6;'
                " there are ==, !=, >=, <=, > and <",
            )
    return tuple(sorted(value.items()))


def _are_versions(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and all(map(_CLAUSE.fullmatch, value.split(",")))


def admits(versions: str, version: str) -> bool:
    """Whether required versions, as `>=5.8,<6`, admit one that is here, as `v5.8.1`.

    The order is that of PEP 440: `5.8` and `5.8.0` are the same, what is no release yet
    (`5.9.0-rc.1`, `0.2.dev1`) comes before the release, and `<` excludes it too. What has no
    number (`(devel)`) is not admitted, unless nothing is required.
    """
    if not versions:
        return True
    here = _VERSION.fullmatch(version)
    if not here:
        return False
    numbers, is_release = _numbers(here[1]), not here["before"]
    for comparison, text in _CLAUSE.findall(versions):
        limit = _numbers(text)
        if comparison == "<":
            holds = numbers < limit
        else:
            holds = _COMPARISONS[comparison]((numbers, is_release), (limit, True))
        if not holds:
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    """The numbers of a version without zeros at the end, which make no difference."""
    numbers = [int(part) for part in text.split(".")]
    while numbers and not numbers[-1]:
        del numbers[-1]
    return tuple(numbers)


def unmet(file: SettingsFile, installed: Mapping[str, Installed]) -> UsageError | None:
    """What to say where a file requires other versions than those installed; else None.

    The file need not be understood: what is unknown in it may be that of another version of us.
    """
    required = file.table.get(SETTING)
    for name, here in installed.items():
        versions = required.get(name) if isinstance(required, dict) else None
        if _are_versions(versions) and not admits(versions, here.version):
            return UsageError(
                f"{file.place(SETTING, name)}: {name} {versions} is required, and {here.version}"
                f" is installed{here.found and ': '}{here.found}",
                hint=_ADVICE[name].format(versions),
            )
    return None
