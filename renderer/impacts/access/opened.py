"""What each subject may do that it could not do before, by RBAC alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.access.rights import Rights, wider
from renderer.impacts.access.roles import Held, Subject, held_by_subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.impacts.access.rights import Right
    from renderer.impacts.access.roles import Source
    from renderer.impacts.model import ClusterObjects
    from renderer.kubernetes.manifests import ObjectRef

_NOTHING = Held({}, {}, set())


class Holders:
    """Who holds which rights on one side; the groups that a subject is in give theirs."""

    def __init__(self, objects: ClusterObjects) -> None:
        self.held = held_by_subject(objects)
        self._effective: dict[Subject, Rights] = {}

    def of(self, subject: Subject) -> Held:
        """What bindings give to a subject that they name."""
        return self.held.get(subject, _NOTHING)

    def of_groups(self, subject: Subject) -> Iterator[Held]:
        """What bindings give to the groups that a subject is in, whoever it is."""
        for name in subject.groups:
            yield self.of(Subject("Group", "", name))

    def effective(self, subject: Subject) -> Rights:
        """All that a subject may do."""
        if subject not in self._effective:
            all_held = [self.of(subject), *self.of_groups(subject)]
            self._effective[subject] = Rights(right for one in all_held for right in one.rights)
        return self._effective[subject]


class Opened(NamedTuple):
    """What a subject may do that it could not do before, each right with what gives it.

    `unknown` are the bindings to roles that nobody knows, by the namespace in which they hold.
    """

    subject: Subject
    rights: Mapping[Right, list[Source]]
    unknown: Mapping[tuple[str, ObjectRef], ObjectRef]


def opened(old: Holders, new: Holders) -> Iterator[Opened]:
    """The subjects that may do more than before; what a group gives is told of the group."""
    for subject in sorted(new.held):
        found = _opened(subject, old, new)
        if found.rights or found.unknown:
            yield found


def _opened(subject: Subject, old: Holders, new: Holders) -> Opened:
    before, after = old.of(subject), new.of(subject)
    added = {
        right: sources for right, sources in after.rights.items() if right not in before.rights
    }
    beyond: dict[Right, list[Source]] = {}
    if added:
        by_groups = [right for held in new.of_groups(subject) for right in held.rights]
        known = Rights([*old.effective(subject), *by_groups])
        for right, sources in added.items():
            for more in known.beyond(right):
                beyond.setdefault(more, []).extend(sources)
    unknown = {
        (namespace, role): after.roles[namespace, role]
        for namespace, role in sorted(after.unknown)
        if (namespace, role) not in before.roles
    }
    return Opened(subject, _largest(beyond), unknown)


def _largest(rights: Mapping[Right, list[Source]]) -> dict[Right, list[Source]]:
    """The rights that no other of them includes."""
    return {
        right: sources
        for right, sources in rights.items()
        if not any(one != right and one in rights for one in wider(right))
    }
