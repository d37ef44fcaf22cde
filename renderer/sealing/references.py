"""Fields that hold names by content, and the names that people write into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.kubernetes.kinds import is_namespaced
from renderer.kubernetes.manifests import (
    EMBED_ANNOTATION,
    NAME_HASH_ANNOTATION,
    ObjectRef,
    annotations_of,
    object_ref,
)
from renderer.kubernetes.referring import may_name, strings_among

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path


ByName = Mapping[str, Sequence[tuple[int, ObjectRef]]]  # objects with a key of the caller's


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that holds a hashed name, and the namespace that it speaks of."""

    index: int
    path: Path
    namespace: str


class NameIndex(NamedTuple):
    """The names by content of a stack: `hashed` maps indices to names, as composed.

    `followers` maps the indices of what asks for a hash in its name to what refers to it.
    """

    hashed: Mapping[int, str]
    references: Mapping[str, tuple[Reference, ...]]
    followers: Mapping[int, tuple[Reference, ...]]
    by_stem: Mapping[tuple[str, str, str], str]  # (kind, namespace, stem) -> name
    asking: tuple[int, ...]  # the indices of manifests with annotations of ours

    def relink(self, manifest: Manifest, path: Path, value: Any) -> Any:
        """The value with names of generated objects in it as kustomize would write them.

        Who writes a reference in a patch cannot know the hash: kustomize completes it in the
        fields of its nameReference table, and so do we.
        """
        if not self.hashed:
            return value
        return _relinked(value, path, manifest.ref.namespace, self.by_stem)


def index_names(manifests: Sequence[Manifest]) -> NameIndex:
    """Finds what is named by content in a stack, and every field that refers to it."""
    hashed = {
        index: one.ref.name for index, one in enumerate(manifests) if one.stem != one.ref.name
    }
    names = frozenset(hashed.values())
    references: dict[str, list[Reference]] = {name: [] for name in names}
    if names:
        for index, one in enumerate(manifests):
            for path, name, namespace in find_names(one.data, names):
                references[name].append(Reference(index, path, namespace))
    targets = {
        index: one.ref
        for index, one in enumerate(manifests)
        if NAME_HASH_ANNOTATION in annotations_of(one.data)
    }
    followers: dict[int, list[Reference]] = {index: [] for index in targets}
    wanted = by_name(targets)
    for index, one in enumerate(manifests) if targets else ():
        for target, reference in find_followers(index, one.data, wanted):
            followers[target].append(reference)
    return NameIndex(
        hashed=hashed,
        references={name: tuple(found) for name, found in references.items()},
        followers={index: tuple(found) for index, found in followers.items()},
        by_stem={
            (manifests[index].ref.kind, manifests[index].ref.namespace, manifests[index].stem): name
            for index, name in hashed.items()
        },
        asking=tuple(index for index, one in enumerate(manifests) if _asks(one.data)),
    )


def _asks(data: Mapping[str, Any]) -> bool:
    about = annotations_of(data)
    return EMBED_ANNOTATION in about or NAME_HASH_ANNOTATION in about


def find_names(data: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[Path, str, str]]:
    """Every field whose whole value is one of the names: path, name and namespace meant.

    The namespace is that of a `namespace` field beside it, else the object's own. The
    object's own name is no reference.
    """
    own = object_ref(data).namespace
    for path, value, holder in strings_among(data, names):
        if path != ("metadata", "name"):
            beside = holder.get("namespace") if isinstance(path[-1], str) else None
            yield path, value, beside if isinstance(beside, str) else own


def by_name(targets: Mapping[int, ObjectRef]) -> ByName:
    """Objects with their keys, for `find_followers`."""
    found: dict[str, list[tuple[int, ObjectRef]]] = {}
    for key, target in targets.items():
        found.setdefault(target.name, []).append((key, target))
    return found


def find_followers(
    index: int, data: Mapping[str, Any], targets: ByName
) -> Iterator[tuple[int, Reference]]:
    """Every field of a manifest that names one of the targets, with the target's key.

    Such a name is anybody's, so that only fields count that are known to name this kind.
    """
    own = object_ref(data)
    for path, value, holder in strings_among(data, targets):
        beside = holder.get("namespace")
        namespace = beside if isinstance(beside, str) and holder is not data else own.namespace
        for key, target in targets[value]:
            if _reaches(namespace, target) and may_name(own.group, path, holder, target):
                yield key, Reference(index, path, namespace)


def _reaches(namespace: str, target: ObjectRef) -> bool:
    """Whether a reference that means a namespace can mean the target."""
    if not target.namespace and not is_namespaced(target.group, target.kind):
        return True  # it is in none
    return means(namespace, target.namespace)


_CONFIG_MAP_PARENTS = ("configMap", "configMapRef", "configMapKeyRef")
_SECRET_PARENTS = ("secret", "secretRef", "secretKeyRef", "imagePullSecrets")


def _relinked(
    value: Any, path: Path, namespace: str, by_stem: Mapping[tuple[str, str, str], str]
) -> Any:
    if isinstance(value, str):
        kind = referred_kind(path)
        return by_stem.get((kind, namespace, value), value) if kind else value
    if isinstance(value, dict):
        pairs = {
            key: _relinked(inner, (*path, key), namespace, by_stem) for key, inner in value.items()
        }
        return pairs if any(pairs[key] is not value[key] for key in pairs) else value
    if isinstance(value, list):
        items = [
            _relinked(inner, (*path, index), namespace, by_stem)
            for index, inner in enumerate(value)
        ]
        return items if any(map(_is_not, items, value)) else value
    return value


def _is_not(one: Any, other: Any) -> bool:
    return one is not other


def referred_kind(path: Path) -> str:
    """The kind that a field refers to, by the tails of kustomize's nameReference table."""
    if path[-1] == "secretName":
        return "Secret"
    parents = [step for step in path[:-1] if isinstance(step, str)]
    if path[-1] != "name" or not parents:
        return ""
    if parents[-1] in _CONFIG_MAP_PARENTS:
        return "ConfigMap"
    return "Secret" if parents[-1] in _SECRET_PARENTS else ""


def means(reference: str, namespace: str) -> bool:
    """Whether a reference's namespace is the one; cluster-scoped objects may mean any."""
    return reference == namespace or not reference
