"""Who gets what is sent to a Service, and is none of its Pods.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/: whoever writes one that
names a Service is heard beside the controller that looks for its Pods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings, text, texts
from renderer.impacts.access.wording import listed
from renderer.impacts.endpoints import ENDPOINTS, service_of
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who answers there; a Service without a selector is for that"


def diverted(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """Addresses that are added to those of a Service, which selects Pods."""
    for one in changes:
        if one.new is None or (one.new.ref.group, one.new.ref.kind) not in ENDPOINTS:
            continue
        service = sides.new.by_ref.get(service_of(one.new))
        if service is None or not mapping(mapping(service.data.get("spec")).get("selector")):
            continue
        is_same = one.old is not None and service_of(one.old) == service.ref
        before = {*_addresses(one.old)} if one.old and is_same else set()
        added = [address for address in _addresses(one.new) if address not in before]
        if added:
            reason = f"what is sent to {service.label} also goes to {listed(added)}"
            yield Consequence(
                Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, is_predicted=True
            )


def _addresses(manifest: Manifest) -> Iterator[str]:
    for _, endpoint in mappings(manifest.data.get("endpoints")):
        yield from texts(endpoint.get("addresses"))
    for _, subset in mappings(manifest.data.get("subsets")):
        for _, address in mappings(subset.get("addresses")):
            yield text(address.get("ip"))
