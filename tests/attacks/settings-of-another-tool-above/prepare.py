"""Beside the repository, which is no work tree of git."""

with open("pyproject.toml", "w") as file:
    file.write('[tool.rendercv]\noutput = "elsewhere/{cluster}"\n')
