"""What a cluster expects to be made before its trees are synced, held against what uses it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.facts import Facts
from renderer.kubernetes.expected import Expected, contract
from renderer.kubernetes.manifests import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.kubernetes.expected import ExpectedSecret
    from renderer.kubernetes.manifests import ObjectRef
    from renderer.patching.final import Final


def secret_uses(facts: Iterable[Facts]) -> Iterator[tuple[ObjectRef, str]]:
    """The Secrets that manifests refer to with the keys, or "" for all of one; also those that
    they can do without."""
    for one in facts:
        yield from ((use.target, use.key) for use in one.key_uses if is_secret(use.target))
        yield from ((use.target, use.key) for use in one.optional_uses)
        yield from ((target, "") for target in one.whole_secrets)


def expected_facts(
    expected: Sequence[ExpectedSecret], facts: Sequence[Facts]
) -> Mapping[ObjectRef, Facts]:
    """The expected Secrets as if they were among the manifests, by identity.

    One that is there too, and may be without data, has its own keys and those that are expected.
    """
    if not expected:
        return {}
    there = {one.ref: one for one in facts}
    found = {}
    for ref, one in contract(expected, (target for target, _ in secret_uses(facts))).items():
        keys = frozenset(key.name for key in one.keys)
        known = there.get(ref) or Facts(ref=ref, label=str(ref), provides=(ref,))
        found[ref] = known._replace(
            keys=keys | (known.keys or frozenset()), expected_at=str(one.location)
        )
    return found


class SecretUses:
    """What the manifests of a cluster use of Secrets: found once for all trees that expect some."""

    def __init__(self, facts: Sequence[Facts], finals: Iterable[Final]) -> None:
        labels = {one.ref: one.label for one in facts if is_secret(one.ref)}
        # Namespaces and keys by the name without a hash.
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        for target, key in secret_uses(facts):
            name = labels[target].rpartition("/")[2] if target in labels else target.name
            uses = self._by_name.setdefault(name.rpartition(" ")[2], [])
            uses.append((target.namespace, key))
        makers = {one.ref for one in facts if any(map(is_secret, one.provides))}
        self._others = [one for one in finals if one.manifest.ref not in makers]

    def of(self, expected: Iterable[ExpectedSecret]) -> tuple[Expected, ...]:
        """Whether what a tree expects is used.

        A Secret that only a custom resource or an argument names is used: who can tell how.
        """
        return tuple(found for one in expected for found in self._of(one))

    def _of(self, one: ExpectedSecret) -> Iterator[Expected]:
        home = one.ref.namespace
        keys = {
            key
            for namespace, key in self._by_name.get(one.ref.name, ())
            if not home or not namespace or namespace == home
        }
        if not keys and _is_named(one.ref, self._others):
            keys = {""}
        yield Expected(one.location, one.written, bool(keys))
        for key in one.keys if keys else ():
            is_used = "" in keys or key.name in keys
            yield Expected(key.location, f"the key {key.name} of {one.written}", is_used)


def _is_named(ref: ObjectRef, finals: Iterable[Final]) -> bool:
    """Whether a Secret's name stands anywhere in what may mean it."""
    word = re.compile(rf"(?<![\w.-]){re.escape(ref.name)}(?![\w.-])")
    near = {"", ref.namespace}
    return any(
        word.search(one.text)
        for one in finals
        if not ref.namespace or one.manifest.ref.namespace in near
    )
