"""The changing data of one manifest, and the operations on it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from renderer.kubernetes.manifests import Manifest
from renderer.patching.budget import Budget, measured, of_manifest
from renderer.patching.ledger import Ledger, Origin
from renderer.patching.operations import FailedTestError, Operation, OperationError, same
from renderer.patching.pointing import Path, format_path, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.findings import Location

# Each changed scalar: its path, its type (for Python 1 and true are equal) and its value.
Changes = tuple[tuple[Path, type, Any], ...]

# Turns a value that is about to be written at a path of a manifest into the one to write.
Relink = Callable[[Manifest, Path, Any], Any]

_CONTAINERS = (dict, list)
_ADDING = ("add", "copy", "move")


class Draft:
    """The changing data of one manifest.

    Only containers on the way to a change are copied; all others stay those of the base
    manifest, which is never changed. `relink` completes names by content in what is written;
    `budget` is what may be written at most.
    """

    __slots__ = ("_budget", "_ledger", "_own", "_relink", "base", "data")

    def __init__(
        self, base: Manifest, relink: Relink | None = None, budget: Budget | None = None
    ) -> None:
        self.base = base
        self.data: dict[str, Any] = base.data
        self._relink = relink
        self._budget = budget or of_manifest()
        self._ledger = Ledger()
        self._own: dict[int, Any] = {}  # keeps its containers alive, so that ids stay unique

    @property
    def is_changed(self) -> bool:
        return self.data is not self.base.data

    @property
    def reshaped(self) -> bool:
        """Whether paths that were found in the base no longer hold, or are not all."""
        return self._ledger.reshaped

    @property
    def scalars(self) -> dict[Path, Any] | None:
        """The scalars that stand in the place of others; None once anything else changed."""
        paths = self._ledger.scalars
        return None if paths is None else {path: self.value(path) for path in paths}

    @property
    def changes(self) -> Changes | None:
        """What is changed, as a key: the scalars; None where anything else is."""
        scalars = self.scalars
        if scalars is None:
            return None
        return tuple((path, type(value), value) for path, value in scalars.items())

    def location(self, field: str) -> Location | None:
        """Where it is said what a field (a JSON Pointer) holds; None if that is composed."""
        return self._ledger.location(field)

    def owners(self, operation: Operation) -> list[Origin]:
        """The writes of parameters that an operation would overwrite, or take away.

        Raises PointerError for a field that is not there.
        """
        if operation.op == "test":
            return []
        path = self._resolve(operation)
        paths = [] if operation.op in _ADDING and isinstance(path[-1], int) else [path]
        if operation.op == "move":
            paths.append(self._resolve_source(operation))
        found = (origin for one in paths for origin in self._ledger.origins(one))
        return [origin for origin in dict.fromkeys(found) if origin.parameters]

    def parameters(self, path: Path) -> list[str]:
        """The parameters that wrote a field, a part of it, or what holds it."""
        return [name for origin in self._ledger.origins(path) for name in origin.parameters]

    def entries(self) -> Iterator[tuple[Path, Origin | None]]:
        """All that was written, with who wrote it; no origin where it follows from others."""
        return self._ledger.entries()

    def written(self) -> Iterator[tuple[Path, Origin]]:
        """The fields that were written and are still there, with who wrote them."""
        return self._ledger.written()

    def value(self, path: Path) -> Any:
        """The value at a path that is there."""
        node: Any = self.data
        for step in path:
            node = node[step]
        return node

    def put(self, path: Path, value: Any, origin: Origin | None = None) -> None:
        """Replaces the value of a field that is there, or sets a new key of a mapping.

        Without an origin nobody wrote it: it follows from what was written elsewhere.
        Raises TooLargeError, and then nothing has changed.
        """
        self._budget.write(measured(value, len(path)))
        if origin:
            value = self._relinked(path, value)
        container = self._container(path)
        self._record(path, container, value, origin)
        container[path[-1]] = value

    def drop(self, path: Path) -> None:
        """Takes a key that is there out of its mapping; that follows from its last change."""
        origin = Origin(self.location(format_path(path)))
        del self._container(path)[path[-1]]
        self._ledger.remove(path, origin)

    def apply(self, operation: Operation, origin: Origin | None = None) -> bool:
        """Carries out one operation; False if what it writes is there already.

        The origin is the operation's own location, unless another is given.
        Raises PointerError or OperationError (a TooLargeError too), and then nothing has changed.
        """
        origin = origin or Origin(operation.location)
        self._budget.operate()
        match operation.op:
            case "test":
                return self._test(operation)
            case "move":
                return self._move(operation, origin)
            case "copy":
                return self._copy(operation, origin)
            case "remove":
                return self._remove(self._resolve(operation), origin)
            case _:
                path = self._resolve(operation)
                value = self._relinked(path, operation.value)
                return self._write(operation.op, path, value, origin)

    def _resolve(self, operation: Operation) -> Path:
        return resolve(
            self.data,
            operation.pointer,
            adding=operation.op in _ADDING,
            replacing=operation.op == "replace",
        )

    def _resolve_source(self, operation: Operation) -> Path:
        if operation.source is None:
            raise OperationError(f"{operation.op} needs a `from`")
        return resolve(self.data, operation.source)

    def _relinked(self, path: Path, value: Any) -> Any:
        """The value with names by content in it; the draft then holds references of its own."""
        relinked = self._relink(self.base, path, value) if self._relink else value
        if relinked is not value:
            self._ledger.reshaped = True
        return relinked

    def _test(self, operation: Operation) -> bool:
        path = resolve(self.data, operation.pointer)
        value = self.value(path)
        if not same(value, operation.value):
            raise FailedTestError(path, value, operation.value)
        return True

    def _move(self, operation: Operation, origin: Origin) -> bool:
        source = self._resolve_source(operation)
        target = self._resolve(operation)
        if target == source:
            return False
        if target[: len(source)] == source:
            raise OperationError(f"{format_path(source)} cannot move into itself")
        # RFC 6902, 4.4: the target is looked up after the removal.
        probe = Draft(self.base._replace(data=self.data))
        probe._remove(source, origin)
        target = resolve(probe.data, operation.pointer, adding=True)
        value, writers = self.value(source), self._ledger.below(source)
        self._budget.write(measured(value, len(target)))
        self._remove(source, origin)
        if self._write("add", target, value, origin):
            self._ledger.take_over(target, writers)
        return True

    def _copy(self, operation: Operation, origin: Origin) -> bool:
        source = self._resolve_source(operation)
        target = self._resolve(operation)
        writers = self._ledger.below(source)
        if not self._write("add", target, self.value(source), origin):
            return False
        self._ledger.take_over(target, writers)
        return True

    def _remove(self, path: Path, origin: Origin) -> bool:
        self._carry_out("remove", path)
        self._ledger.remove(path, origin)
        return True

    def _write(self, op: str, path: Path, value: Any, origin: Origin) -> bool:
        self._budget.write(measured(value, len(path)))
        container = self.value(path[:-1])
        if op == "add" and isinstance(container, list):
            self._carry_out(op, path, value)
            self._ledger.insert(path, origin)
            return True
        if path[-1] in _keys(container) and same(container[path[-1]], value):
            if origin.parameters:  # which own their field all the same
                self._record(path, container, value, origin)
            return False
        self._record(path, container, value, origin)
        self._carry_out(op, path, value)
        return True

    def _record(self, path: Path, container: Any, value: Any, origin: Origin | None) -> None:
        """Notes that a field is about to be written; an item that is inserted is no field yet."""
        if path[-1] in _keys(container):
            scalars = not isinstance(container[path[-1]], _CONTAINERS)
            scalars = scalars and not isinstance(value, _CONTAINERS)
            self._ledger.replace(path, origin, scalars=scalars)
        else:
            self._ledger.insert(path, origin)

    def _carry_out(self, op: str, path: Path, value: Any = None) -> None:
        from jsonpatch import JsonPatch  # costs 12 ms: only where something is patched

        self._container(path)
        change = {"op": op, "path": format_path(path)}
        if op != "remove":
            change["value"] = deepcopy(value)
        JsonPatch([change]).apply(self.data, in_place=True)

    def _container(self, path: Path) -> Any:
        """The container that holds the last step; all on the way to it become our own."""
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


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))
