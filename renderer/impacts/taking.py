"""What whoever syncs a tree takes of its objects: some are left out, and of some it is not known
what became of them.

Flux builds every tree with kustomize, which leaves out what is local-config; Argo CD keeps what is
a hook apart (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/). Both then prune
what they had applied. Of an object that Flux was told to leave alone nobody knows what is in the
cluster: all that is in the tree is new once it is applied again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.model import ClusterObjects, Consequence, Controller, Impact, Sides
from renderer.impacts.syncing import left_alone, who_may, who_syncs
from renderer.kubernetes.manifests import (
    LOCAL_CONFIG_ANNOTATION,
    annotations_of,
    is_local_config,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Syncer
    from renderer.kubernetes.manifests import Manifest, ObjectRef

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
_NO_HOOK = "crd-install"  # of Helm 2: an object as any other (gitops-engine, pkg/sync/hook)


class Taken(NamedTuple):
    """The changes and sides as they are for who syncs, and what is to be said of it."""

    changes: list[Changed]
    sides: Sides
    said: list[Consequence]


def as_taken(changes: Sequence[Changed], sides: Sides) -> Taken | None:
    """What is taken of those changes that are not what they seem; None where all are."""
    found: list[Changed] = []
    said: list[Consequence] = []
    gone: tuple[set[ObjectRef], set[ObjectRef]] = (set(), set())
    for one in changes:
        syncers = who_syncs(one.change, sides.syncers)
        before, after = map(_why_left_out, (one.old, one.new), syncers)
        if one.old and one.new and not before and not after and not left_alone(one.new):
            before = _why_unknown(one.old, syncers[1])
        old, new = None if before else one.old, None if after else one.new
        if not (before or after) or (old is None and new is None):
            continue
        if one.old and before:
            gone[0].add(one.old.ref)
        if one.new and after:
            gone[1].add(one.new.ref)
            if old:
                said.append(Consequence(Impact.DELETES, one.change.ref, f"{after}, and prunes it"))
        change = one.change._replace(
            old=one.change.old if old else None, new=one.change.new if new else None
        )
        found.append(one._replace(change=change, old=old, new=new))
    if not found:
        return None
    old_objects, new_objects = map(_without, (sides.old, sides.new), gone)
    return Taken(found, sides._replace(old=old_objects, new=new_objects), said)


def _without(objects: ClusterObjects, refs: Collection[ObjectRef]) -> ClusterObjects:
    return ClusterObjects(lambda: [one for one in objects.all if one.ref not in refs])


def _why_left_out(manifest: Manifest | None, syncers: Sequence[Syncer]) -> str:
    """Who leaves an object out, and why; empty where nobody does who may sync it."""
    if manifest is None:
        return ""
    about = annotations_of(manifest.data)
    may_be = who_may(syncers)
    if Controller.FLUX in may_be and is_local_config(manifest.data):
        return f"Flux leaves it out ({LOCAL_CONFIG_ANNOTATION})"
    if Controller.ARGO_CD in may_be:
        for key in _HOOKS:
            if key in about and about[key] != _NO_HOOK:
                return f"Argo CD takes it for a hook ({key})"
    return ""


def _why_unknown(manifest: Manifest, syncers: Sequence[Syncer]) -> str:
    """Why nobody knows what an object is like in the cluster."""
    return left_alone(manifest) if Controller.FLUX in who_may(syncers) else ""
