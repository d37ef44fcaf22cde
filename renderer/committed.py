"""What else is committed where Flux or Argo CD syncs from: the output of wrapper kustomizations.

kustomize skips functions without a word (`--enable-alpha-plugins` without `--enable-exec`, and
kubectl always), and what comes out can be committed by hand or by a pipeline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.checks.skipped import SKIPPED, SKIPPED_HINT
from renderer.findings import Finding, Location, Severity
from renderer.manifests import SKIPPED_LABEL
from renderer.tree.disk import directory_of, entries, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.workspace import Workspace

_LABEL = re.compile(rf"^\s*{re.escape(SKIPPED_LABEL)}:".encode(), re.MULTILINE)


def skipped_functions(space: Workspace) -> Iterator[Finding]:
    """An error for each file in an output directory that was built without our function."""
    outputs = {cluster.output for cluster in space.clusters}
    outputs.update(space.pattern.outputs(space.repository))
    for output in sorted(outputs):
        for path, entry in entries(directory_of(space.repository, output)):
            if not path.endswith((".yaml", ".yml")) or not entry.is_file(follow_symlinks=False):
                continue
            content = read_file(entry.path)
            found = _LABEL.search(content)
            if found:
                line = content.count(b"\n", 0, found.end()) + 1
                place = Location(f"{output}/{path}", line, 1)
                yield Finding(SKIPPED, Severity.ERROR, _MESSAGE, place, hint=SKIPPED_HINT)


_MESSAGE = "this was built without the function that sets parameters and patches"
