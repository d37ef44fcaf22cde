"""Lists of custom resources that a strategic merge patch replaces, though items have names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.counting import counted
from renderer.findings import Finding
from renderer.kustomize.refusal.objects import names_in, scalar_at, value_of
from renderer.kustomize.silent.whole import SELECTS, group_of, is_custom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from renderer.findings import Location
    from renderer.kubernetes.kinds import Kind
    from renderer.kustomize.refusal.objects import Object
    from renderer.kustomize.silent.whole import ListedPatch, Whole
    from renderer.yamldoc.constructing import Node

    Definitions = Callable[[Iterable[Kind]], list[dict[str, Any]]]

_HINT = (
    "kustomize merges lists of Kubernetes' own kinds only: write a JSON patch, or name a schema of"
    " this kind in openapi:"
)
_MOST = 3  # names that are shown


class _Pair(NamedTuple):
    """A list of a patch with the one of an object that it replaces."""

    path: tuple[str, ...]
    key: Node
    ours: Node
    theirs: Node


def replaced_lists(whole: Whole, definitions: Definitions) -> Iterator[Finding]:
    """A warning for each list that loses items which a merge would have kept.

    kustomize merges lists by what the schema of a kind says; of custom kinds it has none but that
    of `openapi:`. Whether a merge was meant is told by the definition of the kind
    (`x-kubernetes-list-type`), or by the names of the items, as in lists of containers.
    """
    if whole.uses("openapi"):
        return
    for listed in whole.lists.values():
        for patch, one in listed.merging:
            bases = _bases(whole, patch, one)
            said = [dict(_replaced(patch, one, base, definitions)) for base in bases]
            for place in said[0] if said else ():
                if all(place in other for other in said):
                    yield said[0][place]


def _bases(whole: Whole, patch: ListedPatch, one: Object) -> list[Object]:
    """The objects that a patch is for, as the sources have them."""
    target = patch.patch.target
    if not target.keys() <= SELECTS:
        return []
    kind = target.get("kind") or ("" if target else one.kind)
    name = target.get("name") or ("" if target else one.name)
    found = whole.objects(kind, name) if kind and name else []
    return [
        base
        for base in found
        if base.node and is_custom(base) and (target or group_of(base) == group_of(one))
    ]


def _replaced(
    patch: ListedPatch, one: Object, base: Object, definitions: Definitions
) -> Iterator[tuple[Location, Finding]]:
    for pair in _lists(one.node, base.node):
        keys, is_map = _keys(pair.path, base, definitions)
        losses = _losses(pair, keys, fields=is_map) if keys else []
        if losses and base.text:
            place = patch.text.place(pair.key.line, pair.key.column)
            there = base.text.place(pair.theirs.line, pair.theirs.column)
            finding = Finding.warning(
                "replaced-list",
                f"{base} gets this list in place of its {'.'.join(pair.path)} ({there}):"
                f" {'; '.join(losses)}",
                place,
                object=str(base),
                hint=_HINT,
            )
            yield place, finding


def _lists(ours: Node | None, theirs: Node | None) -> Iterator[_Pair]:
    """The lists that stand at the same place in a patch and in an object."""
    rest: list[tuple[tuple[str, ...], Node | None, Node | None]] = [((), ours, theirs)]
    while rest:
        path, patch, base = rest.pop()
        if patch is None or patch.kind != "mapping" or value_of(patch, "$patch"):
            continue
        for key, child in zip(patch.children[::2], patch.children[1::2], strict=True):
            name = (key.target or key).text
            content, there = child.target or child, value_of(base, name)
            if there is None:
                continue
            if content.kind == "sequence" and there.kind == "sequence":
                yield _Pair((*path, name), key, content, there)
            elif content.kind == "mapping":
                rest.append(((*path, name), content, there))


def _keys(
    path: tuple[str, ...], base: Object, definitions: Definitions
) -> tuple[tuple[str, ...], bool]:
    """What identifies the items of a list, and whether the definition says so.

    No keys where the definition says that the list is replaced as a whole.
    """
    group, _, version = scalar_at(base.node, "apiVersion").rpartition("/")
    schema: Any = None
    for data in definitions([(group, base.kind)]):
        versions = _of(data.get("spec"), "versions")
        for one in versions if isinstance(versions, list) else ():
            if _of(one, "name") == version:
                schema = _of(_of(one, "schema"), "openAPIV3Schema")
    for name in path:
        schema = _of(_of(schema, "properties"), name)
    how, keys = _of(schema, "x-kubernetes-list-type"), _of(schema, "x-kubernetes-list-map-keys")
    if how == "map" and isinstance(keys, list):
        return tuple(map(str, keys)), True
    return (() if how else ("name",)), False


def _of(data: Any, key: str) -> Any:
    """A field of a definition, which nobody has checked; None where there is none."""
    return data.get(key) if isinstance(data, dict) else None


def _losses(pair: _Pair, keys: tuple[str, ...], *, fields: bool) -> list[str]:
    """What a list loses: items, and with `fields` also what they held."""
    ours, theirs = _named(pair.ours, keys), _named(pair.theirs, keys)
    if not ours or not theirs or any(value_of(item, "$patch") for item in pair.ours.children):
        return []
    gone = ["/".join(name) for name in theirs if name not in ours]
    losses = [f"{_shown(gone)} {'is' if len(gone) == 1 else 'are'} gone"] if gone else []
    for name, item in theirs.items() if fields else ():
        if name in ours:
            kept = set(names_in(ours[name]))
            lost = [field for field in names_in(item) if field not in kept]
            losses += [f"{'/'.join(name)} loses {_shown(lost)}"] if lost else []
    return losses


def _named(items: Node, keys: tuple[str, ...]) -> dict[tuple[str, ...], Node]:
    found: dict[tuple[str, ...], Node] = {}
    for child in items.children:
        item = child.target or child
        name = tuple(scalar_at(item, key) for key in keys)
        if all(name):
            found[name] = item
    return found


def _shown(names: list[str]) -> str:
    more = len(names) - _MOST
    shown = ", ".join(one if one.isprintable() else ascii(one) for one in names[:_MOST])
    return f"{shown} and {counted(more, 'other')}" if more > 0 else shown
