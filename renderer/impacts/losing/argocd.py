"""What Argo CD takes away of what its objects have brought into a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.fields import spec_of
from renderer.impacts.losing.generators import made, stated
from renderer.impacts.losing.lost import APPLIED, KEEP, PRUNED, Lost, from_now_on, may_lose
from renderer.impacts.losing.sources import repository, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.impacts.model import Consequence, Sides
    from renderer.kubernetes.manifests import Manifest, ObjectRef

APPLICATION = ("argoproj.io", "Application")
APPLICATION_SET = ("argoproj.io", "ApplicationSet")

_RESOURCES = "resources-finalizer.argocd.argoproj.io"
_GENERATED = "its Applications are deleted with it, and all that they have applied"
_UNGENERATED = "Applications that it makes no more are deleted, and all that they have applied"
# Of a source, what says how each object is, and neither which there are nor what they are called.
_VALUES = frozenset(["name", "ref", "targetRevision"])
_OF_TOOLS = {
    "helm": frozenset(
        [
            *("apiVersions", "fileParameters", "ignoreMissingValueFiles", "kubeVersion"),
            *("parameters", "passCredentials", "skipSchemaValidation", "valueFiles", "values"),
            *("valuesObject", "version"),
        ]
    ),
    "kustomize": frozenset(
        [
            *("apiVersions", "commonAnnotations", "commonAnnotationsEnvsubst", "commonLabels"),
            *("forceCommonAnnotations", "forceCommonLabels", "ignoreMissingComponents", "images"),
            *("kubeVersion", "labelIncludeTemplates", "labelWithoutSelector", "replicas"),
            "version",
        ]
    ),
}

_Data = dict[str, Any]


def application(old: Manifest, _sides: Sides) -> Lost | None:
    """https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"""
    return Lost(APPLIED, hint=KEEP) if _takes_along(old) else None


def application_set(old: Manifest, _sides: Sides) -> Lost | None:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion/"""
    return None if _preserves(old) else Lost(_GENERATED, hint=KEEP)


def kept_application(
    old: Manifest, new: Manifest, ref: ObjectRef, _sides: Sides
) -> Iterator[Consequence]:
    """What an Application takes along from now on, or prunes as it is elsewhere.

    https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning
    """
    if _takes_along(new) and not _takes_along(old):
        yield from_now_on(ref, APPLIED)
    yield from _pruned(spec_of(old), spec_of(new), ref, "/spec")


def kept_application_set(
    old: Manifest, new: Manifest, ref: ObjectRef, _sides: Sides
) -> Iterator[Consequence]:
    """What an ApplicationSet deletes of Applications, or they of what they have applied."""
    if not _preserves(new) and _preserves(old):
        yield from_now_on(ref, _GENERATED)
    before, after = (mapping(spec_of(one).get("template")) for one in (old, new))
    field = _unmade(spec_of(old), spec_of(new), before, after)
    if field and not _preserves(new):
        yield may_lose(ref, _UNGENERATED, f"/spec/{field}")
    yield from _pruned(
        mapping(before.get("spec")), mapping(after.get("spec")), ref, "/spec/template/spec"
    )


def _takes_along(manifest: Manifest) -> bool:
    finalizers = mapping(manifest.data.get("metadata")).get("finalizers")
    return any(str(one).startswith(_RESOURCES) for one in finalizers or ())


def _preserves(manifest: Manifest) -> bool:
    policy = mapping(spec_of(manifest).get("syncPolicy"))
    return policy.get("preserveResourcesOnDeletion") is True


def _unmade(old: _Data, new: _Data, before: _Data, after: _Data) -> str:
    """The field by which Applications are made no more; `before` and `after` are the templates.

    https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Controlling-Resource-Modification/
    """
    policy = text(mapping(new.get("syncPolicy")).get("applicationsSync"))
    if policy in ("create-only", "create-update"):
        return ""
    names = [
        [mapping(one.get("metadata")).get(key) for key in ("name", "namespace")]
        for one in (before, after)
    ]
    if names[0] != names[1]:
        return "template/metadata"
    was, now = (made(one.get("generators"), text(names[1][0])) for one in (old, new))
    return "" if now.has_all_of(was) else "generators"


def _pruned(old: _Data, new: _Data, ref: ObjectRef, field: str) -> Iterator[Consequence]:
    """Where it is synced to another namespace, or without a source of before; by itself."""
    automated = mapping(mapping(new.get("syncPolicy")).get("automated"))
    if automated.get("prune") is not True or automated.get("enabled") is False:
        return
    before, after = (mapping(one.get("destination")).get("namespace") for one in (old, new))
    if before != after:
        yield may_lose(ref, PRUNED, f"{field}/destination/namespace")
    elif not all(any(_holds(now, was) for now in _sources(new, ref)) for was in _sources(old, ref)):
        yield may_lose(ref, PRUNED, field)


def _sources(spec: _Data, ref: ObjectRef) -> list[_Data]:
    """The sources of manifests, each as what says which objects there are, and their names."""
    written = [mapping(spec.get("source")), *(one for _, one in mappings(spec.get("sources")))]
    making = [one for one in written if one and (not one.get("ref") or {"path", "chart"} & {*one})]
    return [_place(one, ref) for one in (*making, *_hydrated(spec))]


def _hydrated(spec: _Data) -> Iterator[_Data]:
    """https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/: what is written in one
    place is rendered into a branch, and synced from there."""
    about = mapping(spec.get("sourceHydrator"))
    if about:
        synced = mapping(about.get("syncSource"))
        own = {"branch": synced.get("targetBranch"), "synced": synced.get("path")}
        yield {**mapping(about.get("drySource")), **own}


def _place(source: _Data, ref: ObjectRef) -> _Data:
    place = {key: value for key, value in source.items() if key not in _VALUES}
    place["repoURL"] = repository(text(source.get("repoURL")))
    place["path"] = steps(source.get("path"))
    for tool, values in _OF_TOOLS.items():
        about = {
            key: value for key, value in mapping(source.get(tool)).items() if key not in values
        }
        place[tool] = about
        if about.get("releaseName") == ref.name:
            del about["releaseName"]
        if "$patch" not in stated(about.get("patches")):
            about.pop("patches", None)
    return place


def _holds(now: _Data, was: _Data) -> bool:
    """Whether a source has all that another had: the same, or more of the same directory."""
    before, after = (mapping(one.get("directory")) for one in (was, now))
    parts, more = (texts(mapping(one.get("kustomize")).get("components")) for one in (was, now))
    is_more = after.get("recurse") or not before.get("recurse")
    same = [
        stated(
            {
                **one,
                "directory": {**mapping(one.get("directory")), "recurse": None},
                "kustomize": {**mapping(one.get("kustomize")), "components": None},
            }
        )
        for one in (was, now)
    ]
    return bool(is_more) and {*parts} <= {*more} and same[0] == same[1]
