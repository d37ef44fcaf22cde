"""Fields that require others."""

import json
from pathlib import Path

schema = {"dependentRequired": {f"k{i}": [f"m{j}" for j in range(100)] for i in range(300)}}
value = {f"k{number}": 1 for number in range(1000)}
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
