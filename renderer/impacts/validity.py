"""What the API server says of an object by itself, looked at once for all clusters that have it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks import KUBERNETES
from renderer.checks.identical import Identical
from renderer.checks.podsecurity import violations
from renderer.checks.schema import Schemas
from renderer.checks.together import check_together
from renderer.impacts.fields import with_keys
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import DEFINITION, defined_kind
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from renderer.findings import Finding
    from renderer.impacts.model import ClusterObjects
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_MOST = 2048  # objects that are remembered
_MOST_DEFINED = 64  # sets of definitions

# What `render check` finds, and the API server takes: it drops what a Go type reads itself, what
# belongs to a feature that is switched off, and a dataSource of another kind.
_TAKEN = re.compile(
    r"/spec/versions/\d+/schema/openAPIV3Schema/.+"
    r"|/spec/template/metadata/ownerReferences/\d+"
    r"|(/.+)?/spec/dataSource"
    r"|(/spec)?/spec/devices/requests/\d+/exactly/tolerations"
    r"|/spec/configSource"
)


class Violated(NamedTuple):
    """A control of Pod Security that Pods violate: why, in words without a value, and where.

    `field` has keys in the place of indices; `hint` is the way out.
    """

    reason: str
    field: str
    hint: str


class Validity:
    """What is wrong with objects by themselves, in clusters of one minor version of Kubernetes.

    `repository` gives the definitions of a kind that the repository has, for clusters whose own
    trees have none.
    """

    def __init__(
        self,
        minor: str = KUBERNETES[-1],
        repository: Callable[[Kind], Sequence[dict[str, Any]]] = lambda _: (),
    ) -> None:
        self._schemas = Schemas(minor)
        self._repository = repository
        self._elsewhere: dict[Kind, Sequence[dict[str, Any]]] = {}
        self._problems = lru_cache(maxsize=_MOST)(self._found)
        self._violated = lru_cache(maxsize=_MOST)(_violated)
        self._with = lru_cache(maxsize=_MOST_DEFINED)(self._extended)

    def problems(self, manifest: Manifest, cluster: ClusterObjects) -> tuple[Finding, ...]:
        """Why the API server refuses an object, also where there is none of its name.

        A custom resource is judged by the definitions in its cluster, else by those of the
        repository; one that nothing defines has no problem.
        """
        kind = manifest.ref.group, manifest.ref.kind
        if kind[0] in BUILT_IN_GROUPS:
            return self._problems(Identical(manifest), ())
        definitions = cluster.few(DEFINITION, f".{kind[0]}")  # as all their names end
        defined = [one.data for one in definitions if defined_kind(one.data) == kind]
        if not defined and kind not in self._elsewhere:
            self._elsewhere[kind] = self._repository(kind)
        known = defined or self._elsewhere[kind]
        return self._problems(Identical(manifest), tuple(map(Identical, known)))

    def violated(self, manifest: Manifest, level: str) -> tuple[Violated, ...]:
        """Which controls of a level of Pod Security the Pods of an object violate."""
        return self._violated(Identical(manifest), level)

    def _found(
        self, one: Identical[Manifest], definitions: tuple[Identical[dict[str, Any]], ...]
    ) -> tuple[Finding, ...]:
        manifest = one.value
        found = [*self._with(definitions).check(manifest), *check_together(manifest)]
        return tuple(one for one in found if not _TAKEN.fullmatch(one.field))

    def _extended(self, definitions: tuple[Identical[dict[str, Any]], ...]) -> Schemas:
        return self._schemas.with_definitions(one.value for one in definitions)


def _violated(one: Identical[Manifest], level: str) -> tuple[Violated, ...]:
    return tuple(
        Violated(found.reason, with_keys(one.value, format_path(found.path)), control.hint)
        for control, found in violations(one.value, level)
    )
