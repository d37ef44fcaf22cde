"""Which of the sources that differ can have brought a change of a field: pure.

Nothing is claimed that is not known: where the writes of parameters and patches do not tell, it is
one of all that differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT, Item, Place
from renderer.patching.ledger import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.changes.model import FieldChange, Step
    from renderer.patching.ledger import Origin
    from renderer.patching.pointing import Path

    Writes = tuple[tuple[Path, Origin | None], ...]


class Cause(NamedTuple):
    """A source whose change brought another: a path in the repository, with the line (0: the whole
    file) of the parameter or the patch that says so."""

    path: str
    line: int = 0
    what: str = ""


class Sources(NamedTuple):
    """What differs in the sources of a tree, by path.

    `apart` are files that change nothing but what parameters and patches write, also those that are
    the same. `declared` are the files that declare a parameter, where it is declared otherwise;
    `same_documents` tells that parameters and values are read from the same files as before.
    """

    changed: frozenset[str]
    apart: frozenset[str] = frozenset()
    declared: Mapping[str, frozenset[str]] = {}
    same_documents: bool = True


class Written(NamedTuple):
    """An object on one side: its data, None where it is not there, and what was written into it."""

    data: Any
    writes: Writes | None


class _Writer(NamedTuple):
    """Who says what a field holds: `origin` is None where that is composed, and nobody wrote it."""

    origin: Origin | None


def causes_of_object(sources: Sources, old: Written, new: Written) -> frozenset[Cause]:
    """What can have brought an object that comes or goes: what is composed, for nobody writes one;
    unless its identity was written."""
    found = old if old.data is not None else new
    identity = (("metadata", "name"), ("metadata", "namespace"), ("kind",), ("apiVersion",))
    is_composed = found.writes is not None and not any(
        overlap(path, one) for path, _ in found.writes for one in identity
    )
    paths = sources.changed - sources.apart if is_composed else sources.changed
    return frozenset(map(Cause, paths or sources.changed))


def causes_of_field(
    sources: Sources, field: FieldChange, old: Written, new: Written
) -> frozenset[Cause]:
    """What can have brought the change of a field; one cause is known to be it."""
    was, now = (_writer(field, side, is_new=side is new) for side in (old, new))
    if was is None or now is None:
        return frozenset(map(Cause, sources.changed))
    origins = [one.origin for one in (was, now) if one.origin]
    paths = _paths(sources, origins) or sources.changed
    return frozenset(_cause(sources, path, origins, now.origin) for path in paths)


def _paths(sources: Sources, origins: list[Origin]) -> frozenset[str]:
    composed = sources.changed - sources.apart
    said = {one.location.path for one in origins if one.location}
    names = {name for one in origins for name in (*one.parameters, one.declared_by)}
    said |= {path for name in names for path in sources.declared.get(name, ())}
    found = sources.changed & said
    if any(len(one.parameters) > 1 for one in origins):
        return sources.changed  # it is said of one of them only where its value is from
    writers = [(one.parameters, one.declared_by) for one in origins if one.parameters]
    if len(writers) == 2 and writers[0] == writers[1] and sources.same_documents:
        return found  # the value of a parameter is all that is there
    return found | composed


def _cause(sources: Sources, path: str, origins: list[Origin], now: Origin | None) -> Cause:
    """The path with the place in it, as far as it says what the field holds."""
    for one in reversed(origins):
        if one.location and one.location.path == path:
            # Where an old patch stood, or which of several values it was, no line of today says.
            is_said = one is now and len(one.parameters) <= 1
            return Cause(path, one.location.line if is_said else 0, _what(one))
        if any(path in sources.declared.get(name, ()) for name in one.parameters):
            return Cause(path, what=_what(one))
    return Cause(path)


def _what(origin: Origin) -> str:
    if not origin.parameters:
        return "patch"
    noun = "parameter" if len(origin.parameters) == 1 else "parameters"
    return f"{noun} {', '.join(origin.parameters)}"


def _writer(field: FieldChange, side: Written, *, is_new: bool) -> _Writer | None:
    """Who says what a field holds on a side; None where that is not known."""
    if side.writes is None:
        return None
    path, is_whole = _raw(field.path, side.data, is_new=is_new)
    hits = [(written, origin) for written, origin in side.writes if overlap(written, path)]
    if not hits:
        return _Writer(None)
    if not is_whole or any(len(written) > len(path) for written, _ in hits):
        return None  # it is written in part, or it is not known where it was
    _, nearest = max(hits, key=lambda one: len(one[0]))
    if nearest is None or not (nearest.location or nearest.parameters):
        return None
    return _Writer(nearest)


def _raw(path: Iterable[Step], data: Any, *, is_new: bool) -> tuple[Path, bool]:
    """The path with indices, as far as it is there; and whether that is all of it."""
    found: list[str | int] = []
    for step in path:
        at = _at(step, data, is_new=is_new)
        if at is None:
            return tuple(found), False
        found.append(at)
        try:
            data = data[at]
        except (KeyError, IndexError, TypeError):
            data = None
    return tuple(found), True


def _at(step: Step, data: Any, *, is_new: bool) -> str | int | None:
    if isinstance(step, Place):
        return step.new if is_new else step.old
    if isinstance(step, Item):
        indices = [*_matching(step, data)] if isinstance(data, list) else []
        return indices[0] if len(indices) == 1 else None
    return step


def _matching(item: Item, values: list[Any]) -> Iterator[int]:
    for index, value in enumerate(values):
        if all(
            value == wanted if not name else _get(value, name) in (wanted, ABSENT)
            for name, wanted in item.key
        ):
            yield index


def _get(value: Any, name: str) -> Any:
    return value.get(name, ABSENT) if isinstance(value, dict) else None
