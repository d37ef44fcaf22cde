"""What merging does, for people: what hurts first, each with its reason and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts.grouping import worst_of
from renderer.impacts.model import Impact
from renderer.reports.clusters import clusters_text
from renderer.reports.text import Style, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from renderer.impacts.grouping import ConsequenceGroup
    from renderer.impacts.syncing import HeldBack
    from renderer.kubernetes.manifests import ObjectRef

# The worst four are told before everything else.
_HURTS = (
    Impact.LOSES_DATA,
    Impact.OUTAGE,
    Impact.OPENS_ACCESS,
    Impact.REJECTED,
    Impact.RECREATES,
)


# kustomize-controller tries all objects before it applies the first (ssa, ApplyAllStaged);
# gitops-engine applies each by itself.
_AROUND = (
    "where one object is refused, Flux applies nothing of the tree, and Argo CD everything else"
)


def counts_text(groups: Iterable[ConsequenceGroup]) -> str:
    """`1 loses-data, 3 rolls-pods`: the objects by the worst that happens to them anywhere."""
    worst: dict[ObjectRef, Impact] = {}
    for one in groups:
        worst.setdefault(one.consequence.ref, one.consequence.impact)  # they are sorted
    found = [*worst.values()]
    counts = ((impact, found.count(impact)) for impact in Impact)
    return ", ".join(f"{count} {impact.value}" for impact, count in counts if count)


def impact_mark(groups: Iterable[ConsequenceGroup]) -> str:
    """The worst of some consequences, behind a title."""
    worst = worst_of(groups)
    return f" ({worst.value})" if worst else ""


def held_text(found: Iterable[HeldBack], among: Sequence[str]) -> str:
    """Where nothing happens by itself, and until when."""
    return "".join(
        _filled(f"note: nothing happens {where} {one.until}: {one.label}", "")
        for one in found
        for where in [clusters_text(one.clusters, among)]
    )


def harm(groups: Sequence[ConsequenceGroup], among: Sequence[str], style: Style) -> str:
    """The section of what hurts, from the worst on; nothing where nothing does."""
    found = [one for one in groups if one.consequence.impact in _HURTS]
    if not found:
        return ""
    refused = any(one.consequence.impact is Impact.REJECTED and not one.excuse for one in found)
    after = _filled(f"note: {_AROUND}", "  ") if refused else ""
    return "\nwhat merging does\n" + "".join(_harms(found, among, style)) + after


def _harms(groups: Iterable[ConsequenceGroup], among: Sequence[str], style: Style) -> Iterator[str]:
    for one, clusters, excuse in groups:
        impact = one.impact.value
        predicted = " (predicted)" if one.is_predicted else ""
        title = _filled(f"{impact}{predicted}: {one.ref} {clusters_text(clusters, among)}", "  ")
        yield title.replace(impact, style.paint(impact, "error"), 1)
        yield _filled(one.reason, "    ")
        if excuse:
            yield _filled(f"it is meant to: {excuse}", "    ")
        elif one.hint:
            yield _filled(f"hint: {one.hint}", "    ")


def notes(
    groups: Iterable[ConsequenceGroup], clusters: Collection[str], among: Sequence[str]
) -> str:
    """What else happens to one object, for which there is something to say."""
    lines = []
    for one in groups:
        impact, reason = one.consequence.impact, one.consequence.reason
        if impact in _HURTS or not reason:
            continue
        where = "" if {*clusters} <= {*one.clusters} else f", {clusters_text(one.clusters, among)}"
        lines.append(_filled(f"{impact.value}: {reason}{where}", "  "))
    return "".join(lines)


def _filled(text: str, indent: str) -> str:
    return "".join(f"{line}\n" for line in wrapped(printable(text), indent, f"{indent}  "))
