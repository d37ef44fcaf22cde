"""The commands that compare versions of the trees, as they are typed.

Annotations are values here, not strings: Typer makes the options of them.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from renderer.cli.arguments import (
    Json,
    NoColor,
    complete_clusters,
    on_repository,
)
from renderer.cli.grammar import Sides

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace

review = typer.Typer()

_Staged = Annotated[
    bool, typer.Option("--staged", help="Compare what is staged, by default with HEAD.")
]


@review.command("diff", cls=Sides)
@on_repository
def _diff(
    space: "Workspace",
    sides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BASE] [HEAD]",
            help="Two revisions, or two directories; by default where this branch left the default"
            " branch, and the working tree.",
            show_default=False,
        ),
    ] = None,
    cluster: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this cluster or tree (also: all names after --).",
            autocompletion=complete_clusters,
        ),
    ] = None,
    staged: _Staged = False,
    render: Annotated[
        bool, typer.Option("--render", help="Render both sides, whatever is committed.")
    ] = False,
    causes: Annotated[
        bool | None,
        typer.Option(
            "--causes/--no-causes",
            help="Say which source changes brought each change (default: up to 100 trees).",
            show_default=False,
        ),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Print one line.")] = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IMPACT[,IMPACT...]",
            help="Exit 1 if merging does this, and no exception in the settings says that it is"
            " meant.",
        ),
    ] = None,
    unified: Annotated[
        bool,
        typer.Option("--unified", help="Print the lines that differ in the files, as git does."),
    ] = False,
    json: Json = False,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Print at once, however long it is (also: PAGER=).")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """Show what differs between two versions of the trees.

    Objects are compared as Kubernetes sees them: by identity, items of lists by their keys,
    quantities by what they mean; a new hash in a name is no change of its own. The same change in
    many clusters is shown once. Values of secrets are never shown.

    Each object has an impact, what merging does to it: loses-data, outage, opens-access, rejected,
    recreates, deletes, rolls-pods, in-place or none. What hurts comes first, with the way out.

    Trees are read as they are committed; nothing is checked out. With --render they
    need not be committed: both sides are rendered, and nothing is written; causes
    are then always said, and more exact.

    \b
    Examples:
      render diff                          this branch, and what is not committed
      render diff main                     since main
      render diff v1.4.0 v1.5.0 -- prod    one cluster between two releases
      render diff --staged                 what the next commit changes
      render diff --render                 where trees are not committed
      render diff clusters/staging clusters/prod
      render diff --fail-on rejected,loses-data,outage
    """
    from renderer.commands.diff import run

    code = run(
        space,
        sides or (),
        cluster or (),
        staged=staged,
        render=render,
        causes=causes,
        as_json=json,
        summary=summary,
        fail_on=fail_on or (),
        unified=unified,
        pager=not no_pager,
        color=not no_color,
    )
    raise typer.Exit(code)


@review.command("affected")
@on_repository
def _affected(
    space: "Workspace",
    sides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BASE] [HEAD]",
            help="Two revisions; by default where this branch left the default branch, and the"
            " working tree.",
            show_default=False,
        ),
    ] = None,
    staged: _Staged = False,
    json: Json = False,
) -> None:
    """List the trees that can change by what differs in their sources.

    Nothing is rendered: what each tree is made from is compared. One that is not
    listed has the same bytes on both sides; one that cannot be read is listed.

    \b
    Examples:
      render affected                    by this branch and what is not committed
      render affected v1.4.0 v1.5.0      between two releases
      render affected --json | jq -c .   for the matrix of a CI system
    """
    from renderer.commands.affected import run

    run(space, sides or (), staged=staged, as_json=json)
