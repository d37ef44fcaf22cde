"""The manifests of a tree while their names become final, with what changes in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.patching.budget import TooLargeError, of_manifest, of_tree
from renderer.patching.draft import Draft
from renderer.patching.final import Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.patching.draft import Changes

# Gives the text of a manifest with this index, which is drafted unless it is the stack's own.
TextOf = Callable[[int, Manifest, Draft | None], str]


class Drafts:
    """Manifests and, by their indices, the drafts of those that change.

    `changes` are those of a draft that decide what is found in it (Final.changes); `gone` are the
    indices of what is no object of its own any more.
    """

    def __init__(self, manifests: Sequence[Manifest], drafts: dict[int, Draft]) -> None:
        self.manifests = list(manifests)
        self.by_index = drafts
        self.changes: dict[int, Changes | None] = {
            index: one.changes for index, one in drafts.items() if one.is_changed
        }
        self.gone: set[int] = set()
        self._budget = of_tree()

    def data(self, index: int) -> dict[str, Any]:
        """The data of a manifest as it is now."""
        draft = self.by_index.get(index)
        return draft.data if draft else self.manifests[index].data

    def draft(self, index: int, *, to_relink: bool = False) -> Draft:
        """The draft of a manifest, to change it; `to_relink` is to change only references."""
        if index not in self.by_index:
            budget = of_manifest(self._budget)
            self.by_index[index] = Draft(self.manifests[index], budget=budget)
        if to_relink:
            self.changes.setdefault(index, ())
        else:
            self.changes[index] = None
        return self.by_index[index]

    def finals(self, text_of: TextOf) -> Iterator[Final]:
        """The manifests as they are now."""
        for index, base in enumerate(self.manifests):
            if index in self.gone:
                continue
            draft = self.by_index.get(index)
            manifest = base
            if draft and draft.is_changed:
                manifest = Manifest(object_ref(draft.data), draft.data, base.stem)
            yield Final(
                index=index,
                manifest=manifest,
                text=text_of(index, manifest, draft),
                changes=self.changes.get(index, ()),
            )


def too_large(manifest: Manifest, error: TooLargeError) -> Finding:
    """The finding about a manifest that has no room for a name."""
    return Finding.error("too-large", str(error), object=manifest.label, hint=error.hint)
