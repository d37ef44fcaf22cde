"""Which requests a webhook or a policy of admission is for.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, texts
from renderer.impacts.access.rights import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = ("operations", "apiGroups", "resources")
# What leaves requests out of those that the rules are for.
_LIMITS = ("excludeResourceRules", "matchConditions", "namespaceSelector", "objectSelector")
_EXACT = "Exact"  # the matchPolicy that leaves out other versions of the same


class Rule(NamedTuple):
    """Each of some operations on each resource of each group."""

    operations: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]

    def includes(self, other: Rule) -> bool:
        return all(
            own >= its or not own.isdisjoint((ALL, "*/*"))
            for own, its in zip(self, other, strict=True)
        )


class Scope(NamedTuple):
    """What rules are for, but for what `limits` leave out."""

    rules: tuple[Rule, ...] = ()
    limits: Mapping[str, Any] = {}

    def includes(self, other: Scope) -> bool:
        """Whether it certainly is for all that another is for; of limits that differ nobody knows
        which leaves out more."""
        is_ruled = all(any(own.includes(one) for own in self.rules) for one in other.rules)
        return is_ruled and all(other.limits.get(name) == one for name, one in self.limits.items())


def scope_of_webhook(webhook: Mapping[str, Any]) -> Scope:
    """What one webhook of a configuration is asked about."""
    return Scope(_rules(webhook.get("rules")), _limits(webhook))


def scope_of_policy(spec: Mapping[str, Any]) -> Scope:
    """What a policy is for, wherever a binding lets it hold."""
    constraints = mapping(spec.get("matchConstraints"))
    return Scope(_rules(constraints.get("resourceRules")), _limits(spec) | _limits(constraints))


def scope_of_binding(spec: Mapping[str, Any]) -> Scope:
    """Without rules of its own it is for all that its policy is for."""
    resources = mapping(spec.get("matchResources"))
    everything = Rule(*(frozenset([ALL]) for _ in _FIELDS))
    return Scope(_rules(resources.get("resourceRules")) or (everything,), _limits(resources))


def _limits(holder: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: holder[name] for name in _LIMITS if holder.get(name)}
    is_exact = holder.get("matchPolicy") == _EXACT
    return found | ({"matchPolicy": _EXACT} if is_exact else {})


def _rules(written: Any) -> tuple[Rule, ...]:
    return tuple(
        Rule(*(frozenset(texts(rule.get(field))) for field in _FIELDS))
        for _, rule in mappings(written)
    )
