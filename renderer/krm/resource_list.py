"""The ResourceList that a function reads and writes, and the places in it for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.errors import RenderError
from renderer.findings import Location
from renderer.kubernetes.manifests import metadata_of, object_ref
from renderer.parameters.fields import Fields
from renderer.patching.pointing import format_path
from renderer.yamldoc.documents import Document, Place, Position
from renderer.yamldoc.reading import YamlError, check_safe, read_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from renderer.parameters.fields import Path

API_VERSION = "config.kubernetes.io/v1"
KIND = "ResourceList"

LARGEST = 64 * 1024 * 1024  # bytes
_HINT = "a KRM function reads what kustomize hands over; see render krm --help"


class ResourceList(NamedTuple):
    """What a function is given; `data` is all of it, and nobody may change it in place."""

    data: dict[str, Any]
    items: tuple[dict[str, Any], ...]
    config: dict[str, Any]

    def with_items(self, items: Iterable[dict[str, Any]]) -> str:
        """The text of the list with other items and the rest as it was."""
        from renderer.yamldoc.writing import write  # not before kustomize runs

        return write({**self.data, "items": list(items)})


class StreamFields(Fields):
    """The fields of a document that came in a stream: places are names and paths, not lines."""

    __slots__ = ()

    def at(self, path: Sequence[str | int]) -> Location:
        return Location(f"{self.file} {format_path(path)}" if path else self.file)

    def at_key(self, path: Sequence[str | int]) -> Location:
        return self.at(path)

    def string_document(self, path: Path, document: Document) -> Fields:
        return StreamFields(str(self.at(path)), document)


def stream_fields(data: dict[str, Any]) -> StreamFields:
    """The fields of one object of a ResourceList."""
    ref = object_ref(data)
    label = str(ref._replace(group="", namespace="")).strip()
    root = Place(line=0, column=0, key_line=0, key_column=0)
    document = Document(data=data, position=Position(0, 0), ambiguities=(), _root=root)
    return StreamFields(label, document)


def without(data: dict[str, Any], field: str, is_foreign: Callable[[str], bool]) -> dict[str, Any]:
    """An object without some of its annotations or labels, and without a field that held no
    others."""
    found = metadata_of(data).get(field) or {}
    kept = {key: value for key, value in found.items() if not is_foreign(key)}
    if len(kept) == len(found):
        return data
    about = {key: value for key, value in data["metadata"].items() if key != field or kept}
    if kept:
        about[field] = kept
    return {**data, "metadata": about}


def read_resource_list(source: bytes) -> ResourceList:
    """Reads what stands on stdin. Raises RenderError for what is no ResourceList."""
    data = _only_document(source)
    if not isinstance(data, dict) or data.get("kind") != KIND:
        kind = data.get("kind") if isinstance(data, dict) else None
        what = f"a {kind}, no {KIND}" if isinstance(kind, str) else f"no {KIND}"
        raise RenderError(f"stdin holds {what}", hint=_HINT)
    if data.get("apiVersion") != API_VERSION:
        version = data.get("apiVersion")
        shown = f"of {version}" if isinstance(version, str) else "without an apiVersion"
        raise RenderError(f"the {KIND} is {shown}, and should be of {API_VERSION}")
    config = data.get("functionConfig")
    if not isinstance(config, dict):
        what = "no functionConfig" if config is None else "a functionConfig that is no mapping"
        hint = "it is a Render (as a generator) or a Cluster (as a transformer)"
        raise RenderError(f"the {KIND} has {what}", hint=hint)
    _check_object("functionConfig", config)
    return ResourceList(data, _items(data.get("items")), config)


def _only_document(source: bytes) -> Any:
    if len(source) > LARGEST:
        raise RenderError(f"stdin holds more than {LARGEST // 1024**2} MiB")
    try:
        check_safe(source)
        documents = read_stream(source)
    except YamlError as error:
        place = f":{error.line}:{error.column}" if error.line else ""
        raise RenderError(f"stdin{place}: {error.message}", hint=error.hint) from None
    if not documents:
        raise RenderError(f"stdin is empty, and should hold a {KIND}", hint=_HINT)
    if len(documents) > 1:
        raise RenderError(f"stdin holds {len(documents)} documents, and should hold one {KIND}")
    return documents[0]


def _items(items: object) -> tuple[dict[str, Any], ...]:
    if items is None:
        return ()
    if not isinstance(items, list):
        raise RenderError(f"the items of the {KIND} must be a list")
    for index, item in enumerate(items):
        _check_object(f"items[{index}]", item)
    return tuple(items)


def _check_object(place: str, data: object) -> None:
    """Refuses what is no Kubernetes object. What it is is not shown: it may be a secret."""
    if not isinstance(data, dict):
        raise RenderError(f"{place} of the {KIND} is no mapping, and should be an object")
    for field in ("apiVersion", "kind"):
        if not isinstance(data.get(field), str) or not data[field]:
            raise RenderError(f"{place} of the {KIND} has no {field}")
    about = data.get("metadata")
    if not isinstance(about, dict):
        raise RenderError(f"{place} of the {KIND} ({data['kind']}) has no metadata")
    for field in ("annotations", "labels"):
        found = about.get(field)
        if found is not None and not isinstance(found, dict):
            raise RenderError(f"{place} of the {KIND} ({data['kind']}): {field} must be a mapping")
