"""What a check has to say about the input: a value, never an exception."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """An error stops the cluster that it is about; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Location(NamedTuple):
    """A place in a source file.

    `path` is relative to the repository, with forward slashes; `line` and `column` count
    from 1, and a line of 0 means the file as a whole.
    """

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Finding(NamedTuple):
    """One verdict: which rule, how severe, where, on what object and field, and what to do.

    The shape follows the Result of kustomize's function specification (message, severity,
    resourceRef, field, file), so that every report and the KRM function can share it. A hint may
    have several lines.
    """

    rule: str
    severity: Severity
    message: str
    location: Location | None = None
    object: str = ""
    field: str = ""
    hint: str = ""

    @classmethod
    def error(
        cls,
        rule: str,
        message: str,
        location: Location | None = None,
        *,
        object: str = "",  # noqa: A002 # the field's name
        field: str = "",
        hint: str = "",
    ) -> Finding:
        """What stops a cluster."""
        return cls(rule, Severity.ERROR, message, location, object, field, hint)

    @classmethod
    def warning(
        cls,
        rule: str,
        message: str,
        location: Location | None = None,
        *,
        object: str = "",  # noqa: A002 # the field's name
        field: str = "",
        hint: str = "",
    ) -> Finding:
        """What does not stop a cluster, but should be looked at."""
        return cls(rule, Severity.WARNING, message, location, object, field, hint)

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        about = _one_line(" ".join(part for part in (self.object, self.field) if part))
        message = _one_line(self.message)
        text = _one_line(f"{where}{self.severity}: {message} [{self.rule}]")
        if about and not message.startswith(f"{about} "):
            text += f"\n  in {about}"
        if self.hint:
            text += "\n  hint: " + self.hint.replace("\n", "\n    ")
        return text

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def _one_line(text: str) -> str:
    """A name with a line break would begin a line that says anything in our name."""
    return text.replace("\n", "\\n")


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings stops the cluster that it is about."""
    return any(finding.is_error for finding in findings)


class FindingsError(RenderError):
    """Gives up because of findings; at least one of them is an error."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type[FindingsError], tuple[tuple[Finding, ...]], dict[str, Any]]:
        """For pickling, which would pass on the message alone."""
        return type(self), (self.findings,), self.__dict__
