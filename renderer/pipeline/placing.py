"""Where in the sources of a tree an annotation stands that a finding is about."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.findings import Finding, Location
from renderer.kubernetes.manifests import EMBED_ANNOTATION, annotations_of
from renderer.repository.source_file import read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.composition.stack import Stack
    from renderer.kustomize.closure import Closure

_RULE = "embedding-cycle"


def placed(
    findings: Iterable[Finding], closure: Closure, stack: Stack, repository: str
) -> Iterator[Finding]:
    """The findings; those about embeddings with the place of the first one in them."""
    for finding in findings:
        if finding.rule == _RULE and finding.location is None:
            texts = [
                str(annotations_of(one.data).get(EMBED_ANNOTATION, ""))
                for one in stack.manifests
                if one.label == finding.object
            ]
            location = _find(closure, repository, texts[0] if texts else "")
            finding = finding._replace(location=location)
        yield finding


def _find(closure: Closure, repository: str, text: str) -> Location | None:
    """The first line of a source that has the annotation with a text."""
    for path in closure.files:
        shown = os.path.relpath(path, repository).replace(os.sep, "/")
        try:
            content = read_source(repository, shown) or b""
        except RenderError:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            before, found, after = line.partition(EMBED_ANNOTATION)
            if found and text in after:
                return Location(shown, number, len(before) + 1)
    return None
