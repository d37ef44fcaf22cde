"""Write the table of components in base/README.md from what their directories declare.

    make docs

The order of the rows, and what a row without parameters says, are written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = Path(__file__).parents[1] / "base"
PAGE = BASE / "README.md"
_ROW = re.compile(
    r"^\| (?:\[?`([a-z-]+)`(?:\]\(.*?\))?|\*the core\*)(?: \|[^|\n]*){3}\|$", re.MULTILINE
)


class Row(NamedTuple):
    """What a component, with those that it composes, provides, requires and can be told.

    `parameters` are names, and whether a cluster has to say the value.
    """

    provides: list[str]
    requires: list[str]
    parameters: dict[str, bool]


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_rows(PAGE.read_text("utf-8")), "utf-8")


def with_rows(page: str) -> str:
    """The page with the rows as the directories give them."""
    return _ROW.sub(_row, page)


def names(page: str) -> list[str]:
    """The components that have a row."""
    return [found[1] for found in _ROW.finditer(page) if found[1]]


def components() -> list[str]:
    """The components that a cluster can list: those that no other one is made of."""
    directories = [path for path in (BASE / "components").iterdir() if path.is_dir()]
    inner = {path.name for one in directories for path in composed(one)}
    return sorted({path.name for path in directories} - (inner - _LISTED_TOO))


_LISTED_TOO = {"ingress-tls"}  # composed by another one, and good for a cluster by itself


def _row(found: re.Match[str]) -> str:
    name = found[1]
    row = _read(BASE / "components" / name if name else BASE)
    said = [f"**{one}**" if is_required else one for one, is_required in row.parameters.items()]
    cells = [
        _label(name) if name else "*the core*",
        ", ".join(row.provides),
        ", ".join(row.requires),
        ", ".join(said) or found[0].strip("|").split("|")[-1].strip(),
    ]
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _label(name: str) -> str:
    page = f"components/{name}/README.md"
    return f"[`{name}`]({page})" if (BASE / page).exists() else f"`{name}`"


def _read(directory: Path) -> Row:
    provides: dict[str, None] = {}
    requires: dict[str, None] = {}
    declared: dict[str, bool] = {}
    settled: dict[str, Any] = {}
    for document in documents(directory):
        spec = document["spec"]
        if document["kind"] == "Values":
            settled = spec["parameters"] | settled
            continue
        provides |= dict.fromkeys(spec.get("provides", []))
        requires |= dict.fromkeys(spec.get("requires", []))
        for one in spec.get("parameters", []):
            if "schema" in one:
                declared[one["name"]] = one.get("required", False)
    # A value that is null is wanted where there was a default, and not where there was none.
    for name, value in settled.items():
        if name in declared:
            declared[name] = False
        elif value is None and name in _core():
            declared[name] = True
    met = [one for one in requires if one not in provides]
    return Row([*provides], met, declared)


def _core() -> set[str]:
    spec = yaml.safe_load((BASE / "parameters.yaml").read_text("utf-8"))["spec"]
    return {one["name"] for one in spec["parameters"]}


def documents(directory: Path) -> Iterator[Any]:
    """The Parameters and Values of a component, and of those that it composes."""
    for name in ("parameters.yaml", "values.yaml"):
        if (directory / name).exists():
            yield yaml.safe_load((directory / name).read_text("utf-8"))
    for path in composed(directory):
        yield from documents(path)


def composed(directory: Path) -> list[Path]:
    """The directories of the components that a component composes."""
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text("utf-8"))
    return [(directory / path).resolve() for path in kustomization.get("components", [])]


if __name__ == "__main__":
    main()
