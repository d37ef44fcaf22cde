"""`render` as it is typed: its own page, and the command for clusters, which has no name.

Commands parse and call; heavy imports live inside them.

Annotations are values here, not strings: Typer makes the options of them.
"""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from renderer.cli.arguments import Empty, Json, NoColor, complete_clusters, on_repository
from renderer.cli.bootstrap import bootstrap
from renderer.cli.grammar import CONTEXT, DEFAULT, Group, Nameless
from renderer.cli.named import named
from renderer.cli.review import review

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace

_HELP = """Render overlays to the plain YAML that Flux or Argo CD syncs.

\b
You edit   base/                 building blocks (kustomize)
           overlays/<cluster>/   kustomization.yaml: what it is made of
                                 cluster.yaml: its parameters and JSON patches
It writes  clusters/<cluster>/   one file for each manifest; commit them

\b
Examples:
  render clusters/prod             write the tree of one cluster
  render clusters                  write all trees
  render clusters --check --diff   write nothing, show what is stale

A patch or parameter that would change nothing is an error with its place.
"""


app = typer.Typer(
    cls=Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=_HELP,
    subcommand_metavar="CLUSTERS... | COMMAND",
    context_settings=CONTEXT,
)
app.add_typer(named)
app.add_typer(review)
app.add_typer(bootstrap, name="bootstrap")


_Clusters = Annotated[
    list[str],
    typer.Argument(
        metavar="CLUSTERS...",
        help="Clusters: clusters/prod, overlays/prod or prod; a directory above them means all.",
        autocompletion=complete_clusters,
        show_default=False,
    ),
]
_Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 and list the stale files, if any.")
]
_Diff = Annotated[bool, typer.Option("--diff", help="Print the unified diff of what changes.")]
_Prune = Annotated[
    bool, typer.Option("--prune-clusters", help="Remove trees whose overlay is gone or elsewhere.")
]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
_Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Also print changed files, notes, and every finding of many alike."
    ),
]


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from renderer import __version__
    from renderer.reports.text import printable
    from renderer.repository.workspace import open_workspace

    space = open_workspace(os.getcwd())
    engine = space.find_engine(verify=True)
    typer.echo(f"render {__version__}")
    typer.echo(f"engine: kustomize {engine.version} in {engine.kind} {engine.client_version}")
    typer.echo(printable(f"found:  {engine.found}"))
    typer.echo(printable(f"settings: {space.settings_place}"))
    typer.echo(printable(f"cache: {space.cache_place}"))
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print our version, the engine's, and where engine, settings and cache are.",
        ),
    ] = False,
) -> None:
    pass


@app.command(DEFAULT, hidden=True, cls=Nameless, context_settings=CONTEXT)
@on_repository
def _render_clusters(
    space: "Workspace",
    clusters: _Clusters,
    check: _Check = False,
    diff: _Diff = False,
    prune_clusters: _Prune = False,
    allow_empty: Empty = False,
    json: Json = False,
    quiet: _Quiet = False,
    verbose: _Verbose = False,
    no_color: NoColor = False,
) -> None:
    """Write the trees of clusters.

    \b
    Examples:
      render clusters/prod             write the tree of one cluster
      render prod staging              of two; overlays/prod means it too
      render clusters                  write all trees
      render clusters --check --diff   write nothing, show what is stale

    A file is `rehashed` if nothing but hashes in names changes in it.
    """
    from renderer.commands.render import run

    code = run(
        space.allowing_empty() if allow_empty else space,
        clusters,
        check=check,
        diff=diff,
        prune=prune_clusters,
        as_json=json,
        quiet=quiet,
        verbose=verbose,
        color=not no_color,
    )
    if code:
        raise typer.Exit(code)
