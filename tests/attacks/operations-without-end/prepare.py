"""Operations that all do something."""

from pathlib import Path

operations = "".join(
    f"    - {{op: add, path: /data/k{number}, value: x}}\n" for number in range(20_000)
)
with Path("repository/overlays/a/cluster.yaml").open("a") as file:
    file.write(operations)
