"""A chain of embedded manifests."""

from pathlib import Path

Path("repository/base/service.yaml").write_text(
    "---\n".join(
        f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: c{number:03}
  namespace: shop
  annotations: {{renderer.gitops/embed: c{number + 1:03}/key}}
"""
        for number in range(400)
    )
    + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c400, namespace: shop}\n"
)
