"""Which claims are tried on which executors, and what one of them depends on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from e2e.node.trees import EXECUTORS, LAPTOP
from e2e.tools import cache
from e2e.trees import ROOT, Repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_NODE = ROOT / "e2e/node"
_EVERY = tuple(EXECUTORS)
_OVERLAYS = ROOT / "e2e/overlays"
_MEMORY = "node-claims"

DIRECTORY = _NODE / "claims"
"""The files of claims."""


NAMES = (*_EVERY, LAPTOP)
"""What gets a machine of its own."""


class Claims(NamedTuple):
    """A file of `claims/`, the executors that it is tried on, and whether that takes minutes.

    `reads` are files and directories that only these claims are made of.
    """

    file: str
    executors: tuple[str, ...] = _EVERY
    is_long: bool = True
    reads: tuple[str, ...] = ()


# Each leaves the node as it found it; those that stop most come last.
CLAIMS = (
    Claims("test_pods.py", is_long=False),
    Claims("test_airflow.py", is_long=False),
    Claims("test_logs.py"),
    Claims("test_commits.py"),
    Claims("test_policies.py"),
    Claims("test_git.py", ("local",)),
    Claims("test_ssh.py", ("local",)),
    Claims("test_subpath.py", ("local", "kubernetes")),
    Claims("test_backup.py", ("local",)),
    Claims("test_first_user.py", ("local",)),
    Claims("test_pgbouncer.py", ("celery",), reads=("docs/secrets.md", "e2e/airflow/pooled.py")),
    Claims("test_bundle.py", ("celery", "kubernetes")),
    Claims("test_rabbitmq.py", ("celery",)),
    Claims("test_sign_on_oidc.py", ("local",), reads=("docs/how-to.md",)),
    Claims("test_sign_on_ldap.py", ("local",), reads=("docs/how-to.md",)),
    Claims("test_upgrade.py", ("local",)),
    Claims("test_rotation.py", ("local",), reads=("docs/secrets.md",)),
    Claims("test_second_release.py", ("local",)),
    Claims("test_scaling.py", ("celery",)),
    Claims("test_autoscaling_hpa.py", ("celery",), reads=("base/README.md",)),
    Claims("test_autoscaling_keda.py", ("celery",), reads=("base/README.md",)),
    Claims("test_kill_scheduler.py"),
    Claims("test_kill_worker.py", ("celery",)),
    Claims("test_kill_task_pod.py", ("kubernetes",)),
    Claims("test_kill_database.py"),
    Claims("test_kill_broker.py", ("celery",)),
    Claims("test_symptoms.py", ("local", "celery")),
    Claims("test_uninstall.py", ("celery",)),
    Claims("test_laptop.py", (LAPTOP,), reads=("docs/local.md", "overlays/local")),
)


def planned(executor: str, *, with_long: bool, only: Collection[str] = ()) -> list[Claims]:
    """What is tried on an executor; `only` are the files of which alone it is."""
    return [
        one
        for one in CLAIMS
        if executor in one.executors
        and (with_long or not one.is_long)
        and (not only or one.file in only)
    ]


def places(executor: str, claims: Iterable[Claims]) -> dict[str, Path]:
    """Where the results of each file of claims are kept: another place when it is another claim.

    It is the same as long as nothing has changed that it is tried with: what is in e2e/ but the
    other tests (and so the versions of Kubernetes and of what is in the images), base/, the
    rendered tree of the executor, and who is to reach whom.
    """
    rendered = Repository(ROOT).run("build", str(_OVERLAYS / executor))
    common = hashlib.sha256(rendered.encode())
    for path in sorted({*_sources(executor)}):
        common.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    found = {}
    for one in claims:
        digest = common.copy()
        digest.update((DIRECTORY / one.file).read_bytes())
        for read in one.reads:
            for path in sorted([*_files(ROOT / read, "*")] or [ROOT / read]):
                digest.update(path.read_bytes())
        name = f"{executor}-{Path(one.file).stem}-{digest.hexdigest()[:16]}.json"
        found[one.file] = cache() / _MEMORY / name
    return found


def _sources(executor: str) -> Iterator[Path]:
    yield from (ROOT / "requirements").glob("airflow*.txt")
    yield ROOT / "docs/network.md"  # what policies are judged by
    yield from _files(ROOT / "tests/flows", "*.py")
    for top in (ROOT / "base", _OVERLAYS / executor, _NODE):
        yield from _files(top, "*")
    for pattern in ("*.py", "*.mod", "*.sum", "*.go"):
        yield from _files(ROOT / "e2e", pattern)


def _files(top: Path, pattern: str) -> Iterator[Path]:
    """Those below a directory that are no tests and no texts; compiled modules are none of ours."""
    for path in top.rglob(pattern):
        is_test = path.name.startswith("test_") and path.suffix == ".py"
        is_other = is_test or path.suffix == ".md" or "__pycache__" in path.parts
        if path.is_file() and not is_other:
            yield path
