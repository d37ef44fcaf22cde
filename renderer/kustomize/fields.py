"""The fields of a kustomization, as kustomize's `types.Kustomization` (v5.8) declares them.

kustomize refuses a field that it does not know and a value of another type, at any depth, but
without saying where.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias


class Leaf(StrEnum):
    """What a field without fields of its own holds, in words for people."""

    STRING = "a string"
    STRINGS = "a mapping of strings"
    MAPPING = "a mapping"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    ANY = "anything"


class ListOf(NamedTuple):
    """A list, of which each item has this shape."""

    item: Shape


class Strings(NamedTuple):
    """A mapping of strings of which kustomize reads these alone, as they are written.

    Its other fields it reads in any case; here it ignores what is unknown.
    """

    names: tuple[str, ...]


class Word(NamedTuple):
    """One of some words; kustomize ignores others."""

    words: tuple[str, ...]


Shape: TypeAlias = "Leaf | ListOf | Strings | Word | dict[str, Shape]"

_STRING_LIST: Final = ListOf(Leaf.STRING)


def _strings(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, Leaf.STRING)


def _flags(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, Leaf.BOOLEAN)


def _lists(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, _STRING_LIST)


_LABELS: Final[dict[str, Shape]] = {"labels": Leaf.STRINGS, "annotations": Leaf.STRINGS}
_GVK: Final = _strings("group", "version", "kind")
_SELECTOR: Final = _GVK | _strings("name", "namespace", "annotationSelector", "labelSelector")
_FIELD_SPEC: Final = _GVK | _strings("path") | _flags("create")
_FIELD_OPTIONS: Final[dict[str, Shape]] = {
    **_strings("delimiter", "encoding"),
    "index": Leaf.INTEGER,
    **_flags("create"),
}
_METADATA: Final = _strings("name", "namespace") | _LABELS
_IMAGE: Final = _strings("name", "newName", "tagSuffix", "newTag", "digest")
_GENERATOR_OPTIONS: Final = _LABELS | _flags("disableNameSuffixHash", "immutable")
_PATCH: Final[dict[str, Shape]] = {
    **_strings("path", "patch"),
    "target": _SELECTOR,
    "options": _flags("allowNameChange", "allowKindChange"),
}
_CONFIG_MAP: Final[dict[str, Shape]] = {
    **_strings("namespace", "name"),
    "behavior": Word(("create", "merge", "replace", "")),  # what is none of them is the first
    **_lists("literals", "files", "envs"),
    **_strings("env"),
    "options": _GENERATOR_OPTIONS,
}
_SOURCE: Final[dict[str, Shape]] = {
    **_GVK,
    **_strings("name", "namespace", "fieldPath"),
    "options": _FIELD_OPTIONS,
}
_REPLACEMENT: Final[dict[str, Shape]] = {
    **_strings("path", "sourceValue"),
    "source": _SOURCE,
    "targets": ListOf(
        {
            "select": _SELECTOR,
            "reject": ListOf(_SELECTOR),
            "fieldPaths": _STRING_LIST,
            "options": _FIELD_OPTIONS,
        }
    ),
}
_LABEL: Final[dict[str, Shape]] = {
    "pairs": Leaf.STRINGS,
    **_flags("includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"),
    "fields": ListOf(_FIELD_SPEC),
}
_HELM_CHART: Final[dict[str, Shape]] = {
    **_strings("name", "version", "repo", "releaseName", "namespace"),
    **_lists("additionalValuesFiles"),
    **_strings("valuesFile"),
    "valuesInline": Leaf.MAPPING,
    **_strings("valuesMerge"),
    **_flags("includeCRDs", "skipHooks"),
    **_lists("apiVersions"),
    **_strings("kubeVersion", "nameTemplate"),
    **_flags("skipTests", "debug", "devel"),
}
_VARIABLE: Final[dict[str, Shape]] = {
    **_strings("name"),
    "objref": _GVK | _strings("apiVersion", "name", "namespace"),
    "fieldref": _strings("fieldPath"),
}
_SORT_OPTIONS: Final[dict[str, Shape]] = {
    **_strings("order"),
    "legacySortOptions": _lists("orderFirst", "orderLast"),
}

KUSTOMIZATION: Final[dict[str, Shape]] = {
    **_strings("apiVersion", "kind"),
    "openapi": Strings(("version", "path")),
    **_strings("namePrefix", "nameSuffix", "namespace"),
    **dict.fromkeys(("commonLabels", "commonAnnotations"), Leaf.STRINGS),
    **_lists("patchesStrategicMerge", "resources", "components", "crds"),
    "buildMetadata": ListOf(
        Word(("originAnnotations", "transformerAnnotations", "managedByLabel"))
    ),
    **_lists("bases", "configurations", "generators", "transformers", "validators"),
    "helmChartInflationGenerator": ListOf(Leaf.ANY),
    "metadata": _METADATA,
    "labels": ListOf(_LABEL),
    "patchesJson6902": ListOf(_PATCH),
    "patches": ListOf(_PATCH),
    "images": ListOf(_IMAGE),
    "imageTags": ListOf(_IMAGE),
    "replacements": ListOf(_REPLACEMENT),
    "replicas": ListOf({**_strings("name"), "count": Leaf.INTEGER}),
    "vars": ListOf(_VARIABLE),
    "sortOptions": _SORT_OPTIONS,
    "configMapGenerator": ListOf(_CONFIG_MAP),
    "secretGenerator": ListOf(_CONFIG_MAP | _strings("type")),
    "helmGlobals": _strings("chartHome", "configHome"),
    "helmCharts": ListOf(_HELM_CHART),
    "generatorOptions": _GENERATOR_OPTIONS,
}
