"""Findings as text: each once with the trees that share it, and of many alike the first ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.counting import counted
from renderer.findings import Finding, Location
from renderer.reports.text import Style, error_line, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.pipeline.outcome import Outcome
    from renderer.repository.trees import Tree

_MOST_ALIKE = 20  # findings alike that are all shown
_FIRST_ALIKE = 5  # of more than that, those that are shown
_MOST_TREES = 5  # names in a line

# What tells two findings alike apart: objects as `Deployment.apps shop/web`, paths, numbers.
_OWN_WORDS = re.compile(r"\b[A-Z]\w*(?:\.[\w.-]+)? [\w.:/-]+|\S*/\S*|\d+")
_NAMES_TREES = " the trees "  # in the message of a finding that is between trees


class Said(NamedTuple):
    """A finding that is told once, and the trees that share it; none where it is about none."""

    finding: Finding
    trees: tuple[Tree, ...]


def told_once(found: Iterable[tuple[Tree | None, Finding]]) -> list[Said]:
    """Each finding once, in the order of the first trees that have it."""
    shared: dict[Finding, dict[Tree, None]] = {}
    for tree, finding in found:
        trees = shared.setdefault(finding, {})
        if tree:
            trees[tree] = None
    return [Said(finding, tuple(trees)) for finding, trees in shared.items()]


def findings_text(said: Sequence[Said], style: Style, *, every: bool = False) -> str:
    """What is said of each finding, unless `every` one is wanted: of many that are alike the first
    ones and a count, and a hint of several lines that differs by the object alone once."""
    return "\n".join(_text(one, style) for one in (said if every else _abridged(said)))


def _abridged(said: Sequence[Said]) -> Iterable[Said]:
    """The findings; of many that are alike the first ones, and in the place of the next a count."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, one in enumerate(said):
        alike.setdefault(_likeness(one.finding), []).append(index)
    shown = dict(enumerate(said))
    for indices in alike.values():
        for index in _with_repeated_hints(said, indices):
            finding, trees = said[index]
            shown[index] = Said(finding._replace(hint=""), trees)
        if len(indices) > _MOST_ALIKE:
            first, *others = indices[_FIRST_ALIKE:]
            shown[first] = _more([said[first], *(shown.pop(one) for one in others)])
    return shown.values()


def _with_repeated_hints(said: Sequence[Said], indices: Iterable[int]) -> Iterator[int]:
    """Which have a hint of several lines that one before has, but for the object."""
    told: set[str] = set()
    for index in indices:
        finding = said[index].finding
        hint = finding.hint.replace(finding.object, "") if finding.object else finding.hint
        if "\n" in hint and hint in told:
            yield index
        told.add(hint)


def _likeness(finding: Finding) -> tuple[str, ...]:
    """What findings have in common that say the same of several objects."""
    message = finding.message
    if finding.object:
        message = message.replace(finding.object, "")
    return finding.rule, finding.severity, _OWN_WORDS.sub("", message)


def _text(said: Said, style: Style) -> str:
    finding, trees = said
    if finding.location is None and len(trees) == 1:
        finding = finding._replace(location=Location(trees[0].source))
    word = str(finding.severity)
    text = printable(str(finding)).replace(f"{word}:", f"{style.paint(word, word)}:", 1)
    at = finding.location.path if finding.location else ""
    is_named = _NAMES_TREES in finding.message or _says_which(at, trees)
    return text if is_named else text + in_trees(trees)


def _more(hidden: Sequence[Said]) -> Said:
    """How many more there are of findings alike, where, and how to see them."""
    finding = Finding(
        hidden[0].finding.rule,
        hidden[0].finding.severity,
        f"{len(hidden)} more like these",
        hint="--verbose shows each of them",
    )
    return Said(finding, tuple(dict.fromkeys(tree for one in hidden for tree in one.trees)))


def _says_which(text: str, trees: Sequence[Tree]) -> bool:
    """Whether a text that begins with, or holds, a path below the only tree names it so."""
    return len(trees) == 1 and any(
        f"{path}/" in f"{text}/" for path in (trees[0].source, trees[0].output)
    )


def errors_text(outcomes: Iterable[Outcome], style: Style) -> Iterator[str]:
    """Each error that is no finding once, with the trees that share it."""
    shared: dict[tuple[str, str], list[Tree]] = {}
    for outcome in outcomes:
        if outcome.error:
            key = outcome.error.message, outcome.error.hint
            shared.setdefault(key, []).append(outcome.tree)
    for (message, hint), trees in shared.items():
        which = "" if _says_which(message, trees) else in_trees(trees)
        yield error_line(message + which, hint, style)


def in_trees(trees: Sequence[Tree]) -> str:
    """Further lines that name trees; nothing where there are none."""
    if not trees:
        return ""
    names = [f"{printable(tree.name)}," for tree in trees[:_MOST_TREES]]
    names[-1] = names[-1].removesuffix(",")
    more = f" and {len(trees) - _MOST_TREES} more" if len(trees) > _MOST_TREES else ""
    noun = tree_noun(trees) + ("s" if len(trees) > 1 else "")
    lines = wrapped(f"in the {noun} {' '.join(names)}{more}", "  ", "    ")
    return "\n" + "\n".join(lines)


def tree_noun(trees: Iterable[Tree]) -> str:
    """What trees are called: clusters, where each is the only one of its cluster."""
    return "cluster" if all(one.name == one.cluster for one in trees) else "tree"


def counted_trees(trees: Sequence[Tree]) -> str:
    """How many clusters, or trees, there are."""
    return counted(len(trees), tree_noun(trees))


def withheld_text(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A note for each cluster in which a tree could not be rendered that others may need."""
    found = {one.tree.cluster: one.withheld for one in outcomes if one.withheld}
    for cluster, trees in found.items():
        yield withheld_note(cluster, trees)


def withheld_note(cluster: str, trees: Sequence[str]) -> str:
    """What to say where trees cannot be rendered that others of the cluster may need."""
    text = f"note: what is missing in {cluster} is not said while {', '.join(trees)} cannot be"
    return printable(f"{text} rendered")
