"""What points Argo CD at the trees of its clusters: an AppProject and an ApplicationSet.

Fields: Argo CD's documentation, "Declarative Setup", "ApplicationSet: Git Generator" and
"Sync Options".
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from renderer.bootstrap.durations import seconds
from renderer.bootstrap.trees import checked_name, named
from renderer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.bootstrap.remote import Remote
    from renderer.bootstrap.trees import RenderedTree

_API = "argoproj.io/v1alpha1"
# Flux keeps some beside a tree; to Argo CD they would be objects without a name.
_NO_MANIFESTS = "*/kustomization.y*ml"
_VARIABLE = re.compile(r"\{[^}]*\}")


class ArgoCDOptions(NamedTuple):
    """What people may choose; `server` is the address of an API server, for one cluster."""

    project: str | None = None
    namespace: str = "argocd"
    interval: str = "3m"
    server: str | None = None


class Outputs(NamedTuple):
    """The form of the output directories: their pattern by segments, which segment is called
    as the cluster, and whether every tree of the repository is meant."""

    pattern: tuple[str, ...]
    cluster: int
    all: bool


def argocd_objects(
    remote: Remote, trees: Sequence[RenderedTree], outputs: Outputs | None, options: ArgoCDOptions
) -> list[dict[str, Any]]:
    """The objects for an Argo CD that syncs these trees.

    `outputs` is None where the cluster cannot be told from an output: then each tree is listed.
    Without `server`, each cluster is the one that Argo CD knows under its name. Raises
    UsageError for bad names, and for a server to which several clusters would go.
    """
    project = checked_name(options.project or remote.name, "the AppProject", option="--project")
    named(trees, project, "an Application", option="--project")
    if options.server:
        _check_server(options.server)
    clusters = sorted({tree.cluster for tree in trees})
    if options.server and len(clusters) > 1:
        raise UsageError(
            f"the trees of {', '.join(clusters)} would all go to {options.server}",
            hint=f"name the cluster that is there (render bootstrap argocd {clusters[0]} ...), or"
            " leave --server out and call the clusters in Argo CD as they are called here",
        )
    return [
        _project(project, remote, trees, options),
        _application_set(project, remote, trees, outputs, options),
    ]


def _check_server(server: str) -> None:
    try:
        parts = urlsplit(server)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"[\s@?#{}]", server):
        raise UsageError(
            "--server is not the address of an API server",
            hint="as https://kubernetes.default.svc, without user or password",
        )


def _project(
    name: str, remote: Remote, trees: Sequence[RenderedTree], options: ArgoCDOptions
) -> dict[str, Any]:
    destinations = {
        (tree.cluster, namespace) for tree in trees for namespace in ("", *tree.namespaces)
    }
    kinds = {kind for tree in trees for kind in tree.cluster_kinds}
    return {
        "apiVersion": _API,
        "kind": "AppProject",
        "metadata": {"name": name, "namespace": options.namespace},
        "spec": {
            "clusterResourceWhitelist": [
                {"group": group, "kind": kind} for group, kind in sorted(kinds)
            ],
            "description": "Trees written by render; nothing that is not in them.",
            "destinations": [
                {**_destination(options, cluster), "namespace": namespace}
                for cluster, namespace in sorted(destinations)
            ],
            "sourceRepos": [remote.url],
        },
    }


def _application_set(
    project: str,
    remote: Remote,
    trees: Sequence[RenderedTree],
    outputs: Outputs | None,
    options: ArgoCDOptions,
) -> dict[str, Any]:
    found = _found(remote, trees, outputs, options) if outputs else _listed(remote, trees)
    return {
        "apiVersion": _API,
        "kind": "ApplicationSet",
        "metadata": {"name": project, "namespace": options.namespace},
        "spec": {
            "generators": [found.generator],
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            # A tree that is gone leaves what runs: its Application goes, its objects stay.
            "syncPolicy": {"preserveResourcesOnDeletion": True},
            "template": {
                "metadata": {"name": f"{project}-{found.name}"},
                "spec": {
                    "destination": _destination(options, found.cluster),
                    "project": project,
                    "source": {
                        "directory": {"exclude": _NO_MANIFESTS, "recurse": True},
                        "path": found.path,
                        "repoURL": remote.url,
                        "targetRevision": remote.branch,
                    },
                    "syncPolicy": _sync_policy(),
                },
            },
        },
    }


class _Generator(NamedTuple):
    """What gives an Application for each tree, and how its template says name, cluster, path."""

    generator: dict[str, Any]
    name: str
    cluster: str
    path: str


def _found(
    remote: Remote, trees: Sequence[RenderedTree], outputs: Outputs, options: ArgoCDOptions
) -> _Generator:
    """The directories of the repository, so that a new tree needs no new ApplicationSet."""
    above = remote.prefix.count("/")
    first = next(index for index, one in enumerate(outputs.pattern) if "{" in one)
    steps = [_segment(above + index) for index in range(first, len(outputs.pattern))]
    paths = [tree.path for tree in trees]
    if outputs.all:
        paths = ["/".join(_VARIABLE.sub("*", one) for one in outputs.pattern)]
    directories = {
        "directories": [{"path": f"{remote.prefix}{path}"} for path in paths],
        "repoURL": remote.url,
        "requeueAfterSeconds": math.ceil(seconds(options.interval)),
        "revision": remote.branch,
    }
    return _Generator(
        generator={"git": directories},
        name="-".join(steps),
        cluster=_segment(above + outputs.cluster),
        path="{{.path.path}}",
    )


def _listed(remote: Remote, trees: Sequence[RenderedTree]) -> _Generator:
    elements = [
        {"cluster": tree.cluster, "name": tree.name, "path": f"{remote.prefix}{tree.path}"}
        for tree in trees
    ]
    return _Generator(
        generator={"list": {"elements": elements}},
        name="{{.name}}",
        cluster="{{.cluster}}",
        path="{{.path}}",
    )


def _segment(index: int) -> str:
    return f"{{{{index .path.segments {index}}}}}"


def _destination(options: ArgoCDOptions, cluster: str) -> dict[str, str]:
    return {"server": options.server} if options.server else {"name": cluster}


def _sync_policy() -> dict[str, Any]:
    """Automatic, and never stuck: a retry takes what was committed meanwhile (`refresh`)."""
    return {
        "automated": {"prune": True, "selfHeal": True},
        "retry": {
            "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"},
            "limit": -1,
            "refresh": True,
        },
        "syncOptions": ["ServerSideApply=true", "CreateNamespace=false"],
    }
