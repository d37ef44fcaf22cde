"""What Pods may do to their node after a change, and could not before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, text
from renderer.impacts.access.openings import Opening, is_below, name_of, openings
from renderer.impacts.fields import with_keys
from renderer.impacts.model import Consequence, Impact
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.pods import Pod
    from renderer.impacts.access.templates import Template
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_NODE_HINT = "take it out, or say in the review why the node has to be open to it"


def containers(pods: Iterable[Template]) -> Iterator[Consequence]:
    """What is open to Pods that was not."""
    for one in pods:
        for opening, path in _more(one.old, one.new).items():
            who = f"container {opening.container}" if opening.container else "its Pods"
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.ref,
                f"{who} {opening}",
                hint=_NODE_HINT,
                field=with_keys(one.holder, format_path(path)) if one.holder else "",
                is_predicted=one.is_custom,
            )


def _more(old: Pod | None, new: Pod) -> dict[Opening, Path]:
    """What was not open, each once: where a container only has another name, nothing is.

    Nor is, in a container that is new, what all are open to which say nothing.
    """
    # Empty is the name for what is of the Pod itself.
    known = {"", *(name_of(container) for _, container in old.containers)} if old else set()
    before = dict(openings(old)) if old else {}
    had = Counter((one.kind, one.of) for one in before)
    after = dict(openings(new))
    has = Counter((one.kind, one.of) for one in after)
    more = {
        one: path
        for one, path in after.items()
        if one not in before
        and (one.container in known or has[one.kind, one.of] > had[one.kind, one.of])
        and (one.container in known or not one.is_usual)
        and not any(own.includes(one) for own in before)
    }
    return {
        one: path
        for one, path in more.items()
        if not any(other.tells(one) for other in more if other != one)
    }


def volumes(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """The volumes that are a directory of their node, which no Pod Security looks at.

    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath and #local
    """
    for one in changes:
        (_, before), (field, after) = (_path_of_node(side) for side in (one.old, one.new))
        if after and not (before and is_below(after, before)):
            reason = f"who has a claim on it has the path {after} of a node"
            yield Consequence(
                Impact.OPENS_ACCESS,
                one.change.ref,
                reason,
                hint=_NODE_HINT,
                field=f"/spec/{field}",
            )


def _path_of_node(manifest: Manifest | None) -> tuple[str, str]:
    """The field of a volume that is a path of its node, and that path."""
    if manifest is None or (manifest.ref.group, manifest.ref.kind) != ("", "PersistentVolume"):
        return "", ""
    spec = mapping(manifest.data.get("spec"))
    paths = ((field, text(mapping(spec.get(field)).get("path"))) for field in ("hostPath", "local"))
    return next((one for one in paths if one[1]), ("", ""))
