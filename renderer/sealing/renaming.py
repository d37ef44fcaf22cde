"""The names of a release: what changes in a manifest with a prefix, or with other namespaces.

References follow by the table that names by content use (kubernetes/referring). Text does not: what
is written in it is for the targets of parameters to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.manifests import ObjectRef, namespaces_of, object_ref
from renderer.kubernetes.referring import names_namespace, strings_among
from renderer.patching.budget import TooLargeError
from renderer.sealing.drafts import too_large
from renderer.sealing.references import by_name, find_followers, find_names, means
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.kubernetes.manifests import Manifest
    from renderer.kubernetes.release import Release
    from renderer.patching.pointing import Path
    from renderer.sealing.drafts import Drafts


class _NewName(NamedTuple):
    """A field that gets another name; `stays` is whether it does not where a parameter wrote it.

    What a parameter says is how the cluster calls it, whatever the release is called.
    """

    path: Path
    name: str
    stays: bool


def rename_all(
    drafts: Drafts, hashed: Mapping[int, str], release: Release, expected: Iterable[ObjectRef]
) -> Finding | None:
    """Gives every object the name that the release has for it, and all that refers to it; what is
    found is why that is not possible.

    `hashed` maps the indices of what is named by content to its names. `expected` are objects
    that the tree does not hold, and which are the release's own all the same; one without a
    namespace is in every one that the tree has objects in.
    """
    renaming = _Renaming(drafts.manifests, hashed, release, expected)
    for index, base in enumerate(drafts.manifests):
        try:
            _rename_in(drafts, index, renaming.new_names(index, drafts.data(index)))
        except TooLargeError as error:
            return too_large(base, error)
        if index in drafts.by_index:
            drafts.by_index[index].base = drafts.manifests[index] = release.manifest(base)
    return None


def _rename_in(drafts: Drafts, index: int, names: Iterable[_NewName]) -> None:
    draft = drafts.by_index.get(index)
    written = draft.parameters if draft else lambda _: []
    changes = [one for one in names if not (one.stays and written(one.path))]
    if changes:
        draft = drafts.draft(index)
        for one in changes:
            draft.put(one.path, one.name)
        drafts.changes[index] = draft.changes


class _Renaming:
    """The names of a composition's objects as composed, and as its release calls them."""

    def __init__(
        self,
        manifests: Sequence[Manifest],
        hashed: Mapping[int, str],
        release: Release,
        expected: Iterable[ObjectRef],
    ) -> None:
        self._release = release
        self._hashed: dict[str, set[str]] = {}  # the namespaces of each name
        for index, name in hashed.items():
            if release.prefixes(manifests[index].ref):
                self._hashed.setdefault(name, set()).add(manifests[index].ref.namespace)
        others = [one.ref for index, one in enumerate(manifests) if index not in hashed]
        everywhere = namespaces_of(manifests)
        for one in expected:
            homes = [one.namespace] if one.namespace else everywhere
            others += (one._replace(namespace=home) for home in homes)
        others += (ObjectRef("", "Namespace", "", name) for name in release.namespaces)
        renamed = {one: release.ref(one).name for one in others}
        changed = [one for one, name in renamed.items() if name != one.name]
        self._targets = by_name(dict(enumerate(changed)))
        self._new = [renamed[one] for one in changed]  # by the keys of the targets

    def new_names(self, index: int, data: Mapping[str, Any]) -> Iterator[_NewName]:
        """Every field of a manifest that holds a name as composed, with the new one."""
        release, own = self._release, object_ref(data)
        ref = release.ref(own)
        if ref.name != own.name:
            yield _NewName(("metadata", "name"), ref.name, stays=False)
        if ref.namespace != own.namespace:
            yield _NewName(("metadata", "namespace"), ref.namespace, stays=False)
        for path, name, where in find_names(data, frozenset(self._hashed)):
            if any(means(where, namespace) for namespace in self._hashed[name]):
                yield _NewName(path, f"{release.prefix}{name}", stays=False)
        followed = find_followers(index, data, self._targets)
        for path, key in {reference.path: key for key, reference in followed}.items():
            yield _NewName(path, self._new[key], stays=True)
        for path, name, holder in strings_among(data, release.namespaces):
            if path != ("metadata", "namespace") and names_namespace(path, holder):
                yield _NewName(path, release.namespaces[name], stays=True)


def check_release(manifests: Sequence[Manifest], release: Release) -> Iterator[Finding]:
    """Why the names of a release do not fit what is composed: a namespace that nothing is in, and
    two that would become one."""
    known = namespaces_of(manifests)
    for name in release.namespaces:
        if name not in known:
            yield Finding.error(
                "unknown-namespace",
                f"nothing that is composed is in the namespace {name}",
                release.places.get(name),
                hint=nearest(name, known),
            )
    became: dict[str, str] = {}
    for name in sorted(known):
        new = release.namespace(name)
        other = became.setdefault(new, name)
        if other != name:
            place = next(filter(None, map(release.places.get, (name, other))), None)
            yield Finding.error(
                "merged-namespaces",
                f"the namespaces {other} and {name} would both be {new}, and their objects could"
                " not be told apart",
                place,
                hint="give each a name of its own",
            )
