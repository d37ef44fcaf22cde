"""What else is committed where Flux or Argo CD syncs from: the output of wrapper kustomizations.

kustomize skips functions without a word (`--enable-alpha-plugins` without `--enable-exec`, and
kubectl always), and what comes out can be committed by hand or by a pipeline.
"""

from __future__ import annotations

from renderer.checks.skipped import SKIPPED, SKIPPED_HINT
from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.kubernetes.manifests import SKIPPED_LABEL, expand_lists, labels_of
from renderer.yamldoc.documents import YamlError

_LABEL = SKIPPED_LABEL.encode()


def skipped_function(path: str, content: bytes) -> Finding | None:
    """An error for a file, by its path in the repository, that was built without our function."""
    if _LABEL not in content or not _is_labelled(content):
        return None
    line = content.count(b"\n", 0, content.index(_LABEL)) + 1
    return Finding.error(SKIPPED, _MESSAGE, Location(path, line, 1), hint=SKIPPED_HINT)


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
