"""The commands that have a name, as they are typed.

Annotations are values here, not strings: Typer makes the options of them.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from renderer.cli.arguments import (
    ClustersOrAll,
    Empty,
    Json,
    NoColor,
    Repo,
    complete_clusters,
    on_repository,
    open_repository,
)
from renderer.errors import EXIT_NO

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace

named = typer.Typer()

_Cluster = Annotated[
    str,
    typer.Argument(
        metavar="CLUSTER",
        help="A cluster: clusters/prod, overlays/prod or prod.",
        autocompletion=complete_clusters,
        show_default=False,
    ),
]


@named.command("build")
@on_repository
def _build(
    space: "Workspace",
    directory: Annotated[
        str,
        typer.Argument(
            metavar="DIR",
            help="Any kustomization, or a cluster.",
            autocompletion=complete_clusters,  # where none begins so, the shell completes paths
            show_default=False,
        ),
    ],
    no_color: NoColor = False,
) -> None:
    """Print one YAML stream of a cluster or any kustomization.

    This is what a tree would hold; nothing is written. Without a cluster.yaml beside it,
    the bytes are those of `kubectl kustomize DIR`.

    \b
    Examples:
      render build clusters/prod | kubectl diff --server-side -f -
      render build base/components/storage-nfs
    """
    from renderer.commands.build import run

    if not run(space, directory, color=not no_color):
        raise typer.Exit(EXIT_NO)


@named.command("check")
@on_repository
def _verify(
    space: "Workspace",
    clusters: ClustersOrAll = None,
    allow_empty: Empty = False,
    json: Json = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print every finding, also of many that are alike."),
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Verify the manifests of clusters; no tree is read or written.

    `render rules RULE` explains the rule of a finding. Exit code 1 if there is an error. The
    settings `checks` and `exceptions` say what this repository wants otherwise.

    \b
    Examples:
      render check                 verify all clusters
      render check prod staging    verify these
      render check --json          for tools: a list of what was found
    """
    from renderer.commands.check import run

    space = space.allowing_empty() if allow_empty else space
    code = run(space, clusters or (), as_json=json, verbose=verbose, color=not no_color)
    if code:
        raise typer.Exit(code)


@named.command("list")
@on_repository
def _list(
    space: "Workspace",
    secrets: Annotated[
        str | None,
        typer.Option(
            "--secrets",
            metavar="CLUSTER",
            help="Print commands that make the Secrets which a cluster expects.",
            autocompletion=complete_clusters,
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Also name the settings, and kustomizations that they miss."
        ),
    ] = False,
    no_color: NoColor = False,
) -> None:
    """List clusters, their sources, outputs and components.

    Clusters with equal inputs share a stack: it is composed once for them. One
    that cannot be read is marked; exit code 1.

    \b
    Examples:
      render list
      render list --json | jq -r '.[].output'
      render list --secrets prod    what has to be made before the first sync
    """
    if secrets is not None:
        from renderer.commands.secrets import list_secrets

        list_secrets(space, secrets, as_json=json)
        return
    from renderer.commands.inspect import list_clusters

    code = list_clusters(space, as_json=json, verbose=verbose, color=not no_color)
    if code:
        raise typer.Exit(code)


@named.command("parameters")
@on_repository
def _parameters(
    space: "Workspace",
    cluster: _Cluster,
    json: Json = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Also print what each writes, and long values whole."),
    ] = False,
) -> None:
    """List what a cluster can set, and where it is set.

    For every parameter: value, where it was set, default, type, description.

    \b
    Examples:
      render parameters clusters/prod
      render parameters prod --json | jq '.[] | select(.required)'
    """
    from renderer.commands.inspect import list_parameters

    list_parameters(space, cluster, as_json=json, verbose=verbose)


@named.command("trust")
def _trust(
    repo: Repo = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Forget it instead.")] = False,
) -> None:
    """Permit what a repository asks for.

    The settings of a repository can ask that kustomize may run helm, fetch from URLs or read
    files elsewhere (`allow-helm`, `allow-remote`, `allow-outside`). This shows what they ask for
    and records in your own configuration (~/.config/renderer) that you permit it for this
    directory; it holds until the repository asks for something else.

    Without it, options permit the same for one command, or RENDER_ALLOW=helm,remote where
    there are no options: in CI, `render krm`, and plugins of Argo CD.

    \b
    Examples:
      render trust             show it and permit it
      render trust --revoke    take it back
    """
    from renderer.commands.trust import run

    run(open_repository(repo), revoke=revoke)


@named.command("requires")
@on_repository
def _requires(
    space: "Workspace",
    write: Annotated[
        bool, typer.Option("--write", help="Require the versions that are installed.")
    ] = False,
) -> None:
    """Show the versions that a repository requires, and those installed.

    The setting `requires` names versions of kustomize and of the renderer; with others nothing
    is rendered, checked or built. --write changes this setting and nothing else in the file.

    \b
    Examples:
      render requires            show both; exit code 2 if they do not fit
      render requires --write    this kustomize only, and this renderer or later
    """
    from renderer.commands.requires import run

    run(space, write=write)


def _complete_rules(incomplete: str) -> list[str]:
    from renderer.rules import RULES

    return [name for name in RULES if name.startswith(incomplete)]


@named.command("rules")
def _rules(
    rule: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE]",
            help="The rule to explain, as a finding names it; all are listed if none is named.",
            autocompletion=_complete_rules,
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the rules of findings, or explain one.

    A finding ends with its rule in brackets: ... is not set [missing-parameter]

    \b
    Examples:
      render rules                  all of them: severity, and what each is about
      render rules missing-secret   what it means, an example, how to mend it
    """
    from renderer.commands.rules import explain_rule, list_rules

    if rule is None:
        list_rules(as_json=json)
    else:
        explain_rule(rule, as_json=json)


@named.command("krm")
def _krm() -> None:
    """Run as a function of kustomize (KRM exec function).

    Reads a ResourceList on stdin and writes one on stdout; kustomize does that for what a
    kustomization lists. `render-krm` is the same without an argument.

    \b
    Example: as a generator, the objects that `render build` would print.
      # kustomization.yaml
      generators: [render.yaml]
      # render.yaml
      apiVersion: renderer.gitops/v1alpha1
      kind: Render
      metadata:
        name: prod
        annotations:
          config.kubernetes.io/function: "exec: {path: render-krm}"
      spec:
        cluster: prod  # or source: ../overlays/prod

    \b
    As a transformer: kind: Cluster under transformers:, a cluster.yaml with that
    annotation, for what resources: composes.

    \b
    kustomize build --enable-alpha-plugins --enable-exec DIR
    Without --enable-exec, and in kubectl kustomize, the function is skipped
    without a word: a generator then gives nothing, a transformer leaves
    placeholders, and a label that no API server accepts, if the
    kustomization.yaml puts it on all:
      labels: [{pairs: {renderer.gitops/skipped: "$(skipped)"}}]
    """
    from renderer.krm.function import run

    if not run():
        raise typer.Exit(EXIT_NO)
