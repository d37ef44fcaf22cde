"""The order in which kustomize prints manifests, whatever their names have become."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.composition.composition import Rendered
    from renderer.composition.stack import Stack
    from renderer.kubernetes.manifests import Manifest


def stream(stack: Stack, rendered: Rendered) -> str:
    """One YAML stream of the manifests, in the order in which kustomize would print them."""
    return "---\n".join(text for _, text in in_order(stack, rendered))


def in_order(stack: Stack, rendered: Rendered) -> list[tuple[Manifest, str]]:
    """The manifests with their texts, in the order in which kustomize would print them.

    kustomize sorts the objects of a kind by namespace and name (its legacy order, unless the
    kustomization asks for another), and a hash that changed may change that order.
    """
    pairs = list(zip(rendered.manifests, rendered.texts, strict=True))
    if _is_sorted(stack.manifests):
        places = {kind: place for place, kind in enumerate(map(_kind, stack.manifests))}
        pairs.sort(key=lambda pair: (places.get(_kind(pair[0]), len(places)), _name(pair[0])))
    return pairs


def _is_sorted(manifests: Sequence[Manifest]) -> bool:
    neighbours = itertools.pairwise(manifests)
    return all(_kind(one) != _kind(next_) or _name(one) < _name(next_) for one, next_ in neighbours)


def _kind(manifest: Manifest) -> tuple[str, str]:
    return str(manifest.data["apiVersion"]), manifest.ref.kind


def _name(manifest: Manifest) -> tuple[str, str]:
    return manifest.ref.namespace or "~X", manifest.ref.name
