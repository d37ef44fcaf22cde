"""What the value rules of a CustomResourceDefinition ask for, in the words of other findings.

Nothing here says what the value is: it may be secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.schema.problems import INVALID, WORDS, Problem
from renderer.counting import counted
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import jsonschema_rs

    from renderer.checks.schema.definitions import Schema

_FORMS = 4  # how many alternatives a message explains
_LEAST = {"minItems": "this list", "minLength": "this", "minProperties": "this mapping"}
_UNITS = {"Items": "item", "Length": "character", "Properties": "field"}


def broken_rules(errors: Iterable[jsonschema_rs.ValidationError], rules: Schema) -> list[Problem]:
    """The problems that errors are; `rules` is the schema that was asked."""
    return [
        Problem(INVALID, tuple(error.instance_path), *_words(error, rules), readable=True)
        for error in errors
    ]


def _words(error: jsonschema_rs.ValidationError, rules: Any) -> tuple[str, str]:
    """The message and the hint for one error."""
    from jsonschema_rs import ValidationErrorKind  # only where a definition has rules

    wanted: Any = rules
    for step in error.schema_path:
        wanted = wanted[step]
    name = error.kind.name
    if name in ("anyOf", "oneOf"):
        return _alternatives(error, wanted, rules), ""
    if name == "not":
        return _forbidden(error.instance, wanted), ""
    if isinstance(error.kind, ValidationErrorKind.Required):
        missing = error.kind.property
        return f"the required field {missing} is missing", f"add {missing}"
    if name == "enum":
        return "this value is none of " + ", ".join(map(str, wanted)), ""
    if name == "type":
        known = wanted if isinstance(wanted, list) else [wanted]
        return "this is not " + " or ".join(WORDS.get(one, str(one)) for one in known), ""
    return _size(name, wanted) or error.message, ""


def _size(name: str, limit: int) -> str:
    """What a length must be; empty for every other rule."""
    if name in _LEAST and limit == 1:
        return f"{_LEAST[name]} must not be empty"
    unit = _UNITS.get(name[3:])
    if unit is None:
        return ""
    bound = "least" if name.startswith("min") else "most"
    return f"this must have at {bound} {counted(limit, unit)}"


def _alternatives(
    error: jsonschema_rs.ValidationError, branches: Sequence[Schema], rules: Any
) -> str:
    forms = getattr(error.kind, "context", [])  # for each branch, what is wrong with the value
    has_several = any(not form for form in forms)
    groups = [_fields(one) for one in branches if not _is_none_of(one)]
    there = [" and ".join(one) for one in groups if one and _holds(error.instance, one)]
    if has_several and len(there) > 1:
        return "only one of these may be there: " + ", ".join(there)
    if has_several:
        return "this value has several of the forms of which it must have one"
    if all(groups):
        return "one of these is required: " + ", or ".join(" and ".join(one) for one in groups)
    wants = [*dict.fromkeys(_wanted(form, error.instance_path, rules) for form in forms)]
    more = f"; or {len(wants) - _FORMS} more" if len(wants) > _FORMS else ""
    return f"this value has none of its allowed forms: {'; or '.join(wants[:_FORMS])}{more}"


def _wanted(
    form: Sequence[jsonschema_rs.ValidationError], above: Sequence[str | int], rules: Any
) -> str:
    """Why a value does not have one form."""
    said = []
    for error in form:
        inner = tuple(error.instance_path)[len(above) :]
        where = f"{format_path(inner)}: " if inner else ""
        said.append(where + _words(error, rules)[0])
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
