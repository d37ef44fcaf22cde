"""A CustomResourceDefinition, and an object of its kind."""

import json
from pathlib import Path

item = {"type": "string", "anyOf": [{"pattern": f"^{number}$"} for number in range(1000)]}
fields = {"items": {"type": "array", "items": item}}
spec = {"type": "object", "properties": fields}
version = {
    "name": "v1",
    "served": True,
    "storage": True,
    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
}
definition = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "pools.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Pool", "plural": "pools"},
        "scope": "Namespaced",
        "versions": [version],
    },
}
pool = {
    "apiVersion": "example.com/v1",
    "kind": "Pool",
    "metadata": {"name": "pool", "namespace": "shop"},
    "spec": {"items": [f"x{number}" for number in range(2000)]},
}
base = Path("repository/base")
base.joinpath("service.yaml").write_text(f"{json.dumps(definition)}\n---\n{json.dumps(pool)}\n")
