"""A real Argo CD builds a cluster itself, with the renderer inside: the objects of the tree."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from e2e import argo
from e2e.argo import NAMESPACE, Application
from e2e.conftest import short_failure, started_or_fail
from e2e.tools import find
from e2e.trees import ROOT
from e2e.upstream import Upstream

PROGRAMS = ("argocd", "kustomize", "kube-apiserver")
GENERATOR = """\
apiVersion: renderer.gitops/v1alpha1
kind: Render
metadata:
  name: dev
  annotations:
    config.kubernetes.io/function: "exec: {path: render-krm}"
spec:
  cluster: dev
"""
OPTIONS = {"kustomize.buildOptions": "--enable-alpha-plugins --enable-exec"}
ANYTHING = {
    "sourceRepos": ["*"],
    "destinations": [{"server": "*", "namespace": "*"}],
    "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Generator[Application]:
    """A cluster with an Argo CD that may run our function, and has our plugin beside it."""
    path = [Path(sys.executable).parent, find("kustomize").parent, os.environ["PATH"]]
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(started_or_fail())
        upstream = stack.enter_context(Upstream(tmp_path_factory.mktemp("plugins")))
        deploy = upstream.path / "deploy" / "dev"
        deploy.mkdir(parents=True)
        (deploy / "kustomization.yaml").write_text("generators: [render.yaml]\n")
        (deploy / "render.yaml").write_text(GENERATOR)
        upstream.commit("Let kustomize generate dev")
        plugin = str(ROOT / "gitops" / "argocd-cmp")
        with short_failure():
            argo.install(
                cluster, {"dev": cluster}, path=os.pathsep.join(map(str, path)), plugin=plugin
            )
        patch = json.dumps({"data": OPTIONS})
        cluster.kubectl("patch", "configmap", "argocd-cm", "-n", NAMESPACE, "-p", patch)
        application = Application("dev", cluster, cluster, upstream)
        apply(application, {"kind": "AppProject", "metadata": {"name": "default"}}, ANYTHING)
        yield application


def apply(application: Application, head: dict[str, Any], spec: dict[str, Any]) -> None:
    manifest = {"apiVersion": "argoproj.io/v1alpha1", **head, "spec": spec}
    command = ("apply", "--server-side", "-n", NAMESPACE, "-f", "-")
    application.cluster.kubectl(*command, stdin=json.dumps(manifest))


def sync(application: Application, path: str) -> None:
    """Make the Application one of this path, and wait for the last commit."""
    source = {"repoURL": application.upstream.url, "targetRevision": "main", "path": path}
    spec = {
        "project": "default",
        "source": source,
        "destination": {"name": "dev"},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true"],
        },
    }
    apply(application, {"kind": "Application", "metadata": {"name": "platform-dev"}}, spec)

    def compared() -> bool:
        status = application.status().get("sync", {})
        return bool(status.get("comparedTo", {}).get("source", {}).get("path") == path)

    application.cluster.wait_for(f"comparison with {path}", compared, 60)
    application.wait_synced(application.upstream.head)


def check(application: Application, kind: str) -> None:
    """What Argo CD built is what the tree holds: no object more or less, and no field differs."""
    tree = application.upstream.path / "clusters" / "dev"
    status = application.status()
    assert status["sourceType"] == kind
    assert len(status["resources"]) == len([*tree.rglob("*.yaml")])
    differing = application.cluster.ask("diff", "--server-side", "-R", "-f", str(tree))
    assert differing == (0, "", "")


@pytest.mark.proves("Argo CD runs the generator: the objects are those of the tree", *PROGRAMS)
def test_generator(dev: Application) -> None:
    sync(dev, "deploy/dev")
    check(dev, "Kustomize")


@pytest.mark.proves("Argo CD shows the error of the generator", *PROGRAMS)
def test_error_of_the_generator(dev: Application) -> None:
    sync(dev, "deploy/dev")
    dev.upstream.edit("deploy/dev/render.yaml", "cluster: dev", "cluster: dve")
    message = dev.wait_refused(dev.upstream.commit("Misspell the cluster"))
    assert "did you mean dev?" in message
    dev.wait_synced(dev.upstream.revert())


@pytest.mark.proves("Argo CD runs the plugin: the objects are those of the tree", *PROGRAMS)
def test_plugin(dev: Application) -> None:
    sync(dev, "overlays/dev")
    check(dev, "Plugin")


@pytest.mark.proves("Argo CD shows the error of the plugin", *PROGRAMS)
def test_error_of_the_plugin(dev: Application) -> None:
    sync(dev, "overlays/dev")
    dev.upstream.edit("overlays/dev/cluster.yaml", "git.repository", "git.repo")
    message = dev.wait_refused(dev.upstream.commit("Misspell a parameter"))
    assert "unknown parameter git.repo" in message
    dev.wait_synced(dev.upstream.revert())
