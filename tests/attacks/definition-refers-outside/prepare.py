"""The absolute path of the file beside the repository."""

import os
from pathlib import Path

definition = Path("repository/base/definition.yaml")
definition.write_text(definition.read_text().replace("PLACE", os.getcwd()))
