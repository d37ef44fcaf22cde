"""What ServiceAccounts may do: the API server is asked about everything that can be asked."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from e2e.api import Object, Resource
    from e2e.controlplane import ControlPlane

ALL_NAMESPACES = "(all)"
NO_NAMESPACE = "(cluster)"
EVERYONE = "every ServiceAccount"

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
# https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verbs
_MORE_VERBS = {
    "serviceaccounts": ("impersonate",),
    "roles.rbac.authorization.k8s.io": ("bind", "escalate"),
    "clusterroles.rbac.authorization.k8s.io": ("bind", "escalate"),
    "certificatesigningrequests.certificates.k8s.io": ("approve", "sign"),
}
_RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class Account(NamedTuple):
    """A ServiceAccount."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def user(self) -> str:
        """As the API server knows it."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"


class Right(NamedTuple):
    """One thing that an account may do."""

    namespace: str
    resource: str
    verb: str


class Matrix:
    """Asks an API server what accounts may do in some namespaces, in all, and in none."""

    def __init__(self, cluster: ControlPlane, namespaces: Iterable[str]) -> None:
        self._cluster = cluster
        self._namespaces = [*namespaces, ALL_NAMESPACES]
        self._resources = [*cluster.api.resources()]

    def rights(self, accounts: Iterable[Account]) -> dict[Account, set[Right]]:
        """What each account may do: every verb on every resource everywhere was asked."""
        return {account: self._rights(account) | {*self._rules(account)} for account in accounts}

    def _rights(self, account: Account) -> set[Right]:
        questions = [*self._questions()]
        reviews = (_review(account, *question) for question in questions)
        answers = self._cluster.api.post_all(_REVIEWS, reviews)
        return {
            Right(namespace, str(resource), verb)
            for (namespace, resource, verb), answer in zip(questions, answers, strict=True)
            if answer["status"]["allowed"]
        }

    def _rules(self, account: Account) -> Iterator[Right]:
        """What a question for a whole resource does not find.

        Rules for objects by their names, and for what is no resource of the API (`users`).
        """
        known = {"*", *((one.group, one.name) for one in self._resources)}
        for namespace in self._namespaces:
            if namespace == ALL_NAMESPACES:
                continue  # such rules hold in each namespace
            review = {"spec": {"namespace": namespace}}
            answer = self._cluster.api.request(
                "POST", _RULES, review, Impersonate_User=account.user
            )
            for rule in answer["status"]["resourceRules"]:
                names = rule.get("resourceNames", [])
                for group, resource in itertools.product(rule["apiGroups"], rule["resources"]):
                    if names or not {resource, (group, resource)} & known:
                        what = " ".join([f"{group}/{resource}", *names])
                        yield from (Right(namespace, what, verb) for verb in rule["verbs"])

    def _questions(self) -> Iterator[tuple[str, Resource, str]]:
        for resource in self._resources:
            namespaces = self._namespaces if resource.namespaced else [NO_NAMESPACE]
            verbs = (*_VERBS, *_MORE_VERBS.get(str(resource), ()))
            for namespace, verb in itertools.product(namespaces, verbs):
                yield namespace, resource, verb


def _review(account: Account, namespace: str, resource: Resource, verb: str) -> Object:
    name, _, subresource = resource.name.partition("/")
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{account.namespace}"]
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": account.user,
            "groups": [*groups, "system:authenticated"],
            "resourceAttributes": {
                "namespace": "" if namespace in (ALL_NAMESPACES, NO_NAMESPACE) else namespace,
                "group": resource.group,
                "resource": name,
                "subresource": subresource,
                "verb": verb,
            },
        },
    }


def table(rights: dict[Account, set[Right]]) -> str:
    """Rights as readable text: what everyone may do first, then each account's own."""
    common = set.intersection(*rights.values())
    sections = {EVERYONE: common}
    sections |= {str(account): own - common for account, own in sorted(rights.items())}
    lines = []
    for title, own in sections.items():
        lines += ["", title]
        by_resource = itertools.groupby(sorted(own), key=lambda right: right[:2])
        lines += [
            f"  {namespace}  {resource}  {' '.join(right.verb for right in found)}"
            for (namespace, resource), found in by_resource
        ]
        if not own:
            lines.append("  nothing more")
    return "\n".join(lines) + "\n"
