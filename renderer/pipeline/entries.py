"""Entries of kustomizations that select nothing in any cluster: misspelt, or left over.

Which entries look so is known for each composition, from the records also for clusters that were
not rendered this time. Only what looks so in all of them is worth a proof by the engine.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.composition.stack import stack_key
from renderer.errors import RenderError
from renderer.findings import Finding
from renderer.kustomize.closure import is_unchanged
from renderer.kustomize.files import location_in
from renderer.kustomize.parsed import CONFIGURATIONS, Probe, Role
from renderer.pipeline.inputs import composition_key, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kustomize.closure import Closure, ClosureReader
    from renderer.pipeline.outcome import Outcome
    from renderer.repository.records import Suspect, Suspects
    from renderer.repository.trees import Tree
    from renderer.repository.workspace import Workspace

    _Suspected = tuple[str, Suspect]  # the root of a closure, and an entry in it

_PROOFS = "probes"
_CONTENT = re.compile(rb"^[ \t]*(?!#|---[ \t\r]*(?:#|$))\S", re.MULTILINE)  # more than comments
_PATCH = ("unmatched-kustomize-patch", "matches no object of any cluster")
_REPLACEMENT = ("unmatched-replacement", "matches no object of any cluster")
_RULES = {
    "patches": _PATCH,
    "patchesJson6902": _PATCH,
    "PatchTransformer": _PATCH,
    "PatchJson6902Transformer": _PATCH,
    "images": ("unmatched-image", "is no image of any cluster"),
    "replacements": _REPLACEMENT,
    "ReplacementTransformer": _REPLACEMENT,
    CONFIGURATIONS: ("unmatched-configuration", "is no kind that anything here knows"),
}


class _Place(NamedTuple):
    """Where an entry stands: the real path of its file, its list and its indices in it."""

    file: str
    field: str
    at: tuple[int, ...]


def unmatched_entries(space: Workspace, outcomes: Sequence[Outcome]) -> list[Finding]:
    """A warning for each entry of some trees that is proven to select nothing in any tree."""
    compositions = {one.composition for one in outcomes}
    suspects = {key: space.records.suspects.get(key) for key in compositions}
    if not any(found and found.entries for found in suspects.values()):
        return []
    asked = {_root(space, one.tree): suspects[one.composition] for one in outcomes}
    roots = {_root(space, tree): tree for tree in space.trees}
    others = {root: _known(space, tree) for root, tree in roots.items() if root not in asked}
    everywhere = {
        place: found
        for place, found in _suspected_everywhere(space, asked | others).items()
        if any(root in asked for root, _ in found)
    }
    kinds = {place for place in everywhere if place.field == CONFIGURATIONS}
    # Other clusters may have brought a definition since.
    defined = {kind for _, kind in space.definitions.kinds} if kinds else set()
    unknown = {place for place in kinds if everywhere[place][0][1].text not in defined}
    entries = {place: found for place, found in everywhere.items() if place not in kinds}
    places = _proven(space, entries) | unknown
    findings = [_finding(space, place, everywhere[place]) for place in places]
    return sorted(findings, key=lambda finding: (finding.location, finding.message))


def _root(space: Workspace, tree: Tree) -> str:
    return os.path.realpath(os.path.join(space.repository, tree.source))


def _known(space: Workspace, tree: Tree) -> Suspects | None:
    """The suspects of a tree that was not asked for, if it was composed as it is now."""
    try:
        return space.records.suspects.get(composition_key(discover(space, tree)))
    except RenderError:
        return None


def _suspected_everywhere(
    space: Workspace, known: Mapping[str, Suspects | None]
) -> dict[_Place, list[_Suspected]]:
    """The entries that seem to select nothing in all trees that compose them.

    `known` is by the roots of closures; None for a tree that was not composed.
    """
    uses: dict[str, int] = {}
    suspected: dict[_Place, list[_Suspected]] = {}
    needed: set[str] = set()  # files of trees that were not composed
    for root, found in known.items():
        if found is None:
            reachable = space.reader.reachable(root)
            if reachable is None:
                return {}  # it may need what is suspected in all others
            needed |= reachable
            continue
        for name in found.files:
            file = os.path.normpath(os.path.join(root, name))
            uses[file] = uses.get(file, 0) + 1
        for one in found.entries:
            file = os.path.normpath(os.path.join(root, one.file))
            suspected.setdefault(_Place(file, one.field, one.at), []).append((root, one))
    return {
        place: found
        for place, found in suspected.items()
        if place.file not in needed and len({root for root, _ in found}) == uses[place.file]
    }


def _finding(space: Workspace, place: _Place, found: Sequence[_Suspected]) -> Finding:
    _, one = found[0]
    rule, message = _RULES[one.field]
    return Finding.warning(
        rule,
        f"{one.text} {message}",
        location_in(space.repository, place.file, one.line, one.column),
        object=one.text,
        hint=next((suspect.hint for _, suspect in found if suspect.hint), ""),
    )


def _proven(space: Workspace, suspected: Mapping[_Place, Sequence[_Suspected]]) -> set[_Place]:
    """The places of the suspects that select nothing, wherever they are composed.

    What a base selects from does not depend on who refers to it: it is composed by itself. A
    component cannot be, and is composed with each cluster.
    """
    probes: dict[str, dict[Probe, _Place]] = {}
    for place, found in suspected.items():
        for root, one in found:
            owner = os.path.normpath(os.path.join(root, one.owner))
            composed = root if one.in_component else os.path.dirname(owner)
            probe = Probe(owner, place.file, place.field, place.at)
            probes.setdefault(composed, {})[probe] = place
    left = set(suspected)
    for composed, wanted in sorted(probes.items()):
        asked = [probe for probe, place in wanted.items() if place in left]
        if asked:
            unmatched = _unmatched(space, composed, asked)
            left -= {wanted[probe] for probe in asked if probe not in unmatched}
    return left


def _unmatched(space: Workspace, directory: str, probes: Sequence[Probe]) -> set[Probe]:
    """Those of the entries that select nothing where a directory is composed; once for a content.

    Nothing is proven of what may be composed otherwise tomorrow.
    """
    try:
        closure = space.reader.read(directory)
    except RenderError:
        return set()
    if not closure.pinned:
        return set()
    names = [
        (os.path.relpath(one.owner, directory), os.path.relpath(one.file, directory), *one[2:])
        for one in probes
    ]
    text = json.dumps([stack_key(closure, space.engine), names])
    key = hashlib.sha256(text.encode()).hexdigest()
    kept = space.cache.get(_PROOFS, key) if space.cache else None
    if kept is not None:
        return {probes[index] for index in json.loads(kept)}
    if _is_unfilled(space.reader, closure):
        return set()
    from renderer.kustomize.probing import find_unmatched

    unmatched = find_unmatched(space.engine, closure, probes, space.policy)
    if not is_unchanged(closure, space.policy, space.cache):
        return set()
    if space.cache:
        indices = [index for index, one in enumerate(probes) if one in unmatched]
        space.cache.put(_PROOFS, key, json.dumps(indices).encode())
    return unmatched


def _is_unfilled(reader: ClosureReader, closure: Closure) -> bool:
    """Whether a listed file of manifests holds none yet.

    Flux asks for such files, to be listed with patches of what `flux bootstrap` writes into them.
    """
    for owner, parsed in reader.kustomizations(closure):
        for one in parsed.references:
            if one.role is Role.ENTRY:
                path = os.path.realpath(os.path.join(os.path.dirname(owner), one.text))
                if path in closure.files and not _CONTENT.search(reader.source(path)):
                    return True
    return False
