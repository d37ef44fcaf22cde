"""Webhooks of admission that nobody answers, so that everything they are asked about is refused.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import mapping, mappings, text
from renderer.checks.references import Known, facts_of, missing_rule
from renderer.impacts.outage.foretold import foretold
from renderer.kubernetes.manifests import ObjectRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.changes.model import Changed
    from renderer.impacts.model import Consequence, Sides
    from renderer.kubernetes.manifests import Manifest

_KINDS = frozenset(["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
_HINT = "let failurePolicy be Ignore until its Service is there"


def unanswered(changes: Sequence[Changed], sides: Sides) -> Iterator[Consequence]:
    """The webhooks that refuse where they fail from now on, and whose Service is not there.

    Of one that begins to ask another Service, or whose Service goes, that is told of the link.
    """
    known: Known | None = None
    for one in changes:
        for name, target in _stricter(one):
            known = known or Known([facts_of(each) for each in sides.new.all])
            if known.lacks(target):
                reason = f"{name}: whatever it is asked about is refused, for {target} is not there"
                told = foretold(one.change.ref, reason, _HINT)
                yield told._replace(finding=(missing_rule(target), str(target)))


def _stricter(one: Changed) -> Iterator[tuple[str, ObjectRef]]:
    """The webhooks that did not refuse where they fail, each with the Service that answers."""
    if one.new is None or one.new.ref.kind not in _KINDS:
        return
    before, after = _refusing(one.old), _refusing(one.new)
    was_asked = facts_of(one.old).uses if one.old else after.values()
    for name, target in after.items():
        if name not in before and target in was_asked:
            yield name, target


def _refusing(manifest: Manifest | None) -> Mapping[str, ObjectRef]:
    """The webhooks, by name, that refuse where they fail, each with the Service that answers."""
    found = {}
    for _, one in mappings(manifest.data.get("webhooks")) if manifest else ():
        service = mapping(mapping(one.get("clientConfig")).get("service"))
        if service and one.get("failurePolicy") != "Ignore":
            home, name = (text(service.get(key)) for key in ("namespace", "name"))
            found[text(one.get("name"))] = ObjectRef("", "Service", home, name)
    return found
