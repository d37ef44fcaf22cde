"""Just enough YAML to write a repository as a person would: block style, literal texts."""

from __future__ import annotations

import json
from typing import Any


def document(value: Any) -> str:
    return "\n".join(_lines(value)) + "\n"


def documents(*values: Any) -> str:
    return "---\n".join(map(document, values))


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict) and value:
        return [line for key, inner in value.items() for line in _entry(key, inner)]
    if isinstance(value, list) and value:
        return [line for inner in value for line in _item(inner)]
    return [json.dumps(value)]


def _entry(key: str, value: Any) -> list[str]:
    name = key if key.replace("/", "").replace("-", "").replace(".", "").isalnum() else _quote(key)
    if isinstance(value, str) and "\n" in value:
        return [f"{name}: |", *(f"  {line}" if line else "" for line in value.splitlines())]
    if value and isinstance(value, dict | list):
        pad = "  " if isinstance(value, dict) else ""
        return [f"{name}:", *(pad + line for line in _lines(value))]
    return [f"{name}: {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    first, *rest = _lines(value)
    if not isinstance(value, dict | list):
        first = _scalar(value)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and value.replace("-", "").isalnum() and value[0].isalpha()
    words = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    return value if plain and value.lower() not in words else _quote(value)


def _quote(value: Any) -> str:
    return json.dumps(value)
