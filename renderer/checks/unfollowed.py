"""Names in custom resources that kustomize did not follow when it renamed what they mean.

kustomize rewrites names in the fields of its nameReference table only, which knows no custom
resources. Such a field still holds the name that an object had before a prefix, a suffix or a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.kinds import BUILT_IN_GROUPS, FIXED_NAMES, is_namespaced
from renderer.kubernetes.manifests import effective_namespace
from renderer.kubernetes.referring import may_name, strings_among
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.patching.pointing import Path

_ACROSS = (
    "kustomize follows names within one namespace: let kustomization.yaml say namespace: {};\nand "
)


class _Former(NamedTuple):
    """An object under a name that it had, and what was put around that name since.

    `ref` has the former name, `now` is what the object is called, for people.
    """

    ref: ObjectRef
    now: str
    prefix: str
    suffix: str


class Unfollowed(NamedTuple):
    """A field that holds a former name of an object."""

    referrer: str
    path: Path
    hint: str
    former: ObjectRef
    now: str


class FormerNames:
    """The names that the objects of a composition may have had before kustomize changed them.

    `affixes` are the namePrefix and nameSuffix of each kustomization.
    """

    def __init__(
        self, manifests: Iterable[Manifest], affixes: Collection[tuple[str, str]] = ()
    ) -> None:
        prefixes = sorted({prefix for prefix, _ in affixes if prefix})
        suffixes = sorted({suffix for _, suffix in affixes if suffix})
        self._by_name: dict[str, list[_Former]] = {}
        for manifest in manifests:
            for former in _formers(manifest, prefixes, suffixes):
                self._by_name.setdefault(former.ref.name, []).append(former)

    def unfollowed(self, manifest: Manifest) -> list[Unfollowed]:
        """The fields of a custom resource that hold a former name of exactly one object."""
        group = manifest.ref.group
        if not self._by_name or group in BUILT_IN_GROUPS:
            return []
        found: dict[tuple[str, ObjectRef], Unfollowed] = {}
        for path, value, holder in strings_among(manifest.data, self._by_name):
            namespace = holder.get("namespace", manifest.ref.namespace)
            meant = {
                one.ref: one
                for one in self._by_name[value]
                if _are_beside(namespace, one.ref.namespace)
                and manifest.stem.startswith(one.prefix)
                and manifest.stem.endswith(one.suffix)
                and may_name(group, path, holder, one.ref)
            }
            if len(meant) == 1:
                (former,) = meant.values()
                field = _field_spec(path)
                one = Unfollowed(
                    referrer=manifest.label,
                    path=path,
                    hint=name_reference(manifest, path, former.ref),
                    former=former.ref,
                    now=former.now,
                )
                found.setdefault((field, former.ref), one)
        return [*found.values()]


def check_unfollowed(
    unfollowed: Iterable[Unfollowed], provided: Iterable[ObjectRef]
) -> Iterator[Finding]:
    """A warning for each field whose old name nothing else has."""
    there = None
    for one in unfollowed:
        there = there or {(ref.kind, ref.name, ref.namespace) for ref in provided}
        kind, name = one.former.kind, one.former.name
        if any((kind, name, namespace) in there for namespace in (one.former.namespace, "")):
            continue
        yield Finding.warning(
            "unfollowed-reference",
            f"kustomize renamed {one.former} to {one.now}, and did not follow it here",
            object=one.referrer,
            field=format_path(one.path),
            hint=one.hint,
        )


def _formers(
    manifest: Manifest, prefixes: Sequence[str], suffixes: Sequence[str]
) -> Iterator[_Former]:
    """Each name that an object may have had; prefixes of several kustomizations add up."""
    stem, ref = manifest.stem, manifest.ref
    stripped = {stem: ("", "")}
    todo = [] if ref.kind in FIXED_NAMES else [stem]
    for name in todo:
        prefix, suffix = stripped[name]
        shorter = {
            name.removeprefix(one): (prefix + one, suffix)
            for one in prefixes
            if name.startswith(one)
        } | {
            name.removesuffix(one): (prefix, one + suffix) for one in suffixes if name.endswith(one)
        }
        for former, around in shorter.items():
            if former and former not in stripped:
                stripped[former] = around
                todo.append(former)
    now = stem if stem == ref.name else f"{stem}-<hash>"
    for former, (prefix, suffix) in stripped.items():
        if former != ref.name:
            yield _Former(ref._replace(name=former), now, prefix, suffix)


def _are_beside(namespace: object, other: str) -> bool:
    return not namespace or not other or namespace == other


def _field_spec(path: Path) -> str:
    """A path as kustomize's configurations have it: lists are passed through."""
    return "/".join(step.replace("/", "\\/") for step in path if isinstance(step, str))


def name_reference(referrer: Manifest, path: Path, former: ObjectRef) -> str:
    """What lets kustomize follow a field that names an object."""
    group = f"  group: {former.group}\n" if former.group else ""
    is_apart = effective_namespace(referrer.ref) != effective_namespace(former)
    namespace = former.namespace or referrer.ref.namespace
    can_move = is_namespaced(former.group, former.kind) is not False
    before = _ACROSS.format(namespace) if is_apart and can_move else ""
    own = referrer.ref
    return (
        f"{before}say in a file that kustomization.yaml lists under configurations:\n"
        f"nameReference:\n- kind: {former.kind}\n{group}"
        f"  fieldSpecs: [{{group: {own.group}, kind: {own.kind}, path: {_field_spec(path)}}}]"
    )
