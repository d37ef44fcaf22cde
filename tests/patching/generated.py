"""Generated documents, and operations that fit them or nearly do."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonpatch
from hypothesis import strategies as st

from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.patching.operations import Operation
from renderer.patching.pointing import parse_pointer

_KEYS = ["a", "b", "c/d", "e~f", "", "0", "1", "-", "é"]
_SCALARS = st.sampled_from([0, 1, 2**60 + 1, 1.5, True, False, None, "", "a", "0", "é"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=4)
_STEPS = st.sampled_from([*_KEYS, "2", "01", "+1", "-1", "x"])
_PATHS = st.lists(_STEPS, min_size=1, max_size=4)


def pointer(steps: list[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


@st.composite
def operations(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    op = draw(st.sampled_from(["add", "copy", "move", "remove", "replace", "test"]))
    existing = st.sampled_from(_paths_in(document) or [["a"]])
    paths = existing | st.tuples(existing, _STEPS).map(lambda pair: [*pair[0], pair[1]]) | _PATHS
    operation: dict[str, Any] = {"op": op, "path": pointer(draw(paths))}
    if op in ("copy", "move"):
        operation["from"] = pointer(draw(existing | paths))
    if op in ("add", "replace", "test"):
        operation["value"] = draw(_VALUES)
    if op == "test" and draw(st.booleans()):
        operation["value"] = jsonpatch.JsonPointer(operation["path"]).get(document, "gone")
    return operation


def _paths_in(node: Any) -> list[list[str]]:
    """Every path in a document."""
    found: list[list[str]] = []
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        found.append([str(key)])
        if isinstance(value, (dict, list)):
            found += [[str(key), *rest] for rest in _paths_in(value)]
    return found


def operation_of(operation: dict[str, Any]) -> Operation:
    source = operation.get("from")
    return Operation(
        operation["op"],
        parse_pointer(operation["path"]),
        source=None if source is None else parse_pointer(source),
        value=deepcopy(operation.get("value")),
    )


def manifest_of(data: dict[str, Any]) -> Manifest:
    ref = object_ref(data)
    return Manifest(ref, data, ref.name)
