"""What a value breaks of a JSON Schema, in our words: of a parameter, and of a custom resource.

jsonschema-rs finds it. Nothing here says what the value is: it may be secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.counting import counted
from renderer.patching.pointing import format_path
from renderer.schema_weights import DFA_SIZE
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import jsonschema_rs

    from renderer.patching.pointing import Path

    Schema = Mapping[str, Any]

# The types of JSON Schema: as Python has them, and in words.
TYPES: Mapping[str, type] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": float,
    "object": dict,
    "string": str,
}
WORDS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}
_FORMATS = {
    "date": "a date as 2006-01-02",
    "date-time": "a time as 2006-01-02T15:04:05Z",
    "duration": "a duration as PT1H30M",
    "email": "an e-mail address",
    "hostname": "the name of a host",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "regex": "a regular expression",
    "time": "a time as 15:04:05Z",
    "uri": "a URI",
    "uuid": "a UUID",
}
_FORMS = 4  # how many alternatives a message explains
_LEAST = {"minItems": "this list", "minLength": "this", "minProperties": "this mapping"}
_UNITS = {"Items": "item", "Length": "character", "Properties": "field"}


HIDDEN = "<hidden>"  # in the place of what may be secret
# Keywords that hold values, and those that hold schemas by names of people.
_HOLDING = frozenset(["const", "default", "enum", "examples", "pattern"])
_NAMING = frozenset(["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"])

TOO_WIDE = "the number does not fit into 64 bits"
_INEXACT = 2**53  # floats from here on are no longer each whole number


class Broken(NamedTuple):
    """What is wrong at a path inside a value, and the next step, which may be empty."""

    path: Path
    message: str
    hint: str


def pattern_options() -> jsonschema_rs.RegexOptions:
    """How patterns are matched: as Go does, without look-around and in linear time."""
    import jsonschema_rs

    return jsonschema_rs.RegexOptions(dfa_size_limit=DFA_SIZE)


def broken(errors: Iterable[jsonschema_rs.ValidationError], schema: Any) -> list[Broken]:
    """What the errors of a validator say; `schema` is the one that was asked."""
    return [Broken(tuple(error.instance_path), *_words(error, schema)) for error in errors]


def broken_schema(error: ValueError) -> str:
    """Why no validator can be made of a schema; what stands in it may be secret, as a default."""
    import jsonschema_rs

    if not isinstance(error, jsonschema_rs.ValidationError):
        return "it cannot be read"
    if error.kind.name == "$ref":
        return "it refers to what is not in it"
    ((path, message, _),) = broken([error], {})
    if not error.kind.name:
        message = "there is no such format"
    return f"{format_path(path)}: {message}" if path else message


def shown_schema(schema: Any) -> Any:
    """The schema of a secret as it may be shown: without the values that it allows or proposes."""
    if isinstance(schema, list):
        return [shown_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    shown: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMING and isinstance(value, dict):
            shown[key] = {name: shown_schema(one) for name, one in value.items()}
        else:
            shown[key] = HIDDEN if key in _HOLDING else shown_schema(value)
    return shown


def is_wide(value: float) -> bool:
    """Whether the API server refuses a whole number: it holds 64 bits, as a float what is exact."""
    if type(value) is float:
        return abs(value) >= _INEXACT
    return not -(2**63) <= value < 2**63


def wrong_type(value: Any, wanted: str, expected: str = "") -> tuple[str, str]:
    """The message, and the hint where quotes make the difference."""
    there = next((WORDS[name] for name, one in TYPES.items() if one is type(value)), "null")
    hint = ""
    if expected == "string" and type(value) in (bool, int, float):
        hint = "put it in quotes"
    elif type(value) is str and expected in ("integer", "number", "boolean"):
        hint = "take the quotes away" if _is_plain(value, expected) else ""
    return f"this is {there}, not {wanted}", hint


def _is_plain(text: str, expected: str) -> bool:
    """Whether a text would be of the type without its quotes."""
    if expected == "boolean":
        return text in ("true", "false")
    return text.removeprefix("-").isdecimal()


def _words(error: jsonschema_rs.ValidationError, schema: Any) -> tuple[str, str]:
    """The message and the hint for one error."""
    name, detail = error.kind.name, error.kind.value
    if name in ("anyOf", "oneOf"):
        branches = _at(schema, error.schema_path)
        return _alternatives(error, branches if isinstance(branches, list) else [], schema), ""
    if name == "not":
        return _forbidden(error.instance, detail), ""
    if name == "required":
        return f"the required field {detail} is missing", f"add {detail}"
    if name == "enum":
        known = [*map(str, detail)]
        hint = closest(error.instance, known) if isinstance(error.instance, str) else ""
        return "this value is none of " + ", ".join(known), hint
    if name == "type":
        expected = next((one for one in detail if one != "null"), "")
        wanted = " or ".join(WORDS.get(one, one) for one in detail)
        return wrong_type(error.instance, wanted, expected)
    if name in ("additionalProperties", "unevaluatedProperties"):
        fields = _at(schema, error.schema_path[:-1])
        known = fields.get("properties", {}) if isinstance(fields, dict) else {}
        return "unknown field " + " and ".join(map(str, detail)), nearest(str(detail[0]), known)
    if name == "propertyNames":
        return f"the name of a field here: {_words(detail, schema)[0]}", ""
    return _size(name, detail) or _simple(name, detail), ""


_SIMPLE: Mapping[str, Callable[[Any], str]] = {
    "additionalItems": lambda _: "this list has too many items",
    "const": lambda wanted: f"this value must be {_json(wanted)}",
    "contains": lambda _: "this list does not hold the items that it must hold",
    "contentEncoding": lambda wanted: f"this is not encoded as {wanted}",
    "contentMediaType": lambda wanted: f"this is not {wanted}",
    "exclusiveMaximum": lambda limit: f"this number must be less than {limit}",
    "exclusiveMinimum": lambda limit: f"this number must be more than {limit}",
    "falseSchema": lambda _: "nothing may stand here",
    "format": lambda name: f"this is not {_FORMATS.get(name, f'of the format {name}')}",
    "maximum": lambda limit: f"this number must be at most {limit}",
    "minimum": lambda limit: f"this number must be at least {limit}",
    "multipleOf": lambda step: f"this number must be a multiple of {step}",
    "pattern": lambda pattern: f'this value does not match "{pattern}"',
    "unevaluatedItems": lambda _: "this list has too many items",
    "uniqueItems": lambda _: "two items of this list are equal",
}


def _simple(name: str, detail: Any) -> str:
    say = _SIMPLE.get(name)
    return say(detail) if say else f"this value breaks the rule {name} of its schema"


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _size(name: str, limit: Any) -> str:
    """What a length must be; empty for every other rule."""
    if name in _LEAST and limit == 1:
        return f"{_LEAST[name]} must not be empty"
    unit = _UNITS.get(name[3:])
    if unit is None or name[:3] not in ("min", "max"):
        return ""
    bound = "least" if name.startswith("min") else "most"
    return f"this must have at {bound} {counted(limit, unit)}"


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    """The part of a schema that a path leads to; None where there is none."""
    for step in path:
        try:
            schema = schema[step]
        except (KeyError, IndexError, TypeError):
            return None
    return schema


def _alternatives(
    error: jsonschema_rs.ValidationError, branches: Sequence[Schema], schema: Any
) -> str:
    forms = error.kind.value  # for each branch, what is wrong with the value
    has_several = any(not form for form in forms)
    groups = [_fields(one) for one in branches if not _is_none_of(one)]
    there = [" and ".join(one) for one in groups if one and _holds(error.instance, one)]
    if has_several and len(there) > 1:
        return "only one of these may be there: " + ", ".join(there)
    if has_several:
        return "this value has several of the forms of which it must have one"
    if groups and all(groups):
        return "one of these is required: " + ", or ".join(" and ".join(one) for one in groups)
    wants = [*dict.fromkeys(_wanted(form, error.instance_path, schema) for form in forms)]
    more = f"; or {len(wants) - _FORMS} more" if len(wants) > _FORMS else ""
    return f"this value has none of its allowed forms: {'; or '.join(wants[:_FORMS])}{more}"


def _wanted(
    form: Sequence[jsonschema_rs.ValidationError], place: Sequence[str | int], schema: Any
) -> str:
    """Why a value does not have one form."""
    said = []
    for error in form:
        inner = tuple(error.instance_path)[len(place) :]
        where = f"{format_path(inner)}: " if inner else ""
        said.append(where + _words(error, schema)[0])
    return " and ".join(dict.fromkeys(said))


def _forbidden(value: Any, schema: Any) -> str:
    branches = schema.get("anyOf", [schema]) if isinstance(schema, dict) else []
    groups = [_fields(one) for one in branches]
    there = [one for one in groups if one and _holds(value, one)]
    if there and all(groups):
        together = " together" if len(there[0]) > 1 else ""
        return f"{' and '.join(there[0])} must not be there{together}"
    return "this value is one that the definition forbids"


def _fields(schema: Any) -> list[str]:
    """The fields that a schema requires, where it wants nothing else."""
    if not isinstance(schema, dict) or any(schema.get("properties", {}).values()):
        return []
    only = set(schema) <= {"required", "properties"}
    return schema["required"] if only and "required" in schema else []


def _is_none_of(schema: Any) -> bool:
    """Whether a schema only says that none of some fields is there."""
    forbidden = schema.get("not") if isinstance(schema, dict) and len(schema) == 1 else None
    branches = forbidden.get("anyOf") if isinstance(forbidden, dict) else None
    return isinstance(branches, list) and all(map(_fields, branches))


def _holds(value: Any, fields: Iterable[str]) -> bool:
    return isinstance(value, dict) and all(key in value for key in fields)
