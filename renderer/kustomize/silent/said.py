"""What is to be said of what kustomize does without a word, and what is to be looked for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from renderer.findings import Finding, Location

Wants = tuple[tuple[str, str], ...]  # what a selection selects by, as it is written


class Copy(NamedTuple):
    """A replacement that copies the name of an object into a field of others.

    `place` is that of the field's path; `steps` are the path. With a `delimiter`, the name takes
    the place of a `part` of the value, as kustomize counts.
    """

    place: Location
    source: Wants
    select: Wants
    steps: tuple[str, ...]
    delimiter: str
    part: int


class Subject(NamedTuple):
    """A ServiceAccount that a binding names with its namespace; `place` is that of the latter.

    `kind` and `binding` are those of the binding, `name` and `namespace` the ServiceAccount's.
    `set_here` are the namespaces that kustomizations set for the binding as well.
    """

    place: Location
    kind: str
    binding: str
    name: str
    namespace: str
    set_here: frozenset[str]


class Silent(NamedTuple):
    """What the sources of a composition say.

    What is in `copies` and `subjects` is a mistake only if it came out so; `namespaces` are those
    that kustomizations set.
    """

    findings: tuple[Finding, ...] = ()
    copies: tuple[Copy, ...] = ()
    subjects: tuple[Subject, ...] = ()
    namespaces: tuple[str, ...] = ()
