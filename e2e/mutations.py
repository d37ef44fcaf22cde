"""Single-field changes of an object, most of which make it wrong; chosen by a seeded generator."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

Path = tuple[str | int, ...]


_IDENTITY = (("metadata", "name"), ("metadata", "namespace"))


class Mutation(NamedTuple):
    """What was done where, and the object that came of it."""

    what: str
    path: Path
    data: dict[str, Any]


def mutations(data: dict[str, Any], random: Random, count: int) -> Iterator[Mutation]:
    """Some mutations of an object, each of one field, none of its identity."""
    places = [path for path, _ in _places(data) if path not in _IDENTITY]
    changes = list(_CHANGES.items())
    for _ in range(count):
        path = random.choice(places)
        what, change = random.choice(changes)
        changed = copy.deepcopy(data)
        container: Any = changed
        for step in path[:-1]:
            container = container[step]
        if path == ("metadata",) and change is not _unknown:
            continue  # without a name there is nothing to ask about
        if change(container, path[-1], random):
            yield Mutation(what, path, changed)


def _places(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if path:
        yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            if path or key not in ("apiVersion", "kind"):
                yield from _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*path, index))


def _unknown(container: Any, key: str | int, random: Random) -> bool:
    target = container[key]
    if not isinstance(target, dict):
        return False
    target["notAField"] = random.choice(["text", 1, True, None, {}, []])
    return True


def _case(container: Any, key: str | int, random: Random) -> bool:
    if not isinstance(key, str) or key in ("metadata", "spec"):
        return False
    other = random.choice([key.swapcase(), key[:1].swapcase() + key[1:], key.lower()])
    if other in container:
        return False
    container[other] = container.pop(key)
    return True


def _remove(container: Any, key: str | int, _: Random) -> bool:
    del container[key]
    return True


def _null(container: Any, key: str | int, _: Random) -> bool:
    container[key] = None
    return True


def _type(container: Any, key: str | int, random: Random) -> bool:
    value = container[key]
    others: list[Any] = ["text", 7, 1.5, True, {}, [], {"a": "b"}, ["a"], "7", "true", 2**40, -1]
    if isinstance(value, (dict, list)):
        others += [str(value), [value], {"item": value}]
    else:
        others += [str(value), [value], {"value": value}]
    container[key] = random.choice([one for one in others if type(one) is not type(value)])
    return True


def _twice(container: Any, key: str | int, _: Random) -> bool:
    if not isinstance(container, list) or not isinstance(key, int):
        return False
    container.append(copy.deepcopy(container[key]))
    return True


def _empty(container: Any, key: str | int, _: Random) -> bool:
    container[key] = type(container[key])()
    return True


def _word(container: Any, key: str | int, _: Random) -> bool:
    """Another word where there is one of a few; it would be a reference or a name elsewhere."""
    if not isinstance(container[key], str) or not re.fullmatch("[A-Z]+[A-Za-z]+", container[key]):
        return False
    container[key] += "s"
    return True


_CHANGES: dict[str, Callable[[Any, str | int, Random], bool]] = {
    "unknown field": _unknown,
    "another case": _case,
    "removed": _remove,
    "null": _null,
    "empty": _empty,
    "another word": _word,
    "another type": _type,
    "twice": _twice,
}
