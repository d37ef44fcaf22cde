"""What is deleted and made anew: another name or namespace, or a name by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind

# Nothing runs in them: under another hash they are made beside the old ones, for who refers to it.
_READ: frozenset[Kind] = frozenset([("", "ConfigMap"), ("", "Secret")])
# kustomize-controller prunes after it has applied (Reconcile); gitops-engine prunes first, unless
# PruneLast says otherwise (pkg/sync/sync_context.go, runTasks).
_ORDER = "Flux makes the new one first, Argo CD prunes the old one first"


def consequences(changes: Sequence[Changed], _sides: Sides) -> Iterator[Consequence]:
    """Objects that are another one afterwards, though their content says that they are the same."""
    for changed in changes:
        old, new = changed.old, changed.new
        if old is None or new is None or old.ref == new.ref:
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
