"""What a closure holds, and what its digest tells apart."""

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.cache import Cache
from renderer.errors import RenderError
from renderer.kustomize import reading
from renderer.kustomize.closure import Closure, ClosureReader, Policy, is_unchanged
from renderer.kustomize.engine import build
from renderer.kustomize.program import Engine

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def closure_of(repository: str, root: str = "overlays/a", **allow: Any) -> Closure:
    return ClosureReader(Policy(repository, **allow), None).read(f"{repository}/{root}")


# The digest


def test_a_change_of_any_file_changes_the_digest(tree: Any) -> None:
    before = closure_of(tree.repository)
    for name in before.files:
        path = Path(name)
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert closure_of(tree.repository).digest != before.digest, name
        path.write_bytes(content)
    assert closure_of(tree.repository).digest == before.digest


def test_another_place_does_not_change_the_digest(tree: Any, tmp_path: Path) -> None:
    moved = tree.write(str(tmp_path / "elsewhere" / "deep"))
    assert closure_of(moved.repository).digest == closure_of(tree.repository).digest


def test_what_is_remembered_is_what_is_read(
    tree: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = closure_of(tree.repository)
    policy, cache = Policy(tree.repository), Cache(str(tmp_path / "cache"))
    assert ClosureReader(policy, cache).read(tree.root) == fresh
    for parse in ("parse_kustomization", "parse_plugins"):
        monkeypatch.setattr(reading, parse, None)
    assert ClosureReader(policy, cache).read(tree.root) == fresh


def test_an_entry_of_another_version_is_a_miss(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = write({"overlays/a/kustomization.yaml": "namePrefix: a-\n"})
    monkeypatch.setattr(Cache, "get", lambda *_: b'["Kustomization", [["new", 1]]]')
    cache = Cache(str(tmp_path / "cache"))
    read = ClosureReader(Policy(repository), cache).read(f"{repository}/overlays/a")
    assert read == closure_of(repository)


def test_a_run_in_which_nothing_changed_reads_no_yaml(write: Any, tmp_path: Path) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [one.yaml]\ntransformers: [t.yaml]\n",
            "overlays/a/one.yaml": CONFIG_MAP,
            "overlays/a/t.yaml": "apiVersion: builtin\nkind: PrefixTransformer\n",
        }
    )
    script = f"""
import sys
from renderer.cache import Cache
from renderer.kustomize.closure import ClosureReader, Policy
ClosureReader(Policy({repository!r}), Cache({str(tmp_path / "cache")!r})).read(
    {repository!r} + "/overlays/a")
print(*sorted({{"yaml", "subprocess", "typing"}} & sys.modules.keys()))
"""
    run = [sys.executable, "-c", script]
    first, second = (
        subprocess.run(run, check=True, capture_output=True, text=True).stdout for _ in range(2)
    )
    assert "yaml" in first.split()
    assert second.split() == ["typing"]


def overlay(extra: str = "") -> dict[str, str]:
    return {
        "kustomization.yaml": f"resources: [../../base]\nconfigMapGenerator:\n- name: g\n"
        f"  files: [data.txt]\n{extra}",
        "data.txt": "data\n",
    }


def two_overlays(write: Any, a: dict[str, str], b: dict[str, str]) -> str:
    files = {f"overlays/a/{name}": content for name, content in a.items()}
    files |= {f"overlays/b/{name}": content for name, content in b.items()}
    base = {"base/kustomization.yaml": "resources: [one.yaml]\n", "base/one.yaml": CONFIG_MAP}
    repository: str = write({**files, **base})
    return repository


def test_overlays_of_equal_content_share_a_digest(write: Any, engine: Engine) -> None:
    repository = two_overlays(write, overlay(), overlay())
    a, b = (closure_of(repository, f"overlays/{name}") for name in "ab")
    assert a.digest == b.digest
    assert a.files != b.files
    policy = Policy(repository)
    assert build(engine, a.root, policy).text == build(engine, b.root, policy).text


@pytest.mark.parametrize(
    "other",
    [
        overlay("namePrefix: x-\n"),
        {**overlay(), "data.txt": "other\n"},
        {**overlay(), "kustomization.yaml": overlay()["kustomization.yaml"] + "# comment\n"},
    ],
    ids=["field", "data", "comment"],
)
def test_overlays_of_other_content_do_not(write: Any, other: dict[str, str]) -> None:
    repository = two_overlays(write, overlay(), other)
    a, b = (closure_of(repository, f"overlays/{name}") for name in "ab")
    assert a.digest != b.digest


def test_where_the_name_of_the_directory_counts_it_is_in_the_digest(
    write: Any, engine: Engine
) -> None:
    plugin = {
        "kustomization.yaml": "resources: [../../base]\ntransformers: [t.yaml]\n",
        "t.yaml": "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: t}\n"
        "targets: [{fieldPath: data/directory}]\n",
    }
    repository = two_overlays(write, plugin, plugin)
    a, b = (closure_of(repository, f"overlays/{name}") for name in "ab")
    texts = {build(engine, root, Policy(repository)).text for root in (a.root, b.root)}
    assert len(texts) == 2
    assert a.digest != b.digest


def test_the_same_link_to_other_content_is_another_digest(write: Any) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [base]\n",
            "overlays/a/base": Path("../../one"),
            "one/kustomization.yaml": "namePrefix: one-\n",
            "two/kustomization.yaml": "namePrefix: two-\n",
        }
    )
    before = closure_of(repository)
    Path(repository, "overlays/a/base").unlink()
    Path(repository, "overlays/a/base").symlink_to("../../two")
    assert closure_of(repository).digest != before.digest


EDITS = st.tuples(
    st.sampled_from(["flip", "cut", "append", "swap", "delete", "copy"]),
    st.integers(0, 2**32),
)


def edit(files: dict[str, Any], kind: str, seed: int) -> None:
    """One small random change, of the sort that people make by mistake."""
    chance = random.Random(seed)
    names = sorted(name for name, content in files.items() if isinstance(content, str))
    name, other = chance.choice(names), chance.choice(names)
    text: str = files[name]
    place = chance.randrange(len(text))
    if kind == "flip":
        files[name] = text[:place] + chance.choice("abyz019-: \n") + text[place + 1 :]
    elif kind == "cut":
        lines = text.splitlines(keepends=True)
        del lines[chance.randrange(len(lines))]
        files[name] = "".join(lines)
    elif kind == "append":
        files[name] = text + chance.choice(["# comment\n", "namePrefix: z-\n", "x: y\n", " "])
    elif kind == "swap":
        files[name], files[other] = files[other], files[name]
    elif kind == "delete":
        del files[name]
    else:
        files[f"{os.path.dirname(name)}/Kustomization"] = files[other]


def check_random_edits(
    tree: Any, engine: Engine, changes: Iterable[tuple[str, int]], directory: Path
) -> None:
    """Whenever the engine answers otherwise, the digest is another (or the closure refuses)."""
    policy = Policy(tree.repository)
    before = closure_of(tree.repository).digest, build(engine, tree.root, policy).text
    for number, change in enumerate(changes):
        files = dict(tree.files)
        edit(files, *change)
        changed = type(tree)(tree.name, "", "", files).write(str(directory / str(number)))
        try:
            digest = closure_of(changed.repository).digest
        except RenderError:
            continue
        if digest == before[0]:
            after = build(engine, changed.root, Policy(changed.repository)).text
            assert after == before[1], change


@pytest.mark.parametrize("tree", ["everything-at-once"], indirect=True)
def test_random_edits_of_one_tree(
    tree: Any, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=50)
    @given(EDITS)
    def check(change: tuple[str, int]) -> None:
        check_random_edits(tree, engine, [change], tmp_path_factory.mktemp("changed"))

    check()


@pytest.mark.long
def test_random_edits_of_every_tree(tree: Any, engine: Engine, tmp_path: Path) -> None:
    kinds = ["flip", "cut", "append", "swap", "delete", "copy"]
    changes = [(kinds[seed % 6], seed) for seed in range(1200)]
    check_random_edits(tree, engine, changes, tmp_path / "changed")


# What is in it


def test_components_in_the_order_of_accumulation(write: Any) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "components: [../../c/outer, ../../c/last]\n"
            "resources: [../../base]\n",
            "base/kustomization.yaml": "components: [../c/base]\n",
            "c/outer/kustomization.yaml": COMPONENT + "components: [../inner, ../base]\n"
            "resources: [../../base]\n",
            "c/inner/kustomization.yaml": COMPONENT,
            "c/base/kustomization.yaml": COMPONENT,
            "c/last/kustomization.yaml": COMPONENT,
        }
    )
    closure = closure_of(repository)
    assert [os.path.basename(path) for path in closure.components] == [
        "base",
        "outer",
        "inner",
        "last",
    ]
    assert closure.directories == tuple(
        f"{repository}/{name}"
        for name in ("base", "c/base", "c/inner", "c/last", "c/outer", "overlays/a")
    )


def test_documents_and_definitions(write: Any) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [p.yaml, crd.yaml, one.yaml]\n"
            "patches: [{path: patch.yaml}]\n",
            "overlays/a/p.yaml": "apiVersion: renderer.gitops/v1alpha1\nkind: Parameters\n",
            "overlays/a/crd.yaml": "kind: CustomResourceDefinition\n",
            "overlays/a/one.yaml": CONFIG_MAP,
            "overlays/a/patch.yaml": CONFIG_MAP + "  # renderer.gitops/ only in a patch\n",
        }
    )
    closure = closure_of(repository)
    assert closure.documents == (f"{repository}/overlays/a/p.yaml",)
    assert closure.crds == (f"{repository}/overlays/a/crd.yaml",)


def test_a_root_behind_a_link_is_its_real_self(write: Any) -> None:
    repository = write({"real/kustomization.yaml": "namePrefix: x\n", "link": Path("real")})
    assert closure_of(repository, "link") == closure_of(repository, "real")
    assert closure_of(repository, "link").root == f"{repository}/real"


def test_a_file_that_changes_while_the_engine_runs(write: Any) -> None:
    files = {"overlays/a/kustomization.yaml": "resources: [one.yaml]\n"}
    repository = write({**files, "overlays/a/one.yaml": CONFIG_MAP})
    policy, closure = Policy(repository), closure_of(repository)
    assert is_unchanged(closure, policy, None)
    Path(repository, "overlays/a/one.yaml").write_text(CONFIG_MAP + "data: {a: b}\n")
    assert not is_unchanged(closure, policy, None)
    Path(repository, "overlays/a/one.yaml").unlink()
    assert not is_unchanged(closure, policy, None)


def test_what_is_allowed_is_read(write: Any) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../../outside]\n",
            "../outside/kustomization.yaml": "resources: [one.yaml]\n",
            "../outside/one.yaml": CONFIG_MAP,
        }
    )
    outside = os.path.dirname(repository) + "/outside"
    closure = closure_of(repository, allow_outside=True)
    assert closure.files == (
        f"{outside}/kustomization.yaml",
        f"{outside}/one.yaml",
        f"{repository}/overlays/a/kustomization.yaml",
    )


@pytest.mark.parametrize(
    ("resource", "pinned"),
    [
        (f"https://github.com/o/r?ref={COMMIT}", True),
        (f"https://github.com/o/r//base?timeout=90&ref={COMMIT}", True),
        (f"git@github.com:o/r.git?ref={COMMIT}&submodules=false", True),
        (f"github.com/o/r/base?ref={COMMIT}", True),
        ("https://github.com/o/r?ref=main", False),
        ("https://github.com/o/r?ref=v1.0.0", False),
        ("https://github.com/o/r", False),
        (f"https://github.com/o/r?ref={COMMIT[:12]}", False),
        (f"https://github.com/o/r?ref={COMMIT}0", False),
        (f"https://github.com/o/r?version={COMMIT}", False),
        (f"https://github.com/o/r?ref=main&ref={COMMIT}", False),
        (f"https://github.com/o/r?ref={COMMIT}&ref=main", False),
        (f"https://github.com/o/r?x=;&ref={COMMIT}", False),
        (f"https://github.com/{COMMIT}/r", False),
    ],
)
def test_a_remote_base_is_pinned_by_a_full_commit(write: Any, resource: str, pinned: bool) -> None:
    repository = write({"overlays/a/kustomization.yaml": f"resources: ['{resource}']\n"})
    assert closure_of(repository, allow_remote=True).pinned is pinned


def test_a_file_with_a_name_like_a_remote_is_local(write: Any, engine: Engine) -> None:
    repository = write(
        {
            "overlays/a/kustomization.yaml": "resources: [github.com/one.yaml, user@host.yaml]\n",
            "overlays/a/github.com/one.yaml": CONFIG_MAP,
            "overlays/a/user@host.yaml": CONFIG_MAP.replace("one", "two"),
        }
    )
    assert len(closure_of(repository).files) == 3
    assert build(engine, f"{repository}/overlays/a", Policy(repository)).text
