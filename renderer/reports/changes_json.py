"""What differs between two sides, for programs: docs/reference.md has every field."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from renderer.changes.model import ABSENT, FieldChange, Reordered
from renderer.impacts.grouping import ByObject, worst_of
from renderer.reports.changes import verb_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.grouping import FieldGroup, ObjectGroup
    from renderer.history.sides import Side
    from renderer.impacts.grouping import ConsequenceGroup
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.pipeline.causes import GroupCauses
    from renderer.pipeline.review import Reviewed

    Row = dict[str, Any]

FORMAT = 1  # raised when a reader of the last one would misunderstand


def review_row(reviewed: Reviewed, stale: tuple[Sequence[str], Sequence[str]] | None = None) -> Row:
    """The whole report; what a later renderer adds, an old reader passes over.

    `stale` are the trees of both sides that are committed otherwise than they were rendered for
    this report, None where nothing was.
    """
    by_object = ByObject(reviewed.consequences)
    return {
        "format": FORMAT,
        "base": _side(reviewed.base),
        "head": _side(reviewed.head),
        "clusters": [*reviewed.clusters],
        "added_clusters": [*reviewed.added],
        "removed_clusters": [*reviewed.removed],
        "images": [
            {
                "old": one.old or None,
                "new": one.new or None,
                "major": one.is_major,
                "containers": one.containers,
                "clusters": [*one.clusters],
            }
            for one in reviewed.images
        ],
        "held_back": [
            {"by": one.label, "until": one.until, "clusters": [*one.clusters]}
            for one in reviewed.held_back
        ],
        "impacts": [_consequence(one) for one in reviewed.consequences],
        "changes": [
            {**_group(one, by_object), "causes": causes and [*_causes(causes)]}
            for one, causes in zip_longest(reviewed.groups, reviewed.causes)
        ],
        "foreign": [*reviewed.foreign],
        "unjudged": [{"path": one.path, "meant": sorted(one.meant)} for one in reviewed.unjudged],
        "rendered": stale and {"stale": {"base": [*stale[0]], "head": [*stale[1]]}},
    }


def _causes(causes: GroupCauses) -> Iterator[Row]:
    for certain, some in ((True, causes.known), (False, causes.possible)):
        for one in some:
            row = {"path": one.path, "line": one.line, "what": one.what or None}
            yield {**row, "certain": certain}


def _side(side: Side) -> Row:
    return {"name": side.name, "commit": side.commit or None}


def _object(ref: ObjectRef) -> Row:
    return {
        "group": ref.group,
        "kind": ref.kind,
        "namespace": ref.namespace or None,
        "name": ref.name,
    }


def _consequence(group: ConsequenceGroup) -> Row:
    one = group.consequence
    return {
        "impact": one.impact.value,
        "object": _object(one.ref),
        "reason": one.reason,
        "hint": one.hint,
        "field": one.field,
        "predicted": one.is_predicted,
        "excuse": group.excuse or None,
        "clusters": [*group.clusters],
    }


def _group(group: ObjectGroup, by_object: ByObject) -> Row:
    change = group.change
    impact = worst_of(by_object.of(group.ref, group.clusters))
    return {
        "object": _object(group.ref),
        "change": verb_of(group),
        "impact": impact and impact.value,
        "to": _object(change.new.ref) if change.new and change.is_renamed else None,
        "clusters": [*group.clusters],
        "fields": [_field_group(one) for one in group.fields],
    }


def _field_group(group: FieldGroup) -> Row:
    return {
        "field": group.field.field,
        "follows": group.field.follows,
        "variants": [{"clusters": [*one.clusters], **_values(one.field)} for one in group.variants],
    }


def _values(field: FieldChange) -> Row:
    """Both values; a side on which there is none has no entry."""
    if isinstance(field.old, Reordered):
        return {"order": [[str(one) for one in side.order] for side in (field.old, field.new)]}
    row: Row = {}
    if field.old is not ABSENT:
        row["old"] = field.old
    if field.new is not ABSENT:
        row["new"] = field.new
    if field.inside:
        row["inside"] = {
            "format": field.inside.format,
            "fields": [{"field": one.field, **_values(one)} for one in field.inside.fields],
        }
    return row
