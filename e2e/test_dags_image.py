"""images/airflow-dags by a real builder: what is built, refused, pushed, bumped and pulled.

The scripts of its workflow run as they stand there. In the place of the service that runs it are
`e2e.workflow`, clones of repositories here for its checkouts, and a gh that writes down its call.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e import registry
from e2e.builder import BASE, Builder
from e2e.conftest import short_failure
from e2e.dag_images import (
    GH_LINE,
    NAME,
    RECIPE,
    Site,
    dags_repository,
    entry_of,
    made,
    platform_repository,
)
from e2e.tools import find
from e2e.trees import Repository
from e2e.upstream import BRANCH, run_git, serving
from e2e.workflow import FailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUILDAH = "Debian's buildah"
_WHERE = "/opt/airflow/dags"
_GATE = f"RUN python /tmp/check_dags.py {_WHERE}\n"
_PASSED = "1 DAGs, 0 files that cannot be imported\n"
_GOOD = """
from airflow.sdk import dag, task
@dag
def good():
    @task
    def one(): pass
    one()
good()
"""
_IMAGE_LINE = re.compile(r"[+-] +(- )?image: ")
_JOB_LINE = re.compile(r"[+-]  name: airflow-(migrate|secrets)-\w{10}")
_BROKEN = {"good.py": _GOOD, "bad.py": "import no_such_module  # airflow dag\n"}
_REFUSED = {
    "not imported": (_BROKEN, "No module named 'no_such_module'"),
    "no DAG": ({"helper.py": "ANSWER = 42\n"}, f"{_WHERE}: no DAG; a file of DAGs has the words"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    if os.geteuid() != 0:
        pytest.skip("an image is built as root here")
    with short_failure(), made() as whole:
        yield whole


@pytest.mark.proves("the workflow of a DAGs image is one that the service takes", "actionlint")
def test_the_workflow_is_valid() -> None:
    with short_failure():
        linter = find("actionlint")
    argv: list[str | Path] = [
        linter,
        "-no-color",
        "-shellcheck=",
        "-pyflakes=",
        RECIPE / "workflow.yaml",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.proves("a pull request builds an image with its DAGs, and pushes nothing", _BUILDAH)
def test_a_pull_request(site: Site, tmp_path: Path) -> None:
    dags = dags_repository(tmp_path, {"good.py": _GOOD, "team/helper.py": ""})
    (ran,) = site.play("pull_request", dags)
    assert _PASSED in ran.stdout
    commit = run_git(dags, "rev-parse", "HEAD").strip()
    files = _inside(site.builder, f"{site.image}:{commit}", "find", _WHERE, "-type", "f", "-ls")
    found = {
        line.split()[-1]: line.split()[4:6] for line in files.splitlines() if ".pyc" not in line
    }
    names = (".gitkeep", "good.py", "team/helper.py")
    assert found == {f"{_WHERE}/{name}": ["airflow", "root"] for name in names}
    assert site.registry.tags(NAME) == []


@pytest.mark.proves(
    "a DAG that cannot be imported, or none, is no image, and nothing is pushed", _BUILDAH
)
@pytest.mark.parametrize("name", _REFUSED)
def test_refused(site: Site, name: str, tmp_path: Path) -> None:
    files, reason = _REFUSED[name]
    tags = site.registry.tags(NAME)
    dags = dags_repository(tmp_path, files)
    with pytest.raises(FailedError) as refused:
        site.play("push", dags)
    assert reason in refused.value.ran.stderr
    commit = run_git(dags, "rev-parse", "HEAD").strip()
    assert commit not in site.builder.buildah("images")
    assert site.registry.tags(NAME) == tags


@pytest.mark.proves("it is the gate that refuses: without it there would be an image", _BUILDAH)
def test_the_gate_refuses(site: Site, tmp_path: Path) -> None:
    dags = dags_repository(tmp_path, _BROKEN)
    recipe = dags / "Dockerfile"
    text = recipe.read_text()
    assert text.endswith(_GATE)
    recipe.write_text(text.removesuffix(_GATE))
    _build(site.builder, dags)


@pytest.mark.proves("requirements are installed, and change no version of Airflow", _BUILDAH)
def test_requirements(site: Site, tmp_path: Path) -> None:
    uses = {"uses.py": f"import helper  # airflow\n{_GOOD}"}
    with _index() as address:
        good, bad = (f"helper @ {address}/{name}" for name in (_wheel_name(1), _wheel_name(2)))
        (tmp_path / "good").mkdir()
        assert _PASSED in _build(site.builder, dags_repository(tmp_path / "good", uses, good))
        (tmp_path / "bad").mkdir()
        with pytest.raises(AssertionError, match="conflicting dependencies"):
            _build(site.builder, dags_repository(tmp_path / "bad", uses, bad))


@pytest.mark.proves(
    "a push becomes an image in the registry, and a branch with its tag and digest in the one entry"
    " that names it and in the rendered tree; pulled by that digest, its DAGs are imported",
    _BUILDAH,
    "registry",
)
def test_a_push(site: Site, tmp_path: Path) -> None:
    dags = dags_repository(tmp_path, {"good.py": _GOOD})
    platform = platform_repository(tmp_path, site.image)
    site.play("push", dags, platform)
    commit = run_git(dags, "rev-parse", "HEAD").strip()
    digest = site.registry.digest(NAME, commit)
    assert site.registry.tags(NAME) == [commit]
    assert (site.builder.directory / "gh").read_text() == GH_LINE
    _check_change(platform, site.image, commit, digest)
    work_tree = tmp_path / "merged"
    run_git(tmp_path, "clone", "--quiet", f"--branch=dags-{commit}", str(platform), str(work_tree))
    Repository(work_tree).run("clusters", "--check")
    _check_pulled(site, f"{site.image}@{digest}")


def _check_change(platform: Path, image: str, commit: str, digest: str) -> None:
    """What the branch changes: the entry, and the image and the names of Jobs in the tree."""
    sides = (BRANCH, f"dags-{commit}")
    overlay, tree = (
        [
            line
            for line in run_git(platform, "diff", "-U0", *sides, "--", path).splitlines()
            if re.match(r"[+-](?!\+\+|--)", line)
        ]
        for path in ("overlays", "clusters")
    )
    before, after = (
        entry_of(image, *values).splitlines()[1:]
        for values in (("none", f"sha256:{'0' * 64}"), (commit, digest))
    )
    assert overlay == [f"-{line}" for line in before] + [f"+{line}" for line in after]
    images = [line for line in tree if _IMAGE_LINE.match(line)]
    assert images
    assert {f"{line[0]}{line.partition('image: ')[2]}" for line in images} == {
        f"-{image}:none@sha256:{'0' * 64}",
        f"+{image}:{commit}@{digest}",
    }
    assert all(_JOB_LINE.fullmatch(line) for line in tree if line not in images)


def _check_pulled(site: Site, image: str) -> None:
    """Who has only the registry gets the image by its password, and can run it under any uid."""
    node = Builder(site.guard, "node", site.registry)
    denied = node.run(["buildah", "pull", image])
    assert denied.returncode != 0
    assert "authentication required" in denied.stderr
    user, server = f"--username={registry.USER}", site.registry.address
    node.buildah("login", user, f"--password={registry.PASSWORD}", server)
    node.buildah("pull", "--quiet", image)
    printed = _inside(node, image, "python", "/tmp/check_dags.py", _WHERE, user="12345:0")
    assert _PASSED in printed


def _build(builder: Builder, dags: Path) -> str:
    return builder.buildah("build", f"--build-arg=BASE={BASE}", dags)


def _inside(builder: Builder, image: str, *argv: str, user: str = "airflow") -> str:
    """What a program prints that runs in a container of an image."""
    container = builder.buildah("from", "--pull-never", image).strip()
    printed = builder.buildah("run", f"--user={user}", container, "--", *argv)
    builder.buildah("rm", container)
    return printed


def _wheel_name(version: int) -> str:
    return f"helper-{version}-py3-none-any.whl"


def _wheel(version: int, needs: str = "") -> bytes:
    """A package that has a module `helper`."""
    metadata = f"Metadata-Version: 2.1\nName: helper\nVersion: {version}\n{needs}"
    form = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    information = f"helper-{version}.dist-info"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("helper.py", "")
        for name, text in {"METADATA": metadata, "WHEEL": form, "RECORD": ""}.items():
            archive.writestr(f"{information}/{name}", text)
    return content.getvalue()


@contextlib.contextmanager
def _index() -> Iterator[str]:
    """The address of a server of two packages; the second one wants another Airflow."""
    wheels = {
        f"/{_wheel_name(1)}": _wheel(1),
        f"/{_wheel_name(2)}": _wheel(2, "Requires-Dist: apache-airflow<3\n"),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = wheels[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"
