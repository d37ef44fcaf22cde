"""What the real engine gives when a cluster's operations are patches of an outer kustomization."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from renderer.composition.composition import Composition
from renderer.kustomize.engine import build
from renderer.parameters.planning import select
from renderer.parameters.resolving import resolve_values
from renderer.patching.draft import Draft
from renderer.patching.operations import Operation
from renderer.patching.pointing import format_path, resolve
from renderer.pipeline.compose import compose_one
from renderer.pipeline.inputs import discover
from renderer.repository.documents import read_cluster_source
from renderer.repository.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.model import ClusterDocument
    from renderer.pipeline.inputs import Inputs
    from renderer.repository.trees import Tree

Patch = dict[str, Any]


def outer_patches(space: Workspace, tree: Tree) -> list[Patch]:
    """A cluster's parameters and patches as kustomize's patches: one object, concrete paths."""
    inputs, composition = compose_one(space, discover(space, tree))
    document = _document(space, inputs)
    resolved = resolve_values(
        composition.declarations, document.settings, None, release=document.release
    )
    assert not resolved.findings
    values = resolved.values
    patches: list[Patch] = []
    drafts = [Draft(manifest) for manifest in composition.stack.manifests]
    for name, writes in composition.plan.writes.items():
        for write in writes if name in values else ():  # null: it is not used
            template = write.target.template
            value = values[name].value
            if template:
                value = template.fill({one: values[one].value for one in template.names})
            target = write.target
            operation = Operation(target.op, target.pointer, value=value)
            patches.append(_patch(drafts[write.index], operation))
    for patch in document.patches:
        for index in select(patch.target, composition.stack.manifests):
            patches += [_patch(drafts[index], operation) for operation in patch.operations]
    return patches


def _document(space: Workspace, inputs: Inputs) -> ClusterDocument:
    assert inputs.content is not None
    source = read_cluster_source(space.repository, inputs.tree, inputs.content)
    assert not source.findings
    return source.document


def _patch(draft: Draft, operation: Operation) -> Patch:
    adding = operation.op in ("add", "copy", "move")
    path = format_path(resolve(draft.data, operation.pointer, adding=adding))
    change: dict[str, Any] = {"op": operation.op, "path": path}
    if operation.source:
        change["from"] = format_path(resolve(draft.data, operation.source))
    if operation.op in ("add", "replace", "test"):
        change["value"] = operation.value
    patch = {"target": _target(draft.base), "patch": json.dumps([change])}
    draft.apply(operation)
    return patch


def _target(manifest: Manifest) -> dict[str, str]:
    ref = manifest.ref
    target = {"kind": ref.kind, "name": re.escape(manifest.stem)}
    if ref.group:
        target["group"] = ref.group
    if ref.namespace:
        target["namespace"] = ref.namespace
    return target


def outer_build(space: Workspace, tree: Tree, directory: Path) -> str:
    """The bytes that the real engine prints for the outer kustomization of a cluster."""
    directory.mkdir(parents=True)
    source = os.path.join(space.repository, tree.source)
    outer: dict[str, Any] = {
        "resources": [os.path.relpath(source, os.path.realpath(directory))],
        "patches": outer_patches(space, tree),
    }
    prefix = _document(space, discover(space, tree)).release.prefix
    if prefix:
        outer["namePrefix"] = prefix
    (directory / "kustomization.yaml").write_text(json.dumps(outer))
    return build(space.engine, str(directory), space.policy).text


def workspace(repository: Path) -> Workspace:
    return open_workspace(str(repository), str(repository))


__all__ = ["Composition", "outer_build", "outer_patches", "workspace"]
