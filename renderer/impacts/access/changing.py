"""Who sees objects before they are stored, and who changes them.

The API server asks webhooks of admission; mutating policies say themselves what becomes of objects.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.answering import who_answers
from renderer.impacts.access.rights import ALL
from renderer.impacts.access.scopes import (
    Scope,
    scope_of_binding,
    scope_of_policy,
    scope_of_webhook,
)
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who that is, and what becomes of these objects"
_GROUP = "admissionregistration.k8s.io"
_CHANGING, _JUDGING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"
_POLICY, _BINDING = "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"
_SECRETS = frozenset(["secrets", "secrets/*", ALL, "*/*"])


class _Hand(NamedTuple):
    """Somebody through whose hands objects go: `key` tells who, and what is done with them."""

    key: Any
    scope: Scope
    says: str

    def is_within(self, old: _Hand) -> bool:
        """Whether nothing comes into its hands that did not before."""
        return self.key == old.key and old.scope.includes(self.scope)


def changing(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Who sees or changes objects that he did not before."""
    for one in changes:
        before = _hands(one.old)
        for name, hand in _hands(one.new).items():
            was = before.get(name)
            if was is None or not hand.is_within(was):
                reason = f"{name}: {hand.says}" if name else hand.says
                yield Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT)


def _hands(manifest: Manifest | None) -> dict[str, _Hand]:
    """By their names, where an object has several."""
    if manifest is None or manifest.ref.group != _GROUP:
        return {}
    kind, data = manifest.ref.kind, manifest.data
    if kind in (_CHANGING, _JUDGING):
        all_webhooks = [one for _, one in mappings(data.get("webhooks"))]
        found = {text(one.get("name")): _webhook(kind, one) for one in all_webhooks}
        return {name: hand for name, hand in found.items() if hand}
    spec = mapping(data.get("spec"))
    if kind == _POLICY:
        return {"": _policy(spec)}
    if kind == _BINDING:
        key = spec.get("policyName"), spec.get("paramRef")
        says = f"what {_POLICY} {text(spec.get('policyName'))} says is done with objects"
        return {"": _Hand(key, scope_of_binding(spec), says)}
    return {}


def _webhook(kind: str, one: dict[str, Any]) -> _Hand | None:
    """Who only judges is told where he sees Secrets."""
    scope = scope_of_webhook(one)
    if kind == _JUDGING:
        rules = tuple(rule for rule in scope.rules if not rule.resources.isdisjoint(_SECRETS))
        if not rules:
            return None
        scope = scope._replace(rules=rules)
    key, who = who_answers(mapping(one.get("clientConfig")))
    does = "shown to, and can be changed by," if kind == _CHANGING else "shown to"
    return _Hand(key, scope, f"{_in_words(scope)} are {does} {who} before they are stored")


def _policy(spec: dict[str, Any]) -> _Hand:
    scope = scope_of_policy(spec)
    key = spec.get("mutations"), spec.get("variables"), spec.get("paramKind")
    return _Hand(key, scope, f"it changes {_in_words(scope)} before they are stored (mutations)")


def _in_words(scope: Scope) -> str:
    names = sorted({name for rule in scope.rules for name in rule.resources})
    return "all objects" if {ALL, "*/*"} & {*names} else listed(names) or "objects"
