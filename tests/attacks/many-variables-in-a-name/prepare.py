"""A name of two hundred dashes."""

from pathlib import Path

Path("repository/overlays", "-" * 200).mkdir()
