"""What is to be said of what kustomize does without a word, and what is to be looked for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.cache import own_fingerprint

if TYPE_CHECKING:
    from renderer.cache import Cache
    from renderer.findings import Finding, Location
    from renderer.kustomize.closure import Closure

_KIND = "silent"

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


def is_quiet(cache: Cache | None, closure: Closure) -> bool:
    """Whether it is known that there is nothing to say of a composition."""
    return cache is not None and cache.get(_KIND, _key(closure)) is not None


def remember_quiet(cache: Cache, closure: Closure) -> None:
    """Keep that there is nothing to say, whatever definitions of kinds there are."""
    cache.put(_KIND, _key(closure), b"")


def _key(closure: Closure) -> str:
    return f"{own_fingerprint()[:16]}-{closure.digest}"
