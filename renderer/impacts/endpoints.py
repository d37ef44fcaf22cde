"""Where a Service leads to besides the Pods that it selects, as manifests say it.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import text
from renderer.kubernetes.manifests import ObjectRef, labels_of

if TYPE_CHECKING:
    from renderer.kubernetes.manifests import Manifest

_ENDPOINTS = ("", "Endpoints")
ENDPOINTS = (("discovery.k8s.io", "EndpointSlice"), _ENDPOINTS)
"""The kinds that say it."""


def service_of(endpoints: Manifest) -> ObjectRef:
    """The Service that an object of such a kind speaks of; one without a name if it says none."""
    if (endpoints.ref.group, endpoints.ref.kind) == _ENDPOINTS:
        name = endpoints.ref.name
    else:
        name = text(labels_of(endpoints.data).get("kubernetes.io/service-name"))
    return ObjectRef(group="", kind="Service", namespace=endpoints.ref.namespace, name=name)
