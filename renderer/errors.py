"""Exceptions for giving up, and the exit code of each.

Verdicts about input are `Finding` values (see `renderer.findings`) and are collected;
an exception means that nothing more can be said.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_NO = 1  # the answer is no: error findings, a stale tree with --check
EXIT_USAGE = 2  # asked wrongly
EXIT_FAILED = 3  # a tool, or the renderer itself, failed
EXIT_INTERRUPTED = 130


class RenderError(Exception):
    """Ends a command with one clear message.

    `hint` is the next step for the reader; `exit_code` is one of the EXIT_ constants.
    """

    exit_code = EXIT_NO

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RenderError):
    """The command was asked wrongly: an unknown cluster, options that contradict."""

    exit_code = EXIT_USAGE


class ToolError(RenderError):
    """A program that we rely on is missing, hangs, crashes or prints garbage."""

    exit_code = EXIT_FAILED
