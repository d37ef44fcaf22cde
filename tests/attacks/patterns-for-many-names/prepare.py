"""Names that match none of many patterns."""

from attacks.declaring import declare

schema = {"propertyNames": {"allOf": [{"pattern": f"^(a|b)*{number}$"} for number in range(500)]}}
value = {f"k{number}": 1 for number in range(5000)}
declare(schema, value)
