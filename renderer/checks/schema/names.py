"""What metadata.name may look like, by kind (Kubernetes docs, "Object Names and IDs")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.schema.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.kubernetes.kinds import Kind

_RBAC = "rbac.authorization.k8s.io"

# Where the form is not that of a DNS subdomain.
_FORMATS: Mapping[Kind, str] = {
    ("", "Namespace"): "dns-label",
    ("", "Service"): "dns-label",
    ("apps", "StatefulSet"): "dns-label",
    ("apiregistration.k8s.io", "APIService"): "path-segment",  # version.group, or version.
    ("certificates.k8s.io", "ClusterTrustBundle"): "path-segment",  # signer:name
    ("networking.k8s.io", "IPAddress"): "path-segment",  # the address
    (_RBAC, "ClusterRole"): "path-segment",
    (_RBAC, "ClusterRoleBinding"): "path-segment",
    (_RBAC, "Role"): "path-segment",
    (_RBAC, "RoleBinding"): "path-segment",
}

# Where it must leave room for what controllers append or make a label of.
_LONGEST: Mapping[Kind, int] = {("batch", "CronJob"): 52, ("batch", "Job"): 63}


def check_name(kind: Kind, name: str) -> str:
    """What is wrong with the name of an object of this kind; empty if it is well."""
    longest = _LONGEST.get(kind)
    if longest and len(name) > longest:
        return f"a name here has at most {longest} characters"
    return FORMATS[_FORMATS.get(kind, "dns-subdomain")](name)
