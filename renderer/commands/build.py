"""`render build DIR`: what a tree would hold, as one stream."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.findings import Severity
from renderer.kustomize.engine import build
from renderer.pipeline.inputs import Inputs, discover
from renderer.pipeline.single import render_single
from renderer.reports.text import style_for, unset_note
from renderer.reports.verdicts import counted_trees, findings_text, told_once, withheld_note
from renderer.repository.trees import Tree, choose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.findings import Finding
    from renderer.repository.workspace import Workspace


def run(space: Workspace, argument: str, *, color: bool) -> bool:
    """Prints the stream on stdout and everything else on stderr; False if there is none.

    Raises RenderError for what cannot be built.
    """
    space.check_requirements()
    tree = _meant(space, argument)
    inputs = discover(space, tree)
    if inputs.content is None:
        sys.stdout.write(_plain(space, inputs, color=color))
        return True
    single = render_single(space, tree)
    # Composing imports this while kustomize runs; before, it would be waited for.
    from renderer.composition.order import stream

    _tell(tree, single.rendered.findings, color=color)
    if single.withheld:
        print(withheld_note(tree.cluster, single.withheld), file=sys.stderr)
    if single.rendered.has_errors:
        return False
    sys.stdout.write(stream(single.composition.stack, single.rendered))
    return True


def _tell(tree: Tree, findings: Iterable[Finding], *, color: bool) -> None:
    said = told_once((tree, one) for one in findings)
    if said:
        print(findings_text(said, style_for(sys.stderr, color), every=True), file=sys.stderr)


def _plain(space: Workspace, inputs: Inputs, *, color: bool) -> str:
    """The engine's own bytes; a kustomization without a cluster.yaml is kustomize's alone.

    What it does without a word is told, as warnings: the stream is printed all the same.
    """
    silent: list[Finding] = []

    def meanwhile() -> None:
        from renderer.pipeline.compose import silent_in

        for one in silent_in(space, [inputs]).values():
            silent.extend(one.findings)

    declared = space.declarations(inputs.closure.documents).parameters
    if declared:
        print(unset_note(len(declared), inputs.tree), file=sys.stderr)
    built = build(space.engine, inputs.closure.root, space.policy, meanwhile=meanwhile)
    judged = space.check_policy.judge(silent).findings
    _tell(inputs.tree, (one._replace(severity=Severity.WARNING) for one in judged), color=color)
    return built.text


def _meant(space: Workspace, argument: str) -> Tree:
    """A cluster by any of its names, or a kustomization of any directory."""
    for start in (os.getcwd(), space.repository):
        path = os.path.join(start, argument)
        if os.path.isdir(path):
            source = os.path.relpath(os.path.realpath(path), space.repository).replace(os.sep, "/")
            for tree in space.trees:
                if source in (tree.source, tree.output):
                    return tree
            name = os.path.basename(os.path.realpath(path))
            return Tree(name=name, source=source, output=source, names=(name,), cluster=name)
    found = choose(space.trees, [argument], space.repository, os.getcwd())
    if len(found) != 1:
        raise UsageError(
            f"{argument} means {counted_trees(found)}; build prints one, as {found[0].name}"
        )
    return found[0]
