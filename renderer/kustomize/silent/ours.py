"""Changes of the documents that render reads itself: kustomize makes them, and nobody looks."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from yaml import MappingNode, Node

from renderer.findings import Finding
from renderer.kubernetes.kinds import OUR_API_VERSION, OUR_GROUP
from renderer.kubernetes.manifests import LOCAL_CONFIG_ANNOTATION
from renderer.kustomize.nodes import fields_of, items_of, position, text_of
from renderer.kustomize.refusal.objects import Object, scalar_at, value_of
from renderer.kustomize.refusal.texts import nodes_of
from renderer.kustomize.selectors import TARGET, wants_of
from renderer.kustomize.silent.whole import fits, group_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.findings import Location
    from renderer.kustomize.refusal.text import Text
    from renderer.kustomize.silent.whole import ListedPatch, Whole

_KINDS: Final = ("Parameters", "Values")
_NEAR: Final = 0.8
_CHANGING: Final = ("spec", "$patch")
_OURS: Final = ("parameters", "provides", "requires")  # below spec
_HINT: Final = "set parameters in cluster.yaml, or in Values of a component; else edit the document"
_WHICH: Final = "say in the target which kind is meant"


def patched_documents(whole: Whole) -> Iterator[Finding]:
    """An error for each patch or replacement that changes more of ours than metadata.

    One that selects by a kind of ours is for it. Another means other objects: it counts where it
    selects a document of ours as well, and writes a field that only these have.
    """
    documents = _documents(whole)
    if not documents:
        return
    yield from _by_patches(whole, documents)
    yield from _by_replacements(whole, documents)
    yield from _by_field_specs(whole)


def nearly_ours(whole: Whole) -> Iterator[Finding]:
    """An error for each document that is only there to be read, and by an apiVersion like ours.

    kustomize prints none that is local-config, so nobody would read what it sets.
    """
    for text in whole.scene.manifest_files:
        if LOCAL_CONFIG_ANNOTATION.encode() not in text.source:
            continue
        for one in whole.written(text):
            is_local = scalar_at(one.node, "metadata", "annotations", LOCAL_CONFIG_ANNOTATION)
            group, slash, _ = scalar_at(one.node, "apiVersion").partition("/")
            is_read = group == OUR_GROUP and slash  # with its own findings
            if is_local in ("", "false") or is_read or not _is_near(group):
                continue
            node = value_of(one.node, "apiVersion")
            yield Finding.error(
                "wrong-api-version",
                f"this apiVersion is not {OUR_API_VERSION}, and nobody would read the document",
                text.place(node.line, node.column) if node else one.location,
                object=str(one) if one.name else "",
                hint=f"write apiVersion: {OUR_API_VERSION}",
            )


def _is_near(group: str) -> bool:
    return bool(get_close_matches(group.lower(), [OUR_GROUP], cutoff=_NEAR))


def _by_patches(whole: Whole, documents: list[Object]) -> Iterator[Finding]:
    for one in whole.patches:
        patch, kind = one.patch, _kind(whole, one, documents)
        if kind and _changes_more_than_metadata(one):
            yield _error("a patch", kind, patch.location)
        elif not kind and "target" in patch.fields and _changes_ours(one):
            for kind in _selected(patch.target, documents)[:1]:
                yield _error("a patch", kind, patch.location, is_broad=True)


def _by_replacements(whole: Whole, documents: list[Object]) -> Iterator[Finding]:
    for one in whole.replacements:
        for target in map(fields_of, one.targets):
            select = wants_of(target.get("select"), TARGET)
            wanted = {name.casefold(): text for name, text in select}
            paths = items_of(target.get("fieldpaths"))
            ours = next((path for path in paths if _is_ours(text_of(path).split("."))), None)
            for kind in _selected(wanted, documents)[:1] if ours else ():
                is_broad = wanted.get("kind") != kind
                yield _error("a replacement", kind, one.place(ours), is_broad=is_broad)


def _by_field_specs(whole: Whole) -> Iterator[Finding]:
    for root, text in _with_field_specs(whole):
        for spec in _mappings(root):
            fields = fields_of(spec)
            kind, field = text_of(fields.get("kind")), text_of(fields.get("path"))
            if kind in _KINDS and _is_ours(field.split("/")):
                yield _error("a transformer", kind, text.place(*position(spec)))


def _with_field_specs(whole: Whole) -> Iterator[tuple[Node, Text]]:
    """What says which fields kustomize writes labels, images and the like into."""
    for here in whole.scene.kustomizations:
        for plugin in whole.lists[here.directory].plugins:
            yield plugin.root, plugin.text
        for item in here.items("labels"):
            yield item, here.file
        for path in here.items("configurations"):
            text = whole.scene.file_text(here, text_of(path))
            if text:
                yield from ((root, text) for root in nodes_of(text))


def _mappings(root: Node) -> Iterator[Node]:
    rest = [root]
    while rest:
        node = rest.pop()
        if isinstance(node, MappingNode):
            yield node
            rest += [value for _, value in reversed(node.value)]
        else:
            rest += reversed(items_of(node))


def _error(what: str, kind: str, place: Location, *, is_broad: bool = False) -> Finding:
    message = f"{what} cannot change {kind}: render reads them as they are written"
    hint = f"{_WHICH}; or {_HINT}" if is_broad else _HINT
    return Finding.error("patched-document", message, place, hint=hint)


def _documents(whole: Whole) -> list[Object]:
    group = OUR_GROUP.encode()
    return [
        one
        for text in whole.scene.manifest_files
        if group in text.source
        for one in whole.written(text)
        if one.kind in _KINDS and group_of(one) == OUR_GROUP
    ]


def _kind(whole: Whole, patch: ListedPatch, documents: list[Object]) -> str:
    """Which of the two kinds a patch names, if it is for ours."""
    target = patch.patch.target
    kind, name = target.get("kind", ""), target.get("name", "")
    if kind in _KINDS:
        names = whole.affixes.earlier(name)
        ours = (one.name for one in documents if one.kind == kind)
        return kind if any(fits(name, own) for own in ours for name in names) else ""
    if target:
        return ""
    ours = (one.kind for one in patch.objects if group_of(one) == OUR_GROUP)
    return next((kind for kind in ours if kind in _KINDS), "")


def _changes_more_than_metadata(patch: ListedPatch) -> bool:
    paths = (one.text("path") for one in patch.operations)
    return any(not path.startswith("/metadata/") for path in paths) or any(
        value_of(one.node, name) for one in patch.objects for name in _CHANGING
    )


def _changes_ours(patch: ListedPatch) -> bool:
    paths = (one.text("path") for one in patch.operations)
    return any(_is_ours(path.split("/")[1:]) for path in paths) or any(
        value_of(one.node, "spec", name) for one in patch.objects for name in _OURS
    )


def _is_ours(steps: list[str]) -> bool:
    return len(steps) > 1 and steps[0] == "spec" and steps[1] in _OURS


def _selected(target: Mapping[str, str], documents: list[Object]) -> list[str]:
    """The kinds of the documents that a target selects, by its casefolded fields."""
    return [
        one.kind
        for one in documents
        if fits(target.get("group", ""), OUR_GROUP)
        and fits(target.get("kind", ""), one.kind)
        and fits(target.get("name", ""), one.name)
        and _has(target.get("labelselector", ""), one, "labels")
        and _has(target.get("annotationselector", ""), one, "annotations")
    ]


def _has(selector: str, one: Object, field: str) -> bool:
    """Whether labels or annotations are as a selector of equal values wants them."""
    wanted = [part.partition("=") for part in selector.split(",") if part.strip()]
    return all(
        sign and scalar_at(one.node, "metadata", field, name.strip()) == value.lstrip("=").strip()
        for name, sign, value in wanted
    )
