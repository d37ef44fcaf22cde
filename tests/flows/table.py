"""The tables of docs/network.md, which are written by hand, and what they want of a tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

import yaml
from support import PROJECT

from flows.parties import HOMES
from flows.reach import LAST_PORT, Party, Range, Ranges, union

PAGE = (PROJECT / "docs" / "network.md").read_text("utf-8")

Flows = Mapping[tuple[str, str], Ranges]  # the ports by the names of source and destination


class Row(NamedTuple):
    """Who needs to send to whom, at which ports, with which components, and who says so."""

    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: Ranges
    components: frozenset[str]
    reason: str


def needed() -> list[Row]:
    return _rows("What is needed")


def wider() -> list[Row]:
    return _rows("What is wider than that")


def _rows(title: str) -> list[Row]:
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [_row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


def _row(sources: str, destinations: str, ports: str, components: str, reason: str) -> Row:
    return Row(
        sources=tuple(sources.split(", ")),
        destinations=tuple(destinations.split(", ")),
        ports=union(_range(one) for one in ports.split(", ")),
        components=frozenset(components.split(", ") if components else ()),
        reason=reason,
    )


def _range(text: str) -> Range:
    found = re.fullmatch(r"(TCP|UDP|SCTP)(?: (\d+))?", text)
    assert found, text
    number = int(found[2] or 0)
    return Range(found[1], number or 1, number or LAST_PORT)


def components_of(directory: Path) -> Iterator[str]:
    """The names of the components in a kustomization, and of those in these."""
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text("utf-8"))
    for path in kustomization.get("components", []):
        component = (directory / path).resolve()
        yield component.name
        yield from components_of(component)


def flows_of(
    rows: Iterable[Row], parties: Sequence[Party], components: Set[str], *, to_all: bool = False
) -> Flows:
    """What the rows that hold for a tree say of its parties.

    `to_all` takes `anywhere` at its word: whether those in the tree let in, they say themselves.
    """
    found: dict[tuple[str, str], list[Range]] = {}
    for row in rows:
        if row.components <= components:
            for source in _named(row.sources, parties):
                for destination in _named(row.destinations, parties, to_all=to_all):
                    found.setdefault((source, destination), []).extend(row.ports)
    return {pair: union(ranges) for pair, ranges in found.items()}


def _named(
    names: Iterable[str], parties: Sequence[Party], *, to_all: bool = False
) -> Iterable[str]:
    """The parties of these names, as far as a tree has them."""
    for name in names:
        for one in parties:
            groups = [one.name, f"every Pod in {one.namespace}"]
            if to_all or one.namespace not in HOMES:
                groups.append("anywhere")
            if name in groups:
                yield one.name
