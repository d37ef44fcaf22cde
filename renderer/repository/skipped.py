"""What else is committed where Flux or Argo CD syncs from: the output of wrapper kustomizations.

kustomize skips functions without a word (`--enable-alpha-plugins` without `--enable-exec`, and
kubectl always), and what comes out can be committed by hand or by a pipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.skipped import SKIPPED, SKIPPED_HINT
from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.kubernetes.manifests import SKIPPED_LABEL, expand_lists, labels_of
from renderer.tree.disk import directory_of, entries, read_file
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.repository.workspace import Workspace

_ENDINGS = (".yaml", ".yml", ".json")
_LABEL = SKIPPED_LABEL.encode()


def skipped_functions(space: Workspace) -> Iterator[Finding]:
    """An error for each file in an output directory that was built without our function."""
    outputs = {tree.output for tree in space.trees}
    outputs.update(space.patterns.outputs(space.repository))
    for output in sorted(outputs):
        for path, entry in entries(directory_of(space.repository, output)):
            if not path.endswith(_ENDINGS) or not entry.is_file(follow_symlinks=False):
                continue
            content = read_file(entry.path)
            if _LABEL in content and _is_labelled(content):
                line = content.count(b"\n", 0, content.index(_LABEL)) + 1
                location = Location(f"{output}/{path}", line, 1)
                yield Finding.error(SKIPPED, _MESSAGE, location, hint=SKIPPED_HINT)


_MESSAGE = "this was built without the function that sets parameters and patches"


def _is_labelled(content: bytes) -> bool:
    """Whether an object carries the label; a wrapper that puts it on others does not."""
    from renderer.yamldoc.reading import check_safe, read_stream

    try:
        check_safe(content)
        return any(SKIPPED_LABEL in labels_of(one) for one in expand_lists(read_stream(content)))
    except YamlError:
        return True  # what nobody can read, but it holds the label
    except RenderError:
        return False  # no objects: a kustomization without a kind
