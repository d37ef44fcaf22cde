"""Trees that are broken at random: what the engine says is explained, and no value shown."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import parse_txtar, write_tree

from renderer.errors import RenderError, ToolError
from renderer.findings import FindingsError
from renderer.kustomize.engine import build
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import Engine
from renderer.kustomize.refusal.explaining import explain

CANARY = "canary"  # in each value that may be a secret
TREE = parse_txtar((Path(__file__).parent / "secrets.txtar").read_text())
FILES = sorted(str(name) for name in TREE)
BYTES = st.sampled_from([*"\n\t:{}[]-&*!|>'\"%@`#, ~0/=.$", "{{ .x }}", "<<: ", "\n---\n", "  "])
TYPES = st.sampled_from(["5", "[a]", "{a: b}", "true", "", "~", '"'])


@st.composite
def broken(draw: st.DrawFn) -> dict[str, str]:
    """The tree with one file changed in one place."""
    name = draw(st.sampled_from(FILES))
    lines = str(TREE[name]).splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    column = draw(st.integers(0, len(line)))
    lines[at : at + 1] = draw(
        st.one_of(
            st.just([]),
            st.just([line, line]),
            st.just([f" {line}"]),
            st.just([line.lstrip()]),
            st.just([line[:column] + line[column + 1 :]]),
            BYTES.map(lambda put: [line[:column] + put + line[column:]]),
            TYPES.map(lambda value: [re.sub(r": .*", f": {value}", line)]),
        )
    )
    return {**{key: str(value) for key, value in TREE.items()}, name: "\n".join(lines) + "\n"}


def refusal(engine: Engine, repository: str) -> RenderError | None:
    try:
        build(engine, f"{repository}/overlays/a", Policy(repository))
    except RenderError as error:
        return error
    return None


def check(error: FindingsError, files: dict[str, str]) -> None:
    """Each finding has a rule, and a place that is there; nothing shows a value."""
    assert any(finding.is_error for finding in error.findings)
    for finding in error.findings:
        assert finding.rule
        assert finding.location
        assert finding.location.path in files
        assert finding.location.line <= files[finding.location.path].count("\n") + 1
        assert "\n" not in finding.message + finding.hint + finding.object
        for word in (CANARY, "interface {}", "map[", "resid.", "0x", "!!str", "node contents"):
            assert word not in str(finding)


def test_the_tree_is_fine(engine: Engine, write: Any) -> None:
    assert refusal(engine, write(TREE)) is None


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=broken())
def test_a_broken_tree_is_explained(
    files: dict[str, str], engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository = write_tree(str(tmp_path_factory.mktemp("broken") / "repository"), files)
    error = refusal(engine, repository)
    if isinstance(error, ToolError):  # a crash that nobody has met yet is the engine's own
        assert CANARY not in str(error)
    elif error is not None:
        assert isinstance(error, FindingsError)
        check(error, files)


DUMPS = st.sampled_from(
    [
        'map[string]interface {}{"password":"canary-1"}: json: unsupported type',
        "wrong node kind: expected ScalarNode but got MappingNode: node contents:\n{a: canary-2}",
        'unable to find field "a.b" in replacement target: node contents:\ncanary-3\n',
        "trouble configuring builtin PatchTransformer with config: `\npatch: canary-4\n`: bad",
        '[{"kind":"Secret","stringData":{"password":"canary-5"}}]',
        "loading KV pairs: literal sources [canary-1]: bad",
        'unable to parse SM or JSON patch from [patch: "canary-4"]',
        "options.index 5 is out of bounds for value canary-7",
        "yaml: unmarshal errors:\n  line 6: cannot decode !!str `canary-5` as a !!int",
        "invalid literal source canary-6, expected key=value",
        "something about canary-2 that is new",
        "error in remove for path: '/nothing': Unable",
    ]
)
INTO = "recursed accumulation of path"
TRIED = "accumulating resources: accumulation err='accumulating resources from "
WAYS = st.sampled_from(
    [
        "",
        f"{TRIED}'../../base': 'x' must resolve to a file': {INTO} 'REPOSITORY/base': ",
        f"{TRIED}'web.yaml': ",
        'accumulating components: accumulateDirectory: "',
        "considering field 'spec/x' of object Secret.v1.[noGrp]/creds.[noNs]: ",
        "no matches for Id Secret.v1.[noGrp]/creds.[noNs]; ",
    ]
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(way=WAYS, dump=DUMPS, noise=st.text("{}[]'\":`\n abc", max_size=12))
def test_nothing_of_the_engines_own_text_leaks(
    way: str, dump: str, noise: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.getbasetemp() / "leaks"
    repository = write_tree(str(directory / "repository"), TREE)
    said = f"Error: {way.replace('REPOSITORY', repository)}{dump}{noise}\n"
    findings = explain(said, f"{repository}/overlays/a", Policy(repository))
    check(FindingsError(findings), {key: str(value) for key, value in TREE.items()})
