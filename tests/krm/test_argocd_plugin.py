"""Argo CD's config management plugin: its command, run as the plugin server runs it.

The server copies the repository into a directory of its own, runs the command in the directory
of the application with ARGOCD_APP_* and ARGOCD_ENV_* added to its environment, and takes stdout
for manifests (argo-cd, cmpserver/plugin: generateManifest).
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from shop import cluster_yaml, shop
from support import PROJECT, Repository

from renderer.yamldoc.reading import read_stream


def plugin() -> Any:
    (document,) = read_stream((PROJECT / "gitops" / "argocd-cmp" / "plugin.yaml").read_bytes())
    return document


def generate(repository: Repository, application: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(repository.path),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "ARGOCD_APP_NAME": "shop",
        "ARGOCD_APP_NAMESPACE": "shop",
        "ARGOCD_APP_SOURCE_PATH": application,
        "ARGOCD_ENV_PATH": "nowhere",
        "KUBE_VERSION": "1.34.2",
        "KUBE_API_VERSIONS": "v1,apps/v1",
    }
    return subprocess.run(
        plugin()["spec"]["generate"]["command"],
        cwd=repository.path / application,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_the_server_understands() -> None:
    found = plugin()
    assert (found["apiVersion"], found["kind"]) == (
        "argoproj.io/v1alpha1",
        "ConfigManagementPlugin",
    )
    assert set(found["spec"]) <= {"version", "init", "generate", "discover", "parameters"}


def test_discovers_clusters() -> None:
    pattern = plugin()["spec"]["discover"]["fileName"]
    matching = {
        path.parent.relative_to(PROJECT).as_posix()
        for place in ("overlays", "clusters", "base")
        for path in (PROJECT / place).rglob("*.yaml")
        if fnmatch.fnmatch(path.name, pattern)
    }
    assert matching == {*(f"overlays/{one}" for one in ("dev", "local", "prod", "staging"))}


def test_generates_the_manifests_of_a_cluster(repository: Repository) -> None:
    repository.write(shop())
    made = generate(repository, "overlays/a")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == repository.render("build", "overlays/a").out != ""


def test_an_error_prints_no_manifests(repository: Repository) -> None:
    repository.write({**shop(), "overlays/a/cluster.yaml": cluster_yaml("a", more="    x: 1\n")})
    made = generate(repository, "overlays/a")
    assert (made.returncode, made.stdout) == (1, "")
    assert "overlays/a/cluster.yaml:8:5: error: unknown parameter x" in made.stderr
