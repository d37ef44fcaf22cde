"""Results as text: tables in a terminal that is narrow."""

from __future__ import annotations

import os
import pty
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st
from shop import command, shop
from support import Repository

from renderer.reports.text import table

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
