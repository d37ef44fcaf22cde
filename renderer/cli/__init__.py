"""The command line."""

from renderer.cli.door import main, script

__all__ = ["main", "script"]
