"""Who of a cloud is somebody in a cluster of Amazon EKS, by the ConfigMap aws-auth.

https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html; how it is read:
kubernetes-sigs/aws-iam-authenticator, pkg/mapper/configmap/configmap.go (ParseMap, saveMap). What
cannot be read is as if it was not there, and of two entries for one identity the last counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.kubernetes.manifests import Manifest

NAME = "aws-auth"
FIELDS = ("mapRoles", "mapUsers", "mapAccounts")
NODES = "system:nodes"  # the group of the nodes of a cluster
_NOTHING = ("", "``", '""')


class Mapped(NamedTuple):
    """As whom an identity of the cloud speaks to the API server."""

    arn: str
    user: str
    groups: tuple[str, ...]


def roles_and_users(config: Mapping[str, Any]) -> dict[str, Mapped]:
    """The roles and users that are mapped, by the name that identities are compared by."""
    found = {}
    for field, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for _, one in mappings(entries(config, field)):
            arn = text(one.get(name))
            if arn:
                groups = tuple(texts(one.get("groups")))
                found[arn.lower()] = Mapped(arn, text(one.get("username")), groups)
    return found


def accounts(config: Mapping[str, Any]) -> set[str]:
    """The accounts of the cloud of which each identity is a user."""
    return {str(one) for one in entries(config, "mapAccounts") or () if isinstance(one, str | int)}


def nodes(config: Manifest | None) -> dict[str, str]:
    """The roles that are mapped to nodes, by the name that they are compared by."""
    known = roles_and_users(config.data) if config else {}
    return {key: one.arn for key, one in known.items() if NODES in one.groups}


def entries(config: Mapping[str, Any], field: str) -> list[Any] | None:
    """What a field lists; None where it cannot be read."""
    return _listed(text(mapping(config.get("data")).get(field)))


@lru_cache(maxsize=16)  # each is asked for several times
def _listed(written: str) -> list[Any] | None:
    from renderer.yamldoc.composing import read_documents
    from renderer.yamldoc.documents import YamlError

    if written.strip() in _NOTHING:
        return []
    try:
        found = read_documents(written.encode("utf-8", "surrogatepass"))[0].data
    except YamlError:
        return None
    if found is None:
        return []
    return found if isinstance(found, list) else None
