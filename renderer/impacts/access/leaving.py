"""Namespaces that leave what selects them by their labels: nothing in them is refused any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.facts import labels_selected, pairs_of
from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.peers import NAME_LABEL
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import ClusterObjects, Sides
    from renderer.kubernetes.manifests import Manifest

_HINT = "keep the labels, or say in the review what refuses the same now"
_ADMISSION = "admissionregistration.k8s.io"
# Where the fields are by which policies and their bindings select.
_POLICIES = {
    "ValidatingAdmissionPolicy": "matchConstraints",
    "ValidatingAdmissionPolicyBinding": "matchResources",
}


def leaving(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The Namespaces whose labels took them out of the reach of webhooks and policies."""
    left = [one for one in changes if _has_other_labels(one)]
    if not left:
        return
    old, new = dict(_selectors(sides.old)), dict(_selectors(sides.new))
    for one in left:
        for who, selector in new.items():
            if (
                one.old
                and one.new
                and _selects(old.get(who), one.old)
                and not _selects(selector, one.new)
            ):
                reason = f"by its labels, {who} refuses nothing in it any more"
                yield Consequence(
                    Impact.OPENS_ACCESS,
                    one.change.ref,
                    reason,
                    hint=_HINT,
                    field="/metadata/labels",
                )


def _has_other_labels(one: Changed) -> bool:
    if one.old is None or one.new is None or one.old.ref != one.new.ref:
        return False
    is_namespace = (one.new.ref.group, one.new.ref.kind) == ("", "Namespace")
    return is_namespace and labels_of(one.old.data) != labels_of(one.new.data)


def _selectors(objects: ClusterObjects) -> Iterator[tuple[str, dict[str, Any]]]:
    """The selectors of Namespaces of what refuses objects, by its name."""
    for one in objects.of_kind(_ADMISSION, "ValidatingWebhookConfiguration"):
        for _, hook in mappings(one.data.get("webhooks")):
            selector = mapping(hook.get("namespaceSelector"))
            yield f"{text(hook.get('name'))} of {one.ref.kind} {one.ref.name}", selector
    for kind, field in _POLICIES.items():
        for one in objects.of_kind(_ADMISSION, kind):
            matched = mapping(mapping(one.data.get("spec")).get(field))
            yield f"{kind} {one.ref.name}", mapping(matched.get("namespaceSelector"))


def _selects(selector: dict[str, Any] | None, namespace: Manifest) -> bool:
    if selector is None:
        return False
    own = pairs_of(labels_of(namespace.data)) | {(NAME_LABEL, namespace.ref.name)}
    return labels_selected(selector).match(own)
