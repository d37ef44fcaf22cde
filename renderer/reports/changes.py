"""What differs between two sides, for people: a summary, the images, then object by object."""

from __future__ import annotations

import difflib
import json
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from renderer.changes.model import ABSENT, FieldChange, Reordered
from renderer.counting import counted
from renderer.impacts.grouping import ByObject
from renderer.impacts.model import Impact
from renderer.reports.causes import causes_lines
from renderer.reports.clusters import clusters_text
from renderer.reports.impacts import counts_text, harm, held_text, impact_mark, notes
from renderer.reports.text import WIDTH, Style, diff_text, one_line, printable, table
from renderer.tree.planning import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.grouping import FieldGroup, ObjectGroup, Variant
    from renderer.changes.images import ImageChange
    from renderer.pipeline.review import Reviewed

_UNENDED = "\\ no line break at the end"  # as `diff` says it
_MOST_LINES = 40  # of one value
_MOST_VARIANTS = 20  # of one field
_COLUMNS = ("CLUSTER", "FROM", "TO")


def review_text(reviewed: Reviewed, style: Style) -> str:
    """The whole report."""
    return "".join(_sections(reviewed, style))


def unified_text(reviewed: Reviewed, style: Style, *, terminal: bool) -> str:
    """The lines that differ in the files of trees, with secrets hidden."""
    return "".join(
        diff_text("", change, style, terminal=terminal)
        for one in reviewed.files
        for change in [Change(one.path, one.old, one.new, is_secret=one.is_secret)]
    )


def summary_text(reviewed: Reviewed) -> str:
    """One line: which sides, how much differs, and the worst that merging does to how many."""
    impacts = counts_text(reviewed.consequences)
    return f"{_summary(reviewed)}: {impacts}" if impacts else _summary(reviewed)


def _summary(reviewed: Reviewed) -> str:
    sides = f"{reviewed.base.name} -> {reviewed.head.name}"
    if not reviewed.groups:
        same = "nothing that Kubernetes sees differs" if reviewed.files else "no tree differs"
        return f"{sides}: {same}"
    counts = _counts(reviewed.groups)
    by_verb = ", ".join(f"{count} {verb}" for verb, count in counts.items())
    what = counted(len({one.ref for one in reviewed.groups}), "object")
    kinds = f" ({by_verb})" if len(counts) > 1 else ""
    return f"{sides}: {what}{kinds} in {counted(len(reviewed.clusters), 'cluster')}"


def verb_of(group: ObjectGroup) -> str:
    """What happens to an object, in one word."""
    change = group.change
    if change.old is None:
        return "added"
    if change.new is None:
        return "removed"
    if change.is_renamed:
        return "renamed"
    return "changed" if change.fields else "moved"


def _counts(groups: Sequence[ObjectGroup]) -> dict[str, int]:
    found: dict[str, set[Any]] = {}
    for one in groups:
        found.setdefault(verb_of(one), set()).add(one.ref)
    return {verb: len(refs) for verb, refs in sorted(found.items())}


def _sections(reviewed: Reviewed, style: Style) -> Iterator[str]:
    yield f"{one_line(_summary(reviewed))}\n"
    if reviewed.consequences:
        yield f"{counts_text(reviewed.consequences)}\n"
    yield _whole_clusters(reviewed, style)
    yield held_text(reviewed.held_back, reviewed.clusters)
    yield harm(reviewed.consequences, reviewed.clusters, style)
    if reviewed.images:
        yield f"\nimages\n{_images(reviewed.images, reviewed.clusters)}"
    pairs = zip_longest(reviewed.groups, reviewed.causes)
    by_object = ByObject(reviewed.consequences)
    both = (pair for pair in pairs if not _goes_along(pair[0], reviewed, by_object))
    for (ref, _), found in groupby(both, key=lambda one: (one[0].ref, verb_of(one[0]))):
        groups = [*found]
        clusters = {name for one, _ in groups for name in one.clusters}
        here = by_object.of(ref, clusters)
        yield f"\n{_title(groups[0][0], impact_mark(here), style)}\n"
        yield notes(here, clusters, reviewed.clusters)
        for group, causes in groups:
            yield _group(group, reviewed.clusters, style)
            if causes:
                yield "".join(f"{style.paint(line, 'dim')}\n" for line in causes_lines(causes))


def _whole_clusters(reviewed: Reviewed, style: Style) -> str:
    """The clusters that come or go, each in one line for all its objects."""
    lines = []
    for names, mark, color, what in (
        (reviewed.removed, "-", "remove", "goes"),
        (reviewed.added, "+", "add", "is new"),
    ):
        for name in names:
            objects = counted(sum(name in one.clusters for one in reviewed.groups), "object")
            text = one_line(f"{mark} cluster {name} {what}, with {objects}")
            lines.append(f"{style.paint(text, color)}\n")
            pairs = zip(reviewed.groups, reviewed.causes, strict=False)
            mine = (causes for group, causes in pairs if {name} == {*group.clusters})
            by = dict.fromkeys(line for causes in mine for line in causes_lines(causes))
            lines += [f"{style.paint(line, 'dim')}\n" for line in by]
    return "".join(lines)


def _goes_along(group: ObjectGroup, reviewed: Reviewed, by_object: ByObject) -> bool:
    """Whether an object only comes or goes with the clusters that it is in."""
    whole = {"added": reviewed.added, "removed": reviewed.removed}.get(verb_of(group), ())
    if not {*group.clusters} <= {*whole}:
        return False
    return all(
        one.consequence.impact is Impact.DELETES or not one.consequence.reason
        for one in by_object.of(group.ref, group.clusters)
    )


def _images(images: Sequence[ImageChange], among: Sequence[str]) -> str:
    lines = []
    for one in images:
        major = ", another major version" if one.is_major else ""
        lines.append(f"  {one.old or 'none'} -> {one.new or 'none'}{major}")
        where = f"{counted(one.containers, 'container')} {clusters_text(one.clusters, among)}"
        lines.append(f"    {where}")
    return "".join(f"{one_line(line)}\n" for line in lines)


_NAME = ("metadata", "name")
_MARKS = {"added": ("+", "add"), "removed": ("-", "remove")}


def _title(group: ObjectGroup, impact: str, style: Style) -> str:
    verb, change = verb_of(group), group.change
    mark, color = _MARKS.get(verb, ("~", "hunk"))
    title = f"{mark} {group.ref}"
    if verb == "renamed" and change.new:
        title += f" -> {change.new.ref}: deleted, and made anew"
    elif verb == "moved" and change.old and change.new:
        title += f": from the tree {change.old.tree} to {change.new.tree}"
    elif verb in _MARKS:
        title += f" is {verb}"
    return style.paint(one_line(title), color) + impact


def _group(group: ObjectGroup, among: Sequence[str], style: Style) -> str:
    lines = [f"  {one_line(clusters_text(group.clusters, among))}"]
    for one in group.fields:
        if not one.field.follows:
            lines += _field_group(one, among, style)
    follows = sum(one.field.follows and one.field.path != _NAME for one in group.fields)
    if follows:
        lines.append(f"    {counted(follows, 'reference')} to changed content, by another hash")
    if any(one.field.follows and one.field.path == _NAME for one in group.fields):
        lines.append("    its name has another hash")
    return "".join(f"{line}\n" for line in lines)


def _field_group(group: FieldGroup, among: Sequence[str], style: Style) -> Iterator[str]:
    if len(group.variants) == 1:
        yield from _field(group.field, "    ", style)
        return
    yield f"    ~ {one_line(group.field.field)} differs by cluster:"
    variants = sorted(group.variants, key=lambda one: one.clusters)
    shown, left = variants[:_MOST_VARIANTS], variants[_MOST_VARIANTS:]
    yield from _table(shown, among) or _blocks(shown, among, style)
    if left:
        where = counted(sum(len(one.clusters) for one in left), "cluster")
        yield f"      ... {len(left)} more, in {where} (--json has them)"


def _table(variants: Sequence[Variant], among: Sequence[str]) -> list[str]:
    """Variants as lines of a table; none where a value takes several lines, or it is too wide."""
    rows = [
        (
            clusters_text(one.clusters, among).removeprefix("in "),
            _short(one.field.old),
            _short(one.field.new),
        )
        for one in variants
    ]
    if any("\n" in value for row in rows for value in row):
        return []
    lines = [f"      {printable(line)}" for line in table(_COLUMNS, rows).splitlines()]
    return lines if max(map(len, lines)) <= WIDTH else []


def _blocks(variants: Sequence[Variant], among: Sequence[str], style: Style) -> Iterator[str]:
    for one in variants:
        yield f"      {one_line(clusters_text(one.clusters, among))}"
        yield from _field(one.field, "        ", style)


def _field(field: FieldChange, indent: str, style: Style) -> Iterator[str]:
    name, old, new = one_line(field.field), field.old, field.new
    if isinstance(old, Reordered):
        yield f"{indent}~ {name}: another order"
        was, now = (one_line(" ".join(map(str, side.order))) for side in (old, new))
        yield f"{indent}    {was} -> {now}"
    elif field.inside:
        yield f"{indent}~ {name} ({field.inside.format})"
        if not field.inside.fields:
            yield f"{indent}    comments, order or spelling only"
        for one in field.inside.fields:
            yield from _field(one, f"{indent}  ", style)
    elif old is ABSENT:
        yield style.paint(f"{indent}+ {name}", "add")
        yield from _block(new, f"{indent}    ")
    elif new is ABSENT:
        yield style.paint(f"{indent}- {name}", "remove")
        yield from _block(old, f"{indent}    ")
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        yield f"{indent}~ {name}"
        yield from _lines(old, new, f"{indent}    ", style)
    else:
        yield from _change(name, one_line(_short(old)), one_line(_short(new)), indent, style)


def _change(name: str, old: str, new: str, indent: str, style: Style) -> Iterator[str]:
    """A value that becomes another, on as few lines as they fit on."""
    values = f"{old} -> {new}"
    if len(f"{indent}~ {name}: {values}") <= WIDTH:
        yield f"{indent}~ {name}: {values}"
        return
    yield f"{indent}~ {name}"
    if len(f"{indent}    {values}") <= WIDTH:
        yield f"{indent}    {values}"
    else:
        yield style.paint(f"{indent}  - {old}", "remove")
        yield style.paint(f"{indent}  + {new}", "add")


def _short(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _block(value: Any, indent: str) -> Iterator[str]:
    """A value as YAML."""
    from renderer.yamldoc.writing import write

    text = write(value) if isinstance(value, (dict, list)) else _short(value)
    yield from _cut([f"{indent}{printable(line)}" for line in _split(text)], indent)


def _lines(old: str, new: str, indent: str, style: Style) -> Iterator[str]:
    """The lines of a text that differ, with one around them."""
    diff = difflib.unified_diff(*_sides(old, new), n=1, lineterm="")
    shown = [line for line in diff if not line.startswith(("---", "+++"))]
    colors = {"+": "add", "-": "remove", "@": "hunk"}
    yield from _cut(
        [
            style.paint(f"{indent}{printable(line)}", colors[line[0]])
            if line[:1] in colors
            else f"{indent}{printable(line)}"
            for line in shown
        ],
        indent,
    )


def _sides(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines of both, with what tells whether the last of them ends."""
    before, after = _split(old), _split(new)
    if old.endswith("\n") != new.endswith("\n"):
        (after if old.endswith("\n") else before).append(_UNENDED)
    return before, after


def _split(text: str) -> list[str]:
    """The lines of a text, as programs read it: only a line feed ends one."""
    return text.removesuffix("\n").split("\n")


def _cut(lines: Sequence[str], indent: str) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"{indent}... {len(lines) - _MOST_LINES} more lines (--json has them)"
