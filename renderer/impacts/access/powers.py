"""Rights that reach further than they say.

The table follows https://kubernetes.io/docs/concepts/security/rbac-good-practices/ (privilege
escalation risks); a row with another source names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.access.rights import Right
from renderer.impacts.access.wording import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.impacts.access.rights import Rights

_READ = ("get", "list", "watch")
_MAKE = ("create",)
_CHANGE = ("create", "patch", "update")
_EDIT = ("patch", "update")
_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_CERTIFICATES = "certificates.k8s.io"


class Target(NamedTuple):
    """Verbs on resources of one group; each of them alone is enough."""

    verbs: tuple[str, ...]
    group: str
    resources: tuple[str, ...]

    def rights(self, namespace: str, name: str | None) -> Iterator[Right]:
        for verb in self.verbs:
            for resource in self.resources:
                yield Right(namespace, verb, self.group, resource, name)


class Power(NamedTuple):
    """What any of some rights is enough for; `does` follows "may", `{where}` is the namespace."""

    name: str
    targets: tuple[Target, ...]
    does: str


RUN_PODS = Power(
    "run Pods",
    (
        Target(_MAKE, "", ("pods",)),
        Target(_CHANGE, "", ("replicationcontrollers",)),
        Target(_CHANGE, "apps", ("daemonsets", "deployments", "replicasets", "statefulsets")),
        Target(_CHANGE, "batch", ("cronjobs",)),
        Target(_MAKE, "batch", ("jobs",)),  # their template cannot be changed
    ),
    "run Pods {where}, with every ServiceAccount, Secret, ConfigMap and claim there",
)
ENTER_PODS = Power(
    "enter Pods",
    (
        Target(("create", "get"), "", ("pods/attach", "pods/exec")),
        Target(_EDIT, "", ("pods", "pods/ephemeralcontainers")),  # an image can be changed
    ),
    "act inside of the Pods {where}, with their ServiceAccounts and Secrets",
)
MAKE_TOKENS = Power(
    "make tokens",
    (Target(_MAKE, "", ("serviceaccounts/token",)),),
    "get a token of {what} {where}",
)
BE_ACCOUNTS = Power(
    "impersonate ServiceAccounts",
    (Target(("impersonate",), "", ("serviceaccounts",)),),
    "act as {what} {where}",
)
ENTER_NODES = Power(
    "enter nodes",
    (Target(("create", "get"), "", ("nodes/proxy",)),),
    "run commands in every Pod of the nodes, past the API server and its audit log",
)
READ_SECRETS = Power(
    "read Secrets", (Target(_READ, "", ("secrets",)),), "read {what} {where}, tokens too"
)

POWERS = (
    RUN_PODS,
    ENTER_PODS,
    MAKE_TOKENS,
    BE_ACCOUNTS,
    READ_SECRETS,
    ENTER_NODES,
    Power(
        "impersonate users",
        (
            Target(("impersonate",), "", ("groups", "users")),
            Target(("impersonate",), "authentication.k8s.io", ("uids",)),
        ),
        "act as {what}, and so with their rights",
    ),
    Power(
        "escalate",
        (Target(("escalate",), _RBAC, ("clusterroles", "roles")),),
        "write rules into roles that give more than it has itself {where}",
    ),
    Power(
        "bind",
        (Target(("bind",), _RBAC, ("clusterroles", "roles")),),
        "bind roles that give more than it has itself {where}",
    ),
    Power(
        "admission",
        (
            Target(
                _CHANGE,
                _ADMISSION,
                ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
            ),
            Target(_CHANGE, _ADMISSION, ("mutatingadmissionpolicies",)),
        ),
        "see or change every object that is written, Secrets too, by admission",
    ),
    Power(
        "sign certificates",
        (Target(("approve", "sign"), _CERTIFICATES, ("signers",)),),
        "give certificates to clients, which are users and groups to the API server",
    ),
    Power(
        "volumes of nodes",
        (Target(_MAKE, "", ("persistentvolumes",)),),
        "make volumes of any path of a node (hostPath)",
    ),
    Power(
        "label namespaces",
        (Target(_EDIT, "", ("namespaces",)),),
        "change the labels of Namespaces {where}: their Pod Security level, and what policies"
        " select",
    ),
    Power(
        # https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
        "label nodes",
        (Target(_EDIT, "", ("nodes",)),),
        "change labels and taints of nodes, and so which Pods they run",
    ),
    Power(
        # https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
        "serve APIs",
        (Target(_CHANGE, "apiregistration.k8s.io", ("apiservices",)),),
        "serve a part of the API itself, and see what is sent there",
    ),
    Power(
        # https://kubernetes.io/docs/concepts/services-networking/network-policies/
        "open networks",
        (
            Target(
                ("delete", "deletecollection", "patch", "update"),
                "networking.k8s.io",
                ("networkpolicies",),
            ),
        ),
        "open the network of the Pods {where}",
    ),
    Power(
        # https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/
        "reach Pods",
        (
            Target(("create", "get"), "", ("pods/portforward",)),
            Target(("create", "get", "update", "patch"), "", ("pods/proxy", "services/proxy")),
        ),
        "reach the ports of Pods {where}, past any NetworkPolicy",
    ),
)
# What the names in a rule are names of, where a power says so.
_OBJECTS: Mapping[str, tuple[str, str]] = {
    MAKE_TOKENS.name: ("every ServiceAccount", "ServiceAccount"),
    BE_ACCOUNTS.name: ("every ServiceAccount", "ServiceAccount"),
    READ_SECRETS.name: ("every Secret", "Secret"),
    "impersonate users": ("every user or group", "user or group"),
}


class Use(NamedTuple):
    """A power, where it holds, and for which object, None for all of them."""

    power: Power
    namespace: str
    name: str | None

    def __str__(self) -> str:
        """What it allows, in a clause that follows "may"."""
        every, one = _OBJECTS.get(self.power.name, ("", ""))
        what = every if self.name is None else f"{one} {self.name}"
        text = self.power.does.format(where=place(self.namespace), what=what)
        return text if self.name is None or "{what}" in self.power.does else f"{text} ({self.name})"


def uses_of(rights: Rights) -> dict[Use, Right]:
    """The powers that rights are enough for, each with one of those that are."""
    found: dict[Use, Right] = {}
    places = sorted({(one.namespace, one.name or "") for one in rights if not one.url})
    for power in POWERS:
        for namespace, own_name in places:
            use = Use(power, namespace, own_name or None)
            enough = _enough(rights, use)
            if enough:
                found[use] = enough
    return {use: right for use, right in found.items() if not _is_within(use, found)}


def has(rights: Rights, use: Use) -> bool:
    """Whether rights are enough for a power, there and for that object."""
    return _enough(rights, use) is not None


def _enough(rights: Rights, use: Use) -> Right | None:
    for target in use.power.targets:
        for right in target.rights(use.namespace, use.name):
            is_nowhere = use.namespace and right.is_of_cluster
            if not is_nowhere and rights.include(right):
                return right
    return None


def _is_within(use: Use, found: Mapping[Use, Right]) -> bool:
    wider = {
        Use(use.power, namespace, name)
        for namespace in (use.namespace, "")
        for name in (use.name, None)
    }
    return any(one in found for one in wider - {use})
