"""Names that follow content, computed as kustomize computes them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

HASH_LENGTH = 10

# kustomize avoids digits and letters that could spell words (api/hasher: encode).
_ENCODING = str.maketrans("013ae", "ghkmt")
_HASHED_KINDS = {"ConfigMap": ("binaryData",), "Secret": ("stringData",)}
_GO_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_GO_ESCAPE_TABLE = str.maketrans(_GO_ESCAPES)


def is_hashable(data: Mapping[str, Any]) -> bool:
    """Whether kustomize hashes this kind by its data: ConfigMap and Secret of the core group."""
    return data.get("apiVersion") == "v1" and data.get("kind") in _HASHED_KINDS


def name_hash(data: Mapping[str, Any]) -> str:
    """kustomize's name suffix of a ConfigMap or Secret (api/hasher: encodeConfigMap/Secret).

    Metadata is not part of it, and the name counts as empty.
    """
    kind = data["kind"]
    content: dict[str, Any] = {"kind": kind, "name": "", "data": _scalar_or_map(data, "data")}
    if kind == "Secret":
        content["type"] = _scalar_or_map(data, "type")
    for field in _HASHED_KINDS[kind]:
        if isinstance(data.get(field), dict):
            content[field] = data[field]
    return _digest(content)


def content_hash(data: Mapping[str, Any]) -> str:
    """The suffix of any object by its whole content but its name."""
    about = {key: value for key, value in data["metadata"].items() if key != "name"}
    return _digest({**data, "metadata": about})


def _scalar_or_map(data: Mapping[str, Any], field: str) -> Any:
    value = data.get(field, "")
    return "null" if value is None else value  # kustomize takes the text of every scalar


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.translate(_GO_ESCAPE_TABLE).encode()).hexdigest()
    return digest[:HASH_LENGTH].translate(_ENCODING)


def split_hash(data: Mapping[str, Any]) -> str | None:
    """The name without its hash suffix; None if the name does not end with the content's hash.

    kustomize's output does not say which names it hashed; the content does.
    """
    if not is_hashable(data):
        return None
    name = data.get("metadata", {}).get("name")
    if not isinstance(name, str) or name[-HASH_LENGTH - 1 : -HASH_LENGTH] != "-":
        return None
    stem = name[: -HASH_LENGTH - 1]
    return stem if stem and name_hash(data) == name[-HASH_LENGTH:] else None
