"""The arguments that name a repository and its clusters, and opening what they name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from renderer.errors import RenderError, UsageError

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace


def complete_clusters(incomplete: str) -> list[str]:
    """The clusters' output directories; completion never fails loudly."""
    try:
        from renderer.repository.workspace import open_workspace

        clusters = open_workspace(os.getcwd()).clusters
    except (RenderError, OSError):
        return []
    return [one.output for one in clusters if one.output.startswith(incomplete)]


ClustersOrAll = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CLUSTERS...]",
        help="Clusters: clusters/prod, overlays/prod or prod; all if none is named.",
        autocompletion=complete_clusters,
        show_default=False,
    ),
]
Repo = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="The repository; found from here upwards if not given."),
]


def open_repository(
    repo: str | None,
    engine: str | None = None,
    outside: bool = False,
    remote: bool = False,
    helm: bool = False,
) -> Workspace:
    """The repository that `--repo` names, or that we are in. Raises UsageError."""
    from renderer.repository.workspace import open_workspace

    if repo is not None and not os.path.isdir(repo):
        raise UsageError(f"--repo {repo}: there is no such directory")
    try:
        here = os.getcwd()
    except FileNotFoundError:
        raise UsageError("the directory that we are in was removed") from None
    return open_workspace(
        here,
        repo,
        engine=engine,
        allow_outside=outside or None,
        allow_remote=remote or None,
        allow_helm=helm or None,
    )
