"""Names that a replacement copied before they got their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.unfollowed import name_reference
from renderer.findings import Finding
from renderer.kubernetes.manifests import NAME_HASH_ANNOTATION
from renderer.kustomize.name_hash import split_hash
from renderer.patching.pointing import format_path
from renderer.patching.selecting import Select, SelectorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.kustomize.affixes import Affixes
    from renderer.kustomize.silent.said import Copy
    from renderer.patching.pointing import Path

# Where a name is only a name: it tells things apart, and nothing is looked up by it.
_LABELS = frozenset(["labels", "matchLabels", "selector"])
_NAMED = frozenset(
    (
        *("containers", "env", "ephemeralContainers", "initContainers", "ports"),
        *("volumeClaimTemplates", "volumeDevices", "volumeMounts", "volumes"),
    )
)
_STABLE = "set options: {disableNameSuffixHash: true} where it is generated"


class _Hashed(NamedTuple):
    """An object whose name has got a hash, and the names that it may have had before."""

    manifest: Manifest
    names: frozenset[str]


def check_copied(
    copies: Sequence[Copy],
    manifests: Sequence[Manifest],
    *,
    affixes: Affixes,
    provided: Iterable[ObjectRef],
) -> Iterator[Finding]:
    """A warning for each field that holds a name as it was when a replacement copied it.

    kustomize adds hashes when everything else is done, and then follows the fields of its
    nameReference table. Any other field keeps the name that it was given, which nothing has:
    `provided` is all that the cluster has.
    """
    hashed = [
        _Hashed(one, frozenset(affixes.earlier(one.stem)))
        for one in manifests
        if copies and one.stem != one.ref.name
    ]
    there = {(ref.kind, ref.name) for ref in provided} if hashed else set()
    for copy in copies if hashed else ():
        wants = dict(copy.source)
        sources = [one for one in hashed if _is_source(one, wants)]
        for target in _targets(copy, manifests, affixes) if sources else ():
            for path, text in _fields(target.data, copy.steps):
                source = _copied(copy, text, sources, there)
                if source and not _is_only_a_name(path):
                    yield _finding(copy, source, target, path)


def _is_source(one: _Hashed, wants: dict[str, str]) -> bool:
    ref = one.manifest.ref
    return (
        wants.get("name") in one.names
        and wants.get("kind", ref.kind) == ref.kind
        and wants.get("group", ref.group) == ref.group
    )


def _targets(copy: Copy, manifests: Sequence[Manifest], affixes: Affixes) -> Iterator[Manifest]:
    select = Select.of(copy.select)
    for one in manifests:
        names = affixes.earlier(one.stem, one.ref.name)
        try:
            if any(select.matches(one._replace(stem=name)) for name in names):
                yield one
        except SelectorError:
            return  # the engine understands it, and we do not: nothing is known


def _fields(data: Any, steps: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """The texts at a path of a replacement, through lists by index, name or `*`."""
    found: list[tuple[Path, Any]] = [((), data)]
    for step in steps:
        found = [((*path, key), inner) for path, one in found for key, inner in _inner(one, step)]
    yield from ((path, value) for path, value in found if isinstance(value, str))


def _inner(node: Any, step: str) -> Iterator[tuple[str | int, Any]]:
    if isinstance(node, dict):
        yield from node.items() if step == "*" else ((step, node[step]),) if step in node else ()
    elif isinstance(node, list):
        name, _, value = step.removeprefix("[").removesuffix("]").partition("=")
        for index, one in enumerate(node):
            is_it = isinstance(one, dict) and str(one.get(name)) == value
            if step == "*" or step == str(index) or (step.startswith("[") and is_it):
                yield index, one


def _copied(
    copy: Copy, text: str, sources: Sequence[_Hashed], there: Collection[tuple[str, str]]
) -> Manifest | None:
    """The object whose former name a field holds; None where another object has that name."""
    name = text
    if copy.delimiter:
        parts = text.split(copy.delimiter)
        name = parts[min(max(copy.part, 0), len(parts) - 1)]
    source = next((one.manifest for one in sources if name in one.names), None)
    return source if source and (source.ref.kind, name) not in there else None


def _is_only_a_name(path: Path) -> bool:
    holders = [step for step in path[:-1] if isinstance(step, str)]
    if not _LABELS.isdisjoint(holders) or path == ("metadata", "name"):
        return True
    return path[-1] == "name" and isinstance(path[-2], int) and holders[-1] in _NAMED


def _finding(copy: Copy, source: Manifest, target: Manifest, path: Path) -> Finding:
    hint = _STABLE
    if split_hash(source.data) is None:  # not of a generator
        hint = f"take {NAME_HASH_ANNOTATION} off the {source.ref.kind}"
    elif not copy.delimiter:
        hint = f"{_STABLE}, or {name_reference(target, path, source.ref)}"
    return Finding.warning(
        "unhashed-name",
        f"this copies the name of {source.label} before it gets its hash: in the end it is"
        f" {source.stem}-<hash>",
        copy.place,
        object=target.label,
        field=format_path(path),
        hint=hint,
    )
