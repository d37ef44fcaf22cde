"""Files that change by nothing but hashes in names: what counts as such, and what does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import cluster_yaml, shop
from support import Repository

from renderer.kustomize.name_hash import name_hash
from renderer.tree.hashes import paths_changed_by_hashes
from renderer.tree.planning import Change

_ONE, _TWO = "2456789bcd", "fghkmt2456"


def _map(name: str, value: str, namespace: str = "shop") -> bytes:
    return (
        f"# Cluster: a\napiVersion: v1\ndata:\n  x: |\n    {value}\nkind: ConfigMap\n"
        f"metadata:\n  annotations:\n    name: other\n  name: {name}\n  namespace: {namespace}\n"
    ).encode()


def _reader(name: str, more: str = "") -> bytes:
    return f"kind: Pod\nmetadata:\n  name: web\nspec:\n  configMap: {name}\n{more}".encode()


_RENAMED = Change("shop/configmap-a.yaml", _map(f"a-{_ONE}", "red"), _map(f"a-{_TWO}", "blue"))


def _is_by_hashes(old: bytes, new: bytes, *others: Change) -> bool:
    found = paths_changed_by_hashes([Change("shop/pod-web.yaml", old, new), _RENAMED, *others])
    assert found <= {"shop/pod-web.yaml"}
    return bool(found)


def test_a_reader_of_what_is_renamed() -> None:
    assert _is_by_hashes(_reader(f"a-{_ONE}"), _reader(f"a-{_TWO}"))
    assert _is_by_hashes(_reader(f"[a-{_ONE}, 'a-{_ONE}']"), _reader(f"[a-{_TWO}, 'a-{_TWO}']"))
    # One that is itself named by its content, and whose content is a reference.
    assert _is_by_hashes(_map(f"b-{_TWO}", f"a-{_ONE}"), _map(f"b-{_ONE}", f"a-{_TWO}"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_reader(f"a-{_ONE}", "x: 1\n"), _reader(f"a-{_TWO}", "x: 2\n")),
        (_reader(f"a-{_ONE}"), _reader(f"b-{_TWO}")),
        (_reader(f"a-{_ONE}"), _reader("a")),
        (_reader(f"a-{_ONE}"), _reader("a-")),
        (_reader(f"c-{_ONE}"), _reader(f"c-{_TWO}")),  # nothing of this name is among the changes
        (_reader(f"a-{_ONE}"), _reader("a-fffffffff2")),  # not what it is called now
        (_reader(f"a-{_ONE}"), _reader(f"a-{_TWO}").replace(b"\n", b"\r\n")),
        (_reader(f"a-{_ONE}"), b""),
    ],
)
def test_more_than_hashes(old: bytes, new: bytes) -> None:
    assert not _is_by_hashes(old, new)


def test_names_that_only_look_like_hashes() -> None:
    renamed = Change("shop/configmap-c.yaml", _map("c-replicated", "1"), _map("c-relocated2", "2"))
    assert not _is_by_hashes(_reader("c-replicated"), _reader("c-relocated2"), renamed)


def test_added_and_removed_files_are_more_than_hashes() -> None:
    alone = [
        Change("shop/configmap-a.yaml", _map(f"a-{_ONE}", "red"), None),
        Change("shop/configmap-b.yaml", None, _map(f"a-{_TWO}", "red")),
        Change("shop/pod-web.yaml", _reader(f"a-{_ONE}"), _reader(f"a-{_TWO}")),
    ]
    assert paths_changed_by_hashes(alone) == set()


def test_hashes_are_those_that_names_get() -> None:
    for number in range(50):
        data = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"x": str(number)}}
        renamed = Change("x", _map(f"a-{_ONE}", "1"), _map(f"a-{name_hash(data)}", "2"))
        reader = Change("y", _reader(f"a-{_ONE}"), _reader(f"a-{name_hash(data)}"))
        assert paths_changed_by_hashes([renamed, reader]) == {"y"}


_NAMES = [f"{stem}-" for stem in ("a", "b", "a-b", "web.a")]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*_NAMES, "x: ", "\n", "a", "-", '"'])),
    st.booleans(),
    st.integers(0, 2**16),
)
def test_generated_readers(parts: list[str], other: bool, place: int) -> None:
    """Equal but for renamed names, and with one other character, which is never missed."""
    renamed = [
        Change(f"{stem}.yaml", _map(f"{stem}{_ONE}", "1"), _map(f"{stem}{_TWO}", "2"))
        for stem in _NAMES
    ]
    parts = ["y", *parts]
    old, new = (
        [f"{part}{digits}" if part in _NAMES else part for part in parts] for digits in (_ONE, _TWO)
    )
    if other:
        chosen = place % len(parts)
        new[chosen] = "!" * len(new[chosen])
    changes = [*renamed, Change("reader.yaml", "".join(old).encode(), "".join(new).encode())]
    assert paths_changed_by_hashes(changes) == (set() if other else {"reader.yaml"})


# As people see it

_EMBEDDED = """\
apiVersion: v1
kind: Pod
metadata:
  name: task
  namespace: shop
  annotations: {renderer.gitops/embed: templates/task.yaml}
spec: {containers: [{name: task, image: web:1, envFrom: [{configMapRef: {name: settings}}]}]}
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop, annotations: {renderer.gitops/name-hash: "true"}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: web:1, envFrom: [{configMapRef: {name: settings}}]}]
"""


def _settings(repository: Repository, color: str) -> None:
    files = shop("a", "b")
    repository.write(
        {
            **files,
            "base/kustomization.yaml": files["base/kustomization.yaml"]
            .replace("resources: [", "resources: [task.yaml, job.yaml, reader.yaml, ")
            .replace("red", color)
            + "- name: templates\n  namespace: shop\n",
            "base/task.yaml": _EMBEDDED,
            "base/job.yaml": _JOB,
            "base/reader.yaml": _JOB.replace("migrate", "reader")
            .replace(', annotations: {renderer.gitops/name-hash: "true"}', "")
            .replace("name: settings", "name: templates"),
        }
    )


def test_the_summary_says_how_many_changed_by_more(repository: Repository) -> None:
    _settings(repository, "red")
    repository.render("clusters")
    _settings(repository, "blue")
    repository.write({"overlays/b/cluster.yaml": cluster_yaml("b", "b.example.com")})
    checked = repository.run("clusters", "--check")
    assert checked.err.startswith(
        "clusters/a: 7 manifests, 5 to change (1 by more than hashes), 2 unchanged\n"
        "clusters/b: 7 manifests, 5 to change (2 by more than hashes), 2 unchanged\n"
    )
    assert [line for line in checked.out.splitlines() if "clusters/b" in line] == [
        "changed: clusters/b/shop/configmap-settings.yaml",
        "rehashed: clusters/b/shop/configmap-templates.yaml",
        "changed: clusters/b/shop/deployment-web.yaml",
        "rehashed: clusters/b/shop/job-migrate.yaml",
        "rehashed: clusters/b/shop/job-reader.yaml",
    ]
    written = repository.render("clusters", "--verbose").err
    assert "5 changed (1 by more than hashes), 2 unchanged\n" in written
    assert "  rehashed clusters/b/shop/job-reader.yaml\n" in written


def test_a_tree_in_which_hashes_alone_are_old(repository: Repository) -> None:
    _settings(repository, "red")
    repository.render("a")
    text = repository.manifest("clusters/a/shop/configmap-settings.yaml")
    name = text.partition("  name: ")[2].partition("\n")[0]
    for path, text in repository.files("clusters/a").items():
        repository.write({f"clusters/a/{path}": text.replace(name, f"settings-{_ONE}")})
    row = json.loads(repository.run("a", "--check", "--json").out)["clusters"][0]
    assert row["counts"]["changed"] == row["counts"]["hashes_only"] == 4
    assert "4 changed (none by more than hashes), 3 unchanged\n" in repository.render("a").err
