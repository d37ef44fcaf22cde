"""Beside the repository."""

with open("shop.yaml", "w") as file:
    file.write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: outside}\n")
