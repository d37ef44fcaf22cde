"""Tables in which a column is called as secrets are."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from renderer.checks.secrets.judging import Judgement, judge_pair
from renderer.checks.secrets.names import says_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = {".csv": ",;", ".tsv": "\t"}
_MOST = 10_000  # lines of a table


def in_table(name: str, text: str) -> Iterator[tuple[int, Judgement]]:
    """Where lines of a table begin that hold a secret; none where a file is no table."""
    for separator in _SEPARATORS.get(name[-4:].lower(), ""):
        lines = text.splitlines(keepends=True)
        head = _cells(lines[0], separator) if lines else []
        columns = [(index, column) for index, column in enumerate(head) if says_secret(column)]
        if not columns or head == [lines[0].strip()]:
            continue
        offset = len(lines[0])
        for line in islice(lines[1:], _MOST):
            cells = _cells(line, separator)
            judgements = [judge_pair(column, "".join(cells[at : at + 1])) for at, column in columns]
            if any(judgements):
                yield offset, max(judgements)
            offset += len(line)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []
