"""The fields of a kustomization, as kustomize's `types.Kustomization` (v5.8) declares them.

kustomize refuses a field that it does not know, at any depth, but without saying where. A
mapping here lists the fields below; None is "anything", where kustomize has a free map or
where nothing below concerns us. A list of something has the shape of the something.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Shape: TypeAlias = "dict[str, Shape] | None"


def _names(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names)


_GVK: Final = _names("group", "version", "kind")
_SELECTOR: Final = _GVK | _names("name", "namespace", "annotationSelector", "labelSelector")
_FIELD_SPEC: Final = _GVK | _names("path", "create")
_FIELD_OPTIONS: Final = _names("delimiter", "index", "encoding", "create")
_METADATA: Final = _names("name", "namespace", "labels", "annotations")
_IMAGE: Final = _names("name", "newName", "tagSuffix", "newTag", "digest")
_GENERATOR_OPTIONS: Final = _names("labels", "annotations", "disableNameSuffixHash", "immutable")
_PATCH: Final[dict[str, Shape]] = {
    **_names("path", "patch"),
    "target": _SELECTOR,
    "options": _names("allowNameChange", "allowKindChange"),
}
_CONFIG_MAP: Final[dict[str, Shape]] = {
    **_names("namespace", "name", "behavior", "literals", "files", "envs", "env"),
    "options": _GENERATOR_OPTIONS,
}
_REPLACEMENT: Final[dict[str, Shape]] = {
    **_names("path", "sourceValue"),
    "source": _GVK | _names("name", "namespace", "fieldPath") | {"options": _FIELD_OPTIONS},
    "targets": {
        "select": _SELECTOR,
        "reject": _SELECTOR,
        "fieldPaths": None,
        "options": _FIELD_OPTIONS,
    },
}
_LABEL: Final[dict[str, Shape]] = {
    **_names("pairs", "includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"),
    "fields": _FIELD_SPEC,
}
_HELM_CHART: Final = _names(
    *("name", "version", "repo", "releaseName", "namespace", "additionalValuesFiles"),
    *("valuesFile", "valuesInline", "valuesMerge", "includeCRDs", "skipHooks", "apiVersions"),
    *("kubeVersion", "nameTemplate", "skipTests", "debug", "devel"),
)

KUSTOMIZATION: Final[dict[str, Shape]] = {
    **_names("apiVersion", "kind", "openapi", "namePrefix", "nameSuffix", "namespace"),
    **_names("commonLabels", "commonAnnotations", "patchesStrategicMerge", "buildMetadata"),
    **_names("resources", "components", "crds", "bases", "configurations", "generators"),
    **_names("transformers", "validators", "helmChartInflationGenerator"),
    "metadata": _METADATA,
    "labels": _LABEL,
    "patchesJson6902": _PATCH,
    "patches": _PATCH,
    "images": _IMAGE,
    "imageTags": _IMAGE,
    "replacements": _REPLACEMENT,
    "replicas": _names("name", "count"),
    "vars": {
        "name": None,
        "objref": _GVK | _names("apiVersion", "name", "namespace"),
        "fieldref": _names("fieldPath"),
    },
    "sortOptions": {"order": None, "legacySortOptions": _names("orderFirst", "orderLast")},
    "configMapGenerator": _CONFIG_MAP,
    "secretGenerator": _CONFIG_MAP | _names("type"),
    "helmGlobals": _names("chartHome", "configHome"),
    "helmCharts": _HELM_CHART,
    "generatorOptions": _GENERATOR_OPTIONS,
}

# The fields that hold a list; anything else there is refused by kustomize in terms of Go.
LISTS: Final = frozenset(
    (
        *("resources", "components", "crds", "bases", "configurations", "generators"),
        *("transformers", "validators", "patches", "patchesJson6902", "patchesStrategicMerge"),
        *("images", "imageTags", "replacements", "replicas", "vars", "labels", "helmCharts"),
        *("configMapGenerator", "secretGenerator", "helmChartInflationGenerator"),
        "buildMetadata",
    )
)
