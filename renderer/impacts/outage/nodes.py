"""Nodes that the API server does not know any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.impacts import aws_auth
from renderer.impacts.outage.foretold import foretold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides
    from renderer.kubernetes.manifests import Manifest

_REF = ("", "ConfigMap", "kube-system", aws_auth.NAME)
_HINT = "keep the entry for as long as there are such nodes, or say in the review what lets them in"
_WRITTEN = "mend the text: who reads it takes none of its entries"


def unknown_nodes(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The nodes of Amazon EKS that aws-auth lets in no more, and entries that cannot be read.

    A cluster may know its nodes by access entries too, of which no manifest tells.
    """
    for one in changes:
        if one.old is None or tuple(one.old.ref) != _REF or not (one.new or sides.new.all):
            continue
        unread = [
            field for field in aws_auth.FIELDS if one.new and _is_lost(field, one.old, one.new)
        ]
        for field in unread:
            reason = f"{field} cannot be read any more: none of those that it lists is let in"
            yield foretold(one.change.ref, reason, _WRITTEN, f"/data/{field}")
        after = aws_auth.nodes(one.new)
        for key, arn in aws_auth.nodes(one.old).items():
            if key not in after and "mapRoles" not in unread:
                reason = f"nodes with the role {arn} are not let in any more: they become NotReady"
                yield foretold(one.change.ref, reason, _HINT)


def _is_lost(field: str, old: Manifest, new: Manifest) -> bool:
    return bool(aws_auth.entries(old.data, field)) and aws_auth.entries(new.data, field) is None
