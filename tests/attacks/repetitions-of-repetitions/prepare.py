"""Two hundred patterns, two hundred texts."""

import json
from pathlib import Path

schema = {"items": {"allOf": [{"pattern": f"^((a|b){{30}}){{{n}}}$"} for n in range(200)]}}
value = ["ab" * 1000 for _ in range(200)]
declared = f"""\
apiVersion: renderer.gitops/v1alpha1
kind: Parameters
metadata:
  name: shop
  annotations: {{config.kubernetes.io/local-config: "true"}}
spec:
  parameters:
  - name: web.host
    required: true
    schema: {{type: string}}
  - name: many
    default: {json.dumps(value)}
    schema: {json.dumps(schema)}
"""
Path("repository/base/parameters.yaml").write_text(declared)
