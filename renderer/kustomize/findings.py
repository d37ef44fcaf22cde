"""What is wrong with one directory and with what it refers to, in words and with its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from renderer.addresses import without_credentials
from renderer.findings import Finding
from renderer.kustomize.files import Found, Status, location_in, problem_of
from renderer.suggesting import closest

if TYPE_CHECKING:
    from renderer.kustomize.elsewhere import Problem
    from renderer.kustomize.parsed import Reference, Remark
    from renderer.kustomize.policy import Policy

_OF_SECRETS = "secretGenerator."


class DirectoryFindings:
    """The findings of one directory; `file` is what they are about: the kustomization, or a
    plugin's file. They are added to `findings`, an ordered set."""

    def __init__(self, policy: Policy, findings: dict[Finding, None], file: str) -> None:
        self.file = file
        self._policy = policy
        self._findings = findings

    def add_error(
        self,
        rule: str,
        message: str,
        reference: Reference | None = None,
        *,
        hint: str = "",
    ) -> None:
        """Add an error: of a reference, which the message then begins with, or of the file."""
        line, column, text = 0, 0, message
        if reference is not None:
            line, column = reference.line, reference.column
            text = f"{_shown(reference)} {message}"
        finding = Finding.error(
            rule,
            text,
            location_in(self._policy.repository, self.file, line, column),
            field=reference.field if reference else "",
            hint=hint,
        )
        self._findings[finding] = None

    def add_remarks(self, remarks: tuple[Remark, ...]) -> None:
        """Add what was seen when the file was read."""
        for remark in remarks:
            location = location_in(self._policy.repository, self.file, remark.line, remark.column)
            finding = Finding(
                remark.rule, remark.severity, remark.message, location, hint=remark.hint
            )
            self._findings[finding] = None

    def add_problem(self, problem: Problem | None, reference: Reference) -> None:
        """Add what keeps a reference from being followed elsewhere, if anything does."""
        if problem is not None:
            self.add_error(problem.rule, problem.message, reference, hint=problem.hint)

    def judge(self, found: Found, reference: Reference | None) -> None:
        """Say why this is not a file that kustomize would read."""
        if found.status is Status.FILE:
            self.add_error(
                "outside-root",
                "lies outside the directory of its kustomization; kustomize reads no file there",
                reference,
                hint="give it a kustomization.yaml of its own and refer to that directory",
            )
            return
        rule, message = problem_of(found, is_directory=False)
        hint = _nearest_name(found.real) if found.status is Status.MISSING else ""
        if not hint and reference and reference.field.startswith(_OF_SECRETS):
            hint = "a value belongs under literals:, as key=value"
        if found.status is Status.OUTSIDE:
            hint = self._policy.how_to_permit("outside", "--allow-outside permits it")
        self.add_error(rule, message, reference, hint=hint)

    def judge_directory(self, found: Found, reference: Reference) -> None:
        """Say why this is not a directory that kustomize would enter."""
        rule, message = problem_of(found, is_directory=True)
        hint = _nearest_name(found.real) if found.status is Status.MISSING else ""
        self.add_error(rule, message, reference, hint=hint)


def _nearest_name(path: str) -> str:
    """Return a hint with the name in the same directory that is most like a missing one."""
    try:
        names = os.listdir(os.path.dirname(path))
    except OSError:
        return ""
    return closest(os.path.basename(path), names)


def _shown(reference: Reference) -> str:
    """Return a reference as it can stand in a message: in one line, and not endless.

    A patch that stands where a path is expected may hold what is secret, and so may what stands
    where the files of a Secret are expected: a value, which belongs under `literals`.
    """
    text = reference.text
    if reference.field.startswith(_OF_SECRETS):
        return "what is named here"
    if any(mark in text for mark in ("\n", "{", ": ")):
        return "a YAML text in the place of a path"
    text = without_credentials(text)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 200 else f"{text[:200]}..."
