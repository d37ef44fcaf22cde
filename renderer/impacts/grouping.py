"""The same consequence in many clusters, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.checks.policy import is_named_by
from renderer.checks.secrets.showing import sentence
from renderer.impacts.judging import worse_first

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from renderer.checks.policy import RuleException
    from renderer.impacts.judging import Judged
    from renderer.impacts.model import Consequence, Impact
    from renderer.kubernetes.manifests import ObjectRef

_EXPECTED = "the Secret is expected, and made before"


class ConsequenceGroup(NamedTuple):
    """What merging does to an object, in the clusters where it does the same.

    `excuse` is the reason of an exception in the settings: it is meant to happen.
    """

    consequence: Consequence
    clusters: tuple[str, ...]
    excuse: str = ""


def grouped(judged: Mapping[str, Sequence[Judged]]) -> list[ConsequenceGroup]:
    """The consequences of all clusters (by name), the worst first, then by object and cluster."""
    found: dict[Consequence, list[str]] = {}
    for cluster in sorted(judged):
        for one in judged[cluster]:
            for consequence in one.consequences:
                found.setdefault(consequence, []).append(cluster)
    groups = [ConsequenceGroup(one, tuple(clusters)) for one, clusters in found.items()]
    return sorted(groups, key=_order)


def excused(
    groups: Iterable[ConsequenceGroup], exceptions: Sequence[RuleException], today: str
) -> list[ConsequenceGroup]:
    """The consequences with the excuses that the settings have for them on a day.

    An exception from a rule of `render check` also excuses what says the same.
    """
    holding = [one for one in exceptions if not one.has_expired(today)]
    return [
        group._replace(
            excuse=next((sentence(one.reason) for one in holding if _is_about(one, group)), "")
        )
        for group in groups
    ]


def expected(
    groups: Iterable[ConsequenceGroup],
    secrets: Callable[[], Sequence[str]],
    gone: Collection[ObjectRef],
) -> list[ConsequenceGroup]:
    """The consequences, where it is meant to happen that something refers to a Secret which is
    expected; `secrets` gives patterns of these, and is asked if it may.

    It is not meant that what makes the Secret goes: `gone` are the objects that do.
    """
    return [
        group._replace(excuse=_EXPECTED) if _is_expected(group, secrets, gone) else group
        for group in groups
    ]


def _is_expected(
    group: ConsequenceGroup, secrets: Callable[[], Sequence[str]], gone: Collection[ObjectRef]
) -> bool:
    rule, name = group.consequence.finding
    return (
        not group.excuse
        and rule == "missing-secret"
        and group.consequence.ref not in gone
        and any(is_named_by(one, name) for one in secrets())
    )


def needless(
    groups: Sequence[ConsequenceGroup],
    old: Collection[RuleException],
    new: Iterable[RuleException],
    *,
    files: Collection[str],
) -> list[RuleException]:
    """The exceptions that both sides have, for what does not happen: it was merged already.

    `files` are those that are not judged.
    """
    return [
        one
        for one in new
        if one.impact
        and one in old
        and not any(_is_about(one, group) for group in groups)
        and not any(_names(one, path) for path in files)
    ]


def meant_for(path: str, exceptions: Iterable[RuleException], today: str) -> Iterator[str]:
    """The impacts from which a file that is not judged is an exception on a day."""
    return (
        one.impact
        for one in exceptions
        if one.impact and not one.has_expired(today) and _names(one, path)
    )


def _names(exception: RuleException, path: str) -> bool:
    """Whether the object of an exception is the path of a file; * alone means objects."""
    return "/" in exception.object and exception.names(path)


def _is_about(exception: RuleException, group: ConsequenceGroup) -> bool:
    one = group.consequence
    if exception.rule:
        rule, name = one.finding
        return rule == exception.rule and exception.names(name)
    return one.impact.value == exception.impact and exception.names(str(one.ref))


def _order(group: ConsequenceGroup) -> tuple[int, tuple[object, ...], tuple[str, ...]]:
    impact, *rest = group.consequence
    return worse_first(impact), tuple(rest), group.clusters


class ByObject:
    """Consequences by the object that they are for."""

    def __init__(self, groups: Iterable[ConsequenceGroup]) -> None:
        self._groups: dict[ObjectRef, list[ConsequenceGroup]] = {}
        for one in groups:
            self._groups.setdefault(one.consequence.ref, []).append(one)

    def of(self, ref: ObjectRef, clusters: Collection[str]) -> list[ConsequenceGroup]:
        """What happens to an object in any of some clusters, in the order that they were given."""
        wanted = set(clusters)
        found = self._groups.get(ref, ())
        return [one for one in found if not wanted.isdisjoint(one.clusters)]


def worst_of(groups: Iterable[ConsequenceGroup]) -> Impact | None:
    """The worst of some consequences; None for none, where nothing was judged."""
    return min((one.consequence.impact for one in groups), key=worse_first, default=None)
