"""Text that would hurt us or kustomize is refused, quickly and with a position."""

from __future__ import annotations

import pytest

from renderer.yamldoc.reading import YamlError, check_safe, read_documents, read_stream

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 9)
)
MERGES = "a0: &a0 {k: 1}\n" + "".join(
    f"a{level}: &a{level} {{<<: *a{level - 1}}}\n" for level in range(1, 400)
)


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        (b"a: \xff\n", "not UTF-8", 1),
        (b"x: 1\nab: \xe4\n", "not UTF-8", 2),
        ("a: 1\n".encode("utf-16"), "not UTF-8", 1),
        ("a: 1\n".encode("utf-16-le"), "not text", 0),
        (b"[" * 400_000, "nested more than 200", 1),
        (b"[" * 201 + b"]" * 201, "nested more than 200", 1),
        (b"{a: " * 201 + b"}" * 201, "nested more than 200", 1),
        (b"- " * 201 + b"x", "nested more than 200", 1),
        (b"".join(b" " * n + b"a:\n" for n in range(201)), "nested more than 200", 201),
        (BOMB.encode(), "expand to more than 1,000,000", 7),
        (b"a: &a [*a]", "inside what it refers to", 1),
        (b"a: &a\n  *a : 1\n", "inside what it refers to", 2),
        (b"a: &a\n  b: {<<: *a}\n", "inside what it refers to", 2),
    ],
)
def test_dangerous(source: bytes, message: str, line: int) -> None:
    with pytest.raises(YamlError, match=message) as caught:
        check_safe(source)
    assert caught.value.line == line
    with pytest.raises(YamlError):
        read_documents(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"a: 1\n",
        b"[" * 200 + b"]" * 200,
        b"- " * 199 + b"x",
        b"- {a: [1, 2]}\n" * 5000,
        b"a: &a 1\nb: [*a, *a]\n---\nb: &a 2\n",
        ("\ufeffa: \U0001f600 \u0416\n" * 100).encode(),
        b"text: |\n" + b"  - - - [[[[{{{{ * & *x\n" * 1000,
    ],
)
def test_harmless(source: bytes) -> None:
    check_safe(source)


def test_chained_merges_are_deep_too() -> None:
    check_safe(MERGES.encode())
    with pytest.raises(YamlError, match="nested more than 200"):
        read_documents(MERGES.encode())


@pytest.mark.parametrize("source", [b"[" * 400_000, b"- " * 400_000, b"? " * 300])
def test_depth_never_crashes_the_fast_reader(source: bytes) -> None:
    with pytest.raises(YamlError):
        read_stream(source)
