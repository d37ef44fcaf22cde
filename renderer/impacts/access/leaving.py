"""Namespaces that leave what selects them by their labels: nothing in them is refused any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.facts import labels_selected, pairs_of
from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.peers import NAME_LABEL
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.checks.facts import Labels
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
    relabelled = [
        (one.change.ref, _labels(one.old), _labels(one.new))
        for one in changes
        if one.old and one.new and _has_other_labels(one.old, one.new)
    ]
    if not relabelled:
        return
    old, new = dict(_selectors(sides.old)), dict(_selectors(sides.new))
    for ref, before, after in relabelled:
        for who, selector in new.items():
            if who in old and old[who].match(before) and not selector.match(after):
                reason = f"by its labels, {who} refuses nothing in it any more"
                field = "/metadata/labels"
                yield Consequence(Impact.OPENS_ACCESS, ref, reason, hint=_HINT, field=field)


def _has_other_labels(old: Manifest, new: Manifest) -> bool:
    is_namespace = (new.ref.group, new.ref.kind) == ("", "Namespace")
    return is_namespace and old.ref == new.ref and labels_of(old.data) != labels_of(new.data)


def _labels(namespace: Manifest) -> frozenset[tuple[str, str]]:
    return pairs_of(labels_of(namespace.data)) | {(NAME_LABEL, namespace.ref.name)}


def _selectors(objects: ClusterObjects) -> Iterator[tuple[str, Labels]]:
    """The selectors of Namespaces of what refuses objects, by its name."""
    for one in objects.of_kind(_ADMISSION, "ValidatingWebhookConfiguration"):
        for _, hook in mappings(one.data.get("webhooks")):
            who = f"{text(hook.get('name'))} of {one.ref.kind} {one.ref.name}"
            yield who, labels_selected(hook.get("namespaceSelector"))
    for kind, field in _POLICIES.items():
        for one in objects.of_kind(_ADMISSION, kind):
            matched = mapping(mapping(one.data.get("spec")).get(field))
            yield f"{kind} {one.ref.name}", labels_selected(matched.get("namespaceSelector"))
