"""Operations of JSON patches that cannot be carried out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yaml import MappingNode

from renderer.findings import Finding
from renderer.kustomize.nodes import items_of, pairs_of, position, text_of
from renderer.kustomize.refusal.objects import Object, names_in, reached, value_of
from renderer.kustomize.refusal.patches import Patch, patches_of
from renderer.kustomize.refusal.scene import child
from renderer.kustomize.refusal.texts import nodes_of
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    from renderer.findings import Location
    from renderer.kustomize.refusal.case import Case
    from renderer.yamldoc.constructing import Node as Written

FIELDS = ("op", "path", "from", "value")
OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_BY_NAME = "only cluster.yaml and the targets of parameters know [name=...]: write the index"


class Operation(NamedTuple):
    """One operation of a patch that a kustomization lists."""

    patch: Patch
    node: Node

    def text(self, name: str) -> str:
        return text_of(child(self.node, name))

    def place(self, name: str = "") -> Location:
        """Where one of its fields stands, or it itself."""
        node = (child(self.node, name) if name else None) or self.node
        text = self.patch.text
        return text.place(*position(node)) if text else self.patch.location


def operations_of(case: Case) -> Iterator[Operation]:
    """The operations of all patches of the kustomization that the refusal is about."""
    for patch in patches_of(case.scene, case.here):
        yield from operations_in(patch)


def operations_in(patch: Patch) -> Iterator[Operation]:
    """The operations of one patch; none of an object to merge, or of what is not YAML."""
    for root in nodes_of(patch.text)[:1]:
        for node in items_of(root):
            if isinstance(node, MappingNode):
                yield Operation(patch, node)


def steps_of(pointer: str) -> list[str]:
    """The names and indices in a pointer (RFC 6901), which kustomize has taken for one."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def unknown(case: Case, _: re.Match[str]) -> list[Finding]:
    """Operations whose op is none."""
    found = []
    for one in operations_of(case):
        op = one.text("op")
        if op not in OPERATIONS:
            message = f"op must be one of {', '.join(OPERATIONS)}" if op else "op is missing"
            hint = _meant(op) or _misspelt("op", one)
            found.append(Finding.error("bad-operation", message, one.place("op"), hint=hint))
    return found


def _meant(op: str) -> str:
    return closest(op, OPERATIONS) if op else ""


def without_path(case: Case, match: re.Match[str]) -> list[Finding]:
    """Operations without a path, or without where a value comes from."""
    field = match["field"]
    found = []
    for one in operations_of(case):
        if one.text("op") == match["op"] and not _is_text(child(one.node, field)):
            there = child(one.node, field) is not None
            message = f"{field} must be a string" if there else f"{field} is missing"
            hint = "" if there else _misspelt(field, one)
            found.append(Finding.error("bad-operation", message, one.place(field), hint=hint))
    return found


def _misspelt(field: str, one: Operation) -> str:
    """What stands there in the place of a field that is missing, as kustomize reads names."""
    names = (key.value for key, _ in pairs_of(one.node) if key.value not in FIELDS)
    return next(
        (f"{name} is no field: write {field}" for name in names if closest(name, [field])), ""
    )


def _is_text(node: Node | None) -> bool:
    from yaml import ScalarNode

    from renderer.kustomize.nodes import scalar_of

    return isinstance(node, ScalarNode) and isinstance(scalar_of(node), str)


def failed_test(case: Case, match: re.Match[str]) -> list[Finding]:
    """A test that does not hold; neither value is shown, for they may be secrets."""
    return [
        Finding.error(
            "failed-test", f"the test of {_shown(match['path'])} does not hold", one.place()
        )
        for one in operations_of(case)
        if one.text("op") == "test" and one.text("path") == match["path"]
    ]


def missing(case: Case, match: re.Match[str]) -> list[Finding]:
    """An operation on a field that is not there."""
    op, path = match["op"], match["path"]
    for one in operations_of(case):
        for name in ("path", "from"):
            text = one.text(name)
            is_it = text == path or (op in ("move", "copy") and text.endswith(f"/{path}"))
            if one.text("op") == op and is_it:
                return [_missing_field(case, one, name, text)]
    return []


def _missing_field(case: Case, one: Operation, name: str, pointer: str) -> Finding:
    steps = steps_of(pointer)
    # An addition needs all but the last step; to a list, that may be the end of it.
    needed = steps[:-1] if one.text("op") == "add" else steps
    selected = [found for found in reached(case.scene, case.here.directory) if _fits(found, one)]
    ways = [(found, _walk(found.node, steps)) for found in selected]
    about, way = next(((one, way) for one, way in ways if len(way) <= len(needed)), (None, []))
    if about is None:
        about, way = next(
            ((one, way) for one, way in ways if way[-1].kind != "mapping"), (None, [])
        )
    owner = str(about) if about else "what the target selects"
    shown = _shown("/" + "/".join(pointer.split("/")[1 : len(way) + 1]) if way else pointer)
    hint = _hint(steps, way)
    place = one.place(name)
    return Finding.error(
        "missing-field", f"{owner} has no {shown}", place, object=str(about or ""), hint=hint
    )


def _fits(found: Object, one: Operation) -> bool:
    target = one.patch.target
    for name, value in (("kind", found.kind), ("name", found.name)):
        wanted = target.get(name, "")
        if wanted and re.fullmatch(r"[\w.-]+", wanted) and wanted != value:
            return False
    return found.node is not None


def _walk(node: Written | None, steps: list[str]) -> list[Written]:
    """The nodes on the way as far as it leads, the object itself first."""
    way: list[Written] = []
    for step in (*steps, ""):
        content = node.target or node if node else None
        if content is None:
            break
        way.append(content)
        if content.kind == "sequence":
            index = int(step) if re.fullmatch(r"\d{1,9}", step) else -1
            node = content.children[index] if 0 <= index < len(content.children) else None
        else:
            node = value_of(content, step)
    return way


def _hint(steps: list[str], way: list[Written]) -> str:
    if any(step.startswith("[") and "=" in step for step in steps):
        return _BY_NAME
    if "annotations" in steps[-3:-1] or "labels" in steps[-3:-1]:
        return f"is / a part of the key? Write {'~1'.join(steps[-2:])}"
    if not way or way[-1].kind == "scalar":
        return ""
    if way[-1].kind == "sequence":
        count = len(way[-1].children)
        return f"the list has {count} item" + ("" if count == 1 else "s")
    return nearest(steps[len(way) - 1], names_in(way[-1])) if len(way) <= len(steps) else ""


def _shown(pointer: str) -> str:
    pointer = pointer if pointer.isprintable() else ascii(pointer)
    return pointer if len(pointer) <= 200 else f"{pointer[:200]}..."


def not_a_container(case: Case, _: re.Match[str]) -> list[Finding]:
    """An operation that would replace a whole object by a single value."""
    message = "an object cannot be replaced by a single value: path is empty"
    return [
        Finding.error("bad-operation", message, one.place("path"))
        for one in operations_of(case)
        if not one.text("path") and child(one.node, "path") is not None
    ]
