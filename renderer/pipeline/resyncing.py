"""Who syncs trees in another way than before, so that other things run, though no tree differs.

Flux: https://fluxcd.io/flux/components/kustomize/kustomizations/, Argo CD:
https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/. What nobody judges
is told by the names of the fields: their values may mean anything.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, texts
from renderer.pipeline.syncers import (
    BROKEN,
    DATA,
    FILES,
    FLUX,
    FLUX_SOURCE,
    MADE,
    PLUGIN,
    sources_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renderer.pipeline.syncers import Stated

    _Data = Mapping[str, Any]
    _Fields = dict[tuple[str, str], Any]  # by what they are of, and their names

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
# Of the policy of an Application, what decides what is applied, and not when or how.
_POLICY = ("managedNamespaceMetadata",)
_OPTIONS = ("Replace=true", "RespectIgnoreDifferences=true")
# What Argo CD makes of a source; manifests in directories below are the plain way.
_TOOLS = ("directory", "helm", "kustomize", "plugin")
_PLAIN_DIRECTORY = {"recurse": True}
# What syncs nothing by itself.
_SERVING = frozenset([FLUX_SOURCE, PLUGIN[1], DATA, FILES])
_MADE_OF = frozenset([BROKEN, DATA, FILES, MADE])
_MOST_NAMES = 5
# Of a source of Flux, what only says when.
_TIMES = frozenset(["interval", "suspend", "timeout"])


def resynced(
    old: Mapping[str, Sequence[Stated]], new: Mapping[str, Sequence[Stated]]
) -> dict[str, str]:
    """What is another of the syncers that make something else of trees, and of their sources and
    what they are fed with, by label: syncers that are gone, too, because what they have synced may
    be pruned. One that comes is told if it changes what it syncs."""
    found = {}
    for label in sorted({*old, *new}):
        sides = old.get(label, ()), new.get(label, ())
        told = [
            _another(*([one for one in side if (one.group in _MADE_OF) is which] for side in sides))
            for which in (False, True)
        ]
        if any(told):
            found[label] = "; ".join(filter(None, told))
    return found


def _another(before: Sequence[Stated], after: Sequence[Stated]) -> str:
    """What is another of what has one name; nothing where that changes nothing."""
    gone, come = _without(before, after), _without(after, before)
    if all(one.is_missing and one.group == FLUX_SOURCE for one in come):
        come = []  # nothing happens without it
    if come:
        were, are = ([_decisive(one, alone=not gone) for one in side] for side in (gone, come))
        names = {name for one in (*were, *are) for name in one}
        return _told(sorted(name for name in names if _values(were, name) != _values(are, name)))
    is_told = any(one.group not in _SERVING for one in gone)
    return "it does not sync them any more" if is_told else ""


def _told(fields: Iterable[tuple[str, str]]) -> str:
    """Fields, and what they are of."""
    of_each: dict[str, list[str]] = {}
    for what, name in fields:
        of_each.setdefault(what, []).append(name)
    return "; ".join(f"{what}: {_some(of_each[what])}" for what in sorted(of_each))


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _without(some: Sequence[Stated], others: Sequence[Stated]) -> list[Stated]:
    """What is in some, and not among others that have the same name."""
    left = [_decisive(one, alone=False) for one in others]
    return [one for one in some if _decisive(one, alone=False) not in left]


def _values(of_all: Sequence[_Fields], name: tuple[str, str]) -> list[str]:
    """What objects of one name have in a field, in an order of its own."""
    return sorted(json.dumps(one.get(name), sort_keys=True, default=str) for one in of_all)


def _decisive(stated: Stated, *, alone: bool) -> _Fields:
    """The fields that decide what is applied of a directory; `alone` leaves out where it is."""
    if stated.group in _MADE_OF:
        is_told = stated.group in (BROKEN, MADE) or not alone
        return {(stated.group, name): value for name, value in stated.spec.items() if is_told}
    fields: _Fields = {("spec", name): one for name, one in _decisive_spec(stated, alone).items()}
    if stated.left_out and not alone:
        fields["not in", stated.left_out] = True
    return fields


def _decisive_spec(stated: Stated, alone: bool) -> _Data:
    if stated.group in (FLUX_SOURCE, PLUGIN[1]):
        return {} if alone else {name: stated.spec[name] for name in {*stated.spec} - _TIMES}
    if stated.group == FLUX:
        wanted = _CHANGES if alone else {*stated.spec} - _JUDGED
        return {name: value for name, value in stated.spec.items() if name in wanted}
    if not alone:
        told = {name: value for name, value in stated.spec.items() if name not in _JUDGED}
        return told | _deciding(mapping(stated.spec.get("syncPolicy")))
    template = mapping(mapping(stated.spec.get("template")).get("spec"))
    return {
        tool: source[tool]
        for spec in (stated.spec, template)
        for source in sources_of(spec)
        for tool in _TOOLS
        if source.get(tool) not in (None, {}, _PLAIN_DIRECTORY)
    }


def _deciding(policy: _Data) -> dict[str, Any]:
    options = [one for one in texts(policy.get("syncOptions")) if one in _OPTIONS]
    found = {f"syncPolicy.{name}": policy[name] for name in _POLICY if name in policy}
    return found | ({"syncPolicy.syncOptions": sorted(options)} if options else {})
