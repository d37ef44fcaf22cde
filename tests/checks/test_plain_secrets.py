"""Secrets that are not encrypted: which of their values are secret, and what Flux can decrypt."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from checks.loading import manifest
from renderer.checks.secrets.plain import plain_secret
from renderer.findings import Finding

ENC = "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]"
SOPS_YAML = f"db:\n    password: {ENC}\nsops:\n    mac: {ENC}\n    version: 3.9.0\n"
SOPS_JSON = json.dumps({"data": ENC, "sops": {"mac": ENC}}, indent=1)
SOPS_ENV = f"DB_PASSWORD={ENC}\nsops_mac={ENC}\nsops_version=3.9.0\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def judged(**content: Any) -> list[Finding]:
    about = {"name": "keys", "namespace": "shop"}
    data = {"apiVersion": "v1", "kind": "Secret", "metadata": about, **content}
    return plain_secret(manifest(data))


# Name of a value, what is no secret, and what beside it is one.
VALUES = [
    ("password", "${SMB_PASSWORD}", "hunter2"),
    ("password", "${SMB_PASSWORD:=}", "${SMB_PASSWORD:=hunter2}"),
    ("password", "", "0"),
    ("apiKey", "", "changeme"),
    ("token", "<token>", "hunter2"),
    ("token", "op://shop/web/token", "hunter2"),
    ("token", "{{ .token }}", "hunter2"),
    ("token", '{{ fromSecret "a" "b" "token" }}', '{"token": "hunter2"}'),
    (".dockerconfigjson", "{}", '{"auths": {"r": {"auth": "d2ViOmh1bnRlcjI="}}}'),
    (".dockerconfigjson", '{"auths": {}}', '{"auths": {"r": {"password": "hunter2"}}}'),
    (
        ".dockerconfigjson",
        '{"auths": {"r": {"auth": ""}}}',
        '{"auths": {"r": {"auth": "hunter2"}}}',
    ),
    (".dockercfg", "{}", '{"r": {"auth": "d2ViOmh1bnRlcjI="}}'),
    ("private.key", "/etc/keys/web", "hunter2"),
    ("AZURE_CLIENT_ID", "b86d64c4-0000-451a-ab22-77cea15aeb68", "postgresql://a:hunter2@db"),
    ("AZURE_CLIENT_SECRET", "${A}", "b86d64c4-0000-451a-ab22-77cea15aeb68"),
    ("aws_access_key_id", "AKIA" + "Z2345678ABCDEFGH", "ghp_" + "a1B2" * 9),
    ("username", "admin", "redis://:hunter2@redis"),
    ("host", "db.example.com", "https://web:hunter2@db"),
    ("url", "https://git.example.com/web.git", "https://example.com/?token=hunter2"),
    ("url", "https://example.com/hooks", "https://example.com/hooks/a1b2c3d4e5f6a7b8c9"),
    (
        "url",
        "pvc://models/large-language-model-3.3-2b",
        "https://example.com/hook-large-model-3b2f1",
    ),
    ("SIDECAR_IMAGE", "registry.example.com/web/proxy:v0.12.0", "postgresql://a:hunter2@db"),
    (
        "dh.pem",
        "-----BEGIN DH PARAMETERS-----\nMIIC\n-----END DH PARAMETERS-----\n",
        "a\nhunter2Zq9",
    ),
    ("prompt", "You are a helpful assistant.", "You are a helpful hunter2Zq9"),
    ("autoscale", "16,12", "16,twelve"),
    ("CRYPTO_CIPHER", "aes-xts-plain64", "xts-hunter2Zq9"),
    ("token", "op://web/shared-1password/CONNECT", "https://op/shared-1password-a1b2c3"),
    ("azure.storage.account", "storage_account", "account_hunter2Zq9"),
    ("dhparam.pem", "...base64 encoded data...", "...hunter2Zq9"),
    ("ingress", "10.0.0.1", "10.0.0.hunter2Zq9"),
    ("lan", "192.168.0.0/24", "hunter2"),
    ("dns_6", "fd00::1", "fd00::hunter2Zq9"),
    ("domain_of_all", "internal.localhost", "internal.hunter2Zq9"),
    ("security", "INSTALL_LOCK=true", "DB_PASSWORD=hunter2"),
    ("encoder.txt", "rounds=10", "password=my-encoder-password"),
    ("userData", "#!/bin/sh\necho 'Hello, world'\n", "#!/bin/sh\nexport TOKEN=hunter2\n"),
    ("tls.key", "-----BEGIN", f"-----BEGIN {'MIIE' * 9}"),
    ("keys", "not-needed;replace-me-with-the-key-of-web", "web;hunter2"),
    ("port", "5432", "Bearer " + "a1B2" * 6),
    ("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n", "a\nhunter2Zq9"),
    (
        "tls.crt",
        "-----BEGIN CERTIFICATE-----\n<your-own>\n-----END CERTIFICATE-----\n",
        f"-----BEGIN PRIVATE KEY-----\n{'MIIE' * 9}",
    ),
    ("tls.key", "-----BEGIN PRIVATE KEY-----\n...\n", f"-----BEGIN PRIVATE KEY-----\n{'MIIE' * 9}"),
    ("config.yaml", "log: info\nuser: web\n", "log: info\npassword: hunter2\n"),
    ("config", '{"tlsClientConfig": {"insecure": false}}', '{"bearerToken": "hunter2"}'),
    ("rclone.conf", "[r2]\nsecret_access_key = ${KEY}\n", "[r2]\nsecret_access_key = hunter2\n"),
    ("volumeHandle", "0001-0024-407036f5-1f73-44ff-ba81-000000000000000b", "Bearer " + "a1B2" * 6),
    ("EMAIL_OF_ALL", "web@example.com, shop@example.com", "web@hunter2Zq9"),
    ("USER_AGENT_SUFFIX", "web/main", "ghp_" + "a1B2" * 9),
    ("cluster-config", "# Of the cluster\n# is put here\n", "# Of the cluster\nhunter2Zq9\n"),
    ("tls.key", "key_data", "MIIE" * 20),
    ("api-key", "sk-dev-xxxxxxxxxxxxxxx", "sk-dev-xxaxxbxxcxx"),
    ("hook", "https://hooks.slack.com/services/YOUR/OWN/WEBHOOK", "https://example.com/?token=a1"),
    ("auth-groups", ",".join(["system:bootstrappers:web"] * 6), "Bearer " + "a1B2" * 6),
    ("some-key", "0" * 32, "0a" * 16),
    ("default_primary_key", "key1", "k3y1"),
    (
        "public.pem",
        b64("-----BEGIN PUBLIC KEY-----\nMIIC\n-----END PUBLIC KEY-----\n"),
        b64("a" * 30),
    ),
    ("sops_age__list_0__map_recipient", "age1" + "q7" * 29, "AGE-SECRET-KEY-1" + "Q7" * 25),
    ("recipients_1", "age1" + "q7" * 29, "age2" + "q7" * 29),
    ("SOUL.md", "# About\n\nThe name of it.\n", "ghp_" + "a1B2" * 9),
    ("security", "KEY_LESS", "KEY_L3SS"),
    ("GUAC_PASS", "PASSWORD_HASH", "P4SSWORD_HASH"),
    ("lifetime", "14d", "correct horse b4tTery9"),
    ("words", "n/a", "hunter2"),
    ("GREETING", "hello world", "hello hunter2Zq9"),
    ("fruit", "apple", "apple!"),
    ("opens", "correct horse", "correct horse battery staple"),
    ("id.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 web@example", "a1B2c3D4-ed25519"),
    ("credentials", "BASE64_CREDS", "BASE64_CR3DS"),
    ("role_of_all", "robot_web", "robot_web_hunter2Zq9"),
    ("CERT_KEY", "key data", "key_data_hunter2Zq9"),
    ("license.txt", "THE CONTENT OF A LICENSE", "CONTENT-hunter2Zq9"),
    ("errors.data", "# Of a server\nSyntax error\nMissing name\nNo host\n", "MIIEa1B2" * 6),
    (".dockerconfigjson", "fake", '{"auths": {"r": {"auth": "hunter2Zq9"}}}'),
    ("tls.key", "Hello world", "MIIE" * 20),
    ("tls.key", "test", f"-----BEGIN {'MIIE' * 9}"),
    ("hash", "${HASH}", "$2y$12$4K/VkmDd1q1Orb3xAt82zu8gk7Ad6ReFR4LCP9UeYE90NLiN9"),
]


@pytest.mark.parametrize(("name", "harmless", "secret"), VALUES)
def test_values_are_looked_at(name: str, harmless: str, secret: str) -> None:
    assert judged(stringData={name: harmless}) == []
    assert judged(data={name: b64(harmless)}) == []
    for content in ({"stringData": {name: secret}}, {"data": {"a": "", name: b64(secret)}}):
        (finding,) = judged(**content)
        assert finding.rule == "plain-secret"
        assert secret not in str(finding)


def test_an_unencoded_reference_in_data_is_none() -> None:
    assert judged(data={"password": "${PASSWORD_BASE64}"}) == []
    assert judged(data={"password": "hunter2"}) != []


def test_what_is_to_be_filled_in_without_quotes() -> None:
    assert judged(stringData={"key": ["YOUR_KEY"]}) == []
    assert judged(data={"some-key": "key1"}) == []
    assert judged(data={"tls.key": "base64 encoded key"}) == []
    assert judged(stringData={"key": ["hunter2"]}) != []


def test_what_is_no_text_may_be_anything() -> None:
    assert judged(data={"store": base64.b64encode(bytes(range(256))).decode()}) != []


def test_encrypted_as_a_whole() -> None:
    sops = {"mac": ENC}
    assert judged(data={"a": ENC}, sops=sops) == []
    assert judged(stringData={"a": ENC, "user": "web"}, sops=sops) == []
    assert judged(data={}) == []
    assert judged(data={"a": ENC, "b": b64("hunter2")}, sops=sops) != []
    assert judged(data={"a": ENC}, stringData={"b": "hunter2"}, sops=sops) != []


@pytest.mark.parametrize("text", [SOPS_YAML, SOPS_JSON, SOPS_ENV])
def test_an_encrypted_file_that_a_generator_read(text: str) -> None:
    """Flux decrypts it: it looks for what SOPS leaves in each value of data."""
    for key in ("conf.yaml", "conf", "secret.env"):
        assert judged(data={key: b64(text)}) == []


def test_an_encrypted_file_with_a_value_in_plain_text() -> None:
    assert judged(data={"conf.yaml": b64(f"token: hunter2\n{SOPS_YAML}")}) != []


def test_what_flux_cannot_decrypt_is_said() -> None:
    (finding,) = judged(stringData={"conf.yaml": SOPS_YAML})
    assert "Flux decrypts files in data alone" in finding.message
    assert finding.field == "/stringData/conf.yaml"
    lines = dict(line.split("=", 1) for line in SOPS_ENV.splitlines())
    (finding,) = judged(data={key: b64(value) for key, value in lines.items()})
    assert "what Flux needs to decrypt it (sops) is not in the Secret" in finding.message
    assert "files: and not envs:" in finding.hint
    annotations = {"kustomize.toolkit.fluxcd.io/decrypt": "disabled"}
    about = {"name": "keys", "annotations": annotations}
    (finding,) = judged(data={"a.yaml": b64(SOPS_YAML)}, metadata=about)
    assert "tells Flux to leave it" in finding.message
    (finding,) = judged(data={"a": ENC})
    assert finding.field == "/data/a"
