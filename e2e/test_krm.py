"""`render krm` inside a standalone kustomize, against `render build`."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from documentation.test_readme import copy_of_project
from hypothesis import given, settings
from hypothesis import strategies as st
from support import UNCHECKED, read_txtar, write_tree

from e2e.controlplane import ControlPlane
from e2e.trees import CLUSTERS, ROOT
from e2e.wrappers import (
    HEAD,
    RUN,
    build,
    environment,
    generator,
    rendered,
    run,
    shipped,
    sources,
    transformer,
)

FIXTURES = sorted((ROOT / "tests" / "oracle_trees").glob("*.txtar"))


@pytest.mark.proves("As a generator, kustomize prints the bytes of render build", "kustomize")
@pytest.mark.parametrize("archive", FIXTURES, ids=lambda path: path.stem)
def test_generator_of_a_fixture(archive: Path, tmp_path: Path) -> None:
    write_tree(tmp_path, read_txtar(archive))
    for source in sources(tmp_path):
        made = build(generator(tmp_path, source), *RUN)
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout == rendered(tmp_path, source)


@pytest.mark.proves("As a generator, kustomize prints the bytes of render build", "kustomize")
@pytest.mark.parametrize("name", CLUSTERS)
def test_generator_of_a_shipped_cluster(name: str, tmp_path: Path) -> None:
    repository = shipped(tmp_path)
    made = build(generator(repository, f"overlays/{name}"), *RUN)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == rendered(repository, f"overlays/{name}")


@pytest.mark.proves("As a transformer, kustomize prints the bytes of render build", "kustomize")
@pytest.mark.parametrize("archive", FIXTURES, ids=lambda path: path.stem)
def test_transformer_of_a_fixture(archive: Path, tmp_path: Path) -> None:
    write_tree(tmp_path, read_txtar(archive))
    for source in sources(tmp_path):
        made = build(transformer(tmp_path, source), *RUN)
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout == rendered(tmp_path, source)


@pytest.mark.proves("A transformer refuses what needs final names", "kustomize")
@pytest.mark.parametrize("name", CLUSTERS)
def test_transformer_refuses_names_by_content(name: str, tmp_path: Path) -> None:
    made = build(transformer(shipped(tmp_path), f"overlays/{name}"), *RUN)
    assert (made.returncode, made.stdout) == (1, "")
    assert "[needs-generator]\n  in Job.batch airflow/airflow-migrate\n" in made.stderr
    assert ("in Pod airflow-workers/airflow-task" in made.stderr) == (name == "prod")
    assert "hint: use the generator" in made.stderr


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=60)
_KEYS = st.sampled_from(["a", "b", "c/d", "e~f", "10", "é", "with space"])
_VALUES = st.recursive(
    st.one_of(_TEXT, st.booleans(), st.integers(-(2**53), 2**53)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)


def _add(*steps: str, value: Any) -> dict[str, Any]:
    path = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return {"op": "add", "path": path, "value": value}


@pytest.mark.proves("A transformer equals render build for generated changes", "kustomize")
@settings(max_examples=15)
@given(
    host=_TEXT,
    data=st.dictionaries(_KEYS, _TEXT, min_size=1, max_size=4),
    fields=st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4),
    prefix=st.sampled_from(["", "p-"]),
)
def test_transformer_of_generated_changes(
    tmp_path_factory: pytest.TempPathFactory,
    host: str,
    data: dict[str, str],
    fields: dict[str, Any],
    prefix: str,
) -> None:
    config = [_add("data", key, value=text) for key, text in data.items()]
    workload = [_add("spec", key, value=value) for key, value in fields.items()]
    spec = {
        "parameters": {"host": host},
        "patches": [
            {"target": {"kind": "ConfigMap", "name": f"{prefix}config"}, "patch": config},
            {"target": {"kind": "Deployment|CronJob"}, "patch": workload},
        ],
    }
    files = read_txtar(ROOT / "tests" / "oracle_trees" / "hashes.txtar")
    files = {path: text for path, text in files.items() if not path.startswith("overlays/")}
    files["overlays/a/kustomization.yaml"] = json.dumps(
        {"resources": ["../../base"], "namePrefix": prefix}
    )
    document = {**HEAD, "kind": "Cluster", "spec": spec}
    files["overlays/a/cluster.yaml"] = _lines(document)
    path = tmp_path_factory.mktemp("generated")
    write_tree(path, {**files, "render.toml": UNCHECKED})
    made = build(transformer(path, "overlays/a"), *RUN)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == rendered(path, "overlays/a")


def _lines(document: dict[str, Any]) -> str:
    """A Cluster called `a`, each field of its top in JSON on a line of its own."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items()]
    return "\n".join([*lines, "metadata: {name: a}", ""])


@pytest.mark.proves("An error stops kustomize, and says where", "kustomize")
def test_error(tmp_path: Path) -> None:
    write_tree(tmp_path, read_txtar(ROOT / "tests" / "oracle_trees" / "hashes.txtar"))
    wrapper = transformer(tmp_path, "overlays/a")
    text = (wrapper / "cluster.yaml").read_text()
    (wrapper / "cluster.yaml").write_text(text.replace("host:", "hsot:"))
    made = build(wrapper, *RUN)
    assert (made.returncode, made.stdout) == (1, "")
    assert "Cluster a /spec/parameters/hsot: error: unknown parameter hsot" in made.stderr


@pytest.mark.proves("A skipped function shows in the output", "kustomize")
def test_skipped(tmp_path: Path) -> None:
    write_tree(tmp_path, read_txtar(ROOT / "tests" / "oracle_trees" / "hashes.txtar"))
    generating, transforming = (make(tmp_path, "overlays/a") for make in (generator, transformer))
    for wrapper in (generating, transforming):
        for command in (["kustomize", "build", "."], ["kubectl", "kustomize", "."]):
            stopped = run(wrapper, *command)
            assert (stopped.returncode, stopped.stdout) == (1, "")
            assert "external plugins disabled" in stopped.stderr
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        nothing = run(generating, *command, "--enable-alpha-plugins", ".")
        assert (nothing.returncode, nothing.stdout) == (0, "")
        untouched = run(transforming, *command, "--enable-alpha-plugins", ".")
        assert untouched.returncode == 0
        objects = untouched.stdout.split("\n---\n")
        assert all("    renderer.gitops/skipped: $(skipped)\n" in one for one in objects)


@pytest.mark.proves("Nothing of a skipped function's output is applied", "kube-apiserver")
def test_skipped_output_is_refused(cluster: ControlPlane, tmp_path: Path) -> None:
    write_tree(tmp_path, read_txtar(ROOT / "tests" / "oracle_trees" / "operations.txtar"))
    write_tree(
        tmp_path / "base",
        {
            "kustomization.yaml": "resources: [all.yaml]\n",
            "all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: thing}\n",
        },
    )
    wrapper = transformer(tmp_path, "overlays/a")
    skipped = run(wrapper, "kubectl", "kustomize", "--enable-alpha-plugins", ".").stdout
    answer = cluster.ask("apply", "--server-side", "-f", "-", stdin=skipped)
    assert answer.code == 1
    assert "metadata.labels: Invalid value" in answer.err
    plain = skipped.replace("renderer.gitops/skipped: $(skipped)", "other: label")
    assert cluster.ask("apply", "--server-side", "-f", "-", stdin=plain).code == 0


_FILE = re.compile(r"^```yaml\n# (\S+\.yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.proves("docs/kustomize-plugin.md: every command prints what it shows", "kustomize")
def test_commands_of_the_page(tmp_path: Path) -> None:
    directory = tmp_path / "clone"
    directory.mkdir()
    copy_of_project(directory)
    page = (ROOT / "docs" / "kustomize-plugin.md").read_text()
    write_tree(directory, {found[1]: found[2] for found in _FILE.finditer(page)})
    commands = [
        part.partition("\n")
        for block in _BLOCK.findall(page)
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]
    assert len(commands) > 8
    for command, _, expected in commands:
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=directory,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ran.stdout == expected, command
