"""The consequences of changes that are stated in text files, and the machinery to read these.

A file begins with the objects of a cluster, then each case: what is replaced in them, and what is
told of it, predictions with a `~`.

    == a title
    - what is there before
    + what is there after
    => Kind namespace/name: the reason

RENDER_GOLDEN=write writes what is told.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from renderer.changes.comparing import Comparer, FilePair
from renderer.changes.model import Changed
from renderer.changes.objects import read_objects
from renderer.checks.schema import Schemas
from renderer.impacts.model import ClusterObjects, Consequence, Sides
from renderer.impacts.validity import Validity
from renderer.yamldoc.sharing import Sharing

Judge = Callable[[Sequence[Changed], Sides], Iterator[Consequence]]

_CASES = Path(__file__).parent / "told"
_COMPARER = Comparer(Schemas())


class Case(NamedTuple):
    file: str
    title: str
    old: str
    new: str
    expected: str
    body: str


def cases(file: str) -> list[Case]:
    world, *parts = (_CASES / file).read_text().split("\n== ")
    return [_case(file, f"{world}\n", part) for part in parts]


def _case(file: str, world: str, part: str) -> Case:
    title, *rest = part.rstrip("\n").split("\n")
    body = [line for line in rest if not line.startswith("=> ")]
    new, before, after = f"\n{world}", list[str](), list[str]()
    for line in [*body, "."]:
        if (not line.startswith("+") and after) or line == ".":
            passage = "\n".join(before) + "\n"
            assert f"\n{world}".count(f"\n{passage}") == 1, f"{title}: {passage}"
            new = new.replace(f"\n{passage}", "\n" + "".join(f"{one}\n" for one in after))
            before, after = [], []
        (after if line.startswith("+") else before).append(line[2:])
    expected = "\n".join(line for line in rest if line.startswith("=> "))
    return Case(file, title, world, new, expected, "\n".join(body))


def check(judge: Judge, file: str) -> None:
    """Compares what is told with the file, or writes it there."""
    found = cases(file)
    told = [told_of(judge, one.old, one.new) for one in found]
    if os.environ.get("RENDER_GOLDEN") == "write":
        parts = [
            "\n".join(filter(None, [one.title, one.body, *(f"=> {line}" for line in lines)]))
            for one, lines in zip(found, told, strict=True)
        ]
        (_CASES / file).write_text("\n== ".join([found[0].old[:-1], *parts]) + "\n")
    else:
        for one, lines in zip(found, told, strict=True):
            assert "\n".join(f"=> {line}" for line in lines) == one.expected, one.title


def told_of(judge: Judge, old: str, new: str) -> list[str]:
    sides = Sides(objects(old), objects(new), "1.36", Validity())
    files = [FilePair("clusters/c", "all.yaml", old.encode(), new.encode())]
    return sorted(map(line_of, judge(_COMPARER.changes(files), sides)))


def objects(text: str) -> ClusterObjects:
    return ClusterObjects(lambda: [*read_objects(text.encode(), Sharing())])


def line_of(one: Consequence) -> str:
    home = f"{one.ref.namespace}/" if one.ref.namespace else ""
    field = f" {one.field}" if one.field else ""
    return f"{'~' * one.is_predicted}{one.ref.kind} {home}{one.ref.name}{field}: {one.reason}"
