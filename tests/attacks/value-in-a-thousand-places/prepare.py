"""A target's value and a parameter's that multiply to 100 GB."""

from pathlib import Path

parameters = Path("repository/base/parameters.yaml")
declared = parameters.read_text().replace(", format: hostname", "")
parameters.write_text(f"{declared}      value: {'$(web.host)' * 100_000}")
cluster = Path("repository/overlays/a/cluster.yaml")
cluster.write_text(cluster.read_text().replace("shop.example.com", "x" * 1_000_000))
