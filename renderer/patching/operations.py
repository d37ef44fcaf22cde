"""Strict RFC 6902 operations on a draft that shares what it does not change."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.patching.pointing import Path, Pointer, format_path, resolve

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.kubernetes.manifests import Manifest

OPERATIONS = ("add", "copy", "move", "remove", "replace", "test")


_CONTAINERS = (dict, list)


class OperationError(ValueError):
    """An operation that cannot be carried out; `hint` is the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Operation(NamedTuple):
    """One RFC 6902 operation with the place that it was written at.

    `source` is the `from` of move and copy. Strictness is RFC 6902's own: the field must be
    there unless the operation adds it.
    """

    op: str
    pointer: Pointer
    location: Location | None = None
    source: Pointer | None = None
    value: Any = None


# Each changed scalar: its path, its type (for Python 1 and true are equal) and its value.
Changes = tuple[tuple[Path, type, Any], ...]


class Draft:
    """The changing data of one manifest.

    Only containers on the way to a change are copied; all others stay those of the base
    manifest, which is never changed. `written` are the fields that parameters own, `origins`
    all that was written, in its order, with the places that say so.
    """

    __slots__ = ("_own", "base", "data", "origins", "reshaped", "scalars", "written")

    def __init__(self, base: Manifest) -> None:
        self.base = base
        self.data: dict[str, Any] = base.data
        self.written: list[Path] = []
        self.origins: list[tuple[Path, Location | None]] = []
        # Something has moved, or names by content came in: paths found in the base no longer
        # hold, or are not all.
        self.reshaped = False
        # The scalars that now stand in the place of others; None once anything else changed.
        self.scalars: dict[Path, Any] | None = {}
        self._own: dict[int, Any] = {}  # keeps its containers alive, so that ids stay unique

    @property
    def is_changed(self) -> bool:
        return self.data is not self.base.data

    @property
    def changes(self) -> Changes | None:
        """What is changed, as a key: the scalars; None where anything else is."""
        if self.scalars is None:
            return None
        return tuple((path, type(value), value) for path, value in self.scalars.items())

    def origin(self, field: str) -> Location | None:
        """Where it is said what a field holds (a JSON Pointer); None if that is composed."""
        for path, location in reversed(self.origins):
            written = format_path(path)
            if f"{field}/".startswith(f"{written}/") or f"{written}/".startswith(f"{field}/"):
                return location
        return None

    def value(self, path: Path) -> Any:
        """The value at a path that is there."""
        node: Any = self.data
        for step in path:
            node = node[step]
        return node

    def put(self, path: Path, value: Any) -> None:
        """Replaces the value of a field that is there, or sets a new key of a mapping."""
        container = self._container(path)
        self._note(path, container, value)
        container[path[-1]] = value

    def drop(self, path: Path) -> None:
        """Takes a key that is there out of its mapping."""
        del self._container(path)[path[-1]]
        self.scalars = None

    def rewrite(self, data: dict[str, Any]) -> None:
        """Takes other data as a whole; it may share what it likes with the present one."""
        self.data = data
        self.reshaped = True
        self.scalars = None

    def _note(self, path: Path, container: Any, value: Any) -> None:
        """Keeps `scalars` true before a field is replaced."""
        if self.scalars is None:
            return
        known = not isinstance(container, dict) or path[-1] in container
        both = (container[path[-1]] if known else container, value)
        if any(isinstance(one, _CONTAINERS) for one in both):
            self.scalars = None
        else:
            self.scalars[path] = value

    def apply(self, operation: Operation) -> bool:
        """Carries out one operation; False if it wrote what was there already.

        Raises PointerError or OperationError, and then nothing has changed.
        """
        match operation.op:
            case "test":
                return self._test(operation)
            case "move":
                return self._move(operation)
            case "copy":
                value = self.value(self._resolve_source(operation))
                self.reshaped = True
                return self._write("add", self._resolve(operation), value)
            case "remove":
                return self._write("remove", resolve(self.data, operation.pointer), None)
            case _:
                return self._write(operation.op, self._resolve(operation), operation.value)

    def field(self, operation: Operation) -> Path:
        """The concrete path that an operation is about to write."""
        if operation.op == "test":
            raise ValueError("a test writes nothing")
        return self._resolve(operation)

    def _resolve(self, operation: Operation) -> Path:
        adding = operation.op in ("add", "copy", "move")
        return resolve(self.data, operation.pointer, adding=adding)

    def _resolve_source(self, operation: Operation) -> Path:
        if operation.source is None:
            raise OperationError(f"{operation.op} needs a `from`")
        return resolve(self.data, operation.source)

    def _test(self, operation: Operation) -> bool:
        path = resolve(self.data, operation.pointer)
        if not same(self.value(path), operation.value):
            # The value itself is not shown: it may be a secret.
            raise OperationError(f"test failed: {format_path(path)} has another value")
        return True

    def _move(self, operation: Operation) -> bool:
        source = self._resolve_source(operation)
        target = self._resolve(operation)
        if target == source:
            return False
        if target[: len(source)] == source:
            raise OperationError(f"{format_path(source)} cannot move into itself")
        # RFC 6902, 4.4: the target is looked up after the removal.
        probe = Draft(self.base._replace(data=self.data))
        probe._write("remove", source, None)
        target = resolve(probe.data, operation.pointer, adding=True)
        value = self.value(source)
        self.reshaped = True
        self._write("remove", source, None)
        self._write("add", target, value)
        return True

    def _write(self, op: str, path: Path, value: Any) -> bool:
        from jsonpatch import JsonPatch  # costs 12 ms: only where something is patched

        container = self._container(path, copying=False)
        listed = isinstance(container, list)
        overwrites = op != "remove" and not (listed and op == "add")
        if overwrites and path[-1] in _keys(container) and same(container[path[-1]], value):
            return False
        owned = self._container(path)
        if overwrites:
            self._note(path, owned, value)
        else:
            self.scalars = None
        change = {"op": op, "path": format_path(path)}
        if op != "remove":
            change["value"] = deepcopy(value)
        JsonPatch([change]).apply(self.data, in_place=True)
        if listed and op != "replace":
            self.reshaped = True
            self._shift(path, 1 if op == "add" else -1)
        return True

    def _container(self, path: Path, *, copying: bool = True) -> Any:
        """The container that holds the last step; all on the way to it become our own."""
        if not copying:
            return self.value(path[:-1])
        node: Any = self._owned(self.data)
        self.data = node
        for step in path[:-1]:
            child = self._owned(node[step])
            node[step] = child
            node = child
        return node

    def _owned(self, node: Any) -> Any:
        if id(node) in self._own:
            return node
        copy = node.copy()
        self._own[id(copy)] = copy
        return copy

    def _shift(self, path: Path, by: int) -> None:
        """Keeps `written` true after an item came into, or went out of, a list."""
        depth, place = len(path) - 1, path[-1]
        self.written = [
            (*field[:depth], step + by, *field[depth + 1 :])
            if len(field) > depth
            and field[:depth] == path[:depth]
            and isinstance(step := field[depth], int)
            and isinstance(place, int)
            and step >= place
            else field
            for field in self.written
        ]


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))


def overlap(one: Path, other: Path) -> bool:
    """Whether two fields are the same, or one holds the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike Python, true is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
