"""The last resort: a message that nobody here knows, cut so that it can show no value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.addresses import without_credentials
from renderer.findings import Finding
from renderer.kustomize.nodes import fields_of, items_of, text_of
from renderer.kustomize.refusal.objects import scalar_at
from renderer.kustomize.refusal.patches import patches_of
from renderer.kustomize.refusal.texts import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Kustomization, Scene
    from renderer.kustomize.refusal.text import Text
    from renderer.yamldoc.constructing import Node

# Where the engine begins to print what it has in its hands.
_DUMP = re.compile(r"\n|map\[|\[*&*\{|node contents|`|\[(path|patch): |!!|%!")
_ADDRESS = re.compile(r"0x[0-9a-f]*|resid\.\w+")
_ABSENT = re.compile(r"\.\[no(Ver|Grp|Ns|Kind|Name)\]")
_IDENTITY = (("kind",), ("apiVersion",), ("metadata", "name"), ("metadata", "namespace"))
_LONGEST = 160
_WORD = re.compile(r"[^\s\"'{}\[\],:=@]+")
_SHORTEST = 6  # characters of a value that is looked for


def unexplained(case: Case) -> Finding:
    """The engine's words in one line, without values, at the file that they are about."""
    cause = case.cause.replace(case.scene.repository.rstrip("/") + "/", "")
    dump = _DUMP.search(cause)
    cause = _ABSENT.sub("", _ADDRESS.sub("", cause[: dump.start()] if dump else cause))
    for value in sorted(_hidden(case.scene), key=len, reverse=True):
        cause = cause.replace(value, "<hidden>")
    cause = without_credentials(cause).strip(" :,;'\"[(")
    if len(cause) > _LONGEST:
        cause = f"{cause[:_LONGEST]}..."
    said = f": {cause}" if cause else " and does not say why"
    message = f"kustomize refuses it{said}"
    return Finding.error("kustomize-error", message, case.location)


def _hidden(scene: Scene) -> set[str]:
    """All values of what is composed, for any may be a secret; identities are none."""
    patches = [patch.text for here in scene.kustomizations for patch in patches_of(scene, here)]
    plugins = [text for here in scene.kustomizations for text in _plugins(scene, here)]
    texts = [*scene.manifest_files, *filter(None, patches), *plugins]
    values = {value for text in texts for value in _values(text)}
    generated = [value for here in scene.kustomizations for value in _generated(scene, here)]
    values.update(generated, *map(_WORD.findall, generated))
    shown = {
        scalar_at(root, *path) for text in texts for root in roots_of(text) for path in _IDENTITY
    }
    return {value for value in values - shown if len(value) >= _SHORTEST}


def _values(text: Text) -> Iterator[str]:
    """The scalars of a text; of what cannot be read, its words."""
    roots = roots_of(text)
    if not roots:
        yield from text.source.decode("utf-8", "replace").split()
    nodes: list[Node] = [*roots]
    while nodes:
        node = nodes.pop()
        if node.kind == "scalar":
            yield node.text
            yield from _WORD.findall(node.text)  # a patch in a configuration, a URL, an argument
        elif node.kind == "mapping":
            nodes += node.children[1::2]
        elif node.kind == "sequence":
            nodes += node.children


def _plugins(scene: Scene, here: Kustomization) -> Iterator[Text]:
    """The configurations of plugins that a kustomization lists or holds."""
    for item in here.items("generators", "transformers", "validators"):
        text = here.text(item) if "\n" in text_of(item) else scene.file_text(here, text_of(item))
        if text:
            yield text


def _generated(scene: Scene, here: Kustomization) -> Iterator[str]:
    for item in here.items("replacements"):
        yield text_of(fields_of(item).get("sourcevalue"))
    for item in here.items("secretGenerator", "configMapGenerator"):
        fields = fields_of(item)
        for literal in items_of(fields.get("literals")):
            yield text_of(literal).partition("=")[2] or text_of(literal)
        for path in (*items_of(fields.get("envs")), *filter(None, [fields.get("env")])):
            for line in _lines(scene, here, text_of(path)):
                yield line.partition("=")[2] or line
        for path in items_of(fields.get("files")):
            yield from _lines(scene, here, text_of(path).rpartition("=")[2])


def _lines(scene: Scene, here: Kustomization, path: str) -> list[str]:
    text = scene.file_text(here, path)
    return text.source.decode("utf-8", "replace").splitlines() if text else []
