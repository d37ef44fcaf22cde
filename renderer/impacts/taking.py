"""What whoever syncs a tree takes of its objects: some are left out, and of some it is not known
what became of them.

Flux builds every tree with kustomize, which leaves out what is local-config; Argo CD keeps what is
a hook apart (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/). Both then prune
what they had applied. Of an object that Flux was told to leave alone nobody knows what is in the
cluster: all that is in the tree is new once it is applied again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.model import ClusterObjects, Consequence, Controller, Impact, Sides
from renderer.impacts.syncing import left_alone
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Syncer
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_LOCAL = "config.kubernetes.io/local-config"
_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
_NO_HOOK = "crd-install"  # of Helm 2: an object as any other (gitops-engine, pkg/sync/hook)


def as_taken(
    changes: Sequence[Changed], sides: Sides
) -> tuple[list[Changed], Sides, list[Consequence]] | None:
    """The changes and sides as they are for who syncs, with what is to be said of it; None where
    they are what they seem."""
    found, said = [], []
    gone: tuple[set[ObjectRef], set[ObjectRef]] = (set(), set())
    for one in changes:
        syncers = [
            sides.syncers.get(held.tree, ()) if held else ()
            for held in (one.change.old, one.change.new)
        ]
        before, after = map(_why_left_out, (one.old, one.new), syncers)
        if one.old and one.new and not before and not after and not left_alone(one.new):
            before = _why_unknown(one.old, syncers[1])
        old, new = None if before else one.old, None if after else one.new
        if (old is None and new is None) or (old, new) == (one.old, one.new):
            continue
        for manifest, why, refs in ((one.old, before, gone[0]), (one.new, after, gone[1])):
            if manifest and why:
                refs.add(manifest.ref)
        if old and one.new:
            said.append(Consequence(Impact.DELETES, one.change.ref, f"{after}, and prunes it"))
        change = one.change._replace(
            old=one.change.old if old else None, new=one.change.new if new else None
        )
        found.append(one._replace(change=change, old=old, new=new))
    if not found:
        return None
    return (
        found,
        sides._replace(old=_without(sides.old, gone[0]), new=_without(sides.new, gone[1])),
        said,
    )


def _without(objects: ClusterObjects, refs: Collection[ObjectRef]) -> ClusterObjects:
    return ClusterObjects(lambda: [one for one in objects.all if one.ref not in refs])


def _why_left_out(manifest: Manifest | None, syncers: Sequence[Syncer]) -> str:
    """Who leaves an object out, and why; empty where nobody does who may sync it."""
    if manifest is None:
        return ""
    about: Mapping[str, object] = annotations_of(manifest.data)
    may_be = _may_be(syncers)
    if Controller.FLUX in may_be and str(about.get(_LOCAL, "false")).strip() != "false":
        return f"Flux leaves it out ({_LOCAL})"
    if Controller.ARGO_CD in may_be:
        for key in _HOOKS:
            if key in about and about[key] != _NO_HOOK:
                return f"Argo CD takes it for a hook ({key})"
    return ""


def _why_unknown(manifest: Manifest, syncers: Sequence[Syncer]) -> str:
    """Why nobody knows what an object is like in the cluster."""
    return left_alone(manifest) if Controller.FLUX in _may_be(syncers) else ""


def _may_be(syncers: Sequence[Syncer]) -> set[Controller]:
    return {one.by for one in syncers if one.by} or {*Controller}
