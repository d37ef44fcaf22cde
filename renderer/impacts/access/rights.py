"""Rights as RBAC gives them, and which of them include others.

The decisions are those of RuleAllows (plugin/pkg/auth/authorizer/rbac) and its matchers
(component-helpers/auth/rbac/validation, and pkg/apis/rbac/v1/evaluation_helpers.go).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from renderer.kubernetes.kinds import BUILT_IN_GROUPS, BUILT_IN_KINDS, is_namespaced, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALL = "*"
EVERYWHERE = ""  # as the namespace of a right

# https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verbs
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_MORE_VERBS = {
    ("certificates.k8s.io", "signers"): ("approve", "attest", "sign"),
    ("rbac.authorization.k8s.io", "clusterroles"): (*VERBS, "bind", "escalate"),
    ("rbac.authorization.k8s.io", "roles"): (*VERBS, "bind", "escalate"),
    ("", "groups"): ("impersonate",),
    ("", "serviceaccounts"): (*VERBS, "impersonate"),
    ("", "users"): ("impersonate",),
    ("authentication.k8s.io", "uids"): ("impersonate",),
}
# What the API server serves of subresources (its discovery, /api and /apis).
_OF_SUBRESOURCES = {
    "approval": ("get", "patch", "update"),
    "attach": ("create", "get"),
    "binding": ("create",),
    "ephemeralcontainers": ("get", "patch", "update"),
    "eviction": ("create",),
    "exec": ("create", "get"),
    "finalize": ("update",),
    "log": ("get",),
    "portforward": ("create", "get"),
    "proxy": ("create", "delete", "get", "patch", "update"),
    "resize": ("get", "patch", "update"),
    "scale": ("get", "patch", "update"),
    "status": ("get", "patch", "update"),
    "token": ("create",),
}
# Outside namespaces, where a RoleBinding gives nothing; but a Namespace is in the one of its name.
_CLUSTER_SCOPED = {
    (group, plural(kind))
    for group, kind in BUILT_IN_KINDS
    if not is_namespaced(group, kind) and (group, kind) != ("", "Namespace")
} | {
    ("", "groups"),
    ("", "users"),
    ("authentication.k8s.io", "uids"),
    ("authentication.k8s.io", "userextras"),
    ("certificates.k8s.io", "signers"),
}


class Right(NamedTuple):
    """One verb on a resource or on a path (`url`) that is none.

    `namespace` is where it holds, EVERYWHERE in all and outside of them. `resource` has its
    subresource (`pods/log`). Without a `name` it holds for all objects. `*` is as in a rule.
    """

    namespace: str
    verb: str
    group: str = ""
    resource: str = ""
    name: str | None = None
    url: str = ""

    @property
    def is_of_cluster(self) -> bool:
        """Whether what it is for is outside namespaces, as far as Kubernetes' own kinds tell."""
        return bool(self.url) or is_cluster_scoped(self.group, self.resource)


def is_cluster_scoped(group: str, resource: str) -> bool:
    """Whether a resource of Kubernetes' own, or a subresource of it, is outside namespaces."""
    return (group, resource.partition("/")[0]) in _CLUSTER_SCOPED


class Rights:
    """Rights that somebody has."""

    def __init__(self, rights: Iterable[Right]) -> None:
        self._all = frozenset(rights)
        self._urls = [one for one in self._all if one.url]

    def __iter__(self) -> Iterator[Right]:
        return iter(self._all)

    def include(self, right: Right) -> bool:
        """Whether somebody who has these may do all that a right allows.

        There is no end to names, namespaces and resources, so that a `*` is only included by
        a `*`, but for the verbs of what Kubernetes itself serves: these are known.
        """
        if right.url:
            return any(_includes_url(own, right) for own in self._urls)
        if not self._all.isdisjoint(wider(right)):
            return True
        verbs = verbs_of(right.group, right.resource) if right.verb == ALL else ()
        return bool(verbs) and all(self.include(right._replace(verb=verb)) for verb in verbs)

    def beyond(self, right: Right) -> list[Right]:
        """What a right allows beyond these: of known verbs only those that are missing."""
        if self.include(right):
            return []
        if right.verb == ALL and not right.url:
            verbs = verbs_of(right.group, right.resource)
            each = [right._replace(verb=verb) for verb in verbs]
            missing = [one for one in each if not self.include(one)]
            if len(missing) < len(each):
                return missing
        return [right]


def verbs_of(group: str, resource: str) -> tuple[str, ...]:
    """All verbs that there are for a resource of Kubernetes' own; empty where it is not known."""
    if group not in BUILT_IN_GROUPS or ALL in resource:
        return ()
    _, _, subresource = resource.partition("/")
    if subresource:
        return _OF_SUBRESOURCES.get(subresource, ())
    return _MORE_VERBS.get((group, resource)) or VERBS


def wider(right: Right) -> Iterator[Right]:
    """Every right that includes this one, itself too; of one on a path only itself."""
    if right.url:
        yield right
        return
    _, _, subresource = right.resource.partition("/")
    resources = {right.resource, ALL}
    if subresource:
        resources.add(f"{ALL}/{subresource}")
    for namespace, verb, group, resource, name in product(
        {right.namespace, EVERYWHERE},
        {right.verb, ALL},
        {right.group, ALL},
        resources,
        {right.name, None},
    ):
        yield Right(namespace, verb, group, resource, name)


def _includes_url(own: Right, other: Right) -> bool:
    if own.verb not in (other.verb, ALL) or not other.url:
        return False
    is_prefix = own.url.endswith(ALL) and other.url.startswith(own.url.rstrip(ALL))
    return own.url in (other.url, ALL) or is_prefix
