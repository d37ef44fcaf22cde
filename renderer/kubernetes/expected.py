"""The Secrets that somebody makes in a cluster before its trees are synced, as plain values.

Parameters documents say which (`spec.expects`); what is here has no parameters in it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from renderer.findings import Location
    from renderer.kubernetes.release import Release


class ExpectedKey(NamedTuple):
    """A key of a Secret: `description` is for people, `command` prints the value, or is empty."""

    name: str
    description: str
    command: str
    location: Location


class ExpectedSecret(NamedTuple):
    """A Secret that a component expects; without a namespace, wherever it is referred to.

    `type` is that of the Secret, empty for Kubernetes' own default (Opaque). `written` is the
    Secret as the document has it, with parameters in its name. It is the release's own, and called
    as all that is composed (`is_ours`), unless a parameter says its name.
    """

    ref: ObjectRef
    keys: tuple[ExpectedKey, ...]
    type: str
    is_optional: bool
    location: Location
    written: str
    is_ours: bool = True

    def of(self, release: Release) -> ExpectedSecret:
        """What a release expects in its place."""
        ref = release.ref(self.ref)
        return self._replace(ref=ref if self.is_ours else ref._replace(name=self.ref.name))


class Expected(NamedTuple):
    """A place that expects something, what that is, and whether anything of a cluster uses it."""

    location: Location
    what: str
    is_used: bool


def secret_ref(namespace: str, name: str) -> ObjectRef:
    """The identity of a Secret."""
    return ObjectRef(group="", kind="Secret", namespace=namespace, name=name)


def contract(
    expected: Iterable[ExpectedSecret], used: Iterable[ObjectRef]
) -> Mapping[ObjectRef, ExpectedSecret]:
    """The Secrets of a cluster by identity, each once, in the order in which they can be made.

    `used` are those that something refers to: they say where one without a namespace is expected.
    What several documents expect is one Secret with the keys of all. Of two texts for a key, and
    of two types, the later one counts, as a component changes what stands before it; and it stands
    where the last of them does, for that is who may use what was made before. It is optional where
    all say so.
    """
    homes: dict[str, set[str]] = {}
    for ref in used:
        homes.setdefault(ref.name, set()).add(ref.namespace)
    found: dict[ObjectRef, ExpectedSecret] = {}
    for one in expected:
        namespaces = (
            [one.ref.namespace] if one.ref.namespace else sorted(homes.get(one.ref.name, ()))
        )
        for namespace in namespaces:
            ref = secret_ref(namespace, one.ref.name)
            known = found.pop(ref, None)
            found[ref] = _joined(known, one._replace(ref=ref))
    return found


def _joined(known: ExpectedSecret | None, other: ExpectedSecret) -> ExpectedSecret:
    if known is None:
        return other
    keys = {key.name: key for key in (*known.keys, *other.keys)}
    return other._replace(
        keys=tuple(keys.values()),
        type=other.type or known.type,
        is_optional=known.is_optional and other.is_optional,
    )
