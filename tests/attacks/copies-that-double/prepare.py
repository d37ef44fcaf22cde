"""Forty operations, each of which doubles what is there."""

from pathlib import Path

operations = "".join(
    f"    - {{op: copy, from: /data, path: /data/k{number}}}\n" for number in range(40)
)
with Path("repository/overlays/a/cluster.yaml").open("a") as file:
    file.write(operations)
