"""What a repository thinks of the rules: other severities, and exceptions with reasons."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class RuleException(NamedTuple):
    """One rule that does not hold for one object, and why.

    `object` is the object as findings name it ("Secret shop/database"); a `*` in it stands
    for anything.
    """

    rule: str
    object: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and fnmatchcase(finding.object, self.object)


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

    `file` is where it writes them.
    """

    severities: Mapping[str, str]
    exceptions: Sequence[RuleException] = ()
    file: str = "render.toml"

    def judge(self, findings: Iterable[Finding]) -> Judged:
        """The findings as the repository wants them; what is off or excepted is gone."""
        kept = []
        excused: set[int] = set()
        for finding in findings:
            covering = [index for index, one in enumerate(self.exceptions) if one.covers(finding)]
            excused.update(covering)
            chosen = self.severities.get(finding.rule, finding.severity)
            if covering or chosen == "off":
                continue
            is_same = chosen == finding.severity
            kept.append(finding if is_same else finding._replace(severity=Severity(chosen)))
        return Judged(tuple(kept), tuple(sorted(excused)))

    def unneeded(self, excused: Iterable[int], file: str) -> list[Finding]:
        """A warning for each exception that no finding in any cluster has needed."""
        needed = set(excused)
        return [
            Finding.warning(
                "unneeded-exception",
                f"nothing needs the exception from {one.rule} for {one.object}",
                Location(file),
                hint="take it out: it would hide the next finding of this sort",
            )
            for index, one in enumerate(self.exceptions)
            if index not in needed
        ]
