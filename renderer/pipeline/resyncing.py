"""Who syncs trees in another way than before, so that other things run, though no tree differs.

Flux: https://fluxcd.io/flux/components/kustomize/kustomizations/, Argo CD:
https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/. What nobody judges
is told by the names of the fields: their values may mean anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.pipeline.syncers import FLUX, FLUX_SOURCE, sources_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.pipeline.syncers import Stated

    _Data = Mapping[str, Any]

# What Flux makes of a directory before it applies it.
_CHANGES = frozenset(
    [
        *("commonMetadata", "components", "images", "namePrefix", "nameSuffix", "patches"),
        *("patchesJson6902", "patchesStrategicMerge", "postBuild", "targetNamespace"),
    ]
)
# What only says when, and what is judged with a change of the trees (impacts/syncing).
_JUDGED = frozenset(
    [
        *("dependsOn", "force", "healthCheckExprs", "healthChecks", "interval", "prune"),
        *("retryInterval", "suspend", "timeout", "wait"),
        *("info", "revisionHistoryLimit", "syncPolicy"),
    ]
)
# What Argo CD makes of a source; manifests in directories below are the plain way.
_TOOLS = ("directory", "helm", "kustomize", "plugin")
_PLAIN_DIRECTORY = {"recurse": True}


# Of a source of Flux, what only says when.
_TIMES = frozenset(["interval", "suspend", "timeout"])


def resynced(
    old: Mapping[str, Sequence[Stated]], new: Mapping[str, Sequence[Stated]]
) -> dict[str, str]:
    """What is another of the syncers that make something else of trees, and of their sources, by
    label: syncers that are gone, too, because what they have synced may be pruned. One that comes
    is told if it changes what it syncs."""
    found = {}
    for label in sorted({*old, *new}):
        before, after = old.get(label, ()), new.get(label, ())
        gone, come = _without(before, after), _without(after, before)
        if come:
            were, are = ([_decisive(one, alone=not gone) for one in side] for side in (gone, come))
            names = {name for one in (*were, *are) for name in one}
            fields = sorted(name for name in names if _values(were, name) != _values(are, name))
            if fields:
                found[label] = f"spec: {', '.join(fields)}"
        elif any(one.group != FLUX_SOURCE for one in gone):  # without its source nothing happens
            found[label] = "it does not sync them any more"
    return found


def _without(some: Sequence[Stated], others: Sequence[Stated]) -> list[Stated]:
    """What is in some, and not among others that have the same name."""
    left = [_decisive(one, alone=False) for one in others]
    return [one for one in some if _decisive(one, alone=False) not in left]


def _values(of_all: Sequence[_Data], name: str) -> list[str]:
    """What objects of one name have in a field, in an order of its own."""
    return sorted(repr(one.get(name)) for one in of_all)


def _decisive(stated: Stated, *, alone: bool) -> _Data:
    """The fields that decide what is applied of a directory; `alone` leaves out where it is."""
    if stated.group == FLUX_SOURCE:
        return {} if alone else {name: stated.spec[name] for name in {*stated.spec} - _TIMES}
    if stated.group == FLUX:
        wanted = _CHANGES if alone else {*stated.spec} - _JUDGED
        return {name: value for name, value in stated.spec.items() if name in wanted}
    if not alone:
        return {name: value for name, value in stated.spec.items() if name not in _JUDGED}
    template = mapping(mapping(stated.spec.get("template")).get("spec"))
    return {
        tool: source[tool]
        for spec in (stated.spec, template)
        for source in sources_of(spec)
        for tool in _TOOLS
        if source.get(tool) not in (None, {}, _PLAIN_DIRECTORY)
    }
