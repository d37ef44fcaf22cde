"""`render bootstrap`: its two commands as they are typed."""

from __future__ import annotations

from typing import Annotated

import typer

from renderer.cli.arguments import ClustersOrAll, Repo, open_repository
from renderer.cli.grammar import CONTEXT, Subgroup

_HELP = """Print what points Flux or Argo CD at trees.

\b
Examples:
  render bootstrap flux prod | kubectl apply -f -
  render bootstrap argocd --write
"""

bootstrap = typer.Typer(
    cls=Subgroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings=CONTEXT,
    help=_HELP,
)

_Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where clusters fetch this repository; origin if not given."),
]
_Branch = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The branch that is synced; origin's own, or main, if not given."
    ),
]
_Namespace = Annotated[
    str, typer.Option(metavar="NAME", help="The namespace in which the controller's objects live.")
]
_Interval = Annotated[
    str, typer.Option(metavar="DURATION", help="How often Git is asked for news: 30s, 5m, 1h.")
]
_Write = Annotated[bool, typer.Option("--write", help="Write files below gitops/ instead.")]


@bootstrap.command("flux")
def _flux(
    clusters: ClustersOrAll = None,
    url: _Url = None,
    branch: _Branch = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The GitRepository, and how Kustomizations begin; the repository's if not given.",
        ),
    ] = None,
    namespace: _Namespace = "flux-system",
    interval: _Interval = "1m",
    timeout: Annotated[
        str, typer.Option(metavar="DURATION", help="How long everything may take to be ready.")
    ] = "10m",
    git_secret: Annotated[
        str | None, typer.Option(metavar="NAME", help="The Secret with the Git credentials.")
    ] = None,
    depends_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAMESPACE/]NAME",
            help="A Kustomization that must be ready before; may be repeated.",
        ),
    ] = None,
    service_account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The ServiceAccount whose permissions are used."),
    ] = None,
    decryption: Annotated[
        str | None, typer.Option(metavar="sops", help="Decrypt Secrets that SOPS has encrypted.")
    ] = None,
    decryption_secret: Annotated[
        str | None, typer.Option(metavar="NAME", help="The Secret with the private keys for that.")
    ] = None,
    write: _Write = False,
    repo: Repo = None,
) -> None:
    """Print what points the Flux of a cluster at its trees.

    That is a GitRepository, and a Kustomization for each tree.

    \b
    Examples:
      render bootstrap flux prod | kubectl apply -f -
      render bootstrap flux --write    files below gitops/, for every cluster
    """
    from renderer.bootstrap.flux import FluxOptions
    from renderer.commands.bootstrap import flux

    options = FluxOptions(
        name=name,
        namespace=namespace,
        interval=interval,
        timeout=timeout,
        git_secret=git_secret,
        depends_on=tuple(depends_on or ()),
        service_account=service_account,
        decryption=decryption,
        decryption_secret=decryption_secret,
    )
    space = open_repository(repo)
    flux(space, clusters or [], options, url=url, branch=branch, write_files=write)


@bootstrap.command("argocd")
def _argocd(
    clusters: ClustersOrAll = None,
    url: _Url = None,
    branch: _Branch = None,
    project: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The AppProject, and how Applications begin; the repository's if not given.",
        ),
    ] = None,
    namespace: _Namespace = "argocd",
    interval: _Interval = "3m",
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The API server of the one cluster that is named; if not given, each cluster"
            " is looked up in Argo CD by its name.",
        ),
    ] = None,
    write: _Write = False,
    repo: Repo = None,
) -> None:
    """Print what points an Argo CD at the trees of its clusters.

    That is an AppProject and an ApplicationSet.

    \b
    Examples:
      render bootstrap argocd | kubectl apply -f -
      render bootstrap argocd prod --server https://prod.example.com:6443
    """
    from renderer.bootstrap.argocd import ArgoCDOptions
    from renderer.commands.bootstrap import argocd

    options = ArgoCDOptions(project=project, namespace=namespace, interval=interval, server=server)
    space = open_repository(repo)
    argocd(space, clusters or [], options, url=url, branch=branch, write_files=write)
