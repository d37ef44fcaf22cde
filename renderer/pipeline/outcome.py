"""What was asked of a run over trees, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import FindingsError, has_errors

if TYPE_CHECKING:
    from renderer.errors import RenderError
    from renderer.findings import Finding
    from renderer.kubernetes.expected import Expected
    from renderer.repository.records import Record
    from renderer.repository.trees import Tree
    from renderer.tree.planning import Change, Stray


class Options(NamedTuple):
    """What to do with the trees: `write` them, and keep the contents of changes for a diff.

    Without `tree` the manifests are verified, and no tree is looked at.
    """

    tree: bool = True
    write: bool = True
    diff: bool = False
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one tree. Without an error, the counts are of files.

    `changes` have contents only where a diff was asked for; `notes` are what kustomize warned
    of, `quoted` which texts are in quotes because of how a line ends; `excused` are the
    indices of the settings' exceptions that were needed; `expected` says whether the Secrets that
    it expects are used. `withheld` are the trees of the same
    cluster that could not be rendered, and may be what is missing here; `composition`
    is the key of its composition. `strays` are the files in it that were rendered for other
    trees; None where the tree was not looked at.
    """

    tree: Tree
    findings: tuple[Finding, ...] = ()
    error: RenderError | None = None
    manifests: int = 0
    unchanged: int = 0
    changes: tuple[Change, ...] = ()
    record: Record | None = None
    notes: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    excused: tuple[int, ...] = ()
    expected: tuple[Expected, ...] = ()
    withheld: tuple[str, ...] = ()
    composition: str = ""
    strays: tuple[Stray, ...] | None = None

    @property
    def failed(self) -> bool:
        return self.error is not None or has_errors(self.findings)

    def count(self, verb: str) -> int:
        return sum(change.verb == verb for change in self.changes)


def failure(tree: Tree, error: RenderError) -> Outcome:
    """An error as an outcome; one that is made of findings becomes these."""
    if isinstance(error, FindingsError):
        return Outcome(tree, error.findings)
    return Outcome(tree, error=error)


def unchanged(tree: Tree, known: Record) -> Outcome:
    """A tree of which everything is as its record says."""
    return Outcome(
        tree,
        known.findings,
        manifests=known.manifests,
        unchanged=known.files,
        record=known,
        notes=known.notes,
        quoted=known.quoted,
        excused=known.excused,
        expected=known.expected,
        composition=known.composition,
        strays=known.strays,
    )
