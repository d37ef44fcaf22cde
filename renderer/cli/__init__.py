"""The command line."""

from renderer.cli.door import main

__all__ = ["main"]
