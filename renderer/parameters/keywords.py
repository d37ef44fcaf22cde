"""Keywords in the schema of a parameter that say nothing: misspelt ones, and those of other drafts.

JSON Schema lets a validator pass over what it does not know, so `minimun: 5` would allow anything.
https://json-schema.org/draft/2020-12/json-schema-core#section-4.3.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from renderer.patching.pointing import format_path
from renderer.schema_weights import mappings
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.parameters.fields import Fields, Path

# The drafts by a part of what `$schema` says; the last is taken where it says nothing.
_DRAFTS: Final = ("draft-04", "draft-06", "draft-07", "2019-09", "2020-12")
# Keywords by the first draft that has them, as jsonschema-rs follows them.
_SINCE: Final[Mapping[str, tuple[str, ...]]] = {
    "draft-04": (
        *("$comment", "$id", "$ref", "$schema", "id", "title", "description", "default"),
        *("deprecated", "examples", "readOnly", "writeOnly"),  # which say nothing of a value
        *("additionalItems", "additionalProperties", "allOf", "anyOf", "definitions"),
        *("$defs", "dependencies", "enum", "exclusiveMaximum", "exclusiveMinimum", "format"),
        *("items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength"),
        *("minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern", "required"),
        *("patternProperties", "properties", "type", "uniqueItems"),
    ),
    "draft-06": ("const", "contains", "contentEncoding", "contentMediaType", "propertyNames"),
    "draft-07": ("if", "then", "else"),
    "2019-09": (
        *("$anchor", "$recursiveAnchor", "$recursiveRef", "$vocabulary", "contentSchema"),
        *("dependentRequired", "dependentSchemas", "maxContains", "minContains"),
        *("unevaluatedItems", "unevaluatedProperties"),
    ),
    "2020-12": ("$dynamicAnchor", "$dynamicRef", "prefixItems"),
}
_NOT_IN: Final = {"2020-12": frozenset(["additionalItems"])}
_ALL: Final = frozenset(word for words in _SINCE.values() for word in words)
_FOR_OTHERS: Final = "x-"
# Keywords whose value is a schema, a list of schemas, or schemas by names of people.
_ONE: Final = frozenset(
    [
        *("additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if"),
        *("items", "not", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
    ]
)
_LIST: Final = frozenset(["allOf", "anyOf", "items", "oneOf", "prefixItems"])
_BY_NAME: Final = frozenset(
    [
        *("$defs", "definitions", "dependencies", "dependentSchemas"),
        *("patternProperties", "properties"),
    ]
)
_HINT: Final = f"what is meant for others begins with {_FOR_OTHERS}"
_NULLABLE: Final = "write null among the types, as type: [string, 'null']"


def check_keywords(fields: Fields, path: Path, name: str) -> None:
    """An error for each keyword in the schema at a path that its draft does not have."""
    schema = fields.get(path)
    draft = _draft(schema)
    later = _DRAFTS[: _DRAFTS.index(draft) + 1]
    known = {word for one in later for word in _SINCE[one]} - _NOT_IN.get(draft, frozenset())
    referred: list[str] | None = None
    for inner, keyword in _keywords(schema):
        if keyword in known or keyword.startswith(_FOR_OTHERS):
            continue
        if referred is None:
            referred = [*_references(schema)]
        here = format_path((*inner, keyword))
        if any(one == here or one.startswith(f"{here}/") for one in referred):
            continue  # a place for parts of schemas
        message = f"unknown keyword {keyword} in the schema of {name}"
        hint = _NULLABLE if keyword == "nullable" else closest(keyword, known) or _HINT
        if keyword in _ALL:
            message = f"{keyword} says nothing in the schema of {name}, which is of draft {draft}"
            hint = "what follows prefixItems is items" if keyword == "additionalItems" else ""
        fields.error("bad-schema", message, (*path, *inner, keyword), hint)


def _draft(schema: Any) -> str:
    said = schema.get("$schema") if isinstance(schema, dict) else None
    return next((one for one in _DRAFTS if one in str(said)), _DRAFTS[-1])


def _keywords(schema: Any) -> Iterator[tuple[Path, str]]:
    """Each keyword with the path of the schema that it stands in, in their order."""
    waiting: list[tuple[Path, Any]] = [((), schema)]
    while waiting:
        path, one = waiting.pop()
        if not isinstance(one, dict):
            continue
        parts: list[tuple[Path, Any]] = []
        for keyword, value in one.items():
            yield path, str(keyword)
            here = (*path, keyword)
            if keyword in _LIST and isinstance(value, list):
                parts += [((*here, index), part) for index, part in enumerate(value)]
            elif keyword in _BY_NAME and isinstance(value, dict):
                parts += [((*here, name), part) for name, part in value.items()]
            elif keyword in _ONE:
                parts.append((here, value))
        waiting += reversed(parts)


def _references(schema: Any) -> Iterator[str]:
    """Where the references in a schema lead to, as pointers."""
    for one in mappings(schema):
        found = one.get("$ref")
        if isinstance(found, str) and found.startswith("#"):
            yield unquote(found[1:])
