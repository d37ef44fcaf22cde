"""As which ServiceAccount Pods run, and whether they get its token.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import pod_of, text
from renderer.impacts.access.roles import ACCOUNT, Subject
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from renderer.impacts.model import ClusterObjects
    from renderer.kubernetes.manifests import Manifest


def account_of(manifest: Manifest) -> Subject:
    """The ServiceAccount of the Pods that a manifest is or makes."""
    pod = pod_of(manifest)
    spec = pod.spec if pod else {}
    name = text(spec.get("serviceAccountName")) or text(spec.get("serviceAccount")) or "default"
    return Subject(ACCOUNT, manifest.ref.namespace, name)


def has_token(manifest: Manifest, objects: ClusterObjects) -> bool:
    """Whether the token of its ServiceAccount is mounted into a Pod: the Pod has the last word."""
    pod = pod_of(manifest)
    own = pod.spec.get("automountServiceAccountToken") if pod else False
    if own is None:
        account = account_of(manifest)
        ref = ObjectRef("", ACCOUNT, account.namespace, account.name)
        found = objects.by_ref.get(ref)
        own = found.data.get("automountServiceAccountToken") if found else None
    return own is not False
