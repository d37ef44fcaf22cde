"""Writes a repository with a fleet of clusters, and the same fleet for plain kustomize.

Everything is computed from the number of a cluster: the same numbers give the same bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import fleet_base
import fleet_objects as shop
import fleet_values
from plainyaml import document, documents

if TYPE_CHECKING:
    from collections.abc import Sequence

_OURS = "renderer.gitops/v1alpha1"
_LOCAL = {"annotations": {"config.kubernetes.io/local-config": "true"}}
_FEATURES_EACH = 3
SETTINGS_FILE = "base/settings.env"

# Every check is on; that the Secrets are made elsewhere is said once.
_SETTINGS = """\
[[exceptions]]
rule = "missing-secret"
object = "Secret *"
reason = "made in the cluster before the first sync"
"""


@dataclass(frozen=True)
class Fleet:
    """A repository with `clusters` clusters of `compositions` different compositions."""

    directory: str
    clusters: int
    compositions: int = 10

    def path(self, *parts: str) -> str:
        return os.path.join(self.directory, *parts)

    def name(self, number: int) -> str:
        return f"c{number:05}"

    def composition(self, number: int) -> tuple[tuple[str, ...], str]:
        """The features of a cluster, and the version of its images."""
        which = number % self.compositions
        choices = list(combinations(shop.FEATURES, _FEATURES_EACH))
        return choices[which % len(choices)], f"4.3.{which // len(choices)}"

    def parameters(self, number: int) -> list[fleet_values.Parameter]:
        features, _ = self.composition(number)
        return [*fleet_values.base_parameters(), *map(fleet_values.feature_parameter, features)]


def write_fleet(fleet: Fleet, baseline: Sequence[int] = ()) -> None:
    """Writes the repository, and for the clusters of `baseline` what kustomize alone needs."""
    _write(fleet.path("render.toml"), _SETTINGS)
    _write_base(fleet)
    for feature in shop.FEATURES:
        _write_feature(fleet, feature)
    for number in range(fleet.clusters):
        _write_overlay(fleet, number)
        write_cluster(fleet, number)
    for number in baseline:
        _write_baseline(fleet, number)


def change_base(fleet: Fleet) -> None:
    """Changes one file of the base, of which every workload carries a hash."""
    text = fleet_base.settings_text().replace("DRAIN_MODE=gentle", "DRAIN_MODE=quick")
    _write(fleet.path(SETTINGS_FILE), text)


def change_workload(fleet: Fleet, name: str, *, undo: bool = False) -> None:
    """Changes one field of a Deployment of the base, or changes it back."""
    path = fleet.path("base", f"deployment-{name}.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    old, new = (f"terminationGracePeriodSeconds: {seconds}" for seconds in (30, 45))
    _write(path, text.replace(new, old) if undo else text.replace(old, new))


def write_cluster(fleet: Fleet, number: int, **other: Any) -> None:
    """Writes a cluster.yaml; `other` values replace those that the cluster has."""
    values = fleet_values.chosen(fleet.parameters(number), number)
    spec = {
        "parameters": values | {name.replace("_", "."): value for name, value in other.items()},
        "patches": [
            {"target": {"kind": kind, "name": name}, "patch": operations}
            for kind, name, operations in fleet_values.patches(number)
        ],
    }
    name = fleet.name(number)
    text = document(
        {"apiVersion": _OURS, "kind": "Cluster", "metadata": {"name": name}, "spec": spec}
    )
    _write(fleet.path("overlays", name, "cluster.yaml"), text)


def _write_base(fleet: Fleet) -> None:
    files = {}
    for one in fleet_base.base_objects():
        file = f"{one['kind'].lower()}-{one['metadata']['name']}.yaml"
        files[file] = document(one)
    files["parameters.yaml"] = _parameters("shop", fleet_values.base_parameters())
    generated = [
        {"name": shop.SETTINGS, "envs": ["settings.env"]},
        {"name": "shop-dashboards", "files": ["dashboard.json"]},
    ]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": shop.NAMESPACE,
        "resources": list(files),
        "configMapGenerator": generated,
    }
    _write(fleet.path("base/kustomization.yaml"), document(kustomization))
    _write(fleet.path(SETTINGS_FILE), fleet_base.settings_text())
    _write(fleet.path("base/dashboard.json"), fleet_base.dashboard_text())
    for file, text in files.items():
        _write(fleet.path("base", file), text)


def _write_feature(fleet: Fleet, feature: str) -> None:
    url = {"name": f"{feature.upper()}_URL", "value": f"http://{feature}.{shop.NAMESPACE}.svc"}
    operation = {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": url}
    target = {"kind": "Deployment", "name": "gateway|catalog"}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "namespace": shop.NAMESPACE,
        "resources": ["parameters.yaml", "resources.yaml"],
        "patches": [{"target": target, "patch": document([operation])}],
    }
    directory = fleet.path("components", feature)
    parameters = _parameters(feature, [fleet_values.feature_parameter(feature)])
    _write(os.path.join(directory, "kustomization.yaml"), document(kustomization))
    _write(os.path.join(directory, "parameters.yaml"), parameters)
    text = documents(*fleet_base.feature_objects(feature))
    _write(os.path.join(directory, "resources.yaml"), text)


def _parameters(name: str, parameters: list[fleet_values.Parameter]) -> str:
    entries = []
    for one in parameters:
        entry: dict[str, Any] = {
            "name": one.name,
            "description": f"The {one.name.replace('.', ' ')} of a shop.",
            "schema": one.schema,
        }
        entry |= {"required": True} if one.default is None else {"default": one.default}
        entry["targets"] = [_target(field) for field in one.fields]
        entries.append(entry)
    return document(
        {
            "apiVersion": _OURS,
            "kind": "Parameters",
            "metadata": {"name": name, **_LOCAL},
            "spec": {"parameters": entries},
        }
    )


def _target(field: fleet_values.Field) -> dict[str, Any]:
    target = {"select": {"kind": field.kind, "name": field.name}, "path": field.pointer}
    return target | ({"value": field.template} if field.template else {})


def _write_overlay(fleet: Fleet, number: int) -> None:
    features, version = fleet.composition(number)
    images = [
        {"name": f"registry.example.com/shop/{name}", "newTag": version}
        for name in ("gateway", "catalog", "tools")
    ]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../../base"],
        "components": [f"../../components/{feature}" for feature in features],
        "images": images,
    }
    _write(
        fleet.path("overlays", fleet.name(number), "kustomization.yaml"), document(kustomization)
    )


def _write_baseline(fleet: Fleet, number: int) -> None:
    name = fleet.name(number)
    parameters = fleet.parameters(number)
    values = fleet_values.chosen(parameters, number)
    operations = [*fleet_values.as_patches(parameters, values), *fleet_values.patches(number)]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"../../overlays/{name}"],
        "patches": [
            {"target": {"kind": kind, "name": target}, "patch": document(patch)}
            for kind, target, patch in operations
        ],
    }
    _write(fleet.path("baseline", name, "kustomization.yaml"), document(kustomization))


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
