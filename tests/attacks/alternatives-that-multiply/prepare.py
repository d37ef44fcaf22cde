"""Alternatives of which none is there."""

from attacks.declaring import declare

schema = {"items": {"anyOf": [{"const": number} for number in range(5000)]}}
value = ["x"] * 5000
declare(schema, value)
