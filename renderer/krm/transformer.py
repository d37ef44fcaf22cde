"""`kind: Cluster`: parameters and patches on the objects that kustomize hands over.

kustomize hashes names and follows references after all functions have run. It does so by the
annotations that it hands over with every object, so these are set aside and put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.content import left_unused
from renderer.checks.secrets.declared import Copies, declared_secrets
from renderer.checks.secrets.unsaid import without_values
from renderer.composition.composition import Composition, parametrize
from renderer.composition.stack import stack_of
from renderer.findings import Finding, Location, has_errors
from renderer.krm.resource_list import stream_fields, without
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kubernetes.manifests import (
    EMBED_ANNOTATION,
    NAME_HASH_ANNOTATION,
    SKIPPED_LABEL,
    USED_ANNOTATION,
    annotations_of,
    is_local_config,
    labels_of,
    metadata_of,
    object_ref,
)
from renderer.kustomize.name_hash import split_hash
from renderer.patching.final import Final
from renderer.repository.documents import read_cluster_fields, read_declared
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.checks.policy import Checks
    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.applying import Parametrized
    from renderer.parameters.model import ClusterDocument
    from renderer.patching.draft import Draft

# How an orchestrator finds its objects again: the prefix and `path`, `index` and `id` of the
# function specification, and kustomize's own (api/internal/plugins/utils: idAnnotation).
_INTERNAL = "internal.config.kubernetes.io/"
_NEEDS_HASH = f"{_INTERNAL}needsHashSuffix"
_RUNTIME = (
    "config.kubernetes.io/index",
    "config.kubernetes.io/path",
    "config.k8s.io/id",
    "kustomize.config.k8s.io/id",
)

_SKIPPED_LABELS = f'[{{pairs: {{{SKIPPED_LABEL}: "$(skipped)"}}}}]'


class Transformed(NamedTuple):
    """The objects after a Cluster was applied to them; of no use where a finding is an error."""

    items: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]


def transform(
    repository: str,
    directory: str,
    config: dict[str, Any],
    items: Sequence[dict[str, Any]],
    checks: Checks,
) -> Transformed:
    """Applies a Cluster to objects; those of our own group declare parameters.

    These are handed back with a mark, so that a Cluster of an outer kustomization does not write
    their defaults over these values. What is local-config passes as it is: `render build` does
    not see it. `directory` is where the function is listed, relative to the repository: what
    patch files are relative to.
    """
    fields = stream_fields(config)
    name = str(metadata_of(config).get("name", ""))
    source = read_cluster_fields(repository, directory, fields, (name,))
    objects = [item for item in items if _passed(item) is None]
    declarations = read_declared(
        (object_ref(item).name, stream_fields(item)) for item in items if _declares(item)
    )
    findings = [*source.findings, *declarations.findings, *_unnamed(source.document)]
    if not objects:
        findings.append(_nothing(fields.file))
    if findings:
        return Transformed((), tuple(findings))
    bare = [_bare(item) for item in objects]
    stack = stack_of("", [write(one) for one in bare], bare, ())
    composition = Composition(key="", stack=stack, declarations=declarations, checks=checks)
    work, _, findings = parametrize(composition, source.document, source.document.location)
    if has_errors(findings):
        return Transformed((), tuple(findings))
    if not any(SKIPPED_LABEL in labels_of(one) for one in objects):
        findings.append(_silent_skip(fields.file))
    done = iter(_finished(composition, work, objects, findings))
    results = [_passed(item) or next(done) for item in items]
    findings = without_values(findings, work.secrets.values(), stack.texts)
    return Transformed(tuple(results), tuple(findings))


def _finished(
    composition: Composition,
    work: Parametrized,
    objects: Sequence[dict[str, Any]],
    findings: list[Finding],
) -> list[dict[str, Any]]:
    """The objects with what was drafted for them, as kustomize goes on with them; verified."""
    finals = [*_finals(composition, work.drafts)]
    declared = declared_secrets(work.drafts.values(), composition.declarations.secret)
    declared += Copies(work.secrets).findings(finals, declared)
    found = composition.verification.verify_each(finals, declared).findings
    findings += left_unused(found, work.unused)
    results = []
    for final, item in zip(finals, objects, strict=True):
        findings += _by_content(final.manifest, item)
        results.append(_with_runtime(final.manifest, item, findings))
    return results


def _passed(item: dict[str, Any]) -> dict[str, Any] | None:
    """What is handed back of an object that is none of the cluster's; None for one that is."""
    if not _is_ours(item):
        return item if is_local_config(item) else None
    annotations = {**annotations_of(item), USED_ANNOTATION: "true"}
    return {**item, "metadata": {**item["metadata"], "annotations": annotations}}


def _finals(composition: Composition, drafts: Mapping[int, Draft]) -> Iterator[Final]:
    """The manifests with what was drafted for them; names are not sealed here."""
    for index, base in enumerate(composition.stack.manifests):
        draft = drafts.get(index)
        manifest = base._replace(data=draft.data) if draft and draft.is_changed else base
        text = composition.text(index, manifest, draft)
        yield Final(index=index, manifest=manifest, text=text, changes=None)


def _declares(item: Mapping[str, Any]) -> bool:
    return _is_ours(item) and USED_ANNOTATION not in annotations_of(item)


def _is_ours(item: Mapping[str, Any]) -> bool:
    return str(item["apiVersion"]).startswith(f"{OUR_GROUP}/")


def _is_runtime(annotation: str) -> bool:
    return annotation.startswith(_INTERNAL) or annotation in _RUNTIME


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    """An object as `render build` would see it: without what a runtime or a wrapper put on it."""
    bare = without(item, "annotations", _is_runtime)
    return without(bare, "labels", lambda label: label == SKIPPED_LABEL)


def _with_runtime(
    manifest: Manifest, item: dict[str, Any], findings: list[Finding]
) -> dict[str, Any]:
    """The final data with the runtime's annotations of the object that it was made from."""
    runtime = {key: value for key, value in annotations_of(item).items() if _is_runtime(key)}
    about = dict(metadata_of(manifest.data))
    own = about.get("annotations") or {}
    if not isinstance(own, dict):
        message = "the patch leaves annotations that are no mapping"
        hint = "write a mapping to /metadata/annotations, or one key below it"
        findings.append(Finding.error("bad-annotation", message, object=manifest.label, hint=hint))
    elif runtime:
        about["annotations"] = {**own, **runtime}
    return {**manifest.data, "metadata": about}


def _by_content(manifest: Manifest, item: dict[str, Any]) -> Iterator[Finding]:
    """Why an object cannot be completed before kustomize has fixed all names and references."""
    for annotation in (EMBED_ANNOTATION, NAME_HASH_ANNOTATION):
        if annotation in annotations_of(manifest.data):
            message = f"{annotation} needs the final names, and kustomize makes them afterwards"
            yield _needs_generator(manifest, message)
    hashes_later = annotations_of(item).get(_NEEDS_HASH) == "enabled"
    if (
        not hashes_later
        and manifest.stem != manifest.ref.name
        and split_hash(manifest.data) != manifest.stem
    ):
        message = "its name ends with the hash of its content, which has changed"
        yield _needs_generator(manifest, message)


def _needs_generator(manifest: Manifest, message: str) -> Finding:
    hint = "use the generator: a function configuration of kind Render"
    return Finding.error("needs-generator", message, object=manifest.label, hint=hint)


def _unnamed(document: ClusterDocument) -> Iterator[Finding]:
    """Why a Cluster cannot say what the objects are called: kustomize still names them."""
    place = next(iter(document.release.places.values()), None)
    if place:
        message = (
            "namePrefix and namespaces need the final names, and kustomize makes them afterwards"
        )
        hint = "use the generator: a function configuration of kind Render"
        yield Finding.error("needs-generator", message, place, hint=hint)


def _nothing(where: str) -> Finding:
    return Finding.error(
        "no-objects",
        "no objects were handed over to this Cluster",
        Location(where),
        hint="list it under transformers: of a kustomization that has resources:",
    )


def _silent_skip(where: str) -> Finding:
    return Finding.warning(
        "silent-skip",
        "nothing would tell the API server, or render check, that this function was skipped",
        Location(where),
        hint=f"label everything in its kustomization.yaml: labels: {_SKIPPED_LABELS}",
    )
