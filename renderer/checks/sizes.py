"""How much an object may hold: what the API server refuses because there is too much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping
from renderer.kubernetes.manifests import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest

# pkg/apis/core/types.go MaxSecretSize, which counts for a ConfigMap too; the values without keys.
_MOST_DATA = 1024 * 1024
# apimachinery/pkg/api/validation/objectmeta.go TotalAnnotationSizeLimitB: keys and values.
_MOST_ANNOTATIONS = 256 * 1024
_ELSEWHERE = "mount a volume, or let an image hold it"


def oversized(manifest: Manifest) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Where there is too much: the path, what is wrong, in words without a value, and a hint."""
    data, ref = manifest.data, manifest.ref
    if (ref.group, ref.kind) in (("", "ConfigMap"), ("", "Secret")):
        size = _held(data, is_secret=ref.kind == "Secret")
        if size > _MOST_DATA:
            message = f"its values are {size} bytes, and a {ref.kind} holds at most {_MOST_DATA}"
            yield ("data",), message, _ELSEWHERE
    annotations = annotations_of(data)
    size = sum(_size(text) for one in annotations.items() for text in one)
    if size > _MOST_ANNOTATIONS:
        message = f"all annotations are {size} bytes, and may be {_MOST_ANNOTATIONS}"
        yield ("metadata", "annotations"), message, "let a ConfigMap hold what is so large"


def _held(data: Mapping[str, Any], *, is_secret: bool) -> int:
    """The bytes of all values: what is written in base64 counts as what it stands for."""
    plain, coded = mapping(data.get("data")), mapping(data.get("binaryData"))
    if is_secret:
        plain, coded = mapping(data.get("stringData")), plain
        coded = {key: coded[key] for key in coded if key not in plain}
    return sum(map(_size, plain.values())) + sum(map(_decoded, coded.values()))


def _size(value: Any) -> int:
    if not isinstance(value, str):
        return 0
    return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))


def _decoded(value: Any) -> int:
    """The bytes that a text in base64 stands for; Go passes over the ends of lines in it."""
    if not isinstance(value, str):
        return 0
    length = len(value) - value.count("\n") - value.count("\r")
    return length * 3 // 4 - value[-4:].count("=")
