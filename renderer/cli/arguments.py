"""The arguments and options that several commands have, and opening the repository they name.

Annotations are values here, not strings: Typer makes the options of them.
"""

import inspect
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renderer.errors import RenderError, UsageError

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace

_MEANS_ITSELF = r"[\w./][\w./@+,-]*"  # to every shell


def complete_clusters(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names, sources and outputs of clusters that begin so; never fails loudly.

    Shells put them into the line as they are, and zsh evaluates them before that: a name that means
    something to a shell is not offered, but typed.
    """
    try:
        from renderer.repository.workspace import open_workspace

        trees = open_workspace(os.getcwd(), ctx.params.get("repo")).trees
    except (RenderError, OSError):
        return []
    ways = [way for one in trees for way in (one.name, one.source, one.output)]
    return sorted(
        way for way in ways if way.startswith(incomplete) and re.fullmatch(_MEANS_ITSELF, way)
    )


ClustersOrAll = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CLUSTERS...]",
        help="Clusters: clusters/prod, overlays/prod or prod; all if none is named.",
        autocompletion=complete_clusters,
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Empty = Annotated[bool, typer.Option("--allow-empty", help="Let a tree hold no manifest.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours (also: NO_COLOR).")]
Repo = Annotated[
    str | None,
    typer.Option(metavar="DIR", help="The repository; found from here upwards if not given."),
]
_Engine = Annotated[
    str | None,
    typer.Option(
        metavar="PROGRAM",
        help="Another kubectl, or a standalone kustomize 5.x (also: RENDER_ENGINE).",
    ),
]
_Outside = Annotated[
    bool,
    typer.Option(
        "--allow-outside", help="Let paths leave the repository (also: RENDER_ALLOW=outside)."
    ),
]
_Remote = Annotated[
    bool,
    typer.Option(
        "--allow-remote", help="Let kustomize fetch from URLs (also: RENDER_ALLOW=remote)."
    ),
]
_Helm = Annotated[
    bool,
    typer.Option("--allow-helm", help="Let kustomize run helm (also: RENDER_ALLOW=helm)."),
]


def open_repository(
    repo: Repo = None,
    engine: _Engine = None,
    allow_outside: _Outside = False,
    allow_remote: _Remote = False,
    allow_helm: _Helm = False,
) -> "Workspace":
    """The repository that `--repo` names, or that we are in. Raises UsageError."""
    from renderer.repository.workspace import open_workspace

    allowed = {"outside": allow_outside, "remote": allow_remote, "helm": allow_helm}
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
        permissions=[name for name, typed in allowed.items() if typed],
    )


def on_repository(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `open_repository` after its own.

    What they open is the first argument that it is called with.
    """
    _space, *own = inspect.signature(command).parameters.values()
    shared = inspect.signature(open_repository).parameters

    def call(**words: Any) -> None:
        opening = {name: words.pop(name) for name in shared}
        command(open_repository(**opening), **words)

    # Typer reads what is asked for from these, as from any function.
    signature = inspect.Signature([*own, *shared.values()])
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    call.__doc__ = command.__doc__
    return call
