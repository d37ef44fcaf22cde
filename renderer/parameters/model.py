"""What people write in Parameters, Values and Cluster documents, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Location
from renderer.kubernetes.release import Release
from renderer.patching.budget import check_length
from renderer.patching.pointing import Path

if TYPE_CHECKING:
    from renderer.parameters.expects import Expectation
    from renderer.patching.operations import Operation
    from renderer.patching.pointing import Pointer
    from renderer.patching.selecting import Select


# Where a value stands, at the empty path, and all that is inside it.
Places = Mapping[Path, Location]


class Template(NamedTuple):
    """A string with parameters in it: literal text at even places, names at odd ones."""

    parts: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.parts[1::2]

    def fill(self, values: Mapping[str, Any]) -> str:
        """The string with the values in their places. Raises TooLargeError."""
        texts = {name: as_text(values[name]) for name in self.names}
        parts = [texts[part] if place % 2 else part for place, part in enumerate(self.parts)]
        check_length(sum(map(len, parts)))
        return "".join(parts)


class Target(NamedTuple):
    """Fields that a parameter writes: `op` is replace or add; no template means the value."""

    select: Select
    pointer: Pointer
    op: str
    template: Template | None
    location: Location


class Parameter(NamedTuple):
    """A declaration, or, where `schema` is None, further targets for one."""

    name: str
    description: str
    schema: dict[str, Any] | bool | None
    required: bool
    has_default: bool
    default: Any
    places: Places  # of the default
    targets: tuple[Target, ...]
    location: Location
    component: str
    is_secret: bool = False  # its value is shown nowhere


class Capability(NamedTuple):
    """Something that a component provides or requires, such as an executor or a broker."""

    name: str
    location: Location
    component: str


class Exclusive(NamedTuple):
    """A capability that one tree of a cluster may have in a namespace; the description says why."""

    capability: str
    namespace: Template
    description: str
    location: Location


class ParametersDocument(NamedTuple):
    """One Parameters document."""

    parameters: tuple[Parameter, ...]
    provides: tuple[Capability, ...]
    requires: tuple[Capability, ...]
    expects: tuple[Expectation, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()


class Setting(NamedTuple):
    """A value for a parameter and the place where it was set.

    `is_blank` is whether nothing is written where the value should stand.
    """

    name: str
    value: Any
    location: Location
    places: Places
    is_blank: bool = False


class Patch(NamedTuple):
    """Operations for the objects that `target` selects; `file` holds them if not None."""

    target: Select
    operations: tuple[Operation, ...]
    location: Location
    file: str | None = None


class ClusterDocument(NamedTuple):
    """The settings and patches of one cluster; empty where it has no cluster.yaml."""

    settings: tuple[Setting, ...] = ()
    patches: tuple[Patch, ...] = ()
    location: Location | None = None
    release: Release = Release()


def as_text(value: Any) -> str:
    """A parameter's value inside a string: strings as they are, all else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
