"""What merging lets each subject do: by its own rights, and by what these reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.access.opened import opened
from renderer.impacts.access.powers import has, uses_of
from renderer.impacts.access.rights import Rights
from renderer.impacts.access.roles import HOLDERS, RBAC, Source, Subject
from renderer.impacts.access.wording import in_words, is_everything, listed, place
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.access.acting import Step
    from renderer.impacts.access.opened import Holders, Opened
    from renderer.impacts.access.rights import Right
    from renderer.impacts.access.sides import Access
    from renderer.kubernetes.manifests import ObjectRef

_KINDS = frozenset(["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"])
_HINT = "name only the verbs, resources and namespaces that are needed"


class _Said(NamedTuple):
    """What some subjects may do now, and the object that makes it so."""

    cause: ObjectRef
    what: str


def rbac(changes: Sequence[Changed], access: Access) -> Iterator[Consequence]:
    """What subjects may do after a change of roles and bindings, and could not do before."""
    changed = {
        one.new.ref: one.change.ref
        for one in changes
        if one.new and one.new.ref.group == RBAC and one.new.ref.kind in _KINDS
    }
    if not changed:
        return
    found = [*opened(access.old, access.new)]
    said: dict[_Said, list[Subject]] = {}
    for one in found:
        for cause, what in [*_direct(one, changed), *_powers(one, access, changed)]:
            said.setdefault(_Said(cause, what), []).append(one.subject)
    for (cause, what), subjects in said.items():
        who = listed([str(one) for one in subjects])
        yield _consequence(cause, f"{who} may now: {what}")
    yield from _acting(found, access, changed)


def _direct(one: Opened, changed: Mapping[ObjectRef, ObjectRef]) -> Iterator[tuple[ObjectRef, str]]:
    by_cause: dict[tuple[ObjectRef, ObjectRef], list[Right]] = {}
    for right, sources in one.rights.items():
        by_cause.setdefault(_cause(sources, changed), []).append(right)
    for (cause, role), rights in sorted(by_cause.items()):
        is_said = cause == role or one.subject.kind == HOLDERS
        by_role = "" if is_said else f" (by {role.kind} {role.name})"
        yield cause, in_words(rights) + by_role
    for (namespace, role), binding in one.unknown.items():
        where = place(namespace) if namespace else "in the cluster"
        what = f"do {where} what {role.kind} {role.name} allows, which is not among the manifests"
        yield changed.get(binding, binding), what


def _cause(
    sources: Iterable[Source], changed: Mapping[ObjectRef, ObjectRef]
) -> tuple[ObjectRef, ObjectRef]:
    """The changed object that gives a right, the binding first, and the role that it names."""
    ordered = sorted(sources)
    for source in ordered:
        for ref in (source.binding, source.rule, source.role):
            if ref in changed:
                return changed[ref], changed.get(source.role, source.role)
    return ordered[0].binding, ordered[0].role


def _powers(
    one: Opened, access: Access, changed: Mapping[ObjectRef, ObjectRef]
) -> Iterator[tuple[ObjectRef, str]]:
    """What the new rights reach; who may do everything needs no list."""
    if any(is_everything(right) for right in one.rights):
        return
    before = access.old.effective(one.subject)
    for use, enough in uses_of(Rights(one.rights)).items():
        if not has(before, use):
            sources = [
                source
                for right, some in one.rights.items()
                if Rights([right]).include(enough)
                for source in some
            ]
            yield _cause(sources, changed)[0], str(use)


def _acting(
    found: Sequence[Opened], access: Access, changed: Mapping[ObjectRef, ObjectRef]
) -> Iterator[Consequence]:
    """Who can act as a ServiceAccount now and gets more by it than was in reach before."""
    by_subject = {one.subject: one for one in found}
    said: dict[_Said, list[Subject]] = {}
    for subject in access.acting.actors:
        reached = access.acting.reached(subject)
        before = access.acting_before.reached(subject) if reached else {}
        had = _all_rights(subject, before, access.old) if reached else []
        own = Rights([*had, *access.new.effective(subject)])
        for account, step in reached.items():
            rights = access.new.of(account).rights
            more = [each for right in rights for each in own.beyond(right)]
            sources = _sources_of(step, account, by_subject) if more else []
            if sources:
                via = "" if step.actor == subject else f" as {step.actor}"
                what = f"act as {account}, for it may{via} {in_words(step.rights)}; so it may now:"
                cause = _cause(sources, changed)[0]
                said.setdefault(_Said(cause, f"{what} {in_words(more)}"), []).append(subject)
    for (cause, what), subjects in said.items():
        yield _consequence(cause, f"{listed([str(one) for one in subjects])} can {what}")


def _sources_of(step: Step, account: Subject, opened_to: Mapping[Subject, Opened]) -> list[Source]:
    """What gives the last step to an account, else what the account itself may do now."""
    given = opened_to[step.actor].rights if step.actor in opened_to else {}
    for own, sources in given.items():
        if any(Rights([own]).include(right) for right in step.rights):
            return sources
    given = opened_to[account].rights if account in opened_to else {}
    return [source for sources in given.values() for source in sources]


def _all_rights(subject: Subject, reached: Iterable[Subject], holders: Holders) -> list[Right]:
    return [right for one in (subject, *reached) for right in holders.effective(one)]


def _consequence(cause: ObjectRef, reason: str) -> Consequence:
    return Consequence(Impact.OPENS_ACCESS, cause, reason, hint=_HINT)
