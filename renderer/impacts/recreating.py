"""What is deleted and made anew: another name or namespace, or a name by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import ObjectRef

# Nothing runs in them: under another hash they are made beside the old ones, for who refers to it.
_READ: frozenset[Kind] = frozenset([("", "ConfigMap"), ("", "Secret")])
# What holds data, or others that go with it.
KEEPS: frozenset[Kind] = frozenset(
    [
        *(("", kind) for kind in ("Namespace", "PersistentVolume", "PersistentVolumeClaim")),
        ("apiextensions.k8s.io", DEFINITION),
    ]
)
_KEEP = (
    "kustomize.toolkit.fluxcd.io/prune: disabled, and argocd.argoproj.io/sync-options: Prune=false"
)
# kustomize-controller prunes after it has applied (Reconcile); gitops-engine prunes first, unless
# PruneLast says otherwise (pkg/sync/sync_context.go, runTasks).
_ORDER = "Flux makes the new one first, Argo CD prunes the old one first"


def consequences(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Objects that are another one afterwards, though their content says that they are the same."""
    for changed in changes:
        old, new = changed.old, changed.new
        if old is None or new is None:
            continue
        if old.ref == new.ref:
            yield from _moved(changed, sides)
            continue
        kind = old.ref.group, old.ref.kind
        ref = changed.change.ref
        if changed.change.is_renamed:
            reason = f"it is deleted, and made anew as {new.ref}: {_ORDER}"
            hint = ""
            if kind == ("apps", "StatefulSet") and mapping(old.data.get("spec")).get(
                "volumeClaimTemplates"
            ):
                hint = "its claims have its name: the new one starts with empty ones"
            yield Consequence(Impact.RECREATES, ref, reason, hint=hint)
        elif kind == ("batch", "Job"):
            reason = "its name follows its content: a new Job runs, and the old one is pruned"
            yield Consequence(Impact.RECREATES, ref, reason)
        elif kind in _READ:
            reason = "made anew under another hash: what refers to it follows"
            yield Consequence(Impact.IN_PLACE, ref, reason)
        else:
            reason = f"its name follows its content: it is deleted, and made anew; {_ORDER}"
            yield Consequence(Impact.RECREATES, ref, reason)


def made_anew(ref: ObjectRef) -> Impact:
    """What it does to an object that it is deleted, and made anew."""
    return Impact.LOSES_DATA if (ref.group, ref.kind) in KEEPS else Impact.RECREATES


def _moved(changed: Changed, sides: Sides) -> Iterator[Consequence]:
    """An object that another tree of its cluster holds now, unless one syncer has them both.

    Who synced the old tree prunes what is no more in it, unless the other was faster and has put
    its own mark on the object.
    """
    before, after = changed.change.old, changed.change.new
    if before is None or after is None or before.tree == after.tree:
        return
    both = [{one.label for one in sides.syncers.get(held.tree, ())} for held in (before, after)]
    if both[0] & both[1]:
        return
    yield Consequence(
        made_anew(before.ref),
        changed.change.ref,
        f"it moves from the tree {before.tree} to {after.tree}: whoever syncs the first may delete"
        " it, and the second makes it anew",
        hint=f"annotate it first: {_KEEP}",
        is_predicted=True,
    )
