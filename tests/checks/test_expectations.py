"""Secrets that are expected, held against the manifests that use them."""

from __future__ import annotations

import pytest
import yaml
from kubernetes.test_expected import secret

from checks.loading import manifests
from renderer.checks.expectations import SecretUses
from renderer.checks.references import check_references, facts_of
from renderer.findings import Finding
from renderer.kubernetes.expected import ExpectedSecret
from renderer.patching.final import Final

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: web:1
"""
ENV = "    env:\n    - {{name: A, valueFrom: {{secretKeyRef: {{name: {}, key: {}{}}}}}}}\n"


def env(name: str, key: str, more: str = "") -> str:
    """A Pod with a variable from a key of a Secret."""
    return POD + ENV.format(name, key, more)


def found(text: str, expected: list[ExpectedSecret]) -> list[Finding]:
    facts = [facts_of(one) for one in manifests(text)]
    return check_references(facts, expected=expected)


KEYS = secret("keys", "password=x token=x")
ANYWHERE = secret("keys", "password=x", namespace="")
ENCRYPTED = """\
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: shop}
data: {own: eA==}
---
"""
EMPTY = ENCRYPTED.replace("data: {own: eA==}\n", "")
EXTERNAL = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: keys, namespace: shop}
---
"""
CUSTOM = "apiVersion: x/v1\nkind: X\nmetadata: {}\nspec: {{key: {}}}\n"
WHOLE = "  volumes:\n  - {name: keys, secret: {secretName: keys}}\n"


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        (env("keys", "password"), [], ["missing-secret"]),
        (env("keys", "password"), [KEYS], []),
        (env("keys", "password"), [ANYWHERE], []),
        (env("keys", "password").replace(", namespace: shop", ""), [KEYS], []),
        (
            env("keys", "password"),
            [secret("keys", "password=x", namespace="b")],
            ["missing-secret"],
        ),
        (env("keys", "other"), [KEYS], ["unknown-key"]),
        (env("keys", "other"), [ANYWHERE], ["unknown-key"]),
        (env("keys", "other", ", optional: true"), [KEYS], ["unknown-key"]),
        (env("keys", "other", ", optional: true"), [], []),
        (POD + WHOLE, [KEYS], []),
        # A Secret of the tree has its keys and those that are expected.
        (ENCRYPTED + env("keys", "own"), [KEYS], []),
        (ENCRYPTED + env("keys", "token"), [KEYS], []),
        (ENCRYPTED + env("keys", "token"), [], ["unknown-key"]),
        (ENCRYPTED + env("keys", "other"), [KEYS], ["unknown-key"]),
        # What fills a Secret without data is not known, unless it is expected.
        (EMPTY + env("keys", "any"), [], []),
        (EMPTY + env("keys", "any"), [KEYS], ["unknown-key"]),
        (EMPTY + env("keys", "token"), [KEYS], []),
        # So it is with one that a controller makes.
        (EXTERNAL + env("keys", "any"), [], []),
        (EXTERNAL + env("keys", "token"), [KEYS], []),
        (EXTERNAL + env("keys", "any"), [KEYS], ["unknown-key"]),
    ],
)
def test_what_is_expected_is_there(
    text: str, expected: list[ExpectedSecret], rules: list[str]
) -> None:
    assert [one.rule for one in found(text, expected)] == rules


def test_the_hint_leads_to_what_is_expected() -> None:
    (one,) = found(env("keys", "certificate"), [KEYS])
    assert one.message == "Secret shop/keys has no key certificate"
    assert one.field == "/spec/containers/0/env/0/valueFrom/secretKeyRef/key"
    assert one.hint == "add the key to what is expected at base/parameters.yaml:1:1"
    (near,) = found(env("keys", "passwort"), [KEYS])
    assert near.hint == "did you mean password?"


def used(text: str, *expected: ExpectedSecret) -> list[bool]:
    """Whether a Secret is used, and if so each of its keys."""
    read = manifests(text)
    finals = [Final(index, one, yaml.safe_dump(one.data), None) for index, one in enumerate(read)]
    uses = SecretUses([facts_of(one) for one in read], finals).of(expected)
    return [one.is_used for one in uses]


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        (env("keys", "token"), [True, False, True]),
        (env("keys", "token", ", optional: true"), [True, False, True]),
        (env("other", "token"), [False]),
        (env("keys", "token").replace("namespace: shop", "namespace: b"), [False]),
        (env("keys", "token").replace(", namespace: shop", ""), [True, False, True]),
        (POD + WHOLE, [True, True, True]),
        (POD + WHOLE.replace("}}", ", optional: true}}"), [True, True, True]),
        (
            POD + WHOLE.replace("}}", ", items: [{key: token, path: t}]}}"),
            [True, False, True],
        ),
        (
            env("keys", "token") + "    envFrom: [{secretRef: {name: keys}}]\n",
            [True, True, True],
        ),
        (EXTERNAL + POD, [False]),
        # What a custom resource means by a name is not known.
        (CUSTOM.format("{name: a, namespace: shop}", "keys"), [True, True, True]),
        (CUSTOM.format("{name: a}", "keys"), [True, True, True]),
        (CUSTOM.format("{name: a, namespace: b}", "keys"), [False]),
        (CUSTOM.format("{name: a, namespace: shop}", "other-keys"), [False]),
    ],
)
def test_what_is_used(text: str, uses: list[bool]) -> None:
    assert used(text, KEYS) == uses


def test_a_secret_that_is_named_by_its_content_is_used_by_that_name() -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys-g9df72cd5b, namespace: shop}\n---\n"
    pod = env("keys-g9df72cd5b", "token")
    assert used(text + pod, KEYS)[0] is False  # a hash of something else is a part of the name
    read = manifests(text + pod)
    renamed = [read[0]._replace(stem="keys"), read[1]]
    uses = SecretUses([facts_of(one) for one in renamed], []).of([KEYS])
    assert [one.is_used for one in uses] == [True, False, True]
