"""Forty replacements, each of which doubles what is there."""

from pathlib import Path

replacements = "".join(
    f"""\
- source: {{kind: ConfigMap, name: settings, fieldPath: data}}
  targets:
  - select: {{kind: ConfigMap, name: settings}}
    fieldPaths: [data.k{number}]
    options: {{create: true}}
"""
    for number in range(40)
)
with Path("repository/base/kustomization.yaml").open("a") as file:
    file.write("replacements:\n" + replacements)
