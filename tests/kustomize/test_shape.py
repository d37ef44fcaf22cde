"""What a field of a kustomization takes, compared with what the engine refuses."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renderer.kustomize.fields import KUSTOMIZATION, ListOf, Shape
from renderer.kustomize.program import CLOSED, Engine
from renderer.kustomize.reading import parse_kustomization

NEWER = {"includeVolumeClaimTemplates"}  # than the kustomize that is shipped
ANYTHING = {"helmChartInflationGenerator"}  # has types of its own, and was replaced long ago
VALUES = (
    *("5", "1.5", "2.0", "-3", "0o14", "012", "0x1F", "1e3", "2e0", "1_000", ".inf", "1e400"),
    *("true", "yes", "off", "~", "", "x", "'5'", "2024-01-01", "12:30:00", "99999999999999999999"),
    *("!!str 5", "!!int '5'", "!!bool 'true'", "[a]", "[5]", "[~]", "[[a]]", "{a: b}", "{a: 5}"),
)
Path_ = tuple[str | int, ...]


def _paths(shape: Shape, path: Path_) -> Iterator[Path_]:
    """The paths of all fields, and of an item of each list."""
    if path:
        yield path
    if isinstance(shape, ListOf):
        yield from _paths(shape.item, (*path, 0))
    elif isinstance(shape, dict):
        for name, inner in shape.items():
            if name not in NEWER | ANYTHING:
                yield from _paths(inner, (*path, name))


PATHS = [*_paths(KUSTOMIZATION, ())]


def _text(path: Path_, value: str) -> str:
    for step in reversed(path):
        value = f"[{value}]" if step == 0 else f"{{{step}: {value}}}"
    return f"{value}\n"


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), value=st.sampled_from(VALUES))
def test_types_are_those_of_the_engine(
    path: Path_, value: str, engine: Engine, tmp_path: Path
) -> None:
    text = _text(path, value)
    (tmp_path / "kustomization.yaml").write_text(text)
    argv = [engine.path, "kustomize", str(tmp_path)]
    said = subprocess.run(argv, env=CLOSED, capture_output=True, text=True, check=False).stderr
    remarks = [one.rule for one in parse_kustomization(text.encode()).remarks]
    # What the engine ignores without a word is refused here (see below).
    known = {"wrong-type"} if path[0] == "openapi" else {"wrong-type", "unknown-field"}
    refused = known & {*remarks}
    assert bool(refused) == ("invalid Kustomization: " in said), (text, said)


def test_there_are_fields() -> None:
    assert {("images", 0, "newTag"), ("replacements", 0, "targets", 0, "fieldPaths", 0)} < {*PATHS}


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        ("openapi: {Path: x}", "unknown-field", "did you mean path?"),
        ("openapi: {Version: v1.21.2}", "unknown-field", "did you mean version?"),
        ("openapi: {foo: x}", "unknown-field", ""),
        ("buildMetadata: [OriginAnnotations]", "bad-option", "did you mean originAnnotations?"),
        (
            "buildMetadata: [foo]",
            "bad-option",
            "it is one of originAnnotations, transformerAnnotations, managedByLabel",
        ),
    ],
)
def test_what_the_engine_ignores_is_refused(
    text: str, rule: str, hint: str, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "web.yaml").write_text("{apiVersion: v1, kind: Service, metadata: {name: web}}\n")
    (tmp_path / "kustomization.yaml").write_text(f"resources: [web.yaml]\n{text}\n")
    argv = [engine.path, "kustomize", str(tmp_path)]
    assert subprocess.run(argv, env=CLOSED, capture_output=True, check=False).returncode == 0
    (remark,) = parse_kustomization(f"{text}\n".encode()).remarks
    assert (remark.rule, remark.hint) == (rule, hint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("configMapGenerator: [{name: a, behavior: Merge}]\n", ["did you mean merge?"]),
        ("secretGenerator: [{name: a, behavior: any}]\n", ["it is one of create, merge, replace"]),
        ("configMapGenerator: [{name: a, behavior: merge}]\n", []),
        ("configMapGenerator: [{name: a, behavior: ''}]\n", []),
        ("replicas: [{name: a}]\n", ["write count: 0 if 0 is meant"]),
        ("replicas: [{name: a, count: }]\n", ["write count: 0 if 0 is meant"]),
        ("replicas: [{name: a, Count: 0}]\n", []),
    ],
)
def test_what_kustomize_takes_for_something_else(text: str, expected: list[str]) -> None:
    assert [one.hint for one in parse_kustomization(text.encode()).remarks] == expected
