"""What holds of every report of `render diff --json`, whichever test has asked for it."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import reader_of_format_1

SCHEMA = Path(__file__).parents[1] / "docs" / "schemas" / "diff.json"


def check_report(text: str) -> None:
    """It fits the schema, which names all of its fields, and an old reader can read it."""
    report = json.loads(text)
    for validator in _validators():
        validator.validate(report)
    reader_of_format_1.read(report)


@cache
def _validators() -> tuple[jsonschema_rs.Draft202012Validator, ...]:
    schema = json.loads(SCHEMA.read_text())
    jsonschema_rs.meta.validate(schema)
    return tuple(map(jsonschema_rs.Draft202012Validator, (schema, closed(schema))))


def closed(schema: Any) -> Any:
    """The same schema, where a field that it does not name is an error."""
    schema = copy.deepcopy(schema)
    for one in (schema, *schema["$defs"].values()):
        if "properties" in one:
            one["additionalProperties"] = False
    return schema
