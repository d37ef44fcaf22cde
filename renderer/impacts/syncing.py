"""What Flux and Argo CD make of a change: what they leave alone, do not prune, or force.

Flux: kustomize-controller's documentation of the annotations and of `spec` (force, prune, suspend);
Argo CD: user-guide/sync-options.md and auto_sync.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.pods import text
from renderer.impacts.model import Consequence, Controller, Impact
from renderer.impacts.recreating import made_anew
from renderer.kubernetes.manifests import annotations_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renderer.changes.model import Changed, ObjectChange
    from renderer.impacts.model import Syncer
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_OF_PRUNING = (Impact.LOSES_DATA, Impact.OUTAGE, Impact.RECREATES, Impact.DELETES)
_LEFT_ALONE = ("IfNotPresent", "Ignore")


class Wish(NamedTuple):
    """What an object asks for in an annotation (with Flux also a label), and what it then is."""

    by: Controller
    name: str
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.by.value}/{self.name}"

    def of(self, manifest: Manifest | None, syncers: Iterable[Syncer]) -> str:
        """The wish as it is written; empty for who has none, or is synced by who does not heed it.

        Where nothing is known of who syncs it, each wish counts.
        """
        if manifest is None or any(one.by not in (None, self.by) for one in syncers):
            return ""
        for found in (annotations_of(manifest.data), labels_of(manifest.data)):
            parts = [one.strip() for one in text(found.get(self.key)).split(",")]
            for value in self.values:
                if value in parts:
                    return f"{self.key}: {value}"
        return ""


class HeldBack(NamedTuple):
    """What syncs trees that differ, and does not do so by itself; `until` is when it does."""

    label: str
    until: str
    clusters: tuple[str, ...]


def held_back(
    changes: Mapping[str, Iterable[ObjectChange]], syncers: Mapping[str, Sequence[Syncer]]
) -> list[HeldBack]:
    """Who must be resumed or asked before anything happens in which clusters, by label."""
    found: dict[tuple[str, str], list[str]] = {}
    for cluster in sorted(changes):
        trees = {tree for one in changes[cluster] for tree in one.trees}
        mine = {one for tree in trees for one in _all_held(syncers.get(tree, ()))}
        for one in mine:
            found.setdefault((one.label, one.held), []).append(cluster)
    return [HeldBack(*key, tuple(clusters)) for key, clusters in sorted(found.items())]


def _all_held(syncers: Sequence[Syncer]) -> Sequence[Syncer]:
    return syncers if all(one.held for one in syncers) else ()


# Of the object that is there: who prunes looks at that one.
_NOT_PRUNED = (
    Wish(Controller.FLUX, "prune", ("disabled", "Disabled")),
    Wish(Controller.ARGO_CD, "sync-options", ("Prune=false", "Prune=confirm")),
)
# Of the object that is to be.
_NOT_APPLIED = (
    Wish(Controller.FLUX, "ssa", _LEFT_ALONE),
    Wish(Controller.FLUX, "reconcile", ("disabled", "Disabled")),
)
_FORCED = (
    Wish(Controller.FLUX, "force", ("enabled", "Enabled")),
    Wish(Controller.ARGO_CD, "sync-options", ("Force=true",)),
)
# Both together (gitops-engine, pkg/sync/sync_context.go: kubectl replace --force).
_REPLACED = (Wish(Controller.ARGO_CD, "sync-options", ("Replace=true",)), _FORCED[1])


def left_alone(manifest: Manifest) -> str:
    """The annotation by which Flux does not change an object that is there; else nothing."""
    return _said(_NOT_APPLIED, manifest, ())


def who_syncs(
    change: ObjectChange, syncers: Mapping[str, Sequence[Syncer]]
) -> tuple[Sequence[Syncer], Sequence[Syncer]]:
    """What syncs the trees that hold an object before and after."""
    before, after = (
        syncers.get(held.tree, ()) if held else () for held in (change.old, change.new)
    )
    return before, after


def synced(
    changed: Changed, found: Iterable[Consequence], syncers: Mapping[str, Sequence[Syncer]]
) -> list[Consequence]:
    """What is left of the consequences for one object, and what becomes of others.

    `syncers` are those of each tree, by its name.
    """
    ref = changed.change.ref
    pruning, applying = who_syncs(changed.change, syncers)
    is_another = _is_another(changed)
    consequences = [*found]
    # Who may not heed it applies it.
    alone = _said(_NOT_APPLIED, changed.new, applying) if applying else ""
    if alone and changed.old is not None and not is_another:
        return [Consequence(Impact.NONE, ref, f"it stays as it is: {alone}")]
    kept = _not_pruned(changed.old, pruning) or _unpruned(pruning)
    if kept and is_another:
        return [
            *(one for one in consequences if one.impact not in _OF_PRUNING),
            Consequence(Impact.IN_PLACE, ref, _staying(changed, kept)),
        ]
    replaced = all(one.of(changed.new, applying) for one in _REPLACED)
    if replaced and changed.old is not None and not is_another:
        consequences.append(_replaced(ref))
    forced = _said(_FORCED, changed.new, applying) or next(
        (f"{one.label} forces" for one in applying if one.forces), ""
    )
    if forced:
        return [_forced(one, forced) for one in consequences]
    return consequences


def _staying(changed: Changed, why: str) -> str:
    old, new = changed.old, changed.new
    if old and new and old.ref == new.ref:
        return f"it stays, and the other tree takes it over ({why})"
    what = "the old one" if new else "it"
    return f"{what} is not pruned, and stays, unmanaged ({why})"


def _is_another(changed: Changed) -> bool:
    """Whether the object that is there would go, or may."""
    old, new = changed.old, changed.new
    if old is None or new is None:
        return old is not None
    before, after = changed.change.old, changed.change.new
    return new.ref != old.ref or (
        before is not None and after is not None and before.tree != after.tree
    )


def _said(wishes: Iterable[Wish], manifest: Manifest | None, syncers: Sequence[Syncer]) -> str:
    return next(filter(None, (one.of(manifest, syncers) for one in wishes)), "")


def _not_pruned(manifest: Manifest | None, syncers: Sequence[Syncer]) -> str:
    """The annotation by which an object is not pruned, whoever of those does it that may."""
    wanted = who_may(syncers)
    said = [one.of(manifest, ()) for one in _NOT_PRUNED if one.by in wanted]
    return said[0] if all(said) else ""


def who_may(syncers: Iterable[Syncer]) -> set[Controller]:
    """Who may sync something: where nothing is known, any."""
    return {one.by for one in syncers if one.by} or {*Controller}


def _unpruned(syncers: Sequence[Syncer]) -> str:
    """Why nothing is pruned; empty where one of those who sync it prunes."""
    is_pruned = any(one.prunes for one in syncers)
    return f"{syncers[0].label} does not prune" if syncers and not is_pruned else ""


def _replaced(ref: ObjectRef) -> Consequence:
    impact = made_anew(ref)
    what = "with all that it holds, " if impact is Impact.LOSES_DATA else ""
    why = f"{_REPLACED[0].key}: Replace=true,Force=true"
    return Consequence(impact, ref, f"it is deleted {what}and made anew, whatever changes ({why})")


def _forced(one: Consequence, why: str) -> Consequence:
    """What is refused and forced is deleted, and made anew, if that is not refused too."""
    if one.impact is not Impact.REJECTED or one.lasts:
        return one
    impact = made_anew(one.ref)
    what = "it is deleted" + (" with all that it holds" if impact is Impact.LOSES_DATA else "")
    reason = f"{one.reason}, so {what}, and made anew ({why})"
    return one._replace(impact=impact, reason=reason)
