"""What of a change the API server sees: what it fills in itself where it is left out is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.changes.model import ABSENT, Place, Reordered
from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.defaults import default_pull_policy, is_default
from renderer.kubernetes.kinds import BUILT_IN_KINDS
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renderer.changes.model import Changed, Step

ITEM = "*"  # in a path, the step to an item of a list
# What the API server keeps itself, whatever is applied (apiserver/pkg/registry/rest/update.go); so
# it does with status, which is a subresource.
_IGNORED = frozenset(
    ("metadata", one) for one in ("creationTimestamp", "generation", "managedFields", "selfLink")
)

# What stays as it is where it is taken out: the account of a Pod, which stands twice in the cluster
# (serviceAccount), and what a Service was given (registry/core/service/storage,
# patchAllocatedValues).
_KEPT_BY_ALL = frozenset([("spec", "serviceAccountName")])
_KEPT = {
    "Service": frozenset(
        [
            *(("spec", one) for one in ("clusterIP", "clusterIPs", "healthCheckNodePort")),
            (ITEM, "nodePort"),
        ]
    )
}
# What is filled in from what stands beside it.
_FROM_BESIDE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "imagePullPolicy": lambda container: default_pull_policy(text(container.get("image"))),
    "serviceAccount": lambda spec: spec.get("serviceAccountName", ""),
    "serviceAccountName": lambda spec: spec.get("serviceAccount", ""),
    "targetPort": lambda port: port.get("port"),
    "listKind": lambda names: f"{names.get('kind')}List",
    "singular": lambda names: text(names.get("kind")).lower(),
}


class Leaf(NamedTuple):
    """A field that differs, down to where one side has a scalar, a list or an empty mapping.

    `path` is `steps` with a `*` in the place of each item.
    """

    steps: tuple[Step, ...]
    path: tuple[str, ...]
    old: Any
    new: Any

    @property
    def field(self) -> str:
        """The path as a JSON Pointer, with keys in the place of indices."""
        return format_path(str(one) for one in self.steps)

    def is_below(self, path: tuple[str, ...]) -> bool:
        """Whether it is at a path, in it, or holds what is there."""
        if self.path[0] != path[0]:
            return False
        length = min(len(path), len(self.path))
        return all(
            ITEM in (one, other) or one == other
            for one, other in zip(path[:length], self.path[:length], strict=True)
        )


def leaves(changed: Changed) -> list[Leaf]:
    """The fields of an object on both sides that the API server sees differ."""
    found = (
        leaf
        for field in changed.change.fields
        for leaf in _leaves(field.path, field.old, field.new)
    )
    return [one for one in found if not _means_the_same(one, changed)]


def _leaves(steps: tuple[Step, ...], old: Any, new: Any) -> Iterator[Leaf]:
    """A change field by field, where one side is a mapping and the other nothing.

    An item of a list that comes or goes is one change.
    """
    whole = new if old is ABSENT else old if new is ABSENT else None
    if not (isinstance(whole, dict) and whole and isinstance(steps[-1], str)):
        path = tuple(one if isinstance(one, str) else ITEM for one in steps)
        yield Leaf(steps, path, old, new)
        return
    for key, value in whole.items():
        pair = (value, ABSENT) if new is ABSENT else (ABSENT, value)
        yield from _leaves((*steps, key), *pair)


def _means_the_same(leaf: Leaf, changed: Changed) -> bool:
    ref, path = changed.change.ref, leaf.path
    if (ref.group, ref.kind) not in BUILT_IN_KINDS:
        return path in _IGNORED
    if path[0] == "status" or path in _IGNORED:
        return True
    if leaf.new in (ABSENT, "") and path[-2:] in _KEPT.get(ref.kind, _KEPT_BY_ALL):
        return True
    if path[-1] == ITEM or isinstance(leaf.old, Reordered):
        return False
    if path[-1] in _FROM_BESIDE:
        before, after = (_filled_in(leaf, changed, is_old=one) for one in (True, False))
        return bool(before == after)
    return all(is_default(ref.group, ref.kind, path, one) for one in (leaf.old, leaf.new))


def _filled_in(leaf: Leaf, changed: Changed, *, is_old: bool) -> Any:
    """The value of a field, also where it is left out."""
    value, manifest = (leaf.old, changed.old) if is_old else (leaf.new, changed.new)
    if value not in (ABSENT, "", 0) or manifest is None:
        return value
    beside: Any = manifest.data
    for step in leaf.steps[:-1]:
        beside = _at(beside, step, is_old=is_old)
    return _FROM_BESIDE[leaf.path[-1]](mapping(beside))


def _at(node: Any, step: Step, *, is_old: bool) -> Any:
    """What a step leads to; None where it leads nowhere."""
    if isinstance(step, str):
        return mapping(node).get(step)
    if not isinstance(node, list):
        return None
    if isinstance(step, Place):
        index = step.old if is_old else step.new
        return None if index is None else node[index]
    wanted = dict(step.key)
    found = (one for _, one in mappings(node) if wanted.keys() & one.keys())
    return next((one for one in found if {**one, **wanted} == {**wanted, **one}), None)
