"""What a change does to a running cluster, and what that is judged by."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from renderer.kubernetes.manifests import Manifest, ObjectRef


class Impact(Enum):
    """What happens, the worst first; the value is its word in settings, options and JSON."""

    LOSES_DATA = "loses-data"
    OUTAGE = "outage"
    OPENS_ACCESS = "opens-access"
    REJECTED = "rejected"
    RECREATES = "recreates"
    DELETES = "deletes"
    ROLLS_PODS = "rolls-pods"
    IN_PLACE = "in-place"
    NONE = "none"


class Consequence(NamedTuple):
    """One thing that merging does.

    `reason` says in a clause why or what, without a value that may be a secret; `hint` is the way
    out, in the form of all hints. `field` is a JSON Pointer with keys in the place of indices (as
    FieldChange.field), empty for the whole object. `is_predicted` tells what no API server answers
    but the running cluster (reach of networks, outages, probes).
    """

    impact: Impact
    ref: ObjectRef
    reason: str
    hint: str = ""
    field: str = ""
    is_predicted: bool = False


class ClusterObjects:
    """All objects of a cluster on one side; they are read when a rule first asks for them."""

    def __init__(self, load: Callable[[], Sequence[Manifest]]) -> None:
        self._load = load

    @cached_property
    def all(self) -> Sequence[Manifest]:
        """Every object of every tree of the cluster."""
        return tuple(self._load())

    @cached_property
    def by_ref(self) -> Mapping[ObjectRef, Manifest]:
        """The objects by the identity that the cluster knows: with the hash in the name."""
        return {one.ref: one for one in self.all}

    def of_kind(self, group: str, kind: str) -> Sequence[Manifest]:
        """The objects of a kind, in the order of their trees."""
        return self._by_kind.get((group, kind), ())

    @cached_property
    def _by_kind(self) -> Mapping[tuple[str, str], Sequence[Manifest]]:
        found: dict[tuple[str, str], list[Manifest]] = {}
        for one in self.all:
            found.setdefault((one.ref.group, one.ref.kind), []).append(one)
        return found


class Syncer(NamedTuple):
    """A Kustomization of Flux or an Application of Argo CD that brings a tree into a cluster.

    `label` is what people call it. `held` says until when nothing happens ("until it is resumed"),
    and is empty where it syncs by itself.
    """

    label: str
    held: str = ""
    prunes: bool = True
    forces: bool = False


class Sides(NamedTuple):
    """What a rule may ask of a cluster: all of it before and after, and its Kubernetes ("1.36").

    `syncers` are those that the repository holds for each tree, by the name of the tree.
    """

    old: ClusterObjects
    new: ClusterObjects
    kubernetes: str
    syncers: Mapping[str, Sequence[Syncer]] = {}  # never written to
