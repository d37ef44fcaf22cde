"""What the API server drops of custom resources, because their schema does not name it any more.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning;
what is stored is pruned too, as soon as it is read
(k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go, schemaCoercingDecoder).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import DEFINITION
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_DEFINITION = ("apiextensions.k8s.io", DEFINITION)
_HINT = "keep it in the schema, or move what is there first"
_EMBEDDED = frozenset(["apiVersion", "kind", "metadata"])  # what every object has
_ROOT = _EMBEDDED | {"status"}  # which its controller writes anew
_EACH = "*"
_ANYTHING = {"x-kubernetes-preserve-unknown-fields": True}

_Schema = dict[str, Any]


def consequences(changes: Sequence[Changed], _sides: Sides) -> Iterator[Consequence]:
    """The fields that objects of a kind may have, and lose."""
    for one in changes:
        if one.old is None or one.new is None:
            continue
        if (one.new.ref.group, one.new.ref.kind) != _DEFINITION:
            continue
        before = _schemas(one.old)
        for version, schema in _schemas(one.new).items():
            if version in before:
                fields = sorted(set(_dropped(before[version], schema)))
                if fields:
                    reason = f"what objects of {version} have at {listed(fields)} is dropped"
                    yield Consequence(
                        Impact.IN_PLACE, one.change.ref, reason, hint=_HINT, field="/spec/versions"
                    )


def _schemas(definition: Manifest) -> Mapping[str, _Schema]:
    """The schemas of the versions that are served."""
    spec = mapping(definition.data.get("spec"))
    found = {}
    for _, one in mappings(spec.get("versions")):
        if one.get("served") is True:
            schema = mapping(one.get("schema")).get("openAPIV3Schema")
            known = schema if isinstance(schema, dict) else _ANYTHING
            is_open = spec.get("preserveUnknownFields") is True
            found[text(one.get("name"))] = _ANYTHING if is_open else known
    return found


def _dropped(old: _Schema, new: _Schema) -> Iterator[str]:
    waiting: list[tuple[Path, _Schema, _Schema]] = [((), old, new)]
    while waiting:
        path, was, now = waiting.pop()
        if now.get("type", "object") == "object":
            names = {*mapping(was.get("properties"))} - _always(now, path)
            if _keeps_others(was):
                names.add(_EACH)
            for name in names:
                after = _under(now, name)
                if after is not None:
                    waiting.append(((*path, name), mapping(_under(was, name)), after))
                elif not _keeps_others(now):
                    yield format_path((*path, name))
        if isinstance(was.get("items"), dict) and isinstance(now.get("items"), dict):
            waiting.append(((*path, _EACH), was["items"], now["items"]))


def _always(schema: _Schema, path: Path) -> frozenset[str]:
    if not path:
        return _ROOT
    return _EMBEDDED if schema.get("x-kubernetes-embedded-resource") is True else frozenset()


def _keeps_others(schema: _Schema) -> bool:
    """Whether what is not among its properties stays."""
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") is True
    return is_open or schema.get("additionalProperties") not in (None, False)


def _under(schema: _Schema, name: str) -> _Schema | None:
    found = mapping(schema.get("properties")).get(name, schema.get("additionalProperties"))
    return found if isinstance(found, dict) else None
