"""The command line."""

from renderer.cli.door import krm_script, main, script

__all__ = ["krm_script", "main", "script"]
