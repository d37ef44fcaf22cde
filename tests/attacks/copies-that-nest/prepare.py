"""Each operation doubles the depth."""

from pathlib import Path

operations = "".join(
    f"    - {{op: copy, from: /data/k, path: /data{'/k' * (2**number + 1)}}}\n"
    for number in range(12)
)
with Path("repository/overlays/a/cluster.yaml").open("a") as file:
    file.write(operations)
