"""Stacks: what kustomize composes, shared by all clusters with the same inputs."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from renderer.cache import own_fingerprint
from renderer.errors import RenderError
from renderer.kubernetes.manifests import Manifest, expand_lists, object_ref
from renderer.kustomize.closure import is_unchanged
from renderer.kustomize.engine import Built, build_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from renderer.cache import Cache
    from renderer.kustomize.closure import Closure
    from renderer.kustomize.policy import Policy
    from renderer.kustomize.program import Engine

_SEPARATOR = "---\n"


class Stack(NamedTuple):
    """The manifests of one composition and their text, in the engine's order.

    A stack is settled if nothing that it was made from was edited meanwhile: of any other it
    is not known from which content it is.
    """

    key: str
    manifests: tuple[Manifest, ...]
    texts: tuple[str, ...]
    warnings: tuple[str, ...]
    settled: bool = True


def stack_key(closure: Closure, engine: Engine) -> str:
    """Names what the engine would print: all that it reads, the engine, and our own code."""
    parts = "\0".join((closure.digest, engine.fingerprint, own_fingerprint()))
    return hashlib.sha256(parts.encode()).hexdigest()


def compose(
    closures: Mapping[str, Closure],
    engine: Engine,
    policy: Policy,
    cache: Cache | None,
    meanwhile: Callable[[bool], None],
) -> dict[str, Stack | RenderError]:
    """The stack for each key: from the cache, or by running the engine two at a time.

    `closures` maps keys to one closure that has it. An error is a value here, because other
    clusters can still be rendered. `meanwhile` is called once, before any stack is found to
    be settled: with True while the engine is running, with False where it need not.
    """
    stacks: dict[str, Stack | RenderError] = {}
    kept = {
        key: cache.get("stack", key) if cache and closure.pinned else None
        for key, closure in closures.items()
    }
    missing = [key for key, found in kept.items() if found is None]
    if not missing:
        meanwhile(False)
    roots = [closures[key].root for key in missing]
    here = partial(meanwhile, True)
    composing = build_all(engine, roots, policy, meanwhile=here) if missing else ()
    for index, built in composing:
        key = missing[index]
        stacks[key] = _built(key, built)
        stack = stacks[key]
        if not isinstance(stack, Stack):
            continue
        # A file that was edited while the engine ran must not be kept under its old content.
        if not is_unchanged(closures[key], policy, cache):
            stacks[key] = stack._replace(settled=False)
        elif cache and closures[key].pinned:
            cache.put("stack", key, _freeze(stack))
    for key, found in kept.items():
        if found is not None:
            settled = is_unchanged(closures[key], policy, cache)
            stacks[key] = _thaw(key, found)._replace(settled=settled)
    return stacks


def _built(key: str, built: Built | RenderError) -> Stack | RenderError:
    if isinstance(built, RenderError):
        return built
    try:
        texts, objects = split_stream(built.text)
    except RenderError as error:
        return error
    return stack_of(key, texts, objects, built.warnings)


def split_stream(text: str) -> tuple[list[str], list[dict[str, object]]]:
    """The documents of the engine's stream, as text and as data; lists are expanded."""
    from renderer.yamldoc.reading import read_stream
    from renderer.yamldoc.writing import write

    # Only the one line break before a separator goes: those before it end a block scalar.
    parts = text.removeprefix(_SEPARATOR).removesuffix("\n").split(f"\n{_SEPARATOR}")
    texts = [f"{part}\n" for part in parts if part.strip()]
    objects = [data for data in read_stream(text) if data is not None]
    if len(texts) != len(objects):
        raise RenderError("the engine printed a stream that cannot be split into documents")
    expanded: list[tuple[str, dict[str, object]]] = []
    for part, data in zip(texts, objects, strict=True):
        inner = list(expand_lists([data]))
        if len(inner) == 1 and inner[0] is data:
            expanded.append((part, inner[0]))
        else:
            expanded += [(write(one), one) for one in inner]
    return [part for part, _ in expanded], [data for _, data in expanded]


def stack_of(
    key: str, texts: Sequence[str], objects: Iterable[dict[str, object]], warnings: Sequence[str]
) -> Stack:
    """The stack of objects with their texts."""
    from renderer.kustomize.name_hash import split_hash

    refs = [(object_ref(data), data) for data in objects]
    manifests = tuple(Manifest(ref, data, split_hash(data) or ref.name) for ref, data in refs)
    return Stack(key=key, manifests=manifests, texts=tuple(texts), warnings=tuple(warnings))


def _freeze(stack: Stack) -> bytes:
    objects = [manifest.data for manifest in stack.manifests]
    return json.dumps([stack.texts, objects, stack.warnings]).encode()


def _thaw(key: str, kept: bytes) -> Stack:
    texts, objects, warnings = json.loads(kept)
    return stack_of(key, texts, objects, warnings)
