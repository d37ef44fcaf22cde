"""k: one call of the KRM function, against kustomize composing the same overlay itself."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from measure import Cost, binary, middle

from renderer.kustomize.name_hash import split_hash
from renderer.yamldoc.reading import read_documents, read_stream

if TYPE_CHECKING:
    from fleet import Fleet
    from lab import Site

_RUNS = 9
_NEEDS_HASH = {"internal.config.kubernetes.io/needsHashSuffix": "enabled"}

Object = dict[str, Any]


def costs(site: Site, number: int) -> dict[str, Cost]:
    """Medians for a cluster: bare (kustomize and a Python that does nothing), and the calls."""
    name = site.fleet.name(number)
    runner, function = site.runner, [binary("render-krm")]
    render = _write(site, "render.json", _config("Render", {"cluster": name}))
    cluster = _write(site, "cluster.json", *_handed_over(site, number))
    runs: dict[str, list[Cost]] = {what: [] for what in ("bare", "warm", "cold", "transformer")}
    runner.run(function, stdin=render)
    for _ in range(_RUNS):
        kustomize, python = site.compose(name), runner.run([sys.executable, "-c", "pass"])
        runs["bare"].append(Cost(kustomize.wall + python.wall, kustomize.cpu + python.cpu))
        runs["warm"].append(site.runner.run(function, stdin=render))
        runs["transformer"].append(site.runner.run(function, stdin=cluster))
        site.forget()
        runs["cold"].append(site.runner.run(function, stdin=render))
    return {what: middle(found) for what, found in runs.items()}


def _config(kind: str, spec: Object) -> Object:
    about = {"name": "bench"}
    return {
        "apiVersion": "renderer.gitops/v1alpha1",
        "kind": kind,
        "metadata": about,
        "spec": spec,
    }


def _write(site: Site, name: str, config: Object, *items: Object) -> str:
    """A file with a ResourceList."""
    path = os.path.join(site.fleet.directory, name)
    data = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**data, "functionConfig": config}, file, indent=1)
    return path


def _handed_over(site: Site, number: int) -> list[Object]:
    """The Cluster of an overlay, and the objects that kustomize would hand over with it."""
    fleet = site.fleet
    name = fleet.name(number)
    text = site.runner.text([binary("kubectl"), "kustomize", f"overlays/{name}"])
    composed: list[Any] = list(read_stream(text))
    stems = {one["metadata"]["name"]: stem for one in composed if (stem := split_hash(one))}
    for name_with_hash, stem in stems.items():
        text = text.replace(name_with_hash, stem)
    objects: list[Any] = list(read_stream(text))
    for one in objects:
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] in stems.values():
            one["metadata"]["annotations"] = _NEEDS_HASH
    spec = _document(fleet, "overlays", name, "cluster.yaml")["spec"]
    features, _ = fleet.composition(number)
    declared = [_document(fleet, "base", "parameters.yaml")]
    declared += [_document(fleet, "components", one, "parameters.yaml") for one in features]
    return [_config("Cluster", spec), *objects, *declared]


def _document(fleet: Fleet, *parts: str) -> Any:
    with open(fleet.path(*parts), "rb") as file:
        (document,) = read_documents(file.read())
    return document.data
