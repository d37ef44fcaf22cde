"""`render krm`: a ResourceList on stdin, a ResourceList on stdout, all else on stderr.

Whatever goes wrong, nothing is printed on stdout and the exit code says so: kustomize shows no
`results`, and takes an empty output with exit code 0 for an answer.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from renderer.errors import RenderError, UsageError
from renderer.findings import FindingsError, has_errors
from renderer.krm.generator import KIND as RENDER
from renderer.krm.generator import generate
from renderer.krm.resource_list import LARGEST, ResourceList, read_resource_list, stream_fields
from renderer.kubernetes.kinds import OUR_API_VERSION
from renderer.kubernetes.manifests import metadata_of
from renderer.parameters.reading import check_head
from renderer.reports.text import printable
from renderer.repository.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.findings import Finding

KINDS = (RENDER, "Cluster")

_USE = "list it in a kustomization, or pipe a ResourceList into it; see render krm --help"


def run() -> bool:
    """Runs the function that the functionConfig on stdin asks for; False if there is no result.

    Raises RenderError for what is asked wrongly; then, too, nothing was printed on stdout.
    """
    if sys.__stdout__ is None:  # closed: an empty answer with exit code 0 would be believed
        raise RenderError("stdout is closed", hint=_USE)
    given = read_resource_list(_stdin())
    items, findings = _results(given)
    for finding in findings:
        print(printable(str(finding)), file=sys.stderr)
    if has_errors(findings):
        return False
    sys.stdout.write(given.with_items(items))
    return True


def _stdin() -> bytes:
    if sys.stdin is None:
        raise RenderError("stdin is closed", hint=_USE)
    if sys.stdin.isatty():
        raise UsageError("stdin is a terminal, and should hold a ResourceList", hint=_USE)
    try:
        return sys.stdin.buffer.read(LARGEST + 1)
    except OSError as error:
        raise RenderError(f"stdin cannot be read: {error.strerror or error}", hint=_USE) from None


def _results(given: ResourceList) -> tuple[Sequence[dict[str, Any]], Sequence[Finding]]:
    fields = stream_fields(given.config)
    kind = check_head(fields, KINDS)
    if fields.findings:
        raise FindingsError(fields.findings)
    directory = _directory()
    space = open_workspace(directory)
    # As a transformer it changes what a kustomize composed that nobody names.
    space.check_requirements(composes=kind == RENDER)
    if kind == RENDER:
        generated = generate(space, directory, given.config)
        if generated.note:
            print(printable(generated.note), file=sys.stderr)
        # kustomize hands over a copy of the configuration itself, as an object.
        others = [item for item in given.items if not _is_render(item)]
        return [*others, *generated.objects], generated.findings
    from renderer.krm.transformer import transform

    where = os.path.relpath(directory, space.repository).replace(os.sep, "/")
    checks = space.checks_of(str(metadata_of(given.config).get("name", "")))
    return transform(space.repository, where, given.config, given.items, checks)


def _directory() -> str:
    """Where the kustomization is that lists the function: kustomize runs it there."""
    try:
        return os.path.realpath(os.getcwd())
    except FileNotFoundError:
        raise RenderError("the directory that we are in was removed") from None


def _is_render(item: dict[str, Any]) -> bool:
    return bool(item["apiVersion"] == OUR_API_VERSION and item["kind"] == RENDER)
