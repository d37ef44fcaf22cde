"""Our own documents, read from the files that a composition reaches and from cluster.yaml."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, Location
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.parameters.cluster_document import read_cluster, read_operations
from renderer.parameters.declaring import Declarations, declare
from renderer.parameters.fields import Fields
from renderer.parameters.model import ClusterDocument, ParametersDocument, Patch, Setting
from renderer.parameters.reading import (
    check_head,
    check_local_config,
    read_parameters,
    read_values,
)
from renderer.repository.providers import providers_beside
from renderer.repository.source_file import read_source
from renderer.repository.trees import CLUSTER_FILE, Tree
from renderer.yamldoc.mistakes import understood
from renderer.yamldoc.reading import YamlError, check_safe, read_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renderer.patching.operations import Operation


class ClusterSource(NamedTuple):
    """What a cluster's own files say.

    `patch_files` are relative to the repository, with the contents that were understood.
    """

    document: ClusterDocument
    patch_files: dict[str, bytes]
    findings: tuple[Finding, ...]


def read_declarations(repository: str, files: Sequence[str]) -> Declarations:
    """The Parameters and Values among the documents of a composition; `files` are absolute."""
    documents: list[tuple[str, Fields]] = []
    findings: list[Finding] = []
    for absolute in files:
        path = os.path.relpath(absolute, repository).replace(os.sep, "/")
        content = read_source(repository, path) or b""
        documents += [
            (os.path.dirname(path), fields) for fields in _documents(path, content, findings)
        ]
    found = read_declared(
        documents,
        providers=lambda capability: providers_beside(
            repository, (component for component, _ in documents), capability
        ),
    )
    return replace(found, findings=(*findings, *found.findings))


def read_declared(
    documents: Iterable[tuple[str, Fields]],
    *,
    providers: Callable[[str], Sequence[str]] = lambda _: (),
) -> Declarations:
    """The Parameters and Values among documents, each with the component that it belongs to.

    `providers` says which other components provide a capability.
    """
    declared: list[ParametersDocument] = []
    shared: list[tuple[Setting, ...]] = []
    findings: list[Finding] = []
    for component, fields in documents:
        if not str(fields.get(("apiVersion",))).startswith(f"{OUR_GROUP}/"):
            continue
        kind = check_head(fields)
        check_local_config(fields)
        if kind == "Parameters":
            declared.append(read_parameters(fields, component))
        elif kind == "Values":
            shared.append(read_values(fields))
        elif kind == "Cluster":
            message = f"{fields.file} is listed as a resource"
            fields.error("listed-cluster", message, ("kind",), _LISTED)
        findings += fields.findings
    found = declare(declared, shared, providers=providers)
    return replace(found, findings=(*findings, *found.findings))


_LISTED = f"{CLUSTER_FILE} belongs beside kustomization.yaml, not into it"


def _documents(path: str, content: bytes, findings: list[Finding]) -> list[Fields]:
    """The documents of a file that are not empty; what cannot be read is a finding."""
    try:
        check_safe(content)
        documents = read_documents(content)
    except YamlError as found:
        error = understood(content.decode("utf-8", "replace"), found)
        place = Location(path, error.line, error.column)
        findings.append(Finding.error(error.rule, error.message, place, hint=error.hint))
        return []
    return [Fields(path, one, content) for one in documents if one.data is not None]


def _only_document(
    path: str, content: bytes, wanted: str, findings: list[Finding]
) -> Fields | None:
    """The one document of a file; none or several are a finding."""
    before = len(findings)
    documents = _documents(path, content, findings)
    if len(documents) == 1:
        return documents[0]
    if len(findings) == before:
        many = f"holds {len(documents)} documents" if documents else "is empty"
        message = f"the file {many}, and should hold {wanted}"
        findings.append(Finding.error("one-document", message, Location(path)))
    return None


def read_cluster_source(repository: str, tree: Tree, content: bytes) -> ClusterSource:
    """What a cluster.yaml says, with the operations of its patch files."""
    findings: list[Finding] = []
    path = f"{tree.source}/{CLUSTER_FILE}"
    fields = _only_document(path, content, "one Cluster document", findings)
    if fields is None:
        return ClusterSource(ClusterDocument(), {}, tuple(findings))
    return read_cluster_fields(repository, tree.source, fields, tree.names)


def read_cluster_fields(
    repository: str, directory: str, fields: Fields, names: tuple[str, ...]
) -> ClusterSource:
    """What a Cluster document says; its patch files are relative to `directory`."""
    document = ClusterDocument()
    if check_head(fields, ("Cluster",)):
        document = read_cluster(fields, names)
    findings = [*fields.findings]
    patches = []
    files: dict[str, bytes] = {}
    for patch in document.patches:
        if patch.file:
            path = os.path.normpath(f"{directory}/{patch.file}").replace(os.sep, "/")
            text = _patch_content(repository, path, patch, files, findings)
            patch = patch._replace(operations=_operations(path, text, findings))
        patches.append(patch)
    return ClusterSource(document._replace(patches=tuple(patches)), files, tuple(findings))


def _patch_content(
    repository: str, path: str, patch: Patch, files: dict[str, bytes], findings: list[Finding]
) -> bytes | None:
    """The content of a patch's file, by its path in the repository; kept in `files`."""
    if path in files:
        return files[path]
    real = os.path.realpath(os.path.join(repository, path))
    if os.path.isabs(patch.file or "") or not real.startswith(f"{repository}{os.sep}"):
        rule, hint = "outside-repository", "copy it into the repository"
        message = f"the patch file {patch.file} is outside the repository"
        findings.append(Finding.error(rule, message, patch.location, hint=hint))
        return None
    content = read_source(repository, path)
    if content is None:
        rule, hint = "missing-file", "its path is relative to cluster.yaml"
        message = f"the patch file {patch.file} is not there"
        findings.append(Finding.error(rule, message, patch.location, hint=hint))
        return None
    files[path] = content
    return content


def _operations(path: str, content: bytes | None, findings: list[Finding]) -> tuple[Operation, ...]:
    """The operations in the file of a patch."""
    if content is None:
        return ()
    fields = _only_document(path, content, "one list of operations", findings)
    if fields is None:
        return ()
    fields.check_ambiguities()
    operations = read_operations(fields, ())
    findings += fields.findings
    return operations
