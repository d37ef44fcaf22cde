"""Kubernetes objects as values: a Manifest is never changed, only replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.errors import RenderError
from renderer.kubernetes.kinds import is_namespaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.kubernetes.kinds import Kind

EMBED_ANNOTATION = "renderer.gitops/embed"
NAME_HASH_ANNOTATION = "renderer.gitops/name-hash"
# A label that a wrapper puts on all objects, and our transformer takes off: see checks/skipped.
SKIPPED_LABEL = "renderer.gitops/skipped"
# On Parameters and Values that a transformer has written: those of an outer one leave them alone.
USED_ANNOTATION = "renderer.gitops/used"
ANNOTATIONS = (EMBED_ANNOTATION, NAME_HASH_ANNOTATION)  # that people write
DEFINITION = "CustomResourceDefinition"
LOCAL_CONFIG_ANNOTATION = "config.kubernetes.io/local-config"

# What kustomize puts in the place of a namespace where there is none (kyaml/resid).
_DEFAULT_NAMESPACE = "default"
_NO_NAMESPACE = "_non_namespaceable_"


class ObjectRef(NamedTuple):
    """The identity of an object in a cluster: the version is not part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


def is_secret(ref: ObjectRef) -> bool:
    """Whether an object is a Secret, and no custom resource of that kind."""
    return ref.kind == "Secret" and not ref.group


class Manifest(NamedTuple):
    """One object: its identity and its data, which nobody may change in place.

    `stem` is the name without the hash that follows its content; it equals `ref.name` for
    everything that is not named by content.
    """

    ref: ObjectRef
    data: dict[str, Any]
    stem: str

    @property
    def label(self) -> str:
        """The identity for people: without the hash that changes with every content."""
        return str(self.ref._replace(name=self.stem))


def metadata_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata of an object, empty where it is missing or not a mapping."""
    found = data.get("metadata")
    return found if isinstance(found, dict) else {}


def annotations_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The annotations of an object, empty where there are none."""
    found = metadata_of(data).get("annotations")
    return found if isinstance(found, dict) else {}


def is_local_config(data: Mapping[str, Any]) -> bool:
    """Whether kustomize leaves an object out of its output (kyaml/kio/filters: IsLocalConfig)."""
    return bool(annotations_of(data).get(LOCAL_CONFIG_ANNOTATION, "false") != "false")


def labels_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The labels of an object, empty where there are none."""
    found = metadata_of(data).get("labels")
    return found if isinstance(found, dict) else {}


def object_ref(data: Mapping[str, Any]) -> ObjectRef:
    """The identity that an object's data claims; absent parts are empty."""
    group, _, _ = str(data.get("apiVersion", "")).rpartition("/")
    about = metadata_of(data)
    return ObjectRef(
        group=group,
        kind=str(data.get("kind", "")),
        namespace=str(about.get("namespace") or ""),
        name=str(about.get("name") or ""),
    )


def defined_kind(data: Mapping[str, Any]) -> Kind | None:
    """The kind that an object defines; None if it is no definition of one."""
    spec = data.get("spec") if data.get("kind") == DEFINITION else None
    names = spec.get("names") if isinstance(spec, dict) else None
    if isinstance(spec, dict) and isinstance(names, dict):
        return str(spec.get("group", "")), str(names.get("kind", ""))
    return None


def namespaces_of(manifests: Iterable[Manifest]) -> frozenset[str]:
    """The namespaces that objects are in, and those that are among the objects."""
    refs = [one.ref for one in manifests]
    found = {one.namespace for one in refs}
    found |= {one.name for one in refs if (one.group, one.kind) == ("", "Namespace")}
    return frozenset(found - {""})


def effective_namespace(ref: ObjectRef) -> str:
    """The namespace as kustomize's selectors see it (kyaml/resid: EffectiveNamespace)."""
    if is_namespaced(ref.group, ref.kind) is False:
        return _NO_NAMESPACE
    return ref.namespace or _DEFAULT_NAMESPACE


def version(data: Mapping[str, Any]) -> str:
    """The version part of apiVersion."""
    return str(data.get("apiVersion", "")).rpartition("/")[2]


def expand_lists(objects: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The objects of a stream with every `kind: ...List` replaced by its items, as kubectl does.

    Raises RenderError for an entry that is not a Kubernetes object.
    """
    for entry in objects:
        if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
            raise RenderError(f"not a Kubernetes object: {_excerpt(entry)}")
        items = entry.get("items")
        if entry["kind"].endswith("List") and isinstance(items, list):
            yield from expand_lists(items)
        else:
            yield entry


def _excerpt(entry: object) -> str:
    text = repr(entry)
    return text if len(text) <= 60 else text[:57] + "..."
