"""What preparations of attacks have in common."""

import json
from pathlib import Path
from typing import Any


def declare(schema: Any, value: Any) -> None:
    """Write the parameters of the shop, with one of a schema and a default more."""
    Path("repository/base/parameters.yaml").write_text(
        f"""\
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
    )
