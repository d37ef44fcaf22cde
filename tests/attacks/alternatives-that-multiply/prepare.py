"""Alternatives of which none is there."""

import json
from pathlib import Path

schema = {"items": {"anyOf": [{"const": number} for number in range(5000)]}}
value = ["x"] * 5000
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
