"""The order in which kustomize prints manifests, whatever their names have become."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.composition.composition import Rendered
    from renderer.composition.stack import Stack
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.final import Final


def stream(stack: Stack, rendered: Rendered) -> str:
    """One YAML stream of the manifests, in the order in which kustomize would print them."""
    return "---\n".join(one.text for one in in_order(stack, rendered))


def in_order(stack: Stack, rendered: Rendered) -> list[Final]:
    """The manifests in the order in which kustomize would print them.

    kustomize sorts the objects of a kind by namespace and name (its legacy order, unless the
    kustomization asks for another), and a hash that changed may change that order.
    """
    if not _is_sorted(stack.manifests):
        return [*rendered.finals]
    ranks = {kind: rank for rank, kind in enumerate(map(_kind, stack.manifests))}

    def rank(final: Final) -> tuple[int, tuple[str, str]]:
        return ranks.get(_kind(final.manifest), len(ranks)), _name(final.manifest)

    return sorted(rendered.finals, key=rank)


def _is_sorted(manifests: Sequence[Manifest]) -> bool:
    neighbours = itertools.pairwise(manifests)
    return all(_kind(one) != _kind(next_) or _name(one) < _name(next_) for one, next_ in neighbours)


def _kind(manifest: Manifest) -> tuple[str, str]:
    return str(manifest.data["apiVersion"]), manifest.ref.kind


def _name(manifest: Manifest) -> tuple[str, str]:
    return manifest.ref.namespace or "~X", manifest.ref.name
