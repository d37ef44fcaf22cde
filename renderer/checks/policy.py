"""What a repository thinks of the rules: other severities, and exceptions with reasons."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from renderer.kubernetes.kinds import Kind


_NO_STAR = re.compile(r"[?[]")


class RuleException(NamedTuple):
    """One rule that does not hold for one object, or one impact that is meant; and why.

    `object` is the object as findings name it ("Secret shop/database"); a `*` in it stands
    for anything. `expires` is the last day on which it holds ("2026-12-31"), or empty.
    """

    rule: str  # empty where it is about an impact
    object: str
    reason: str
    impact: str = ""
    expires: str = ""

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and self.names(finding.object)

    def names(self, what: str) -> bool:
        """Whether it is for an object."""
        return is_named_by(self.object, what)

    def has_expired(self, today: str) -> bool:
        """Whether it holds no more; `today` is empty where no commit says what day it is."""
        return bool(self.expires) and self.expires < today

    @property
    def label(self) -> str:
        return f"the exception from {self.rule or self.impact} for {self.object}"


def is_named_by(pattern: str, what: str) -> bool:
    """Whether a pattern is for an object: `*` is any text."""
    return fnmatchcase(what, with_stars(pattern))


def with_stars(pattern: str) -> str:
    """A pattern for fnmatch in which only `*` means something."""
    return _NO_STAR.sub(r"[\g<0>]", pattern)


def exception_to_write(rule: str, name: str, wider: str, file: str) -> str:
    """The lines that take an object out of a rule, to be pasted into the settings in `file`.

    `name` is the object; `wider` is a pattern for more of its sort, or nothing.
    """
    table = "tool.render.exceptions" if file == "pyproject.toml" else "exceptions"
    also = f' # or "{wider}"' if wider else ""
    return (
        f'[[{table}]]\nrule = "{rule}"\nobject = "{name}"{also}\nreason = "who makes it, and when"'
    )


class Judged(NamedTuple):
    """The findings that are left, and the indices of the exceptions that were needed."""

    findings: tuple[Finding, ...]
    excused: tuple[int, ...]


class CheckPolicy(NamedTuple):
    """The severities that a repository chose (error, warning, off), and its exceptions.

    `file` is where it writes them, `today` the day of the last commit, or empty.
    """

    severities: Mapping[str, str]
    exceptions: Sequence[RuleException] = ()
    file: str = "render.toml"
    today: str = ""

    def judge(self, findings: Iterable[Finding]) -> Judged:
        """The findings as the repository wants them; what is off or excepted is gone."""
        kept = []
        excused: set[int] = set()
        for finding in findings:
            covering = [
                index
                for index, one in enumerate(self.exceptions)
                if one.covers(finding) and not one.has_expired(self.today)
            ]
            excused.update(covering)
            chosen = self.severities.get(finding.rule, finding.severity)
            if covering or chosen == "off":
                continue
            is_same = chosen == finding.severity
            kept.append(finding if is_same else finding._replace(severity=Severity(chosen)))
        return Judged(tuple(kept), tuple(sorted(excused)))

    def unneeded(self, excused: Iterable[int], file: str) -> list[Finding]:
        """A warning for each exception that no finding in any cluster has needed.

        Whether one for an impact is needed, only a diff can tell.
        """
        needed = set(excused)
        return [
            Finding.warning(
                "unneeded-exception",
                f"nothing needs {one.label}",
                Location(file),
                hint="take it out: it would hide the next finding of this sort",
            )
            for index, one in enumerate(self.exceptions)
            if one.rule and index not in needed and not one.has_expired(self.today)
        ]

    def expired(self, file: str) -> list[Finding]:
        """A warning for each exception that holds no more."""
        return [
            Finding.warning(
                "expired-exception",
                f"{one.label} held until {one.expires}",
                Location(file),
                hint="mend what it was for and take it out, or say why it holds longer",
            )
            for one in self.exceptions
            if one.has_expired(self.today)
        ]


class Checks(NamedTuple):
    """What a repository wants to be checked, and how.

    `kubernetes` is a minor version, as "1.36"; `definitions` gives the repository's own
    CustomResourceDefinitions of kinds.
    """

    policy: CheckPolicy
    kubernetes: str
    definitions: Callable[[Iterable[Kind]], list[dict[str, object]]]
