"""What dyff says of two versions of some objects, and what `render diff` says, in the same words.

dyff names the mapping or list in which an entry comes or goes, and a list without names as a
whole; so a place here is the path of a value that is another, or of what holds what is not on
both sides.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from e2e import tools
from renderer.changes.comparing import Comparer, FilePair
from renderer.changes.model import ABSENT, Item, Place
from renderer.checks.schema import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from renderer.changes.model import Changed, FieldChange
    from renderer.kubernetes.manifests import Manifest

_OPTIONS = ("--omit-header", "--use-go-patch-style", "--color", "off", "--no-table-style")
_PLACE = re.compile(r"^(/\S*)  \((\S+)\)$", re.MULTILINE)
_INDEX = re.compile(r"/\d+(/.*)?$")  # of a list without names, and what is in its items
_WHOLE = ""  # the path of an object that is on one side only


class Difference(NamedTuple):
    """An object as dyff names it (`apps/v1/Deployment/shop/web`), and a path in it."""

    object: str
    path: str


def told_by_dyff(directory: Path, old: str, new: str) -> set[Difference]:
    """The differences between two streams of objects; the order of objects is none."""
    files = [directory / "old.yaml", directory / "new.yaml"]
    for file, text in zip(files, (old, new), strict=True):
        file.write_text(text)
    done = subprocess.run(
        [tools.find("dyff"), "between", *_OPTIONS, *files],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        Difference(name, _INDEX.sub("", path).rstrip("/"))
        for path, name in _PLACE.findall(done.stdout)
    }


def told_by_us(old: str, new: str) -> set[Difference]:
    """The same of `render diff`."""
    pair = FilePair(tree="a", path="a.yaml", old=old.encode(), new=new.encode())
    return {one for change in Comparer(Schemas()).changes([pair]) for one in _of(change)}


def _of(change: Changed) -> Iterator[Difference]:
    if change.old is None or change.new is None:
        for manifest in filter(None, (change.old, change.new)):
            yield Difference(_name(manifest), _WHOLE)
        return
    for field in change.change.fields:
        yield Difference(_name(change.new), "".join(f"/{step}" for step in _steps(field)))


def _steps(field: FieldChange) -> list[str]:
    """The path as dyff has it."""
    steps: list[str] = []
    for step in field.path:
        if isinstance(step, Place):
            return steps
        steps.append(str(step)[1:-1] if isinstance(step, Item) else step)
    return steps[:-1] if ABSENT in (field.old, field.new) else steps


def _name(manifest: Manifest) -> str:
    ref = manifest.ref
    parts = (manifest.data["apiVersion"], ref.kind, ref.namespace, ref.name)
    return "/".join(filter(None, parts))
