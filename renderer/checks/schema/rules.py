"""The rules of a CustomResourceDefinition for values, which jsonschema-rs looks at."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from renderer.checks.schema.problems import INVALID, Problem
from renderer.json_schema import broken, pattern_options
from renderer.schema_effort import Effort, TooMuchError, has_references

if TYPE_CHECKING:
    import jsonschema_rs

    from renderer.checks.schema.definitions import Schema

# The keywords that SchemaWalk leaves to jsonschema-rs.
_RULES = frozenset(
    {
        *("allOf", "anyOf", "not", "oneOf"),
        *("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
        *("maxLength", "minLength", "pattern"),
        *("maxItems", "minItems", "maxProperties", "minProperties"),
    }
)


_TOO_MUCH = "its CustomResourceDefinition has too many rules for an object of this size"
_UNTOLD = (
    "a rule of its CustomResourceDefinition does not allow this; why would take too long to say"
)


class Rules:
    """Rules as `value_rules` finds them. None are those that the server would refuse."""

    def __init__(self, rules: Schema) -> None:
        self._rules = rules

    def problems(self, data: Any) -> list[Problem]:
        """What is wrong with an object that has its defaults; that it is too much to look at, too.

        Nothing is said of rules that no object can break: those that the server would refuse.
        """
        if self._refers:  # what it multiplies may have no end
            return []
        try:
            self._effort.check(data)
        except TooMuchError:
            hint = "let the definition have fewer alternatives and patterns, or the object less"
            return [Problem(INVALID, (), _TOO_MUCH, hint=hint, readable=True)]
        if self._validator is None or self._validator.is_valid(data):
            return []
        if not self._effort.can_tell(data):
            return [Problem(INVALID, (), _UNTOLD, readable=True)]
        found = broken(self._validator.iter_errors(data), self._rules)
        return [Problem(INVALID, *one, readable=True) for one in found]

    @cached_property
    def _refers(self) -> bool:
        return has_references(self._rules)

    @cached_property
    def _effort(self) -> Effort:
        return Effort(self._rules)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft4Validator | None:
        import jsonschema_rs  # only where a definition has rules

        try:
            return jsonschema_rs.Draft4Validator(
                self._rules,
                validate_formats=False,
                pattern_options=pattern_options(),
                offline=True,  # a $ref would have files read
            )
        except ValueError:  # a definition that the server would refuse is not this object's fault
            return None


def value_rules(schema: Schema) -> Schema:
    """The JSON Schema of the rules for values; empty if there are none.

    Types, required fields and the like are SchemaWalk's. What allOf, anyOf, oneOf and not hold is
    taken as it is: there they are rules.
    """
    rules = {key: value for key, value in schema.items() if key in _RULES}
    if schema.get("x-kubernetes-int-or-string"):
        rules.pop("anyOf", None)  # it says the two types once more, and null is none of them
    fields = schema.get("properties")
    if fields and (
        inner := {key: one for key, value in fields.items() if (one := value_rules(value))}
    ):
        rules["properties"] = inner
    items = schema.get("items")
    if items and (inner := value_rules(items)):
        rules["items"] = inner
    others = schema.get("additionalProperties")
    if isinstance(others, dict) and (inner := value_rules(others)):
        rules["additionalProperties"] = inner
    return rules
