"""The same equality for generated operations: many of them in each run of the engine."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import outer_build, workspace
from support import TESTS, UNCHECKED, Repository, read_txtar, write_tree

_TREE = TESTS / "oracle_trees" / "hashes.txtar"

# kustomize turns integers above 2^53 in JSON patches into floats, and reads values as
# YAML 1.1: these are its own defects, and test_patches.py shows what we do instead.
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], exclude_characters="\ufeff"),
    max_size=90,
)
_SCALARS = st.one_of(
    _TEXT,
    st.sampled_from(["yes", "no", "012", "1e3", "2019-08-14", "null", "~", "", " a", "a ", "a\nb"]),
    st.booleans(),
    st.none(),
    st.integers(-(2**53), 2**53),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(["a", "b", "c/d", "e~f", "Z9", "10", "9", "é", "with space"])
_MAP_OPERATIONS = st.tuples(st.just("add"), _KEYS, _VALUES)
_DATA_OPERATIONS = st.tuples(st.just("add"), _KEYS, _TEXT)


def _pointer(*steps: str) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


@settings(max_examples=25)
@given(
    annotations=st.lists(st.tuples(_KEYS, _TEXT), min_size=1, max_size=4),
    fields=st.lists(_MAP_OPERATIONS, min_size=1, max_size=8),
    data=st.lists(_DATA_OPERATIONS, min_size=1, max_size=5),
)
def test_generated_operations(
    tmp_path_factory: Any,
    annotations: list[tuple[str, str]],
    fields: list[tuple[str, str, Any]],
    data: list[tuple[str, str, str]],
) -> None:
    files = {
        path: content
        for path, content in read_txtar(_TREE).items()
        if not path.startswith("overlays/")
    }
    values = {f"x/{key}".replace(" ", ""): text for key, text in annotations if key.isascii()}
    deployment = [{"op": "add", "path": "/metadata/annotations", "value": values}]
    deployment += [
        {"op": op, "path": _pointer("spec", "template", "spec", key), "value": value}
        for op, key, value in {key: one for one in fields for key in [one[1]]}.values()
    ]
    config = [
        {"op": op, "path": _pointer("data", key), "value": text}
        for op, key, text in {one[1]: one for one in data}.values()
    ]
    files["overlays/a/kustomization.yaml"] = "resources: [../../base]\n"
    files["overlays/a/cluster.yaml"] = json.dumps(
        {
            "apiVersion": "renderer.gitops/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": "a"},
            "spec": {
                "parameters": {"host": "h"},
                "patches": [
                    {"target": {"kind": "Deployment"}, "patch": deployment},
                    {"target": {"kind": "ConfigMap", "name": "config"}, "patch": config},
                ],
            },
        },
        ensure_ascii=False,
    )
    path = tmp_path_factory.mktemp("generated")
    write_tree(path, {**files, "render.toml": UNCHECKED})
    repository = Repository(path)
    space = workspace(path)
    (tree,) = space.trees
    expected = outer_build(space, tree, path / "outer")
    assert repository.render("build", "overlays/a").out == expected
