"""The proof: whatever the engine opens is in the closure."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from renderer.kustomize.closure import ClosureReader, Policy
from renderer.kustomize.engine import build
from renderer.kustomize.program import Engine

# Here plugins could read any file of their tree, so all of them are in the closure; and a
# plugin's `env` is ignored by kustomize, in silence, so that we want it to be there at least.
CAREFUL = {
    "generators-file",
    "everything-at-once",
    "generators-directory",
    "transformers-any-case",
    "transformers-directory",
}
OPENED = re.compile(r"open.*= \d+<(/[^>]*)>")


def trace(program: list[str], log: Path) -> set[str]:
    """The real paths of all files that a program opens."""
    watched = ["strace", "-f", "-y", "--seccomp-bpf", "-e", "trace=open,openat,openat2"]
    subprocess.run([*watched, "-o", str(log), *program], check=True, capture_output=True)
    return set(OPENED.findall(log.read_text()))


@pytest.fixture(scope="session")
def strace(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    try:
        trace(["/bin/true"], tmp_path_factory.mktemp("strace") / "log")
    except subprocess.CalledProcessError:
        pytest.skip("this system does not let us trace (ptrace)")


@pytest.mark.usefixtures("strace")
def test_every_file_that_the_engine_opens_is_in_the_closure(
    tree: Any, engine: Engine, tmp_path: Path
) -> None:
    closure = ClosureReader(Policy(tree.repository), None).read(tree.root)
    opened = trace([engine.path, "kustomize", tree.root], tmp_path / "log")
    inside = {path for path in opened if path.startswith(tree.repository + "/")}
    assert inside, "the trace saw nothing"
    assert inside <= {*closure.files}
    if tree.name not in CAREFUL:
        assert inside == {*closure.files}


def test_every_tree_builds(tree: Any, engine: Engine) -> None:
    assert build(engine, tree.root, Policy(tree.repository)).text
