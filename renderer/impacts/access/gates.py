"""What keeps objects out of a cluster, whoever sends them, and does not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.answering import who_answers
from renderer.impacts.access.scopes import (
    Scope,
    scope_of_binding,
    scope_of_policy,
    scope_of_webhook,
)
from renderer.impacts.model import Consequence, Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Sides
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest

_HINT = "keep it, or say in the review what refuses the same now"
_ADMISSION = "admissionregistration.k8s.io"
_GATEKEEPER = "constraints.gatekeeper.sh"  # its kinds are those of the templates that are there


class _Gate(NamedTuple):
    """Something that refuses objects: its name, where it is one of several in an object.

    `answers` is what is compared of whom it asks, and what to call him.
    """

    name: str
    is_closed: bool  # also where it fails
    scope: Scope = Scope()
    answers: tuple[Any, str] = (None, "")


def gates(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """What refused objects before the changes of a cluster, and refuses none after them.

    What a gate lets through of the objects that it is for is not compared: its expressions may mean
    anything. Into a cluster that goes nothing is let.
    """
    for one in changes:
        if one.new is None and not (_gates(one.old) and sides.new.all):
            continue
        after = {gate.name: gate for gate in _gates(one.new)}
        for gate in _gates(one.old):
            now = after.get(gate.name)
            what = f"{gate.name}: " if gate.name else ""
            if now is None:
                reason = f"{what}what it refused is let in"
            elif gate.is_closed and not now.is_closed:
                reason = f"{what}where it fails, everything is let in"
            elif not now.scope.includes(gate.scope):
                reason = f"{what}its rules, selectors or conditions may let in what it refused"
            elif gate.answers[0] != now.answers[0]:
                reason = f"{what}it asks {now.answers[1]}, who may let in what was refused"
            else:
                continue
            yield Consequence(Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT)


def _gates(manifest: Manifest | None) -> list[_Gate]:
    if manifest is None:
        return []
    group, kind = manifest.ref.group, manifest.ref.kind
    found = _constraint if group == _GATEKEEPER else _KINDS.get((group, kind))
    return [*found(manifest)] if found else []


def _policy(manifest: Manifest) -> Iterator[_Gate]:
    """https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/"""
    spec = mapping(manifest.data.get("spec"))
    if [*mappings(spec.get("validations"))]:
        yield _Gate("", spec.get("failurePolicy") != "Ignore", scope_of_policy(spec))


def _binding(manifest: Manifest) -> Iterator[_Gate]:
    """The same page: an action that is not Deny only warns, or writes into the audit log."""
    spec = mapping(manifest.data.get("spec"))
    actions = spec.get("validationActions")
    if isinstance(actions, list) and "Deny" in actions:
        yield _Gate("", is_closed=True, scope=scope_of_binding(spec))


def _webhooks(manifest: Manifest) -> Iterator[_Gate]:
    """https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"""
    for _, one in mappings(manifest.data.get("webhooks")):
        is_closed = one.get("failurePolicy") != "Ignore"
        answers = who_answers(mapping(one.get("clientConfig")))
        yield _Gate(text(one.get("name")), is_closed, scope_of_webhook(one), answers)


def _kyverno(manifest: Manifest) -> Iterator[_Gate]:
    """https://kyverno.io/docs/policy-types/cluster-policy/validate/, failureAction: Audit is the
    default, and once was said for all rules."""
    spec = mapping(manifest.data.get("spec"))
    for _, rule in mappings(spec.get("rules")):
        validate = mapping(rule.get("validate"))
        action = validate.get("failureAction") or spec.get("validationFailureAction")
        if validate and text(action).lower() == "enforce":
            yield _Gate(text(rule.get("name")), spec.get("failurePolicy") != "Ignore")


def _constraint(manifest: Manifest) -> Iterator[_Gate]:
    """https://open-policy-agent.github.io/gatekeeper/website/docs/violations/: deny is the
    default."""
    if mapping(manifest.data.get("spec")).get("enforcementAction") in (None, "deny"):
        yield _Gate("", is_closed=True)


_KINDS: Mapping[Kind, Callable[[Manifest], Iterator[_Gate]]] = {
    (_ADMISSION, "ValidatingAdmissionPolicy"): _policy,
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"): _binding,
    (_ADMISSION, "ValidatingWebhookConfiguration"): _webhooks,
    ("kyverno.io", "ClusterPolicy"): _kyverno,
    ("kyverno.io", "Policy"): _kyverno,
}
