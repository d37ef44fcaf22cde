"""From the text of Parameters, Values and Cluster documents to the model, strictly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.json_schema import WORDS
from renderer.kubernetes.kinds import OUR_API_VERSION
from renderer.kubernetes.manifests import LOCAL_CONFIG_ANNOTATION
from renderer.parameters.expects import read_expects
from renderer.parameters.keywords import check_keywords
from renderer.parameters.model import (
    Capability,
    Exclusive,
    Parameter,
    ParametersDocument,
    Setting,
    Target,
)
from renderer.parameters.templates import read_template
from renderer.patching.pointing import Pointer, PointerError, parse_pointer
from renderer.patching.selecting import Select
from renderer.suggesting import closest

if TYPE_CHECKING:
    from renderer.parameters.fields import Fields, Path

KINDS = ("Parameters", "Values", "Cluster")

_HEAD = ("apiVersion", "kind", "metadata", "spec")
_METADATA = ("name", "namespace", "labels", "annotations")
# The fields of a selection as people write them, and as a Select has them.
_SELECT = {
    "group": "group",
    "version": "version",
    "kind": "kind",
    "name": "name",
    "namespace": "namespace",
    "labelSelector": "label_selector",
    "annotationSelector": "annotation_selector",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*\Z")


def check_head(fields: Fields, kinds: tuple[str, ...] = KINDS) -> str:
    """The kind of one of our documents, or the empty string where it is not one of `kinds`."""
    head = fields.get(())
    wanted = " or ".join(kinds)
    if not isinstance(head, dict):
        fields.error("wrong-type", f"a {wanted} document must be a mapping", ())
        return ""
    kind = head.get("kind")
    if kind not in kinds:
        hint = closest(str(kind), kinds) or f"write kind: {wanted}"
        known = f"the kind is {kind}, not {wanted}" if "kind" in head else "the kind is missing"
        fields.error("wrong-kind", known, ("kind",), hint)
        return ""
    if head.get("apiVersion") != OUR_API_VERSION:
        is_there = "apiVersion" in head
        message = (
            f"this apiVersion is not {OUR_API_VERSION}" if is_there else "apiVersion is missing"
        )
        hint = f"write apiVersion: {OUR_API_VERSION}"
        fields.error("wrong-api-version", message, ("apiVersion",), hint)
        return ""
    fields.mapping((), _HEAD)
    fields.mapping(("metadata",), _METADATA)
    fields.check_ambiguities()
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
    fields.mapping(("spec",), ("parameters", "provides", "requires", "expects", "exclusive"))
    paths = fields.entries(("spec", "parameters"))
    return ParametersDocument(
        tuple(one for path in paths if (one := _parameter(fields, path, component))),
        _capabilities(fields, "provides", component),
        _capabilities(fields, "requires", component),
        expects=read_expects(fields),
        exclusive=_exclusive(fields),
    )


def _capabilities(fields: Fields, name: str, component: str) -> tuple[Capability, ...]:
    return tuple(
        Capability(capability, fields.at(path), component)
        for path in fields.entries(("spec", name))
        if (capability := fields.text(path))
    )


def _exclusive(fields: Fields) -> tuple[Exclusive, ...]:
    found = (_only_one(fields, path) for path in fields.entries(("spec", "exclusive")))
    return tuple(one for one in found if one is not None)


def _only_one(fields: Fields, path: Path) -> Exclusive | None:
    if fields.item(path, ("capability", "namespace", "description")) is None:
        return None
    hint = "write capability: and what only one may have, as a word"
    capability = fields.text((*path, "capability"), required=True, hint=hint)
    hint = "write namespace: and where, as $(namespaces.NAME)"
    namespace = read_template(fields, (*path, "namespace"), hint)
    description = fields.text((*path, "description"))
    if not capability or namespace is None:
        return None
    return Exclusive(capability, namespace, description, fields.at((*path, "capability")))


# Keywords of JSON Schema that people write one level too high.
_OF_SCHEMAS = frozenset(
    {
        *("additionalProperties", "allOf", "anyOf", "const", "enum", "format", "items", "maxItems"),
        *("maxLength", "maximum", "minItems", "minLength", "minimum", "multipleOf", "not"),
        *("oneOf", "pattern", "properties", "type", "uniqueItems"),
    }
)
_PARAMETER = ("name", "description", "schema", "required", "default", "secret", "targets")


def _parameter(fields: Fields, path: Path, component: str) -> Parameter | None:
    before = len(fields.findings)
    found = fields.get(path)
    misplaced = [key for key in found if key in _OF_SCHEMAS] if isinstance(found, dict) else []
    entry = fields.item(path, (*_PARAMETER, *misplaced))
    if entry is None:
        return None
    name = fields.text((*path, "name"), required=True, hint="write name: and a name as nfs.server")
    if not name:
        return None
    if not _NAME.match(name):
        hint = "letters and digits, in parts joined by dots or dashes, as nfs.server"
        fields.error("bad-name", f"{name!r} is not a parameter's name", (*path, "name"), hint=hint)
    schema = _schema(fields, path, entry, misplaced)
    required = fields.flag((*path, "required"))
    is_sound = len(fields.findings) == before
    if is_sound and schema is not None and required == ("default" in entry):
        what, hint = "has no default", "write default: and a value, or required: true"
        if required:
            what, hint = "is required, and has a default", "take one of the two out"
        fields.error("required-or-default", f"{name} {what}", path, hint)
    targets = fields.entries((*path, "targets"))
    return Parameter(
        name=name,
        description=fields.text((*path, "description")),
        schema=schema,
        required=required,
        has_default="default" in entry,
        default=entry.get("default"),
        places=fields.places((*path, "default")),
        targets=tuple(one for at in targets if (one := _target(fields, at)) is not None),
        location=fields.at((*path, "name")),
        component=component,
        is_secret=fields.flag((*path, "secret")),
    )


def _schema(
    fields: Fields, path: Path, entry: dict[str, Any], misplaced: list[str]
) -> dict[str, Any] | bool | None:
    """The schema of a declaration; None for an entry that only adds targets.

    Where it is missing or wrong, anything fits in its place: so that is said once.
    """
    schema = entry.get("schema")
    name = entry["name"]
    extra = sorted({"default", "description", "required", "secret"} & entry.keys())
    if misplaced:
        verb = "belongs" if len(misplaced) == 1 else "belong"
        message = f"{' and '.join(misplaced)} of {name} {verb} into its schema"
        inner = ", ".join(f"{key}: {_named(entry[key])}" for key in misplaced)
        inner = f"..., {inner}" if schema else inner
        fields.error("missing-schema", message, (*path, misplaced[0]), f"write schema: {{{inner}}}")
    elif schema is None and ("schema" in entry or extra):
        what = f"has {' and '.join(extra)}, but" if extra else "has"
        hint = "write schema: and a type, as {type: string}; further targets take name and targets"
        fields.error("missing-schema", f"{name} {what} no schema", path, hint)
    elif schema is not None and not isinstance(schema, (dict, bool)):
        inner = schema if isinstance(schema, str) and schema in WORDS else "string"
        hint = f"write schema: {{type: {inner}}}"
        fields.error("wrong-type", "the schema must be a mapping", (*path, "schema"), hint)
    else:
        check_keywords(fields, (*path, "schema"), name)
        return schema
    return schema if isinstance(schema, dict) else True


def _named(value: Any) -> str:
    """A type by its name; what a schema allows besides may be a secret."""
    return value if isinstance(value, str) and value in WORDS else "..."


def _target(fields: Fields, path: Path) -> Target | None:
    entry = fields.item(path, ("select", "path", "op", "value"))
    if entry is None:
        return None
    select = read_select(fields, (*path, "select"))
    pointer = read_pointer(fields, (*path, "path"))
    op = fields.text((*path, "op"))
    if op not in ("", "replace", "add"):
        hint = "a parameter can replace (the default) or add"
        fields.error("bad-operation", f"a target's op cannot be {op}", (*path, "op"), hint=hint)
    template = None
    if "value" in entry:
        template = read_template(fields, (*path, "value"))
    if select is None or pointer is None:
        return None
    appends = pointer.steps[-1] == "-"
    op = op or ("add" if appends else "replace")
    return Target(
        select=select, pointer=pointer, op=op, template=template, location=fields.at(path)
    )


def read_select(fields: Fields, path: Path) -> Select | None:
    """A selection of objects; an empty one is a finding and None."""
    before = len(fields.findings)
    entry = fields.mapping(path, tuple(_SELECT))
    texts = {field: fields.text((*path, name)) for name, field in _SELECT.items()}
    if not any(texts.values()):
        if len(fields.findings) == before:
            hint = "name at least a kind, as {kind: Deployment, name: web}"
            fields.error("missing-select", "nothing says which objects", path, hint=hint)
        return None
    select = Select(**texts)
    names = {field: name for name, field in _SELECT.items()}
    for field, error in select.problems():
        fields.error("bad-selector", str(error), (*path, names[field]), error.hint)
    return select if entry and len(fields.findings) == before else None


def read_pointer(fields: Fields, path: Path) -> Pointer | None:
    """The path of a field; one that is no pointer is a finding and None."""
    text = fields.text(path, required=True, hint="name the field to write, as /spec/replicas")
    if not text:
        return None
    try:
        return parse_pointer(text)
    except PointerError as error:
        fields.error("bad-path", str(error), path, hint=error.hint)
        return None


def read_values(fields: Fields) -> tuple[Setting, ...]:
    """The settings of one Values document."""
    fields.mapping(("spec",), ("parameters",))
    return read_settings(fields)


def read_settings(fields: Fields) -> tuple[Setting, ...]:
    """The settings under spec.parameters."""
    path = ("spec", "parameters")
    found = fields.typed(path, dict) or {}
    return tuple(
        Setting(
            name=name,
            value=value,
            location=fields.at_key((*path, name)),
            places=fields.places((*path, name)),
            is_blank=value is None and fields.is_blank((*path, name)),
        )
        for name, value in found.items()
    )
