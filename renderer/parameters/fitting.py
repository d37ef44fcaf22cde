"""The values of parameters, held against their schemas."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding
from renderer.schema_effort import Effort, TooMuchError, UnfollowedError, has_references

if TYPE_CHECKING:
    from renderer.parameters.model import Parameter, Places
    from renderer.patching.pointing import Path

_UNKNOWN = "unknown field"


def accepts_null(parameter: Parameter) -> bool:
    """Whether null is a value of a parameter; else it says that the parameter is not used."""
    try:
        return bool(_asked(parameter).validator.is_valid(None))
    except ValueError:
        return True  # the schema's own finding says it


def schema_findings(parameter: Parameter) -> list[Finding]:
    """What is wrong with the schema itself, or with the default that it should accept."""
    try:
        _asked(parameter)
    except TooMuchError:
        return [_too_much(parameter)]
    except UnfollowedError:
        return [_unfollowed(parameter)]
    except ValueError as error:
        from renderer.json_schema import broken_schema

        message = f"the schema of {parameter.name} is not a JSON Schema: {broken_schema(error)}"
        return [Finding.error("bad-schema", message, parameter.location)]
    if parameter.has_default:
        return refusals(parameter, parameter.default, parameter.places)
    return []


def refusals(parameter: Parameter, value: Any, places: Places, advice: str = "") -> list[Finding]:
    """What the schema of a parameter says of a value; never the value: it may be secret.

    `advice` is a hint for where the schema has none.
    """
    try:
        asked = _asked(parameter)
        asked.effort.check(value)
        is_valid = asked.validator.is_valid(value)  # in next to no memory
        if not is_valid and not asked.effort.can_tell(value):
            return [_untold(parameter, places)]
        errors = [] if is_valid else list(asked.validator.iter_errors(value))
    except TooMuchError:
        return [_too_much(parameter)]
    except ValueError:
        return []  # the schema's own finding says it
    if not errors and not isinstance(value, float):
        return []
    from renderer.json_schema import TOO_WIDE, Broken, broken, is_wide, shown_schema

    found = broken(errors, parameter.schema)
    if parameter.is_secret and shown_schema(parameter.schema) != parameter.schema:
        found = [Broken(one.path, "its schema does not allow this value", "") for one in found]
    if parameter.is_secret:  # a field that nobody knows may be the secret itself
        found = [
            Broken(one.path, _UNKNOWN, "") if one.message.startswith(_UNKNOWN) else one
            for one in found
        ]
    is_integer = isinstance(parameter.schema, dict) and parameter.schema.get("type") == "integer"
    if not found and is_integer and is_wide(value):
        found = [Broken((), TOO_WIDE, "")]  # a float, as 1e21, which is whole to JSON Schema
    schema_at = f"its schema is at {parameter.location}"
    return [
        Finding.error(
            "refused-value",
            f"{parameter.name}{_steps(path)}: {message}",
            places.get(path, parameter.location),
            hint="; ".join(filter(None, (hint or advice, schema_at))),
        )
        for path, message, hint in found
    ]


def _steps(path: Path) -> str:
    """A path behind a parameter's name: `[2].server`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _untold(parameter: Parameter, places: Places) -> Finding:
    return Finding.error(
        "refused-value",
        f"{parameter.name}: its schema does not allow this value, and it would take too long to "
        "say why",
        places.get((), parameter.location),
        hint=f"try it with less of the value; its schema is at {parameter.location}",
    )


def _too_much(parameter: Parameter) -> Finding:
    message = f"the schema of {parameter.name} asks too much of a value"
    hint = "write fewer alternatives, patterns or values, or shorter ones"
    if has_references(parameter.schema):
        message += ": its references multiply"
        hint = (
            "let no part of it be reached in many ways, or by itself, for the same part of a value"
        )
    return Finding.error("bad-schema", message, parameter.location, hint=hint)


def _unfollowed(parameter: Parameter) -> Finding:
    message = f"the schema of {parameter.name} refers to more than places in itself"
    hint = (
        "write references as $ref: '#/$defs/name'; beside them $id, $dynamicRef, $recursiveRef "
        "and unevaluated... cannot be used"
    )
    return Finding.error("bad-schema", message, parameter.location, hint=hint)


class _Asked(NamedTuple):
    """A schema that values are held against, and what that costs."""

    validator: Any
    effort: Effort


def _asked(parameter: Parameter) -> _Asked:
    return _asked_of(json.dumps(True if parameter.schema is None else parameter.schema))


@lru_cache(maxsize=1024)
def _asked_of(schema: str) -> _Asked:
    """Making a validator takes as long as rendering a manifest; all clusters share it."""
    import jsonschema_rs  # only where there are parameters

    from renderer.json_schema import pattern_options

    effort = Effort(json.loads(schema))  # before the validator is made, which may have no end, too
    if not effort.can_be_asked:
        raise TooMuchError
    validator = jsonschema_rs.validator_for(
        schema,
        validate_formats=True,
        ignore_unknown_formats=False,
        pattern_options=pattern_options(),
        offline=True,
    )
    effort.check(None)
    return _Asked(validator, effort)
