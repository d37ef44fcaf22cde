"""Forty operations, each of which doubles what is there."""

from pathlib import Path

operations = "".join(
    f"    - {{op: copy, from: /data, path: /data/k{number}}}\n" for number in range(40)
)
with Path("repository/base/kustomization.yaml").open("a") as file:
    file.write("patches:\n- target: {kind: ConfigMap, name: settings}\n  patch: |\n" + operations)
