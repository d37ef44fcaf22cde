"""Names by content are kustomize's own: a differential over everything that YAML may carry."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from renderer.errors import RenderError
from renderer.kubernetes.manifests import object_ref
from renderer.kustomize.engine import build
from renderer.kustomize.name_hash import HASH_LENGTH, content_hash, name_hash, split_hash
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import find_engine
from renderer.yamldoc.reading import read_stream

_ODD = "<>&'\"\\/\b\f\n\r\t\x00\x07\x1b\x85\xa0\xad\u2028\u2029\ufeff\ufffd\u0301é日🎉\U0010ffff"

# All that YAML may carry and kustomize prints: it refuses what it calls control characters,
# and these are in a test of their own.
_REFUSED = "\x7f" + "".join(map(chr, range(0x80, 0xA0))).replace("\x85", "") + "\ufffe\uffff"
_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=_REFUSED), max_size=12),
    st.text(st.sampled_from(_ODD), max_size=8),
    st.sampled_from(["", "null", "~", "true", "1", "1e3", "0x1", "2026-01-01", "a\n", "\n", " a "]),
).filter(lambda text: not text.startswith("\t"))  # see test_patches.py
_BREAKS = set("\x85\u2028\u2029")
_KEYS = st.one_of(
    st.from_regex(r"[-._a-zA-Z0-9]{1,9}", fullmatch=True),
    st.text(st.sampled_from("aZ~.<&é\u2028🎉_ 1"), min_size=1, max_size=4),
).filter(lambda key: key != "<<")
_BYTES = st.binary(max_size=9).map(lambda content: base64.b64encode(content).decode())
_TYPES = st.sampled_from(["Opaque", "kubernetes.io/tls", "example.com/<a&b>", "", "é"])


def _mappings(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(_KEYS, values, max_size=4)


_CONFIG_MAPS = st.fixed_dictionaries(
    {"kind": st.just("ConfigMap")},
    optional={
        "data": _mappings(_TEXT),
        "binaryData": _mappings(_BYTES),
        "immutable": st.booleans(),
    },
)
_SECRETS = st.fixed_dictionaries(
    {"kind": st.just("Secret")},
    optional={
        "data": _mappings(_BYTES),
        "stringData": _mappings(_TEXT),
        "type": _TYPES,
        "immutable": st.booleans(),
    },
)


# What the generators make of nothing.
_EMPTY: dict[str, dict[str, Any]] = {
    "ConfigMap": {"apiVersion": "v1"},
    "Secret": {"apiVersion": "v1", "type": "Opaque", "data": {}},
}


def kustomize(directory: Path, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects as the real engine names them, in their order and read by our reader.

    Generators cannot make all that a ConfigMap may hold: patches put it into empty ones.
    """
    directory.mkdir(parents=True, exist_ok=True)
    kustomization: dict[str, Any] = {"configMapGenerator": [], "secretGenerator": [], "patches": []}
    for place, content in enumerate(objects):
        name = f"m{place}"
        generator = "configMapGenerator" if content["kind"] == "ConfigMap" else "secretGenerator"
        kustomization[generator].append({"name": name})
        patch = [
            {"op": "add", "path": f"/{field}", "value": value}
            for field, value in content.items()
            if field != "kind"
        ]
        if patch:
            target = {"kind": content["kind"], "name": name}
            kustomization["patches"].append({"target": target, "patch": json.dumps(patch)})
    (directory / "kustomization.yaml").write_text(json.dumps(kustomization))
    text = build(find_engine(None), str(directory), Policy(str(directory))).text
    found = [data for data in read_stream(text) if isinstance(data, dict)]
    assert len(found) == len(objects)
    return sorted(found, key=lambda data: int(object_ref(data).name[1:].partition("-")[0]))


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example is a run of the engine
)
@given(st.lists(_CONFIG_MAPS | _SECRETS, min_size=40, max_size=40))
def test_hashes_are_those_of_kustomize(
    tmp_path_factory: pytest.TempPathFactory, objects: list[dict[str, Any]]
) -> None:
    named = kustomize(tmp_path_factory.mktemp("hashes"), objects)
    for place, (content, data) in enumerate(zip(objects, named, strict=True)):
        name = object_ref(data).name
        full = {**_EMPTY[content["kind"]], **content, "metadata": {"name": name}}
        assert f"m{place}-{name_hash(full)}" == name, content
        assert split_hash(full) == f"m{place}"
        # kustomize writes some line breaks as themselves, and who reads that sees a space.
        if not _BREAKS & set(json.dumps(content, ensure_ascii=False)):
            assert split_hash(data) == f"m{place}"
            assert {**data, "metadata": {"name": name}} == full


_CASES: dict[str, dict[str, Any]] = {
    "nothing": {"kind": "ConfigMap"},
    "empty": {"kind": "ConfigMap", "data": {}},
    "null": {"kind": "ConfigMap", "data": None},
    "binary": {"kind": "ConfigMap", "binaryData": {"b": "AAEC"}},
    "empty-binary": {"kind": "ConfigMap", "data": {"a": "b"}, "binaryData": {}},
    "null-binary": {"kind": "ConfigMap", "data": {"a": "b"}, "binaryData": None},
    "null-value": {"kind": "ConfigMap", "data": {"a": None}},
    "secret": {"kind": "Secret"},
    "secret-type": {"kind": "Secret", "type": "kubernetes.io/tls"},
    "null-type": {"kind": "Secret", "type": None},
    "string-data": {"kind": "Secret", "stringData": {"a": "<b>"}},
    "empty-string-data": {"kind": "Secret", "data": {"a": "Yg=="}, "stringData": {}},
    "null-string-data": {"kind": "Secret", "data": {"a": "Yg=="}, "stringData": None},
    "html": {"kind": "ConfigMap", "data": {"<&>": "<script>&amp;'\"</script>"}},
    "control": {"kind": "ConfigMap", "data": {"a": "\b\f\n\r\t\x00\x01\x1f\x1b"}},
    "separators": {"kind": "ConfigMap", "data": {"a": "\u2028\u2029\x85\ufeff"}},
    "astral": {"kind": "ConfigMap", "data": {"🎉": "🎉\U0010ffff\U0001fffe\ue000"}},
    "order": {
        "kind": "ConfigMap",
        "data": {"b": "", "a": "", "B": "", "é": "", "🎉": "", "\ue000": ""},
    },
    # Not what Kubernetes accepts, but what people write before they are told so.
    "number": {"kind": "ConfigMap", "data": {"a": 1}},
    "float": {"kind": "ConfigMap", "data": {"a": 1.5}},
    "boolean": {"kind": "ConfigMap", "data": {"a": True}},
    "nested": {"kind": "ConfigMap", "data": {"a": {"b": ["c", 1]}}},
}


def test_special_cases(tmp_path: Path) -> None:
    named = kustomize(tmp_path, list(_CASES.values()))
    expected = {
        case: object_ref(data).name.partition("-")[2]
        for case, data in zip(_CASES, named, strict=True)
    }
    assert expected == {
        case: name_hash({**_EMPTY[content["kind"]], **content}) for case, content in _CASES.items()
    }


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x9f", "\ufffe", "\uffff"])
def test_what_kustomize_names_but_does_not_print(
    character: str, tmp_path: Path, said: list[str]
) -> None:
    """A patch of ours may write it, and the name in kustomize's complaint shows its hash."""
    content = {"kind": "ConfigMap", "data": {"a": character}}
    with pytest.raises(RenderError):
        kustomize(tmp_path, [content])
    assert f'"name":"m0-{name_hash(content)}"' in said[0]


def test_generators_of_every_sort(tmp_path: Path) -> None:
    """Files, env files, literals, behaviors and options: what comes out is recognized."""
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "text").write_text("é\u2028\n<&>\n")
    (tmp_path / "env").write_text("A=1\n# comment\nB=two words\n")
    options = {"labels": {"a": "b"}, "annotations": {"c": "d"}, "immutable": True}
    generators: list[dict[str, Any]] = [
        {"name": "files", "files": ["text", "renamed=binary"]},
        {"name": "envs", "envs": ["env"], "options": options},
        {"name": "literals", "literals": ["A=1", "QUOTED='x'", "EMPTY=", "EQ=a=b"]},
        {"name": "empty"},
        {"name": "ends-with-a-hash-4g8tkt2kk4", "literals": ["A=1"]},
        {"name": "fixed-4g8tkt2kk4", "options": {"disableNameSuffixHash": True}},
    ]
    kustomization = {"configMapGenerator": generators, "secretGenerator": generators}
    (tmp_path / "kustomization.yaml").write_text(json.dumps(kustomization))
    text = build(find_engine(None), str(tmp_path), Policy(str(tmp_path))).text
    stems = sorted(
        f"{data['kind']} {split_hash(data)}" for data in read_stream(text) if isinstance(data, dict)
    )
    assert stems == sorted(
        f"{kind} {None if name.startswith('fixed') else name}"
        for kind in ("ConfigMap", "Secret")
        for name in (one["name"] for one in generators)
    )


@pytest.mark.parametrize(
    "data",
    [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a-4g8tkt2kk4"}},
        {"apiVersion": "example.com/v1", "kind": "ConfigMap", "metadata": {"name": "a-4g8tkt2kk4"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a-0000000000"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "4g8tkt2kk4"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": 1}},
        {"apiVersion": "v1", "kind": "ConfigMap"},
    ],
)
def test_other_names_have_no_hash(data: dict[str, Any]) -> None:
    assert split_hash(data) is None


def test_content_hash_follows_all_but_the_name() -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "a", "labels": {"x": "1"}},
        "spec": {"n": 2**60 + 1, "f": 0.1},
    }
    first = content_hash(job)
    assert len(first) == HASH_LENGTH
    assert content_hash({**job, "metadata": {"labels": {"x": "1"}, "name": "b"}}) == first
    for change in (
        {"spec": {"n": 2**60, "f": 0.1}},
        {"spec": {"f": 0.1}},
        {"metadata": {"name": "a", "labels": {"x": "2"}}},
        {"metadata": {"name": "a", "namespace": "b", "labels": {"x": "1"}}},
        {"spec": {"n": 2**60 + 1, "f": 0.1, "empty": {}}},
    ):
        assert content_hash({**job, **change}) != first
    assert content_hash(json.loads(json.dumps(job, sort_keys=True))) == first
