"""Which tokens of ServiceAccounts Pods get, in whatever way.

https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.facts import Collector
from renderer.checks.pod_facts import collect_pod
from renderer.checks.pods import mapping, mappings, text
from renderer.impacts.access.roles import ACCOUNT, Subject
from renderer.kubernetes.manifests import Manifest, ObjectRef, annotations_of, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.checks.pods import Pod
    from renderer.impacts.model import ClusterObjects

DEFAULT = "default"  # the ServiceAccount of Pods that name none
MOUNT = "automountServiceAccountToken"
_OF_TOKENS = "kubernetes.io/service-account-token"  # a type of Secrets
_OWNER = "kubernetes.io/service-account.name"
# As API servers name themselves, where they are told nothing else.
_API_SERVER = "https://kubernetes.default"


class Token(NamedTuple):
    """A token of somebody; who is asked to believe it, where it is not the API server."""

    account: Subject
    audience: str = ""


class Wanted(NamedTuple):
    """All in a Pod that says which tokens it gets: nothing else of it does."""

    account: Subject
    mounts: Any
    audiences: frozenset[str]
    secrets: frozenset[ObjectRef]


def account_of(pod: Pod, namespace: str) -> Subject:
    """The ServiceAccount of a Pod in a namespace."""
    _, name = name_in(pod.spec)
    return Subject(ACCOUNT, namespace, name or DEFAULT)


def name_in(spec: Mapping[str, Any]) -> tuple[str, str]:
    """The field that names a ServiceAccount, and what it names; empty where none does."""
    fields = ((field, text(spec.get(field))) for field in ("serviceAccountName", "serviceAccount"))
    return next((one for one in fields if one[1]), ("", ""))


def wanted(pod: Pod, namespace: str) -> Wanted:
    """What a Pod in a namespace asks for."""
    return Wanted(
        account_of(pod, namespace),
        pod.spec.get(MOUNT),
        frozenset(_audiences(pod)),
        frozenset(_secrets(pod, namespace)),
    )


def tokens(asked: Wanted, objects: ClusterObjects) -> set[Token]:
    """The tokens that a Pod gets which asks for this: of whether its ServiceAccount's is mounted
    the Pod has the last word."""
    account = asked.account
    found = {Token(account, audience) for audience in asked.audiences}
    mounts = asked.mounts
    if mounts is None:
        own = objects.find(ObjectRef("", ACCOUNT, account.namespace, account.name))
        mounts = own.data.get(MOUNT) if own else None
    if mounts is not False:
        found.add(Token(account))
    owners = (owner_of(objects.find(ref)) for ref in sorted(asked.secrets))
    return found | {Token(owner) for owner in owners if owner}


def owner_of(secret: Manifest | None) -> Subject | None:
    """Whose token a Secret is: one that is made for it, and that never ends."""
    if secret is None or not is_secret(secret.ref) or secret.data.get("type") != _OF_TOKENS:
        return None
    name = text(annotations_of(secret.data).get(_OWNER))
    return Subject(ACCOUNT, secret.ref.namespace, name)


def _audiences(pod: Pod) -> Iterator[str]:
    """Those for whom tokens are put into volumes; empty for the API server."""
    for _, volume in mappings(pod.spec.get("volumes")):
        for _, source in mappings(mapping(volume.get("projected")).get("sources")):
            if isinstance(source.get("serviceAccountToken"), dict):
                audience = text(source["serviceAccountToken"].get("audience"))
                yield "" if audience.startswith(_API_SERVER) else audience


def _secrets(pod: Pod, namespace: str) -> Iterator[ObjectRef]:
    into = Collector(Manifest(ObjectRef("", "Pod", namespace, ""), {}, ""))
    collect_pod(into, pod, namespace, ())
    named = [*into.uses, *(one.target for one in (*into.key_uses, *into.optional_uses))]
    yield from (ref for ref in named if is_secret(ref))
