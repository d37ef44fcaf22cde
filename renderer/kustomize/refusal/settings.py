"""Fields of a kustomization, and files that they name, that the engine cannot use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml import SequenceNode

from renderer.findings import Finding
from renderer.kustomize.nodes import fields_of, is_null, items_of, pairs_of, position, text_of
from renderer.kustomize.refusal.objects import reached, scalar_at, written
from renderer.kustomize.refusal.texts import nodes_of, problems
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from yaml import Node

    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.text import Text

_PLUGINS = ("generators", "transformers", "validators")
_PATHS = ("resources", "bases", "components", *_PLUGINS)
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
_CONFIGURATIONS = (
    *("namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "templateLabels"),
    *("commonAnnotations", "nameReference", "varReference", "images", "replicas"),
)


def wrong_version(case: Case, _: re.Match[str]) -> list[Finding]:
    """An apiVersion that is not kustomize's."""
    is_component = text_of(case.here.fields.get("kind")) == "Component"
    version = "v1alpha1" if is_component else "v1beta1"
    message = f"apiVersion must be kustomize.config.k8s.io/{version}"
    return [Finding.error("wrong-api-version", message, case.here.field("apiVersion"))]


def wrong_kind(case: Case, _: re.Match[str]) -> list[Finding]:
    """A kind that is not kustomize's."""
    hint = closest(text_of(case.here.fields.get("kind")), ("Kustomization", "Component"))
    message = "kind must be Kustomization or Component"
    return [Finding.error("wrong-kind", message, case.here.field("kind"), hint=hint)]


def empty(case: Case, _: re.Match[str]) -> list[Finding]:
    """A kustomization in which nothing stands."""
    message = "this kustomization is empty; kustomize wants something in it"
    return [
        Finding.error("empty-kustomization", message, case.scene.location(case.here.path, 1, 1))
    ]


def no_component(case: Case, match: re.Match[str]) -> list[Finding]:
    """A Kustomization that is listed as a component, or the other way round."""
    field, other = ("resources", "components") if match["other"] else ("components", "resources")
    for entry in case.scene.entries(case.here, field):
        there = case.scene.kustomization(entry.target)
        kind = (text_of(there.fields.get("kind")) if there else "") or "Kustomization"
        if (kind == "Component") == bool(match["other"]):
            message = f"{entry.text} is a {kind}: it belongs under {other}"
            return [Finding.error("wrong-kind", message, entry.location)]
    return []


def empty_entry(case: Case, _: re.Match[str]) -> list[Finding]:
    """An item of a list of paths with nothing in it."""
    return [
        Finding.error("missing-file", "this entry is empty", case.here.place(item))
        for item in case.here.items(*_PATHS)
        if is_null(item) or not text_of(item)
    ]


def bad_option(case: Case, match: re.Match[str]) -> list[Finding]:
    """Options that kustomize does not have, or not together."""
    message, field = _OPTIONS[match["option"]]
    return [Finding.error("bad-option", message, case.here.field(field))]


_OPTIONS = {
    "the field 'sortOptions.order' must": (
        "sortOptions.order must be fifo or legacy",
        "sortOptions",
    ),
    "the field 'sortOptions.legacySortOptions' is set": (
        "legacySortOptions are for order: legacy only",
        "sortOptions",
    ),
    "the specified OpenAPI version is not built in": (
        "kustomize does not have this version of the OpenAPI schemas",
        "openapi",
    ),
    "builtin version and custom schema provided": (
        "openapi has both a version and a path",
        "openapi",
    ),
}


def unmatched_replicas(case: Case, match: re.Match[str]) -> list[Finding]:
    """Replicas for what is not there."""
    known = reached(case.scene, case.here.directory)
    names = [one.name for one in known if one.kind in _SCALED and one.name]
    hint = nearest(match["name"], names) if names else "there is nothing with replicas"
    return [
        Finding.error(
            "unmatched-replicas",
            f"no {', '.join(_SCALED[:-1])} or {_SCALED[-1]} has the name {match['name']}",
            case.here.place(node),
            hint=hint,
        )
        for item in case.here.items("replicas")
        if (node := fields_of(item).get("name")) and text_of(node) == match["name"]
    ]


def bad_crds(case: Case, match: re.Match[str]) -> list[Finding]:
    """A file under `crds` that is none of what kustomize means by it."""
    for item in case.here.items("crds"):
        if text_of(item) == match["file"]:
            text = case.scene.file_text(case.here, text_of(item))
            message = "this file holds no OpenAPI definitions, which is what crds is for"
            hint = "list a CustomResourceDefinition under resources"
            place = text.place(1, 1) if text else case.here.place(item)
            return [Finding.error("wrong-type", message, place, hint=hint)]
    return []


def unknown_field(case: Case, match: re.Match[str]) -> list[Finding]:
    """A field that this version of kustomize does not know, though others do."""
    found = []
    nodes: list[Node] = [case.here.root] if case.here.root else []
    while nodes:
        node = nodes.pop()
        nodes += items_of(node)
        for key, value in pairs_of(node):
            nodes.append(value)
            if key.value == match["field"]:
                message = f"this kustomize does not know the field {key.value}"
                found.append(Finding.error("unknown-field", message, case.here.place(key)))
    return found


def wrong_type(case: Case, match: re.Match[str]) -> list[Finding]:
    """A value of another type than a field takes; Go names the way to it, with its own types."""
    field = match["field"]
    message = f"a value in {field} is of another type than kustomize takes"
    return [Finding.error("wrong-type", message, case.here.field(field))]


def bad_configuration(case: Case, _: re.Match[str]) -> list[Finding]:
    """A file under `configurations` that kustomize cannot read."""
    found: list[Finding] = []
    for item in case.here.items("configurations"):
        text = case.scene.file_text(case.here, text_of(item))
        if text is None:
            continue
        found += (wrong := problems(text))
        roots = [] if wrong else nodes_of(text)
        known = {name.casefold() for name in _CONFIGURATIONS}
        for key, value in (pair for root in roots[:1] for pair in pairs_of(root)):
            place = text.place(*position(key))
            if key.value.casefold() not in known:
                hint = closest(key.value, _CONFIGURATIONS)
                found.append(
                    Finding.error("unknown-field", f"unknown field {key.value}", place, hint=hint)
                )
            elif not isinstance(value, SequenceNode) and not is_null(value):
                message = f"{key.value} must be a list"
                found.append(Finding.error("wrong-type", message, text.place(*position(value))))
    return found


def unknown_plugin(case: Case, match: re.Match[str]) -> list[Finding]:
    """A generator or transformer that kustomize does not have."""
    return [
        Finding.error(
            "unknown-plugin",
            f"kustomize has no {match['kind']}",
            one.location,
            hint="its own are those with apiVersion: builtin",
        )
        for text in (*case.scene.manifest_files, *_inline(case))
        for one in written(text)
        if one.kind == match["kind"]
    ]


def bad_plugin(case: Case, match: re.Match[str]) -> list[Finding]:
    """A generator or transformer with a configuration that it cannot use."""
    message = f"{match['kind']} cannot use this configuration: a value is of another type"
    if "unable to parse SM or JSON patch" in case.cause:
        message = "the patch is neither an object to merge nor a list of operations"
    return [
        Finding.error("bad-plugin", message, one.location, object=str(one))
        for text in (*case.scene.manifest_files, *_inline(case))
        for one in written(text)
        if one.kind == match["kind"] and scalar_at(one.node, "metadata", "name") == match["name"]
    ]


def _inline(case: Case) -> Iterator[Text]:
    """The configurations that stand in the kustomization itself."""
    for item in case.here.items(*_PLUGINS):
        text = case.here.text(item)
        if text and b"\n" in text.source:
            yield text
