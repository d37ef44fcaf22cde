"""Who answers requests to the API server in its place, and who converts its objects: whoever does
sees all of them, and says what they hold.

https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.pods import mapping, text
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renderer.changes.model import Changed
    from renderer.kubernetes.manifests import Manifest

_HINT = "say in the review who that is, and why it may see all of these objects"
_SERVICE = ("apiregistration.k8s.io", "APIService")
_DEFINITION = ("apiextensions.k8s.io", DEFINITION)


def answering(changes: Sequence[Changed]) -> Iterator[Consequence]:
    """Who answers, or converts, that did not; it is not told whose certificate is taken."""
    for one in changes:
        if one.new is None:
            continue
        before, after = _who(one.old), _who(one.new)
        for field, (key, reason) in after.items():
            if before.get(field, ("", ""))[0] != key:
                yield Consequence(
                    Impact.OPENS_ACCESS, one.change.ref, reason, hint=_HINT, field=field
                )


def _who(manifest: Manifest | None) -> dict[str, tuple[Any, str]]:
    """What is compared of somebody, and what to say of him, by the field that names him."""
    if manifest is None:
        return {}
    kind, spec = (manifest.ref.group, manifest.ref.kind), mapping(manifest.data.get("spec"))
    found: dict[str, tuple[Any, str]] = {}
    if kind == _SERVICE and isinstance(spec.get("service"), dict):
        what = f"requests for {text(spec.get('group'))}/{text(spec.get('version'))}"
        found["/spec/service"] = _answer(spec, f"{what} are answered by")
        if spec.get("insecureSkipTLSVerify") is True:
            reason = f"{what} are answered by whoever is at its address (insecureSkipTLSVerify)"
            found["/spec/insecureSkipTLSVerify"] = (True, reason)
    conversion = mapping(spec.get("conversion"))
    if kind == _DEFINITION and conversion.get("strategy") == "Webhook":
        client = mapping(mapping(conversion.get("webhook")).get("clientConfig"))
        field = "/spec/conversion/webhook/clientConfig"
        found[field] = _answer(client, "all objects of its kind are converted by")
    return found


def _answer(client: dict[str, Any], what: str) -> tuple[Any, str]:
    key, who = who_answers(client)
    return key, f"{what} {who}"


def who_answers(client: dict[str, Any]) -> tuple[Any, str]:
    """What is compared of whom a webhook or API is sent to, and what to call him; whose certificate
    is taken is not looked at."""
    service = mapping(client.get("service"))
    home, name = text(service.get("namespace")), text(service.get("name"))
    who = f"Service {home}/{name}" if service else "whoever is at the address that it names"
    return (home, name, service.get("path"), service.get("port", 443), client.get("url")), who
