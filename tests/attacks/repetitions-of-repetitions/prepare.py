"""Two hundred patterns, two hundred texts."""

from attacks.declaring import declare

schema = {"items": {"allOf": [{"pattern": f"^((a|b){{30}}){{{n}}}$"} for n in range(200)]}}
value = ["ab" * 1000 for _ in range(200)]
declare(schema, value)
