"""`kind: Render`: the final objects of a cluster, the very ones of `render build`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding, FindingsError, Location
from renderer.krm.resource_list import stream_fields, without
from renderer.kustomize.files import is_below
from renderer.pipeline.compose import compose_one
from renderer.pipeline.inputs import discover
from renderer.pipeline.single import render_single
from renderer.reports.text import unset_note
from renderer.reports.verdicts import withheld_note
from renderer.repository.trees import Tree
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.fields import Fields
    from renderer.repository.workspace import Workspace

KIND = "Render"


# What kustomize takes as orders about what a generator gives, and takes off
# (api/internal/plugins/utils: UpdateResourceOptions): it would hash or merge what is final.
_ORDERS = ("kustomize.config.k8s.io/behavior", "kustomize.config.k8s.io/needs-hash")


class Generated(NamedTuple):
    """The objects of a cluster in kustomize's order; of no use where a finding is an error."""

    objects: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]
    note: str = ""


def generate(space: Workspace, directory: str, config: dict[str, Any]) -> Generated:
    """Renders the cluster that a Render names; `directory` is where the function is listed.

    Raises RenderError for what cannot be rendered.
    """
    fields = stream_fields(config)
    fields.mapping(("spec",), ("cluster", "source"))
    name, source = fields.text(("spec", "cluster")), fields.text(("spec", "source"))
    if not fields.findings and bool(name) == bool(source):
        message = "a Render names either a cluster or a source"
        hint = "cluster: the name of a cluster; or source: the directory of a kustomization"
        fields.error("missing-field", message, ("spec",), hint)
    if fields.findings:
        raise FindingsError(fields.findings)
    tree = _named(space, fields, name) if name else _at(space, fields, directory, source)
    if tree is None:
        raise FindingsError(fields.findings)
    return _rendered(space, tree)


def _named(space: Workspace, fields: Fields, name: str) -> Tree | None:
    for tree in space.trees:
        if tree.name == name:
            return tree
    names = [tree.name for tree in space.trees]
    hint = nearest(name, names) or f"there are no clusters in {space.repository}"
    fields.error("unknown-cluster", f"there is no cluster {name}", ("spec", "cluster"), hint)
    return None


def _at(space: Workspace, fields: Fields, directory: str, source: str) -> Tree | None:
    """The cluster, or the kustomization, in a directory."""
    real = os.path.realpath(os.path.join(directory, source)) if "\0" not in source else ""
    inside = not os.path.isabs(source) and is_below(real, space.repository)
    if not inside or not os.path.isdir(real):
        rule = "missing-directory" if inside else "outside-repository"
        what = "there is no directory" if inside else "the repository holds no directory"
        hint = "it is relative to the kustomization that lists this function"
        fields.error(rule, f"{what} {source!a}", ("spec", "source"), hint)
        return None
    relative = os.path.relpath(real, space.repository).replace(os.sep, "/")
    for tree in space.trees:
        if relative == tree.source:
            return tree
    name = os.path.basename(real)
    return Tree(name=name, source=relative, output=relative, names=(name,), cluster=name)


def _rendered(space: Workspace, tree: Tree) -> Generated:
    inputs = discover(space, tree)
    if inputs.content is None:
        inputs, composition = compose_one(space, inputs)
        silent = inputs.silent.findings if inputs.silent else ()
        count = len(composition.declarations.parameters)
        objects = _final(composition.stack.manifests)
        judged = space.check_policy.judge(silent)
        return Generated(objects, judged.findings, unset_note(count, tree) if count else "")
    single = render_single(space, tree)
    # Composing imports this while kustomize runs; before, it would be waited for.
    from renderer.composition.order import in_order

    ordered = in_order(single.composition.stack, single.rendered)
    here = Location(tree.source)
    findings = (
        one if one.location else one._replace(location=here) for one in single.rendered.findings
    )
    note = withheld_note(tree.cluster, single.withheld) if single.withheld else ""
    return Generated(_final(one.manifest for one in ordered), tuple(findings), note)


def _final(manifests: Iterable[Manifest]) -> tuple[dict[str, Any], ...]:
    return tuple(without(one.data, "annotations", _ORDERS.__contains__) for one in manifests)
