"""Results as text: tables in a terminal that is narrow, and lines that a log takes for orders."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st
from shop import command, shop
from support import Repository

from renderer.reports.rows import as_json
from renderer.reports.text import printable, table, wrapped

_HEAD = ["NAME", "SOURCE", "PARTS"]
_ROWS = [["a", "overlays/a", "one two three four"], ["b", "overlays/b", ""]]


def test_a_table_is_as_wide_as_it_needs_to_be() -> None:
    expected = "NAME  SOURCE      PARTS\na     overlays/a  one two three four\nb     overlays/b\n"
    assert table(_HEAD, _ROWS) == expected
    assert table(_HEAD, _ROWS, 36) == expected


def test_a_table_that_is_too_wide() -> None:
    assert table(_HEAD, _ROWS, 20) == (
        "NAME  SOURCE\n"
        "      PARTS\n"
        "a     overlays/a\n"
        "      one two three\n"
        "      four\n"
        "b     overlays/b\n"
    )


_WORDS = st.text("abc-", min_size=1, max_size=12)


@settings(deadline=None)
@given(
    st.lists(st.tuples(_WORDS, _WORDS, st.lists(_WORDS).map(" ".join)), max_size=4),
    st.integers(1, 60),
)
def test_generated_tables(rows: list[tuple[str, str, str]], width: int) -> None:
    """Nothing is lost, and a line is too wide only where a word of it is."""
    text = table(_HEAD, rows, width)
    assert text.split() == " ".join(" ".join(row) for row in (_HEAD, *rows)).split()
    names, sources = zip(_HEAD[:2], *(row[:2] for row in rows), strict=True)
    others = max(map(len, names)) + 2 + max(map(len, sources))
    for line in text.splitlines():
        is_word = len(line.split()) == 1 or len(line) <= others
        assert len(line) <= width or is_word


def _is_order(line: str) -> bool:
    """Whether a runner obeys it: TryParseV2 and TryParse of Runner.Common/ActionCommand.cs, with
    every word for the name of a command, and what Azure Pipelines and TeamCity look for."""
    begins, _, rest = line.lstrip().partition("::")
    name, ends, _ = rest.partition("::")
    is_line = not begins and bool(ends) and bool(re.match(r"[A-Za-z][\w-]*", name))
    return is_line or bool(re.search(r"##[A-Za-z]*\[", line))


@settings(deadline=None)
@given(st.lists(st.text(":#[]aZ1/ \n\t\u00a0\u3000\u200b\x9b-", max_size=12), max_size=3))
def test_no_line_is_an_order(parts: list[str]) -> None:
    shown = [printable(one) for one in parts]
    lines = " ".join(shown).splitlines()
    for one in shown:
        lines += [*one.splitlines(), *wrapped(one, "  ", width=8)]
    assert [one for one in lines if _is_order(one)] == []
    text = as_json({"a": parts, "".join(parts): 1})
    assert json.loads(text) == {"a": parts, "".join(parts): 1}
    assert [one for one in text.splitlines() if _is_order(one)] == []
    assert "\x9b" not in text
    assert "\u200b" not in text


def test_what_is_no_order_stays_readable() -> None:
    kept = "a::b ::1/128 ::/0 std::string ## [a] #[b] # c"
    assert printable(kept) == kept
    assert printable(" ::error::a\n##[group]b ##vso[c]") == (
        " \\u003a:error::a\n#\\u0023[group]b #\\u0023vso[c]"
    )


def test_the_list_fits_a_terminal_and_is_whole_in_a_pipe(repository: Repository) -> None:
    repository.write(shop("a"))
    names = [f"a-component-of-the-shop-{number}" for number in range(4)]
    for name in names:
        kind = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        repository.write({f"c/{name}/kustomization.yaml": kind})
    listed = "".join(f"- ../../c/{name}\n" for name in names)
    repository.write(
        {"overlays/a/kustomization.yaml": f"resources: [../../base]\ncomponents:\n{listed}"}
    )
    piped = repository.render("list").out.splitlines()
    assert len(piped) == 2
    assert piped[1].endswith(" ".join(names))
    shown = _on_terminal(repository, "list", columns=80)
    assert shown.split() == " ".join(piped).split()
    assert max(map(len, shown.splitlines())) <= 80


def _on_terminal(repository: Repository, *arguments: str, columns: int) -> str:
    reading, writing = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns)}
    subprocess.run(
        command(*arguments), cwd=repository.path, env=environment, stdout=writing, check=True
    )
    os.close(writing)
    shown = b""
    while True:
        try:
            part = os.read(reading, 1 << 16)
        except OSError:  # how Linux says that nobody writes any more
            part = b""
        if not part:
            break
        shown += part
    os.close(reading)
    return shown.decode().replace("\r\n", "\n")
