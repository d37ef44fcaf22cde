"""Writes the schemas of Kubernetes' own kinds that the renderer checks manifests against.

    make schemas

The source is the Go module k8s.io/kubernetes, fetched by the go command: its OpenAPI documents
(api/openapi-spec/v3), what its API server serves with everything enabled (api/discovery), and
the enums of the generated definitions, which the documents leave out
(pkg/generated/openapi/zz_generated.openapi.go). What validation asks of values beyond them is in
tables here.

A file holds one minor version. Its first line is the index: the version, and for each group and
version the kinds and the names of their definitions. Every other line is one definition: its
name, a tab, and an OpenAPI schema without descriptions. In it `x-structs` are the fields that
are structs of Go and no pointers, so that a missing one is as good as an empty one, and
`x-one-of` are groups of fields of which one must be there, and of those in `x-at-most-one` no two
may be. The lines are sorted: a new patch version is a small diff. Same module, same bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tools.validation import AT_MOST_ONE, COMMON, EXTENSIONS, ONE_OF, OPTIONAL, REQUIRED, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The newest patch version of each minor version.
VERSIONS = ("v1.34.4", "v1.35.4", "v1.36.3")

OUTPUT = os.path.join(os.path.dirname(__file__), "..", "renderer", "checks", "schema", "data")

_PREFIX = "io.k8s."
_REF = "#/components/schemas/" + _PREFIX

# What a checker needs of a schema; descriptions, patch strategies and the like are left out.
_KEPT = ("type", "format", "required", "x-kubernetes-list-type", "x-kubernetes-list-map-keys")

_OPEN = {"x-kubernetes-preserve-unknown-fields": True}
_SCHEMA = EXTENSIONS + "JSONSchemaProps"

# Types that read JSON with code of their own, which the documents do not describe.
_SPECIAL: dict[str, dict[str, Any]] = {
    "apimachinery.pkg.api.resource.Quantity": {"format": "quantity"},
    "apimachinery.pkg.util.intstr.IntOrString": {"x-kubernetes-int-or-string": True},
    "apimachinery.pkg.apis.meta.v1.FieldsV1": _OPEN,
    "apimachinery.pkg.runtime.RawExtension": _OPEN,
    EXTENSIONS + "JSON": _OPEN,
    EXTENSIONS + "JSONSchemaPropsOrArray": {
        "oneOf": [{"$ref": _SCHEMA}, {"type": "array", "items": {"$ref": _SCHEMA}}]
    },
    EXTENSIONS + "JSONSchemaPropsOrBool": {"oneOf": [{"$ref": _SCHEMA}, {"type": "boolean"}]},
    EXTENSIONS + "JSONSchemaPropsOrStringArray": {
        "oneOf": [{"$ref": _SCHEMA}, {"type": "array", "items": {"type": "string"}}]
    },
}


def main() -> int:
    """Writes the file of every version."""
    os.makedirs(OUTPUT, exist_ok=True)
    for version in VERSIONS:
        text = schemas_of(module_directory(version), version)
        path = os.path.join(OUTPUT, f"{_minor(version)}.txt")
        with open(path, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
        print(f"{os.path.relpath(path)}: {len(text) // 1024} KiB from {version}")
    return 0


def module_directory(version: str) -> str:
    """Where the go command keeps the sources of this Kubernetes; it fetches what is not there."""
    argv = ["go", "mod", "download", "-json", f"k8s.io/kubernetes@{version}"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, cwd=os.sep)
    directory = json.loads(done.stdout)["Dir"]
    assert isinstance(directory, str)
    return directory


def schemas_of(module: str, version: str) -> str:
    """The text of one version's file, from the module's directory."""
    documents = list(_documents(os.path.join(module, "api", "openapi-spec", "v3")))
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        found.update(document.get("components", {}).get("schemas", {}))
    schemas = {name.removeprefix(_PREFIX): _definition(name, one) for name, one in found.items()}
    _add_enums(schemas, os.path.join(module, "pkg/generated/openapi/zz_generated.openapi.go"))
    _add_validation(schemas)
    _keep_structs(schemas)
    served = _served(found, os.path.join(module, "api", "discovery", "aggregated_v2.json"))
    names = _reached(schemas, (name for kinds in served.values() for name in kinds.values()))
    lines = [_dumped({"version": version, "served": served})]
    lines += [f"{name}\t{_dumped(schemas[name])}" for name in sorted(names)]
    return "".join(f"{line}\n" for line in lines)


def _documents(directory: str) -> Iterator[Any]:
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            yield json.load(file)


def _definition(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    special = _SPECIAL.get(name.removeprefix(_PREFIX))
    if special is not None:
        return special
    compact = _compact(schema)
    if compact == {"type": "object"}:  # a Go struct without fields
        compact["properties"] = {}
    return compact


def _compact(schema: dict[str, Any]) -> dict[str, Any]:
    for one in schema.get("allOf", [schema]):  # a reference with a default is written so
        if "$ref" in one:
            return {"$ref": one["$ref"].removeprefix(_REF)}
    compact = {key: schema[key] for key in _KEPT if key in schema}
    if compact.get("x-kubernetes-list-type") == "atomic":
        del compact["x-kubernetes-list-type"]
    if schema.get("default") and isinstance(schema["default"], str):
        compact["default"] = schema["default"]
    if "properties" in schema:
        fields = schema["properties"]
        compact["properties"] = {key: _compact(one) for key, one in fields.items()}
        structs = {
            key for key, one in fields.items() if one.get("default") == {} and "allOf" in one
        }
        flags = {key for key, one in fields.items() if one.get("default") is False}
        compact["required"] = sorted({*compact.get("required", ())} - structs - flags)
        compact["x-structs"] = sorted(structs - {"metadata", "status"})
    for key in ("items", "additionalProperties"):
        if key in schema:
            compact[key] = _compact(schema[key])
    return compact


# Lines of gofmt's: a definition, a field of it, its enum or that of its items.
_FUNCTION = re.compile(r"func schema_(?:k8sio_)?(\w+)\(")
_FIELD = re.compile(r'\t{5}"([^"]+)": \{')
_ENUM = re.compile(r"(\t{7}|\t{10})Enum: +\[\]interface\{\}\{(.*)\},")


def _add_enums(schemas: dict[str, dict[str, Any]], path: str) -> None:
    names = {re.sub(r"\W", "_", name): name for name in schemas}
    assert len(names) == len(schemas)
    name: str | None = None
    field = ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if found := _FUNCTION.match(line):
                endings = [full for full in names if f"_{full}".endswith(f"_{found[1]}")]
                assert len(endings) < 2
                name = names[endings[0]] if endings else None  # kubelet's and others' own files
            elif found := _FIELD.match(line):
                field = found[1]
            elif "Enum:" in line and name:
                found = _ENUM.match(line)
                assert found
                schema = schemas[name]["properties"][field]
                if len(found[1]) > 7:
                    schema = schema.get("items") or schema["additionalProperties"]
                assert schema["type"] == "string"
                schema["enum"] = json.loads(f"[{found[2]}]")


def _add_validation(schemas: dict[str, dict[str, Any]]) -> None:
    """The tables of validation; a version that has no such definition yet is passed over."""
    for name, fields in VALUES.items():
        for field, values in fields.items():
            schema = schemas[name]["properties"][field]
            if "$ref" in schema:  # of a scalar type, which is the same everywhere else
                schema.update(schemas[schema.pop("$ref")])
            schema.update(values)
    for name in schemas.keys() & (REQUIRED.keys() | OPTIONAL.keys()):
        required = {*schemas[name].get("required", ()), *REQUIRED.get(name, ())}
        schemas[name]["required"] = sorted(required - {*OPTIONAL.get(name, ())})
    for name, groups in ONE_OF.items():
        schemas[name]["x-one-of"] = groups
    for name, known in AT_MOST_ONE.items():
        fields = schemas[name]["properties"]
        schemas[name]["x-at-most-one"] = sorted(known or fields.keys() - COMMON)


def _keep_structs(schemas: dict[str, dict[str, Any]]) -> None:
    """Keep of the structs those whose own fields are demanded, and no empty lists."""

    def demands(schema: dict[str, Any]) -> bool:
        fields = schema.get("properties", {})
        structs = schema.get("x-structs", ())
        return any(map(schema.get, ("required", "x-one-of"))) or any(
            demands(schemas[fields[key]["$ref"]]) for key in structs
        )

    kept = {
        name: [
            key
            for key in schema.get("x-structs", ())
            if demands(schemas[schema["properties"][key]["$ref"]])
        ]
        for name, schema in schemas.items()
    }
    for name, schema in schemas.items():
        schema["x-structs"] = kept[name]
        for key in ("required", "x-structs"):
            if not schema.get(key):
                schema.pop(key, None)


def _served(found: dict[str, Any], path: str) -> dict[str, dict[str, str]]:
    """The definitions of the kinds that are served, by group and version as in apiVersion."""
    definitions = {
        (kind["group"], kind["version"], kind["kind"]): name.removeprefix(_PREFIX)
        for name, schema in found.items()
        for kind in schema.get("x-kubernetes-group-version-kind", ())
    }
    with open(path, encoding="utf-8") as file:
        groups = json.load(file)["items"]
    core = _core_kinds(os.path.join(os.path.dirname(path), "api__v1.json"))
    served = {"v1": {kind: definitions["", "v1", kind] for kind in core}}
    for group in groups:
        name = group["metadata"]["name"]
        for version in group["versions"]:
            served[f"{name}/{version['version']}"] = {
                kind: definitions[name, version["version"], kind]
                for kind in sorted(one["responseKind"]["kind"] for one in version["resources"])
            }
    return served


def _core_kinds(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        resources = json.load(file)["resources"]
    return sorted(one["kind"] for one in resources if "/" not in one["name"])


def _reached(schemas: dict[str, dict[str, Any]], roots: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r'"\$ref":"([^"]+)"', _dumped(schemas[name]))
    return reached


def _minor(version: str) -> str:
    return version.removeprefix("v").rpartition(".")[0]


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
