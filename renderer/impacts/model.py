"""What a change does to a running cluster, and what that is judged by."""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renderer.kubernetes.kinds import BUILT_IN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from renderer.impacts.validity import Validity
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
    but the running cluster (reach of networks, outages, probes). `finding` is the rule and the
    object of what `render check` says of the same, if it does. `lasts` tells of what is refused
    that it is refused also where the object is deleted first, and made anew.
    """

    impact: Impact
    ref: ObjectRef
    reason: str
    hint: str = ""
    field: str = ""
    is_predicted: bool = False
    finding: tuple[str, str] = ("", "")
    lasts: bool = False


class ClusterObjects:
    """All objects of a cluster on one side; they are read when a rule first asks for them.

    `load_few` gives the objects in the files that are named after a kind and end like a name,
    without the others.
    """

    def __init__(
        self,
        load: Callable[[], Sequence[Manifest]],
        load_few: Callable[[str, str], Sequence[Manifest]] | None = None,
    ) -> None:
        self._load = load
        self._load_few = load_few
        self._few: dict[tuple[str, str], Sequence[Manifest]] = {}

    @cached_property
    def all(self) -> Sequence[Manifest]:
        """Every object of every tree of the cluster."""
        return tuple(self._load())

    @property
    def asked(self) -> Mapping[tuple[str, str], Sequence[Manifest]] | None:
        """What rules have asked for as `few`, by kind and ending; None where they asked for all."""
        return None if "all" in vars(self) else self._few

    @cached_property
    def by_ref(self) -> Mapping[ObjectRef, Manifest]:
        """The objects by the identity that the cluster knows: with the hash in the name."""
        return {one.ref: one for one in self.all}

    def of_kind(self, group: str, kind: str) -> Sequence[Manifest]:
        """The objects of a kind, in the order of their trees."""
        return self._by_kind.get((group, kind), ())

    def few(self, kind: str, ending: str = "") -> Sequence[Manifest]:
        """The objects of a built-in kind, of which there are few, whose names end with something:
        to ask for them does not read all others."""
        key = kind, ending
        if key not in self._few:
            found = self._load_few(kind, ending) if self._load_few else self.all
            self._few[key] = [
                one
                for one in found
                if _is_built_in(one.ref, kind) and one.ref.name.endswith(ending)
            ]
        return self._few[key]

    def find(self, ref: ObjectRef) -> Manifest | None:
        """An object of a built-in kind, of which there are few; to ask for it reads no others."""
        if "all" in vars(self):
            return self.by_ref.get(ref)
        return next((one for one in self.few(ref.kind) if one.ref == ref), None)

    @cached_property
    def _by_kind(self) -> Mapping[tuple[str, str], Sequence[Manifest]]:
        found: dict[tuple[str, str], list[Manifest]] = {}
        for one in self.all:
            found.setdefault((one.ref.group, one.ref.kind), []).append(one)
        return found


def _is_built_in(ref: ObjectRef, kind: str) -> bool:
    return ref.kind == kind and ref.group in BUILT_IN_GROUPS


class Controller(Enum):
    """Who syncs, and heeds only annotations of its own."""

    FLUX = "kustomize.toolkit.fluxcd.io"
    ARGO_CD = "argocd.argoproj.io"


class Syncer(NamedTuple):
    """A Kustomization of Flux or an Application of Argo CD that brings a tree into a cluster.

    `label` is what people call it. `held` says until when nothing happens ("until it is resumed"),
    and is empty where it syncs by itself. `prunes` is false only where it did not prune before
    either.
    """

    label: str
    held: str = ""
    prunes: bool = True
    forces: bool = False
    by: Controller | None = None


class Sides(NamedTuple):
    """What a rule may ask of a cluster: all of it before and after, and its Kubernetes ("1.36").

    `validity` says what is wrong with objects by themselves; `syncers` are those that the
    repository holds for each tree, by the name of the tree.
    """

    old: ClusterObjects
    new: ClusterObjects
    kubernetes: str
    validity: Validity
    syncers: Mapping[str, Sequence[Syncer]] = {}  # never written to
