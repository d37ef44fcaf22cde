"""From the text of Parameters, Values and Cluster documents to the model, strictly."""

from __future__ import annotations

import re
from typing import Any

from renderer.manifests import LOCAL_CONFIG_ANNOTATION, OUR_GROUP
from renderer.parameters.fields import Fields, Path
from renderer.parameters.model import (
    Capability,
    ClusterDocument,
    Parameter,
    ParametersDocument,
    Patch,
    Setting,
    Target,
    Template,
)
from renderer.patching.operations import OPERATIONS, Operation
from renderer.patching.pointing import Pointer, PointerError, parse_pointer
from renderer.patching.selecting import Select, SelectorError
from renderer.suggesting import nearest

API_VERSION = f"{OUR_GROUP}/v1alpha1"
KINDS = ("Parameters", "Values", "Cluster")

_HEAD = ("apiVersion", "kind", "metadata", "spec")
_METADATA = ("name", "namespace", "labels", "annotations")
_SELECT = (
    "group",
    "version",
    "kind",
    "name",
    "namespace",
    "labelSelector",
    "annotationSelector",
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*\Z")
_REFERENCE = re.compile(r"\$\(([^()]*)\)|\$\$(?=\()")


def check_head(fields: Fields, kinds: tuple[str, ...] = KINDS) -> str:
    """The kind of one of our documents, or the empty string where it is not one of `kinds`."""
    head = fields.mapping((), _HEAD)
    if not head:
        if not fields.findings:
            fields.error("wrong-type", f"a {' or '.join(kinds)} document must be a mapping", ())
        return ""
    if head.get("apiVersion") != API_VERSION:
        hint = f"write apiVersion: {API_VERSION}"
        fields.error("wrong-api-version", "this is not our apiVersion", ("apiVersion",), hint=hint)
    kind = head.get("kind")
    if kind not in kinds:
        wanted = " or ".join(kinds)
        fields.error("wrong-kind", f"the kind is {kind}, not {wanted}", ("kind",))
        return ""
    fields.mapping(("metadata",), _METADATA)
    for ambiguity in fields.document.ambiguities:
        fields.error(
            "ambiguous-value",
            f"{ambiguity.text} is read differently by kubectl ({ambiguity.kubectl!r})"
            f" and by kustomize ({ambiguity.kustomize!r})",
            ambiguity.path,
            hint=f'quote it ("{ambiguity.text}"), or write true or false',
        )
    return str(kind)


def check_local_config(fields: Fields) -> None:
    """A document among resources must be local-config, or kustomize would print it."""
    path = ("metadata", "annotations")
    found = fields.get((*path, LOCAL_CONFIG_ANNOTATION))
    if found != "true":
        fields.error(
            "not-local-config",
            f"{fields.get(('kind',))} would be applied to the cluster by plain kustomize",
            ("metadata",),
            hint=f'add the annotation {LOCAL_CONFIG_ANNOTATION}: "true"',
        )


def read_parameters(fields: Fields, component: str) -> ParametersDocument:
    """The declarations of one Parameters document."""
    fields.mapping(("spec",), ("parameters", "provides", "requires"))
    entries = fields.sequence(("spec", "parameters"))
    return ParametersDocument(
        tuple(
            _parameter(fields, ("spec", "parameters", index), component)
            for index in range(len(entries))
        ),
        _capabilities(fields, "provides", component),
        _capabilities(fields, "requires", component),
    )


def _capabilities(fields: Fields, name: str, component: str) -> tuple[Capability, ...]:
    path = ("spec", name)
    return tuple(
        Capability(fields.text((*path, index)), fields.at((*path, index)), component)
        for index in range(len(fields.sequence(path)))
    )


_PARAMETER = ("name", "description", "schema", "required", "default", "targets")


def _parameter(fields: Fields, path: Path, component: str) -> Parameter:
    entry = fields.mapping(path, _PARAMETER)
    name = fields.text((*path, "name"), required=True)
    if name and not _NAME.match(name):
        hint = "letters and digits, in parts joined by dots or dashes, as nfs.server"
        fields.error("bad-name", f"{name!r} is not a parameter's name", (*path, "name"), hint=hint)
    schema = entry.get("schema")
    declares = schema is not None
    if declares and not isinstance(schema, (dict, bool)):
        fields.error("wrong-type", "the schema must be a mapping", (*path, "schema"))
        schema = {}
    required = fields.flag((*path, "required"))
    if declares and required == ("default" in entry):
        fields.error(
            "required-or-default",
            f"{name} must be either required or have a default",
            path,
            hint="write required: true, or default: and a value",
        )
    if not declares and (extra := {"required", "default", "description"} & entry.keys()):
        fields.error(
            "missing-schema",
            f"{name} has {', '.join(sorted(extra))} but no schema",
            path,
            hint="a declaration needs a schema; further targets are only a name and targets",
        )
    count = len(fields.sequence((*path, "targets")))
    return Parameter(
        name=name,
        description=fields.text((*path, "description")),
        schema=schema,
        required=required,
        has_default="default" in entry,
        default=entry.get("default"),
        targets=tuple(
            target
            for index in range(count)
            if (target := _target(fields, (*path, "targets", index))) is not None
        ),
        location=fields.at((*path, "name")),
        component=component,
    )


def _target(fields: Fields, path: Path) -> Target | None:
    entry = fields.mapping(path, ("select", "path", "op", "value"))
    select = _select(fields, (*path, "select"))
    pointer = _pointer(fields, (*path, "path"))
    op = fields.text((*path, "op"))
    if op not in ("", "replace", "add"):
        hint = "a parameter can replace (the default) or add"
        fields.error("bad-operation", f"a target's op cannot be {op}", (*path, "op"), hint=hint)
    template = None
    if "value" in entry:
        template = _template(fields, (*path, "value"))
    if select is None or pointer is None:
        return None
    appends = pointer.steps[-1] == "-"
    op = op or ("add" if appends else "replace")
    return Target(select, pointer, op, template, fields.at(path))


def _select(fields: Fields, path: Path) -> Select | None:
    before = len(fields.findings)
    entry = fields.mapping(path, _SELECT)
    texts = [fields.text((*path, name)) for name in _SELECT]
    if not any(texts):
        if len(fields.findings) == before:
            hint = "name at least a kind, as {kind: Deployment, name: airflow-scheduler}"
            fields.error("missing-select", "nothing says which objects", path, hint=hint)
        return None
    select = Select(*texts)
    try:
        select.check()
    except SelectorError as error:
        fields.error("bad-selector", str(error), path)
        return None
    return select if entry else None


def _pointer(fields: Fields, path: Path) -> Pointer | None:
    text = fields.text(path, required=True)
    if not text:
        return None
    try:
        return parse_pointer(text)
    except PointerError as error:
        fields.error("bad-path", str(error), path, hint=error.hint)
        return None


def _template(fields: Fields, path: Path) -> Template | None:
    text = fields.text(path, required=True)
    parts = [""]
    end = 0
    for found in _REFERENCE.finditer(text):
        parts[-1] += text[end : found.start()]
        end = found.end()
        if found[1] is None:  # $$( is Kubernetes' own $(
            parts[-1] += "$"
        else:
            parts += [found[1], ""]
    parts[-1] += text[end:]
    return Template(tuple(parts))


def read_values(fields: Fields) -> tuple[Setting, ...]:
    """The settings of one Values document."""
    fields.mapping(("spec",), ("parameters",))
    return _settings(fields)


def _settings(fields: Fields) -> tuple[Setting, ...]:
    path = ("spec", "parameters")
    found = fields.typed(path, dict) or {}
    return tuple(
        Setting(name, value, fields.at_key((*path, name))) for name, value in found.items()
    )


def read_cluster(fields: Fields, names: tuple[str, ...]) -> ClusterDocument:
    """The settings and patches of a cluster.yaml; `names` are those its metadata may have."""
    spec = fields.mapping(("spec",), ("parameters", "patches"))
    name = fields.text(("metadata", "name"), required=True)
    if name and name not in names:
        fields.error(
            "wrong-name",
            f"this is the directory of {names[0]}, but the document is called {name}",
            ("metadata", "name"),
            hint=f"write name: {names[0]}",
        )
    if "patchesStrategicMerge" in spec:
        fields.error("strategic-merge", _NO_MERGE, ("spec",), hint=_MERGE_HINT)
    path = ("spec", "patches")
    count = len(fields.sequence(path))
    return ClusterDocument(
        _settings(fields),
        tuple(
            patch for index in range(count) if (patch := _patch(fields, (*path, index))) is not None
        ),
        fields.at_key(("spec", "parameters")),
    )


_NO_MERGE = "cluster.yaml takes JSON patches (RFC 6902), and this is a strategic-merge patch"
_MERGE_HINT = "put it under `patches:` in kustomization.yaml, or in a component"


def _patch(fields: Fields, path: Path) -> Patch | None:
    entry = fields.mapping(path, ("target", "patch", "path"))
    body = entry.get("patch")
    if isinstance(body, dict):
        fields.error("strategic-merge", _NO_MERGE, (*path, "patch"), hint=_MERGE_HINT)
        return None
    if ("patch" in entry) == ("path" in entry):
        hint = "write the operations under `patch`, or name their file under `path`"
        fields.error("bad-patch", "a patch has either `patch` or `path`", path, hint=hint)
        return None
    select = _select(fields, (*path, "target"))
    if "path" in entry:
        file = fields.text((*path, "path"), required=True)
        return Patch(select, (), fields.at(path), file) if select and file else None
    if isinstance(body, str):
        operations = _string_form(fields, (*path, "patch"), body)
    else:
        operations = read_operations(fields, (*path, "patch"))
    return Patch(select, operations, fields.at(path)) if select else None


def _string_form(fields: Fields, path: Path, text: str) -> tuple[Operation, ...]:
    """kustomize's form: the operations as YAML or JSON inside a string."""
    from renderer.yamldoc.reading import YamlError, read_documents

    start = fields.at(path)
    try:
        documents = [one for one in read_documents(text.encode()) if one.data is not None]
    except YamlError as error:
        fields.error("bad-patch", f"line {error.line} of this string: {error.message}", path)
        return ()
    if len(documents) != 1:
        fields.error("bad-patch", "the string must hold one list of operations", path)
        return ()
    inner = Fields(start.path, documents[0])
    operations = read_operations(inner, ())
    for finding in inner.findings:
        # Inside a string only its beginning is a place in the file.
        fields.error(finding.rule, finding.message, path, hint=finding.hint)
    return tuple(Operation(one.op, one.pointer, start, one.source, one.value) for one in operations)


def read_operations(fields: Fields, path: Path) -> tuple[Operation, ...]:
    """A list of RFC 6902 operations."""
    if isinstance(fields.get(path), dict):
        fields.error("strategic-merge", _NO_MERGE, path, hint=_MERGE_HINT)
        return ()
    count = len(fields.sequence(path))
    if count == 0:
        fields.error("bad-patch", "there are no operations in this patch", path)
    found = (_operation(fields, (*path, index)) for index in range(count))
    return tuple(one for one in found if one is not None)


def _operation(fields: Fields, path: Path) -> Operation | None:
    before = len(fields.findings)
    entry: dict[str, Any] = fields.mapping(path, ("op", "path", "from", "value"))
    op = fields.text((*path, "op"), required=True)
    if op and op not in OPERATIONS:
        fields.error(
            "bad-operation", f"{op} is no operation", (*path, "op"), hint=nearest(op, OPERATIONS)
        )
    pointer = _pointer(fields, (*path, "path"))
    moves = op in ("move", "copy")
    source = _pointer(fields, (*path, "from")) if moves else None
    if op in ("add", "replace", "test") and "value" not in entry:
        fields.error("missing-field", f"{op} needs a value", path)
    if len(fields.findings) > before or pointer is None:
        return None
    return Operation(op, pointer, fields.at(path), source, entry.get("value"))
