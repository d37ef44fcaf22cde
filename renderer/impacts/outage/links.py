"""What refers to something, and found it before a change and does not after it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from renderer.checks.contradicting import contradictions
from renderer.checks.references import Known, facts_of, missing_rule
from renderer.impacts.fields import with_keys
from renderer.impacts.outage.foretold import foretold
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.facts import Facts, PodFacts, Selection
    from renderer.findings import Finding
    from renderer.impacts.model import ClusterObjects, Consequence, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

# The API server refuses these, so that they change nothing that runs.
_REFUSED = frozenset(["selector-mismatch", "unknown-volume"])
_SERVICE = ("", "Service")
# Who refers to nothing without which something stops: a binding that names nobody gives nothing.
_HARMLESS = frozenset(["ClusterRoleBinding", "RoleBinding"])
# By whom and what it is that is often made elsewhere, so that a new name of it tells nothing: only
# what goes away does.
_ELSEWHERE = frozenset(
    [
        ("PersistentVolume", "PersistentVolumeClaim"),
        ("PersistentVolumeClaim", "PersistentVolume"),
        ("PersistentVolumeClaim", "StorageClass"),
        ("StatefulSet", "Service"),
        ("StatefulSet", "StorageClass"),
    ]
)
_RESTORE = "keep it, or let what refers to it name another"


class _Linked:
    """What the objects of one side refer to and find; by identity without a hash."""

    def __init__(self, objects: ClusterObjects) -> None:
        self._objects = objects

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        return {one.label: one for one in map(facts_of, self._objects.all)}

    @cached_property
    def known(self) -> Known:
        return Known(self.facts.values())

    @cached_property
    def _beside(self) -> Mapping[ObjectRef, Facts]:
        return self.known.beside(self.facts.values())

    def missing(self, one: Facts) -> set[ObjectRef]:
        return {target for target in one.uses if self.known.lacks(target)}

    def wrong(self, one: Facts) -> dict[tuple[str, str, str], Finding]:
        """What is found to be wrong with an object, by rule, field and words."""
        between = contradictions(one, self._beside, self.known.pods)
        findings = [*one.findings, *(found for _, found in between)]
        if (one.ref.group, one.ref.kind) == _SERVICE:
            for selection in one.selections:
                findings += self.known.pods.check(selection, one.label)
        return {
            (found.rule, found.field, found.message): found
            for found in findings
            if found.rule not in _REFUSED
        }


def broken_links(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The objects, there before and after, that lose what they refer to or select."""
    if not any(_may_break(one) for one in changes):
        return
    old, new = _Linked(sides.old), _Linked(sides.new)
    causes = _Causes(changes)
    gone: dict[ObjectRef, list[Facts]] = {}
    for label, after in new.facts.items():
        before = old.facts.get(label)
        if before is None or after.ref.kind in _HARMLESS:
            continue
        for target in sorted(new.missing(after) - (old.missing(before) & {*before.uses})):
            if target in causes.gone:
                gone.setdefault(target, []).append(after)
            elif after.ref in causes.changed and (after.ref.kind, target.kind) not in _ELSEWHERE:
                field = format_path(after.uses[target])
                reason = f"it refers to {target}, which is not among the manifests"
                told = causes.foretold_of(after.ref, reason, _RESTORE, field)
                yield told._replace(finding=(missing_rule(target), str(target)))
        wrong = new.wrong(after)
        was = old.wrong(before) if wrong else {}
        for key in sorted(wrong.keys() - was.keys()):
            if wrong[key].rule == "unmatched-selector":
                found = _unmatched(before, after, old, causes)
            else:
                found = _wrong(wrong[key], after, causes)
            says_same = wrong[key].rule, wrong[key].object
            yield from (one._replace(finding=says_same) for one in found)
    for target, users in sorted(gone.items()):
        who = users[0].label if len(users) == 1 else f"{users[0].label} and {len(users) - 1} more"
        verb = "refers" if len(users) == 1 else "refer"
        told = foretold(causes.gone[target], f"{who} still {verb} to it", _RESTORE)
        yield told._replace(finding=(missing_rule(target), str(target)))


def _wrong(found: Finding, after: Facts, causes: _Causes) -> Iterator[Consequence]:
    """A finding that is new, told of what has changed to make it so."""
    hint = found.hint or _RESTORE
    if after.ref in causes.changed:
        yield causes.foretold_of(after.ref, found.message, hint, found.field)
        return
    needed = [one.target for one in after.key_uses] + [one.target for one in after.port_uses]
    for target in needed:
        if target in causes.changed:
            reason = f"{after.label} needs more of it: {found.message}"
            yield foretold(causes.changed[target], reason, hint)
            return
    for selection in after.selections:
        for ref, one in causes.pods.items():
            if one.pod and _selects(selection, one.pod):
                yield foretold(ref, f"{after.label} leads to it: {found.message}", hint)
                return


def _unmatched(before: Facts, after: Facts, old: _Linked, causes: _Causes) -> Iterator[Consequence]:
    was: list[Selection] = [one for one in before.selections if old.known.pods.selected(one)]
    if not was:
        return
    hint = "let its selector and the labels of Pods agree, or remove the Service too"
    if after.ref in causes.changed and before.selections != after.selections:
        field = format_path(after.selections[0].path)
        yield causes.foretold_of(after.ref, "it selects no Pod any more", hint, field)
        return
    for ref, one in causes.pods.items():
        if any(one.pod and _selects(selection, one.pod) for selection in was):
            yield foretold(ref, f"{after.label} selects no Pod any more", hint)
            return


def _selects(selection: Selection, pod: PodFacts) -> bool:
    return selection.namespace == pod.namespace and selection.labels.matches(pod)


class _Causes:
    """The changed objects: as they are now, and those whose identity is gone.

    `pods` are the facts of those that made Pods, as they were.
    """

    def __init__(self, changes: Iterable[Changed]) -> None:
        self.changed: dict[ObjectRef, ObjectRef] = {}
        self._new: dict[ObjectRef, Manifest] = {}
        self.gone: dict[ObjectRef, ObjectRef] = {}
        self.pods: dict[ObjectRef, Facts] = {}
        for one in changes:
            if one.new:
                self.changed[one.new.ref] = one.change.ref
                self._new[one.new.ref] = one.new
            if one.old:
                facts = facts_of(one.old)
                kept = {*facts_of(one.new).provides} if one.new else set()
                self.gone.update((ref, one.change.ref) for ref in facts.provides if ref not in kept)
                if facts.pod:
                    self.pods[one.change.ref] = facts

    def foretold_of(self, ref: ObjectRef, reason: str, hint: str, field: str) -> Consequence:
        """An outage of a changed object, by what it is now."""
        return foretold(self.changed[ref], reason, hint, with_keys(self._new[ref], field))


def _may_break(one: Changed) -> bool:
    """Whether a change can break a link: an object that is only added does not."""
    if one.old is None:
        return False
    if one.new is None:
        return True
    before, after = (facts_of(side)._replace(label="") for side in (one.old, one.new))
    return before != after
