"""Patches of the documents that render reads itself: kustomize changes what nobody looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from renderer.findings import Finding
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kustomize.refusal.objects import value_of, written
from renderer.kustomize.refusal.operations import operations_in
from renderer.kustomize.silent.whole import group_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.refusal.patches import Patch
    from renderer.kustomize.silent.whole import Whole

_KINDS: Final = ("Parameters", "Values")
_CHANGING: Final = ("spec", "$patch")
_HINT: Final = "set parameters in cluster.yaml, or in Values of a component; else edit the document"


def patched_documents(whole: Whole) -> Iterator[Finding]:
    """An error for each patch that is for Parameters or Values, and changes more than metadata.

    A target that names neither kind means other objects, though it may select these as well.
    """
    for patch in whole.patches:
        kind = _kind(whole, patch)
        if kind and _changes_more_than_metadata(patch):
            message = f"a patch cannot change {kind}: render reads them as they are written"
            yield Finding.error("patched-document", message, patch.location, hint=_HINT)


def _kind(whole: Whole, patch: Patch) -> str:
    """Which of the two kinds a patch names, if it is for ours."""
    target = patch.target
    kind = target.get("kind", "")
    if kind in _KINDS:
        found = whole.objects(kind, target.get("name", ""))
        return kind if any(group_of(one) == OUR_GROUP for one in found) else ""
    if target or patch.text is None:
        return ""
    ours = (one.kind for one in written(patch.text) if group_of(one) == OUR_GROUP)
    return next((kind for kind in ours if kind in _KINDS), "")


def _changes_more_than_metadata(patch: Patch) -> bool:
    operations = [one for one in operations_in(patch) if one.text("op")]
    if operations:
        return any(not one.text("path").startswith("/metadata/") for one in operations)
    objects = written(patch.text) if patch.text else ()
    return any(value_of(one.node, name) for one in objects if one.node for name in _CHANGING)
