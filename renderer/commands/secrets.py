"""`render list --secrets`: what a cluster expects before the first sync."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.pipeline.contracts import contract_of
from renderer.reports.rows import as_json as json_of
from renderer.reports.secrets import contract_text, secret_row
from renderer.reports.text import printable
from renderer.repository.trees import choose

if TYPE_CHECKING:
    from renderer.repository.workspace import Workspace


def list_secrets(space: Workspace, argument: str, *, as_json: bool) -> None:
    """Prints the Secrets that a cluster expects, as commands that make them.

    All its trees are asked, whichever of them is named. Raises RenderError where one cannot be
    rendered, UsageError where the argument means several clusters.
    """
    found = choose(space.trees, [argument], space.repository, os.getcwd())
    clusters = [*dict.fromkeys(tree.cluster for tree in found)]
    if len(clusters) != 1:
        message = f"{argument} means {len(clusters)} clusters; name one, as {clusters[0]}"
        raise UsageError(message)
    trees = [tree for tree in space.trees if tree.cluster == clusters[0]]
    contract = contract_of(space, trees)
    if as_json:
        print(json_of([secret_row(one) for one in contract.secrets]))
    else:
        sys.stdout.write(printable(contract_text(clusters[0], contract)))
