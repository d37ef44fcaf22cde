"""Documents as kustomize reads them, with positions; what cannot be meant is refused."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from renderer.yamldoc.reading import Position, YamlError, read_documents, read_stream
from renderer.yamldoc.writing import write
from yamldoc import samples

if TYPE_CHECKING:
    from yamldoc.judge import Judge

READ: list[tuple[str, Any]] = [
    ("a: b", {"a": "b"}),
    ("a:\n- 1\n-  - 2\n   - x: y", {"a": [1, [2, {"x": "y"}]]}),
    (
        "a: &x {b: [1]}\nc: *x\nd: [*x, *x]",
        {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}] * 2},
    ),
    ("a: &x k\n*x : 1", {"a": "k", "k": 1}),
    ("<<: {a: 1, b: 2}\na: 0", {"a": 0, "b": 2}),
    ("x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\nz: {<<: [*x, *y], b: 3}", None),
    ("x: &x {a: 1}\ny: &y {<<: *x, b: 1}\nz: {<<: *y, c: 1}", None),
    ("a: !!str 5\nb: !!int '7'\nc: !!float 3\nd: !!bool 'true'\ne: !!null ''", None),
    ("a: !!binary aGFsbG8=\nb: !!map {a: 1}\nc: !!seq [1]\nd: ! 5\ne: ! '5'", None),
    ("a: '5'\nb: \"no\"\nc: |\n  5\nd: >-\n  no\n  way", None),
    ("a: |2-\n    x\n   y\n\nb: |+\n  x\n\n\nc: |\n\n  x", None),
    ("a: one\n  two\n\n  three\nb: 'a\n\n  b'\nc: \"a \\\n   b\\n\n\n  c\"", None),
    ('a: "\\x41\\u0042\\U0001F600\\t\\0\\e\\_\\L\\P"', None),
    ("# c\na: 1 # d\n# e\nb: x#y\n#f", {"a": 1, "b": "x#y"}),
    ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
    ("\ufeffa: 1", {"a": 1}),
    ("--- # c\na: 1\n...\n# end", {"a": 1}),
    ("a: 18446744073709551615\nb: 9007199254740993\nc: 1.5", None),
    ("? a\n: b\n? 'c'\n: - d", {"a": "b", "c": ["d"]}),
    (f"{'k' * 990}: 1\n? '{'<' * 160}'\n: 1", None),
    ("a: {}\nb: []\nc:\nd: ~", {"a": {}, "b": [], "c": None, "d": None}),
    ('{"a": {"b": ["x", 1, true, null]}}', {"a": {"b": ["x", 1, True, None]}}),
    ("a: \U0001f600\nb: '\u2028'", None),
]


@pytest.mark.parametrize(("source", "data"), READ)
def test_read(judge: Judge, source: str, data: Any) -> None:
    (document,) = (found for found in read_documents(source.encode()) if found.data is not None)
    if data is not None:
        assert document.data == data
    assert printed_by_us(named(source, 0)) == judge.build([named(source, 0)])


REFUSED = [
    ("a: 1\na: 2", "key 'a' stands here twice .first in line 1", 2, 1),
    ("a:\n  1: x", "key '1' is not a string", 2, 3),
    ("a: {true: b}", "key 'true' is not a string", 1, 5),
    ("a: {2019-08-14: b}", "key '2019-08-14' is not a string", 1, 5),
    ("a: {[b]: c}", "key must be a string", 1, 5),
    ("a: .inf", "does not exist in JSON", 1, 4),
    ("a:\n- -.nan\n- .nan", "does not exist in JSON", 3, 3),
    ("a: *b", "this alias has no anchor", 1, 4),
    ("a: b: c", "mapping values are not allowed", 1, 5),
    ("a: [1", "not valid YAML", 2, 1),
    ("a:\n\t- b", "not valid YAML", 2, 1),
    ('a: "\\/"', "escape", 1, 4),
    ('a: "\\ud83d\\ude00"', "not valid YAML", 1, 7),
    ("%YAML 1.1\n---\na: 1", "expected <document start>", 2, 1),
    ("%TAG !e! tag:example.com:\n---\na: !e!x 1", "expected <document start>", 2, 1),
    ("a: 1\n---b\nc: 1", "only a comment may follow", 2, 1),
    ("a: 1\n--- {b: 1}\nc: 1", "only a comment may follow", 2, 1),
    ("x: {<<: 5}", "takes a mapping or a list", 1, 9),
    ("x: {<<: {a: 1}, <<: {b: 1}}", "second merge key", 1, 17),
    ("a: !!int x", "this value is no !!int", 1, 4),
    ('a: "\\x7f"', r"cannot carry the character U\+007F", 1, 4),
    (f"? {'k' * 1030}\n: 1", "cannot carry a key that long", 1, 3),
    ("? '" + "<" * 300 + "'\n: 1", "cannot carry a key that long", 1, 3),
    ("a: !!binary '*'", "base64", 1, 4),
]
STRICTER = [
    ("a: 1\n...\nb: 2", "document", 3, 1),
    ('"<<": 1', "drops a key", 1, 1),
    ("a: {b, c: 1}", "nothing stands here", 1, 6),
    ("a: >\n  x\n    y\n  z", "garbles this folded text", 1, 4),
    ("a: >+\n  x\n\n", "garbles this folded text", 1, 4),
    ("- | # c\n  x", "comment behind", 1, 3),
    ('a: "\\x85"', r"cannot carry the character U\+0085", 1, 4),
    ("a: \ufeffb", "byte order mark", 1, 4),
    ("a: !!timestamp 2001-01-01", "tag !!timestamp is not supported", 1, 4),
    ("a: !foo bar", "the tag !foo means nothing here", 1, 4),
    ("a: !foo", "this tag means nothing here", 1, 4),
    ("a: !hunter2 bar", "this tag means nothing here", 1, 4),
    ("a: !aws/foo:bar x", "the tag !aws/foo:bar means nothing here", 1, 4),
    ("a: &a !foo 5\nb: *a", "the tag !foo means nothing here", 1, 4),
    ("a: {b: !foo {c: 1}}", "the tag !foo means nothing here", 1, 8),
    ("a:\n- !foo [1]", "the tag !foo means nothing here", 2, 3),
    ("a: !!foo bar", "the tag !!foo means nothing here", 1, 4),
    ("a: !!set {b}", "the tag !!set means nothing here", 1, 4),
    ("a: !<tag:example.com,2000:b> c", "the tag !<tag:example.com,2000:b> means nothing", 1, 4),
    ("a: 18446744073709551616", "does not fit into 64 bits", 1, 4),
    ("a: [-9223372036854775809]", "does not fit into 64 bits", 1, 5),
    (f"a: {'9' * 25}", "does not fit into 64 bits", 1, 4),
    (f"a: 1{'_000' * 8}", "does not fit into 64 bits", 1, 4),
]


@pytest.mark.parametrize(("source", "message", "line", "column"), REFUSED + STRICTER)
def test_refused(source: str, message: str, line: int, column: int) -> None:
    with pytest.raises(YamlError, match=message) as caught:
        read_documents(source.encode())
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("source", [case[0] for case in REFUSED])
def test_refused_by_kustomize_as_well(judge: Judge, source: str) -> None:
    assert judge.refuses(named(source, 0))


@pytest.mark.parametrize("seed", range(2))
def test_generated_documents(judge: Judge, seed: int) -> None:
    assert_read_as_kustomize_does(judge, Random(seed), 300)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_very_many_generated_documents(judge: Judge, seed: int) -> None:
    assert_read_as_kustomize_does(judge, Random(seed), 1000)


def assert_read_as_kustomize_does(judge: Judge, random: Random, count: int) -> None:
    """Whatever we accept, kustomize accepts, and prints as we write it."""
    sources: list[str] = []
    while len(sources) < count:
        source = samples.document(random)
        if is_accepted(source):
            sources.append(named(source, len(sources)))
    printed = judge.build(sources).split("---\n")
    expected = [printed_by_us(source) for source in sources]
    wrong = [row for row in zip(sources, printed, expected, strict=True) if row[1] != row[2]]
    assert not wrong


def is_accepted(source: str) -> bool:
    try:
        read_documents(source.encode())
    except YamlError:
        return False
    return True


def named(source: str, number: int) -> str:
    """The document with what kustomize demands of a resource, as flow or block as it is."""
    end = "\r\n" if "\r\n" in source else "\n"
    name = f"r{number:05d}"
    if source.startswith("{"):
        head = f'"apiVersion": "example.com/v1", "kind": "Sample", "metadata": {{"name": "{name}"}}'
        return "{" + head + ", " + source[1:]
    head = f"apiVersion: example.com/v1{end}kind: Sample{end}metadata: {{name: {name}}}{end}"
    body = source.removeprefix("\ufeff")
    mark = source[: len(source) - len(body)]
    start = body.find("---")
    if (
        start < 0
        or (start and body[start - 1] != "\n")
        or body[start + 3 : start + 4] not in "\r\n "
    ):
        return mark + head + body
    at = body.index("\n", start) + 1
    return mark + body[:at] + head + body[at:]


def printed_by_us(source: str) -> str:
    documents = [document.data for document in read_documents(source.encode())]
    return "---\n".join(write(data) for data in documents if data is not None)


def test_documents_are_cut_as_kustomize_cuts() -> None:
    source = b"# only a comment\n---\na: 1\n---\n---\n# c\n--- # d\nb:\n- 2\n---"
    documents = read_documents(source)
    assert [document.data for document in documents] == [None, {"a": 1}, None, {"b": [2]}]
    assert documents[1].position == Position(3, 1)
    assert documents[3].value_at(["b", 0]) == Position(9, 3)


def test_positions() -> None:
    source = "\ufeffa: 1\r\nlist:\r\n- x: {y: 'z'}\r\n  &k w: &v\r\n    - \U0001f600\r\n".encode()
    (document,) = read_documents(source)
    assert document.position == Position(1, 1)
    assert document.value_at([]) == document.key_at([]) == Position(1, 1)
    assert document.key_at(["list"]) == Position(2, 1)
    assert document.value_at(["list"]) == Position(3, 1)
    assert document.key_at(["list", 0]) == document.value_at(["list", 0]) == Position(3, 3)
    assert document.key_at(["list", 0, "x", "y"]) == Position(3, 7)
    assert document.value_at(["list", 0, "x", "y"]) == Position(3, 10)
    assert document.value_at(["list", 0, "w", 0]) == Position(5, 7)


def test_positions_fall_back_to_the_nearest_parent() -> None:
    (document,) = read_documents(b"a:\n  b: 1\n")
    assert document.value_at(["a", "nothing", 3]) == Position(2, 3)
    assert document.key_at(["a", "nothing"]) == Position(1, 1)
    assert document.value_at(["nothing"]) == Position(1, 1)


def test_merged_and_aliased_values_have_positions() -> None:
    (document,) = read_documents(b"x: &x\n  a: {b: 1}\ny:\n  <<: *x\nz: *x\n")
    assert document.value_at(["y", "a", "b"]) == Position(2, 10)
    assert document.value_at(["z"]) == Position(5, 4)
    assert document.value_at(["z", "a", "b"]) == Position(2, 10)


def test_aliases_are_copies() -> None:
    (document,) = read_documents(b"a: &x {b: [1]}\nc: *x\nd: {<<: *x}\n")
    data: Any = document.data
    assert data["a"] == data["c"] == data["d"]
    assert len({id(data[key]["b"]) for key in "acd"}) == 3


def test_ambiguities() -> None:
    source = b"a: yes\nb:\n- 2019-08-14\n- 'no'\n- 1\ny: 9223372036854775808\n<<: {c: off, a: on}\n"
    (document,) = read_documents(source)
    found = [(item.path, item.text, item.kustomize, item.kubectl) for item in document.ambiguities]
    assert found == [
        (("a",), "yes", "yes", True),
        (("b", 0), "2019-08-14", "2019-08-14T00:00:00Z", "2019-08-14"),
        (("y",), "y", "y", True),
        (("y",), "9223372036854775808", 9223372036854775808, 9223372036854776000),
        (("c",), "off", "off", False),
    ]
    assert document.ambiguities[1].position == Position(3, 3)


def test_stream() -> None:
    assert read_stream("") == []
    assert read_stream(b"---\n---\na: 1\n---\n- [x]\n") == [{"a": 1}, [["x"]]]
    assert read_stream("a: |\n  x\n\"y\": 'no'\nz:\n- null\n") == [
        {"a": "x\n", "y": "no", "z": [None]}
    ]


@pytest.mark.parametrize(
    "source", ["a: 1\na: 2\n", "1: a\n", "a: &x 1\nb: *x\n", "a: .inf\n", "a: [\n"]
)
def test_stream_refuses_what_no_engine_prints(source: str) -> None:
    with pytest.raises(YamlError):
        read_stream(source)
