"""The command line: parse, call, print, exit. Heavy imports live inside the commands."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from renderer.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_NO,
    EXIT_USAGE,
    RenderError,
    UsageError,
)

if TYPE_CHECKING:
    from renderer.workspace import Workspace

_DEFAULT = "render-clusters"
_VALUE_OPTIONS = ("--repo", "--engine")

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


class _Group(TyperGroup):
    """`render clusters/prod` is the command that has no name; a command's name wins."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        place = _first_positional(args)
        if place is not None and args[place] in self.commands:
            args = [args[place], *args[:place], *args[place + 1 :]]
        elif place is not None or (args and not _is_for_group(args)):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        commands = super().shell_complete(ctx, incomplete)
        clusters = self.commands[_DEFAULT].params[0].shell_complete(ctx, incomplete)
        return [*clusters, *commands]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        default = self.commands[_DEFAULT]
        records = [
            record
            for param in default.get_params(ctx)
            if param.name != "help" and (record := param.get_help_record(ctx))
        ]
        own = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section("Options of render CLUSTERS"):
            formatter.write_dl(records)
        with formatter.section("Other options"):
            formatter.write_dl(own)
        self.format_commands(ctx, formatter)


class _Nameless(TyperCommand):
    """The command for clusters: in usage and errors it is called `render`, as it is typed."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        info_name, parent = "render", None
        return super().make_context(info_name, args, parent, **extra)


def _first_positional(args: list[str]) -> int | None:
    place = 0
    while place < len(args):
        if args[place] == "--":
            return place + 1 if place + 1 < len(args) else None
        if not args[place].startswith("-") or args[place] == "-":
            return place
        place += 2 if args[place] in _VALUE_OPTIONS else 1
    return None


def _is_for_group(args: list[str]) -> bool:
    own = ("--help", "--version", "--install-completion", "--show-completion")
    return any(arg in own for arg in args)


_CONTEXT = {"help_option_names": ["--help", "-h"]}

app = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help=_HELP,
    subcommand_metavar="CLUSTERS... | COMMAND",
    context_settings=_CONTEXT,
)


def _complete_clusters(incomplete: str) -> list[str]:
    """The clusters' output directories; completion never fails loudly."""
    try:
        from renderer.workspace import open_workspace

        clusters = open_workspace(os.getcwd()).clusters
    except (RenderError, OSError):
        return []
    return [one.output for one in clusters if one.output.startswith(incomplete)]


_Clusters = Annotated[
    list[str],
    typer.Argument(
        metavar="CLUSTERS...",
        help="Clusters: clusters/prod, overlays/prod or prod; a directory above them means all.",
        autocompletion=_complete_clusters,
        show_default=False,
    ),
]
_Cluster = Annotated[
    str,
    typer.Argument(
        metavar="CLUSTER",
        help="A cluster: clusters/prod, overlays/prod or prod.",
        autocompletion=_complete_clusters,
        show_default=False,
    ),
]
_Repo = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="The repository; found from here upwards if not given."),
]
_EngineOption = Annotated[
    str | None,
    typer.Option(metavar="PROGRAM", help="Another kubectl, or a standalone kustomize 5.x."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 and list the stale files, if any.")
]
_Diff = Annotated[bool, typer.Option("--diff", help="Print the unified diff of what changes.")]
_Prune = Annotated[
    bool, typer.Option("--prune-clusters", help="Remove trees whose overlay is gone.")
]
_Outside = Annotated[bool, typer.Option("--allow-outside", help="Let paths leave the repository.")]
_Remote = Annotated[bool, typer.Option("--allow-remote", help="Let kustomize fetch from URLs.")]
_Helm = Annotated[bool, typer.Option("--allow-helm", help="Let kustomize run helm.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
_Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Also print changed files and kustomize's warnings."),
]
_NoColor = Annotated[bool, typer.Option("--no-color", help="No colours (also: NO_COLOR).")]


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from renderer import __version__
    from renderer.workspace import open_workspace

    engine = open_workspace(os.getcwd()).find_engine(verify=True)
    typer.echo(f"render {__version__}")
    typer.echo(f"engine: kustomize {engine.version} in {engine.kind} {engine.client_version}")
    typer.echo(f"found:  {engine.found}")
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print our version, the engine's, and where the engine was found.",
        ),
    ] = False,
) -> None:
    pass


def _open(
    repo: str | None,
    engine: str | None = None,
    outside: bool = False,
    remote: bool = False,
    helm: bool = False,
) -> Workspace:
    from renderer.workspace import open_workspace

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


@app.command(_DEFAULT, hidden=True, cls=_Nameless, context_settings=_CONTEXT)
def _render_clusters(
    clusters: _Clusters,
    check: _Check = False,
    diff: _Diff = False,
    prune_clusters: _Prune = False,
    repo: _Repo = None,
    engine: _EngineOption = None,
    allow_outside: _Outside = False,
    allow_remote: _Remote = False,
    allow_helm: _Helm = False,
    quiet: _Quiet = False,
    verbose: _Verbose = False,
    no_color: _NoColor = False,
) -> None:
    """Write the trees of clusters."""
    from renderer.commands.render import run

    space = _open(repo, engine, allow_outside, allow_remote, allow_helm)
    code = run(
        space,
        clusters,
        check=check,
        diff=diff,
        prune=prune_clusters,
        quiet=quiet,
        verbose=verbose,
        color=not no_color,
    )
    if code:
        raise typer.Exit(code)


@app.command("build")
def _build(
    directory: Annotated[
        str,
        typer.Argument(metavar="DIR", help="Any kustomization, or a cluster.", show_default=False),
    ],
    repo: _Repo = None,
    engine: _EngineOption = None,
    allow_outside: _Outside = False,
    allow_remote: _Remote = False,
    allow_helm: _Helm = False,
    no_color: _NoColor = False,
) -> None:
    """Print one YAML stream of a cluster or any kustomization.

    This is what a tree would hold; nothing is written. Without a cluster.yaml beside it,
    the bytes are those of `kubectl kustomize DIR`.
    """
    from renderer.commands.build import run

    space = _open(repo, engine, allow_outside, allow_remote, allow_helm)
    if not run(space, directory, color=not no_color):
        raise typer.Exit(EXIT_NO)


@app.command("list")
def _list(json: _Json = False, repo: _Repo = None, engine: _EngineOption = None) -> None:
    """List clusters, their sources, outputs and components."""
    from renderer.commands.inspect import list_clusters

    list_clusters(_open(repo, engine), as_json=json)


@app.command("parameters")
def _parameters(
    cluster: _Cluster, json: _Json = False, repo: _Repo = None, engine: _EngineOption = None
) -> None:
    """List what a cluster can set, and where it is set.

    For every parameter: value, where it was set, default, type, description, targets.
    """
    from renderer.commands.inspect import list_parameters

    list_parameters(_open(repo, engine), cluster, as_json=json)


def main(arguments: list[str] | None = None) -> None:
    """The entry point: the one place that turns exceptions into messages and exit codes."""
    try:
        _settle_streams()
        code = app(args=arguments, prog_name="render", standalone_mode=False)
        sys.stdout.flush()
        if code == EXIT_INTERRUPTED:  # newer versions of Typer make a code of it
            raise KeyboardInterrupt
    except RenderError as error:
        _say(f"error: {error.message}" if not hasattr(error, "findings") else error.message)
        if error.hint:
            _say(f"  hint: {error.hint}")
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted: every file is old or new as a whole; run it again to go on")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        _give_up_stdout()  # who read us has had enough
        code = EXIT_FAILED
    except Exception as error:
        code = _unexpected(error)
    sys.exit(code)


def _unexpected(error: Exception) -> int:
    """Tells of an exception that nobody has turned into a message, and gives the exit code."""
    # Typer brings its own copy of click, or takes the one installed, by version: what both
    # have in common is that a wrong call knows how to show itself.
    if callable(show := getattr(error, "show", None)):
        show()
        return EXIT_USAGE
    if os.environ.get("RENDER_TRACEBACK"):
        raise error
    if isinstance(error, OSError):  # no room for what we print, a disk that breaks
        _give_up_stdout()
        where = f"{error.filename}: " if error.filename else ""
        _say(f"error: {where}{error.strerror or error}")
    else:
        _say(f"internal error: {type(error).__name__}: {error}")
        _say("  hint: this is a defect of render; RENDER_TRACEBACK=1 shows where it happened")
    return EXIT_FAILED


def _settle_streams() -> None:
    """What is printed is the same bytes in every locale, and a closed stream is no error."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - open until the end
    own = sys.__stdout__
    if own is not None and sys.stdout is own:
        # Always with a buffer: without one (PYTHONUNBUFFERED), Python loses what a pipe that
        # is full or closed does not take at once, and says nothing.
        raw = open(own.fileno(), "wb", closefd=False)  # noqa: SIM115 - open until the end
        terminal = own.isatty()
        sys.stdout = io.TextIOWrapper(
            raw, "utf-8", "backslashreplace", newline="\n", line_buffering=terminal
        )


def _give_up_stdout() -> None:
    """Nothing may be written at exit to what could not be written before."""
    with contextlib.suppress(OSError):  # one that is no file needs nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    from renderer.reports.text import printable

    print(printable(text), file=sys.stderr)
