"""The objects in the files of trees, by identities that a new hash does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.kustomize.name_hash import HASH_LENGTH, content_hash, split_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.yamldoc.sharing import Sharing


def read_objects(content: bytes, reader: Sharing) -> Iterator[Manifest]:
    """The objects in a file of a tree; `stem` is the name without a hash of the content.

    Raises YamlError for what is not YAML as it is written by machines.
    """
    for data in _each(reader.read_stream(content)):
        ref = object_ref(data)
        yield Manifest(ref, data, _stem(data, ref.name))


def _each(documents: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The objects among documents, also those in a list, which kubectl takes one by one."""
    for data in documents:
        if not isinstance(data, dict) or not isinstance(kind := data.get("kind"), str):
            continue
        items = data.get("items") if kind.endswith("List") else None
        if isinstance(items, list) and all(
            isinstance(one, dict) and "kind" in one for one in items
        ):
            yield from _each(items)
        else:
            yield data  # also a list of what is no object: something has to tell of it


def _stem(data: Mapping[str, Any], name: str) -> str:
    """The name without the hash that kustomize, or a name by content, has put behind it."""
    stem = split_hash(data)
    if stem:
        return stem
    head, _, last = name.rpartition("-")
    is_hashed = head and len(last) == HASH_LENGTH and content_hash(data) == last
    return head if is_hashed else name
