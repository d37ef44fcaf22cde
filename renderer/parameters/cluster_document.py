"""From the text of a cluster.yaml to the model, strictly: its values and JSON patches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.kubernetes.names import LABEL_START, is_label
from renderer.kubernetes.release import Release
from renderer.parameters.model import ClusterDocument, Patch
from renderer.parameters.reading import read_pointer, read_select, read_settings
from renderer.patching.operations import OPERATIONS, Operation
from renderer.suggesting import nearest
from renderer.yamldoc.reading import YamlError, read_documents

if TYPE_CHECKING:
    from renderer.parameters.fields import Fields, Path


def read_cluster(fields: Fields, names: tuple[str, ...]) -> ClusterDocument:
    """The settings and patches of a cluster.yaml; `names` are those its metadata may have."""
    spec = fields.mapping(("spec",), ("parameters", "patches", "namePrefix", "namespaces"))
    name = fields.text(("metadata", "name"), required=True, hint=f"write name: {names[0]}")
    if name and name not in names:
        fields.error(
            "wrong-name",
            f"this is the directory of {names[0]}, but the document is called {name}",
            ("metadata", "name"),
            hint=f"write name: {names[0]}",
        )
    if "patchesStrategicMerge" in spec:
        fields.error("strategic-merge", _NO_MERGE, ("spec",), hint=_MERGE_HINT)
    paths = fields.entries(("spec", "patches"))
    return ClusterDocument(
        read_settings(fields),
        tuple(patch for path in paths if (patch := _patch(fields, path)) is not None),
        fields.at_key(("spec", "parameters")),
        _release(fields),
    )


def _release(fields: Fields) -> Release:
    """What the objects of a cluster are called, where that is not what is composed."""
    path: Path = ("spec", "namePrefix")
    prefix = fields.text(path)
    if prefix and not re.fullmatch(LABEL_START, prefix):
        hint = "lower-case letters and digits, and dashes behind them, as second-"
        fields.error("bad-name", f"no name can begin with {prefix!r}", path, hint)
    places = {"": fields.at(path)} if prefix else {}
    namespaces: dict[str, str] = {}
    for name in fields.typed(("spec", "namespaces"), dict) or ():
        path = ("spec", "namespaces", name)
        new = fields.text(path, required=True, hint=f"write what {name} is called here")
        if new and not is_label(new):
            hint = "lower-case letters, digits and dashes, at most 63"
            fields.error("bad-name", f"{new!r} is no name of a namespace", path, hint)
        elif new:
            namespaces[name] = new
            places[name] = fields.at_key(path)
    return Release(prefix, namespaces, places)


_NO_MERGE = "cluster.yaml takes JSON patches (RFC 6902), and this is a strategic-merge patch"
_MERGE_HINT = "put it under `patches:` in kustomization.yaml, or in a component"


def _patch(fields: Fields, path: Path) -> Patch | None:
    entry = fields.item(path, ("target", "patch", "path"))
    if entry is None:
        return None
    body = entry.get("patch")
    if isinstance(body, dict):
        fields.error("strategic-merge", _NO_MERGE, (*path, "patch"), hint=_MERGE_HINT)
        return None
    if ("patch" in entry) == ("path" in entry):
        hint = "write the operations under `patch`, or name their file under `path`"
        fields.error("bad-patch", "a patch has either `patch` or `path`", path, hint=hint)
        return None
    select = read_select(fields, (*path, "target"))
    if "path" in entry:
        file = fields.text((*path, "path"), required=True)
        if not (select and file):
            return None
        return Patch(target=select, operations=(), location=fields.at(path), file=file)
    if isinstance(body, str):
        operations = _string_form(fields, (*path, "patch"), body)
    else:
        operations = read_operations(fields, (*path, "patch"))
    return Patch(select, operations, fields.at(path)) if select else None


def _string_form(fields: Fields, path: Path, text: str) -> tuple[Operation, ...]:
    """kustomize's form: the operations as YAML or JSON inside a string."""
    try:
        documents = [one for one in read_documents(text.encode()) if one.data is not None]
    except YamlError as error:
        fields.error("bad-patch", f"line {error.line} of this string: {error.message}", path)
        return ()
    if len(documents) != 1:
        fields.error("bad-patch", "the string must hold one list of operations", path)
        return ()
    inner = fields.string_document(path, documents[0])
    inner.check_ambiguities()
    operations = read_operations(inner, ())
    fields.findings += inner.findings
    return operations


def read_operations(fields: Fields, path: Path) -> tuple[Operation, ...]:
    """A list of RFC 6902 operations."""
    if isinstance(fields.get(path), dict):
        fields.error("strategic-merge", _NO_MERGE, path, hint=_MERGE_HINT)
        return ()
    paths = fields.entries(path)
    if not paths:
        fields.error("bad-patch", "there are no operations in this patch", path)
    found = (_operation(fields, one) for one in paths)
    return tuple(one for one in found if one is not None)


def _operation(fields: Fields, path: Path) -> Operation | None:
    before = len(fields.findings)
    entry = fields.item(path, ("op", "path", "from", "value"))
    if entry is None:
        return None
    op = fields.text((*path, "op"), required=True, hint=f"write one of {', '.join(OPERATIONS)}")
    if op and op not in OPERATIONS:
        fields.error(
            "bad-operation", f"{op} is no operation", (*path, "op"), hint=nearest(op, OPERATIONS)
        )
    pointer = read_pointer(fields, (*path, "path"))
    moves = op in ("move", "copy")
    source = read_pointer(fields, (*path, "from")) if moves else None
    if op in ("add", "replace", "test") and "value" not in entry:
        fields.error("missing-field", f"{op} needs a value", path)
    if len(fields.findings) > before or pointer is None:
        return None
    return Operation(
        op=op, pointer=pointer, location=fields.at(path), source=source, value=entry.get("value")
    )
