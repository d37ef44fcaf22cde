"""Who has which rights: Roles, ClusterRoles with what flows into them, and bindings.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

import json
import os
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.facts import labels_selected, pairs_of
from renderer.checks.pods import mapping, mappings, text, texts
from renderer.errors import RenderError
from renderer.impacts.access.rights import EVERYWHERE, Right, is_cluster_scoped
from renderer.kubernetes.manifests import Manifest, ObjectRef, labels_of, object_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.impacts.model import ClusterObjects

_Data = dict[str, Any]
_Flowing = tuple[ObjectRef, _Data]  # a rule, with the role that it is written in

RBAC = "rbac.authorization.k8s.io"
ACCOUNT = "ServiceAccount"
# Of subjects that no manifest names: whom others bind to what every cluster has.
HOLDERS = "whoever holds ClusterRole"
_AGGREGATE = f"{RBAC}/aggregate-to-"
_USER_OF_ACCOUNT = "system:serviceaccount:"
# Of one side of a cluster; a thousand namespaces with an administrator in each have half of it.
MOST_RIGHTS = 1_000_000
# Manifests, one a line; written by: RBAC_TABLES=write make e2e
DEFAULTS = os.path.join(os.path.dirname(__file__), "data", "default_roles.jsonl")


class Subject(NamedTuple):
    """Somebody whom a binding can name; only a ServiceAccount is in a namespace."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        home = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {home}{self.name}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that it is in, whoever it is.

        https://kubernetes.io/docs/reference/access-authn-authz/authentication/
        """
        if self.name in ("system:anonymous", "system:unauthenticated"):
            found = ["system:unauthenticated"]
        else:
            found = ["system:authenticated"]
        if self.kind == ACCOUNT:
            found += ["system:serviceaccounts", f"system:serviceaccounts:{self.namespace}"]
        elif self.name.startswith("system:serviceaccounts:"):
            found.append("system:serviceaccounts")
        return tuple(name for name in found if (self.kind, self.name) != ("Group", name))


class Source(NamedTuple):
    """What gives a right: a binding, the role that it names, and the one that has the rule."""

    binding: ObjectRef
    role: ObjectRef
    rule: ObjectRef


class Held(NamedTuple):
    """What bindings give to one subject.

    `roles` are those that it is bound to, with the namespace in which they hold; `unknown` those
    of them whose rules are not among the manifests.
    """

    rights: dict[Right, list[Source]]
    roles: dict[tuple[str, ObjectRef], ObjectRef]
    unknown: set[tuple[str, ObjectRef]]


def held_by_subject(objects: ClusterObjects) -> dict[Subject, Held]:
    """What each subject has by the bindings of a cluster, and by those that every cluster has.

    Whom others bind to a role that every cluster has, or that takes in roles by the usual label, is
    one subject for each such role.
    """
    roles = _Roles(objects)
    found: dict[Subject, Held] = {}
    given = _Given()
    for name, flowing in roles.held_by_others():
        held = found.setdefault(Subject(HOLDERS, "", name), Held({}, {}, set()))
        role = ObjectRef(RBAC, "ClusterRole", "", name)
        given.give([held], flowing, EVERYWHERE, binding=role, role=role)
    for binding in _of_kinds(objects, "ClusterRoleBinding", "RoleBinding"):
        namespace = binding.ref.namespace if binding.ref.kind == "RoleBinding" else EVERYWHERE
        role = _role_of(binding)
        rules = roles.rules(role)
        all_held = [found.setdefault(one, Held({}, {}, set())) for one in subjects_of(binding)]
        for held in all_held:
            held.roles[namespace, role] = binding.ref
            if rules is None:
                held.unknown.add((namespace, role))
        given.give(all_held, rules or (), namespace, binding=binding.ref, role=role)
    return found


class _Given:
    """What bindings give, right by right: a short rule can mean more than any memory holds."""

    def __init__(self) -> None:
        self._count = 0

    def give(
        self,
        all_held: Sequence[Held],
        rules: Iterable[_Flowing],
        namespace: str,
        *,
        binding: ObjectRef,
        role: ObjectRef,
    ) -> None:
        """Adds the rights that rules give in a namespace, each with the role that it is written in.

        Raises RenderError where all bindings give more than MOST_RIGHTS.
        """
        for rule_in, rule in rules:
            self._count += _count_of(rule) * len(all_held)
            if self._count > MOST_RIGHTS:
                raise RenderError(
                    f"roles and bindings give more than {MOST_RIGHTS:,} rights,"
                    f" counted up to {rule_in.kind} {rule_in.name}",
                    hint="let rules name fewer verbs, groups, resources and objects, or *",
                )
            source = Source(binding, role, rule_in)
            for right in _rights_of(rule, namespace):
                for held in all_held:
                    held.rights.setdefault(right, []).append(source)


def subjects_of(binding: Manifest) -> Iterator[Subject]:
    """Whom a binding names; a user that is a ServiceAccount is one."""
    for _, subject in mappings(binding.data.get("subjects")):
        kind, name = text(subject.get("kind")), text(subject.get("name"))
        namespace = text(subject.get("namespace")) or binding.ref.namespace
        if kind == "User" and name.startswith(_USER_OF_ACCOUNT) and name.count(":") == 3:
            kind, (namespace, name) = ACCOUNT, name.removeprefix(_USER_OF_ACCOUNT).split(":")
        yield Subject(kind, namespace if kind == ACCOUNT else "", name)


def _role_of(binding: Manifest) -> ObjectRef:
    role = mapping(binding.data.get("roleRef"))
    kind = text(role.get("kind"))
    namespace = binding.ref.namespace if kind == "Role" else ""
    return ObjectRef(RBAC, kind, namespace, text(role.get("name")))


class _Roles:
    """The rules of all roles of a cluster."""

    def __init__(self, objects: ClusterObjects) -> None:
        self._roles = {one.ref: one for one in _of_kinds(objects, "ClusterRole", "Role")}
        self._labels = {
            ref: pairs_of(labels_of(one.data))
            for ref, one in self._roles.items()
            if ref.kind == "ClusterRole"
        }

    def rules(self, role: ObjectRef) -> list[_Flowing] | None:
        """The rules of a role, each with the role that it is written in; None if it is unknown."""
        if role not in self._roles:
            return None
        return [
            (ref, rule)
            for ref in self._written_in(role)
            for _, rule in mappings(self._roles[ref].data.get("rules"))
        ]

    def held_by_others(self) -> Iterator[tuple[str, list[_Flowing]]]:
        """The ClusterRoles that every cluster has, and those that roles say they are taken into."""
        names = {one.ref.name for one in _defaults() if one.ref.kind == "ClusterRole"}
        taken: dict[str, list[ObjectRef]] = {}
        for ref, labels in self._labels.items():
            for key, value in labels:
                if key.startswith(_AGGREGATE) and value == "true":
                    taken.setdefault(key.removeprefix(_AGGREGATE), []).append(ref)
        for name in sorted({*names, *taken}):
            rules = self.rules(ObjectRef(RBAC, "ClusterRole", "", name))
            if rules is None:
                rules = [pair for ref in sorted(taken[name]) for pair in self.rules(ref) or ()]
            yield name, rules

    def _written_in(self, role: ObjectRef) -> list[ObjectRef]:
        """The roles whose own rules a role has: itself, or all that flow into it.

        The controller overwrites what is written in an aggregated role
        (pkg/controller/clusterroleaggregation).
        """
        found: list[ObjectRef] = []
        seen, waiting = {role}, [role]
        while waiting:
            ref = waiting.pop()
            aggregation = self._roles[ref].data.get("aggregationRule")
            if not isinstance(aggregation, dict):
                found.append(ref)
                continue
            for _, selector in mappings(aggregation.get("clusterRoleSelectors")):
                labels = labels_selected(selector)
                matching = {one for one, own in self._labels.items() if labels.match(own)}
                waiting += sorted(matching - seen)
                seen |= matching
        return sorted(found)


def _of_kinds(objects: ClusterObjects, *kinds: str) -> Iterator[Manifest]:
    """The objects of these kinds; those that every cluster has, where it has none of its own."""
    for kind in kinds:
        own = objects.of_kind(RBAC, kind)
        yield from own
        refs = {one.ref for one in own}
        yield from (one for one in _defaults() if one.ref.kind == kind and one.ref not in refs)


@cache
def _defaults() -> tuple[Manifest, ...]:
    """The roles and bindings that the API server makes in every cluster, some in kube-system.

    Those of its own programs are left out (plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
    """
    with open(DEFAULTS, encoding="ascii") as file:
        objects = [json.loads(line) for line in file]
    return tuple(Manifest(ref, data, ref.name) for data in objects for ref in [object_ref(data)])


def _count_of(rule: _Data) -> int:
    """How many rights `_rights_of` finds at most."""
    fields = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    verbs, groups, resources, names, urls = (len(texts(rule.get(one))) for one in fields)
    return verbs * (groups * resources * max(names, 1) + urls)


def _rights_of(rule: _Data, namespace: str) -> Iterator[Right]:
    verbs = texts(rule.get("verbs"))
    names: list[str | None] = [*texts(rule.get("resourceNames"))] or [None]
    resources = product(texts(rule.get("apiGroups")), texts(rule.get("resources")))
    for group, resource in resources:
        if namespace == EVERYWHERE or not is_cluster_scoped(group, resource):
            for verb, name in product(verbs, names):
                yield Right(namespace, verb, group, resource, name)
    if namespace == EVERYWHERE:  # paths are in no namespace
        for verb, url in product(verbs, texts(rule.get("nonResourceURLs"))):
            yield Right(namespace, verb, url=url)
