"""Fields that require others."""

from attacks.declaring import declare

schema = {"dependentRequired": {f"k{i}": [f"m{j}" for j in range(100)] for i in range(300)}}
value = {f"k{number}": 1 for number in range(1000)}
declare(schema, value)
