"""One operation for a hundred objects."""

from pathlib import Path

Path("repository/base/service.yaml").write_text(
    "---\n".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{number}, namespace: shop}}\n"
        for number in range(100)
    )
)
with Path("repository/overlays/a/cluster.yaml").open("a") as file:
    file.write(
        """\
  patches:
  - target: {kind: ConfigMap}
    patch:
    - {op: add, path: /immutable, value: true}
    - op: add
      path: /data
      value:
        text: """
        + "x" * 1_000_000
    )
