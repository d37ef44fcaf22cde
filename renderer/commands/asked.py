"""Which trees, and which that are no longer meant, the arguments of a command name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.repository.orphans import Orphan, find_orphans
from renderer.repository.strays import strays_in
from renderer.repository.trees import choose, meant, paths_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renderer.pipeline.outcome import Outcome
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace
    from renderer.tree.planning import Stray


class Asked:
    """What arguments mean in a repository, seen from a directory.

    `trees` are those that are meant. With `prune` an argument may name an orphan instead.
    Raises UsageError for one that names nothing.
    """

    def __init__(
        self, space: Workspace, arguments: Sequence[str], directory: str, *, prune: bool
    ) -> None:
        self._space = space
        self._arguments = arguments
        self._directory = directory
        self._prune = prune
        paths = {path for one in arguments for path in self._paths(one)}
        self._is_all = any(map(space.patterns.are_all_in, paths))
        self.trees = self._trees()

    def _trees(self) -> Sequence[Tree]:
        space = self._space
        if not self._prune:
            return choose(space.some_trees, self._arguments, space.repository, self._directory)
        if self._is_all:
            rest: Sequence[str] = self._arguments if space.trees else ()
        else:
            strays = [one for tree in space.trees for one in strays_in(space.repository, tree)]
            orphans = find_orphans(space, strays)
            rest = [
                one
                for one in self._arguments
                if self._meant(space.trees, one) or not self._meant(orphans, one)
            ]
        return choose(space.trees, rest, space.repository, self._directory)

    def orphans(self, outcomes: Iterable[Outcome]) -> list[Orphan]:
        """The orphans to tell of: all if all trees are meant, else those that are meant, or have
        files in the trees that are. Raises RenderError.

        `outcomes` know what is in their trees; those of others are only looked at to prune.
        """
        space = self._space
        known = {one.tree.output: one.strays for one in outcomes}
        inside: list[Stray] = []
        for tree in space.trees:
            found = known.get(tree.output)
            if found is None and (tree.output in known or self._prune):
                found = strays_in(space.repository, tree)
            inside += found or ()
        orphans = find_orphans(space, inside)
        if self._is_all:
            return orphans
        near = {one.path for strays in known.values() for one in strays or ()}
        return [
            one
            for one in orphans
            if self._names(one) or any(stray.path in near for stray in one.files)
        ]

    def is_to_remove(self, orphan: Orphan) -> bool:
        """Whether an orphan is meant: one whose overlay is there only if it is named itself."""
        if not orphan.is_uncovered:
            return self._is_all or self._names(orphan)
        own = {orphan.name, orphan.source, orphan.output}
        return any(not own.isdisjoint(self._paths(one)) for one in self._arguments)

    def _names(self, orphan: Orphan) -> bool:
        return any(self._meant([orphan], one) for one in self._arguments)

    def _meant(self, among: Sequence[Tree] | Sequence[Orphan], argument: str) -> bool:
        return bool(meant(among, argument, self._space.repository, self._directory))

    def _paths(self, argument: str) -> list[str]:
        return paths_of(argument, self._space.repository, self._directory)
