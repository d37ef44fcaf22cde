"""Each error at the place that says it: cluster.yaml's at its line, those of the base at none."""

from __future__ import annotations

import json

import pytest
from shop import shop
from support import Repository

_CONTAINERS = "/spec/template/spec/containers"
# What the base holds wrongly, in a container that patches move about.
_WRONG = "image: web:1\n        imagePullPolicy: Sometimes"

_INSERT = f"{{op: add, path: {_CONTAINERS}/0, value: {{name: zero, image: zero:1}}}}"
_APPEND = f"{{op: add, path: {_CONTAINERS}/-, value: {{name: last, image: 5}}}}"
_WRITE = f"{{op: add, path: {_CONTAINERS}/0/tty, value: 5}}"
_ENV = f"{{op: add, path: {_CONTAINERS}/0/env/0, value: {{name: A, value: 1}}}}"


def _found(repository: Repository, *operations: str) -> dict[str, int | None]:
    """The line of each finding by its field below the containers, counted from the operations."""
    files = shop()
    files["base/web.yaml"] = files["base/web.yaml"].replace("image: web:1", _WRONG)
    lines = "".join(f"    - {one}\n" for one in operations)
    patches = f"  patches:\n  - target: {{kind: Deployment}}\n    patch:\n{lines}"
    files["overlays/a/cluster.yaml"] += patches
    first = files["overlays/a/cluster.yaml"].splitlines().index("    patch:") + 2
    repository.write(files)
    found = {}
    for row in json.loads(repository.run("check", "--json").out):
        location = row["location"]
        if location:
            assert (location["path"], location["column"]) == ("overlays/a/cluster.yaml", 7)
        field = row["field"].removeprefix(_CONTAINERS)
        found[field] = location and location["line"] - first
    return found


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([_APPEND], {"/0/imagePullPolicy": None, "/1/image": 0}),
        ([_APPEND, _INSERT], {"/1/imagePullPolicy": None, "/2/image": 0}),
        ([_INSERT, _APPEND], {"/1/imagePullPolicy": None, "/2/image": 1}),
        ([_WRITE, _INSERT], {"/1/imagePullPolicy": None, "/1/tty": 0}),
        ([_INSERT, _WRITE], {"/1/imagePullPolicy": None, "/0/tty": 1}),
        ([_ENV, _INSERT], {"/1/imagePullPolicy": None, "/1/env/0/value": 0}),
        (
            [_INSERT, _APPEND, f"{{op: remove, path: {_CONTAINERS}/0}}"],
            {"/0/imagePullPolicy": None, "/1/image": 1},
        ),
        (
            [_APPEND, f"{{op: move, from: {_CONTAINERS}/1, path: {_CONTAINERS}/0}}"],
            {"/1/imagePullPolicy": None, "/0/image": 0},
        ),
        (
            [_APPEND, f"{{op: copy, from: {_CONTAINERS}/1/image, path: {_CONTAINERS}/0/tty}}"],
            {"/0/imagePullPolicy": None, "/0/tty": 0, "/1/image": 0},
        ),
        # Of a container it is said where it lost what it needs; the base's is the base's.
        (
            [_INSERT, f"{{op: remove, path: {_CONTAINERS}/0/name}}"],
            {"/1/imagePullPolicy": None, "/0": 1},
        ),
    ],
)
def test_each_error_has_its_own_place(
    operations: list[str], expected: dict[str, int | None], repository: Repository
) -> None:
    assert _found(repository, *operations) == expected


def test_what_a_container_of_the_base_lacks_is_not_said_of_a_patch_in_it(
    repository: Repository,
) -> None:
    files = shop()
    files["base/web.yaml"] = files["base/web.yaml"].replace("        image: web:1\n", "")
    files["overlays/a/cluster.yaml"] += (
        "  patches:\n  - target: {kind: Deployment}\n"
        f"    patch: [{{op: add, path: {_CONTAINERS}/0/env/-, value: {{name: A}}}}]\n"
    )
    repository.write(files)
    assert repository.run("clusters/a").err.startswith("overlays/a: error: ")
