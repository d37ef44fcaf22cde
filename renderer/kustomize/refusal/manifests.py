"""Files of objects: text that cannot be read, what is no object, and values of other types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yaml import MappingNode

from renderer.findings import Finding, Location
from renderer.kustomize.nodes import fields_of, pairs_of
from renderer.kustomize.refusal.generators import given_keys
from renderer.kustomize.refusal.objects import Object, reached, scalar_at, value_of, written
from renderer.kustomize.refusal.operations import operations_of
from renderer.kustomize.refusal.patches import identity_of, mismatched, patches_of
from renderer.kustomize.refusal.texts import problems
from renderer.yamldoc.scalars import NotJsonError, kustomize_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import Node

    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Kustomization, Scene
    from renderer.yamldoc.constructing import Node as Written

_FORM = "an object is a mapping with apiVersion, kind and metadata.name"
_A = {"mapping": "a mapping", "sequence": "a list", "scalar": "a single value"}
_CARRIED = "it is written without quotes, and read again as another type"


# Text


def unreadable(case: Case, _: re.Match[str]) -> list[Finding]:
    """What cannot be read in any file of objects, and keys that the engine cannot print."""
    found = [one for text in case.scene.manifest_files for one in problems(text)]
    if not found or "json: unsupported" in case.cause:
        # What a patch adds to a list stays as it is: there a key must not stand twice either.
        repeated = "already defined" in case.cause
        for here in case.scene.kustomizations:
            for patch in patches_of(case.scene, here):
                found += problems(patch.text, repeated=repeated) if patch.text else []
            found += _unprintable_keys(case.scene, here)
    return found or _as_said(case)


def _as_said(case: Case) -> list[Finding]:
    """The engine's own line, where our reader finds nothing wrong."""
    match = re.search(r"yaml: (?:line (?P<line>\d+): )?(?P<what>[^\n]*?) in File: ", case.cause)
    if not match:
        return []
    place = Location(case.location.path, int(match["line"] or 1), 1)
    what = re.sub(r"'.*'|\".*\"|`.*`", "a value", match["what"])
    return [Finding.error("bad-yaml", f"not valid YAML: {what}", place)]


def _unprintable_keys(scene: Scene, here: Kustomization) -> Iterator[Finding]:
    """Labels, annotations and keys of generators that kustomize itself writes unquoted."""
    for node in _label_mappings(here):
        for key, _ in pairs_of(node):
            if not _is_string(key.value):
                message = f"kustomize cannot carry the key {key.value}: {_CARRIED}"
                yield Finding.error("bad-key", message, here.place(key))
    for name, place in given_keys(scene, here):
        if not _is_string(name):
            yield Finding.error(
                "bad-key", f"kustomize cannot carry the key {name}: {_CARRIED}", place
            )


def _label_mappings(here: Kustomization) -> Iterator[Node]:
    yield from (
        here.fields[name] for name in ("commonlabels", "commonannotations") if name in here.fields
    )
    for item in here.items("labels"):
        yield from filter(None, [fields_of(item).get("pairs")])
    options = [
        fields_of(item).get("options")
        for item in here.items("configMapGenerator", "secretGenerator")
    ]
    for node in (*options, here.fields.get("generatoroptions")):
        fields = fields_of(node)
        yield from (fields[name] for name in ("labels", "annotations") if name in fields)


def _is_string(text: str) -> bool:
    try:
        return isinstance(kustomize_value(text), str)
    except NotJsonError:
        return False


# Objects


def unfit(case: Case, _: re.Match[str]) -> list[Finding]:
    """Documents that are no objects: without a kind or a name, or not even a mapping."""
    texts = case.scene.manifest_files
    found = [
        finding for text in texts for one in written(text) if (finding := _unfit(one)) is not None
    ]
    found = found or [one for text in texts for one in problems(text)]
    if found:
        return found
    takes = [
        one
        for one in operations_of(case)
        if one.text("op") == "remove" and one.text("path") in _IDENTITY
    ]
    message = "this takes from an object what it is known by"
    return [Finding.error("changed-identity", message, one.place("path")) for one in takes]


_IDENTITY = ("/kind", "/metadata", "/metadata/name")


def _unfit(one: Object) -> Finding | None:
    node = one.node
    if node is None or node.is_empty or (scalar_at(node, "kind") and one.name):
        return None
    if node.kind == "scalar" and node.plain and node.text in ("~", "null", "Null", "NULL"):
        return None
    if node.kind != "mapping":
        message = f"{_A[node.kind]} stands here, and no object"
        return Finding.error("not-an-object", message, one.location, hint=_FORM)
    if not one.kind:
        return Finding.error("not-an-object", "kind is missing", one.location, hint=_FORM)
    if value_of(node, "metadata", "generateName"):
        hint = "generateName is for kubectl create"
    elif scalar_at(node, "apiVersion").startswith("kustomize.config.k8s.io/"):
        hint = "this is a kustomization: list its directory"
    else:
        hint = ""
    message = f"this {one.kind} has no metadata.name"
    return Finding.error("unnamed-object", message, one.location, hint=hint)


# Values


def wrong_field(case: Case, match: re.Match[str]) -> list[Finding]:
    """A field that the engine wants to change, and that is of another type on the way."""
    wanted = identity_of(match["id"])
    steps = [step.removesuffix("[]") for step in match["path"].split("/")]
    got = re.search(r"but got (Scalar|Sequence|Mapping)Node", case.cause)
    kind = got[1].lower() if got else ""
    found = []
    for one in reached(case.scene, case.here.directory) if wanted else ():
        if not one.text or not wanted or one.kind != wanted.kind or not one.name:
            continue
        if one.name not in wanted.name:
            continue
        for node, at in _obstacles(one.node, steps, 0, kind):
            here = ".".join(steps[:at])
            end = f"where kustomize looks for {match['path']}" if at < len(steps) else ""
            message = f"{here} is {_A[node.kind]} {end}".strip()
            if not end:
                message = f"kustomize cannot change {here}: it is {_A[node.kind]}"
            place = one.text.place(node.line, node.column)
            found.append(Finding.error("wrong-type", message, place, object=str(one)))
    if not found:
        message = f"kustomize cannot change {'.'.join(steps)}: a value is of another type"
        found.append(Finding.error("wrong-type", message, case.location, object=str(wanted or "")))
    return found[:1]


def _obstacles(
    node: Written | None, steps: list[str], at: int, kind: str
) -> Iterator[tuple[Written, int]]:
    """What ends the way to a field too early, or is, at its end, of the kind that is refused."""
    content = node.target or node if node else None
    if content is None or content.is_empty:
        return
    if content.kind == "sequence" and at < len(steps):
        for item in content.children:
            yield from _obstacles(item, steps, at, kind)
    elif content.kind == "mapping" and at < len(steps):
        yield from _obstacles(value_of(content, steps[at]), steps, at + 1, kind)
    elif at < len(steps) or content.kind == kind or (not kind and content.kind != "scalar"):
        yield content, at


def wrong_node(case: Case, match: re.Match[str]) -> list[Finding]:
    """A value of another type, in a patch or where an image should be."""
    found = mismatched(case, match)
    if found:
        return found
    for one in reached(case.scene, case.here.directory):
        nodes = [one.node] if one.node else []
        while nodes:
            node = nodes.pop()
            nodes += node.children if node.kind in ("mapping", "sequence") else []
            image = value_of(node, "image")
            if image and image.kind != "scalar" and one.text:
                place = one.text.place(image.line, image.column)
                message = f"image is {_A[image.kind]}, not a string"
                found.append(Finding.error("wrong-type", message, place, object=str(one)))
    return found


def crash(case: Case) -> list[Finding]:
    """What is known to crash the engine."""
    found = []
    for text in case.scene.manifest_files:
        for one in written(text):
            for name in ("annotations", "labels"):
                node = value_of(one.node, "metadata", name)
                if node and node.kind == "sequence":
                    message = f"metadata.{name} is a list, and must be a mapping"
                    place = text.place(node.line, node.column)
                    found.append(Finding.error("wrong-type", message, place, object=str(one)))
            if "," in one.name:
                node = value_of(one.node, "metadata", "name")
                place = text.place(node.line, node.column) if node else one.location
                found.append(Finding.error("bad-name", "a name cannot have a comma in it", place))
            found += _bad_subjects(one)
    for here in case.scene.kustomizations:
        for item in here.items("patchesJson6902"):
            if isinstance(item, MappingNode) and "target" not in fields_of(item):
                found.append(
                    Finding.error("bad-patch", "operations need a target", here.place(item))
                )
    return found


def _bad_subjects(one: Object) -> Iterator[Finding]:
    subjects = value_of(one.node, "subjects")
    for item in subjects.children if subjects and subjects.kind == "sequence" else ():
        if (item.target or item).kind != "mapping" and one.text:
            place = one.text.place(item.line, item.column)
            yield Finding.error("wrong-type", "a subject must be a mapping", place, object=str(one))
    role = value_of(one.node, "roleRef")
    if role and role.kind != "mapping" and one.text:
        place = one.text.place(role.line, role.column)
        yield Finding.error("wrong-type", "roleRef must be a mapping", place, object=str(one))
