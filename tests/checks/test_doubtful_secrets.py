"""What may be a secret though nothing says so: hidden, and not accused; what is beside it shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.loading import manifest
from checks.test_planted_secrets import (
    HEX,
    LONG,
    WORD,
    about,
    args,
    assert_found_and_shown_nowhere,
    assert_hidden,
    b64,
    config,
    custom,
    env,
)
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.reports.redacting import without_exposed
from renderer.yamldoc.writing import write

# As a generator of keys writes: of 36 and 32 characters.
RANDOM = "wJalrXUtnFEMIK7MDENGbPxRfiCYzQ8rTuVw"
DIGEST = "sha256:" + HEX
CRYPT = f"$6$saltsalt${LONG}"
BCRYPT = f"$2y$10${LONG[:53]}"
# What is hidden, and what beside it is shown.
DOUBTFUL = {
    "random value": (env("SETTING", RANDOM), env("SETTING", "TheNameOfSomethingLongOf2Words9And1")),
    "random bytes": (
        env("SETTING", "kP8+xJ3vQ0mZ/7bYt2LwR5sNcHdFgVaE1uXiOoKyTqI="),
        env("SETTING", b64("a sentence of several words, and no key")),
    ),
    "token of a service that nobody knows": (
        env("SETTING", f"web_{RANDOM}"),
        env("SETTING", "ViT-SO400M-16-SigLIP2-384__webli"),
    ),
    "password in a sentence": (
        config("a.md", "# a\nThe password is `hunter2Zq9`.\n"),
        config("a.md", "# a\nThe password is `hunter`.\n"),
    ),
    "random field": (custom({"encrypt": RANDOM}, ""), custom({"digest": RANDOM}, "")),
    "random value in JSON": (
        config("a.json", json.dumps({"encrypt": RANDOM, "a": 1})),
        config("a.json", json.dumps({"encrypt": "gossip", "integrity": RANDOM, "a": 1})),
    ),
    "random value in settings": (
        config("a.conf", f"a = b\nencrypt = {RANDOM}\n"),
        config("a.conf", f"a = b\npublickey_fingerprint = {RANDOM}\n"),
    ),
    "random argument": (args("run", f"--with={RANDOM}"), args("run", f"--image=web@{DIGEST}")),
    "digest": (env("SETTING", RANDOM), env("SETTING", DIGEST)),
    "revision": (env("SETTING", RANDOM), env("SETTING", HEX[:40])),
    "public key": (about("annotations", "key", RANDOM), about("annotations", "publicKey", RANDOM)),
    "encrypted by SOPS": (
        config("a.yaml", f"a: b\niv: {RANDOM}\n"),
        config("a.yaml", f"a: ENC[AES256_GCM,data:a,iv:{RANDOM},tag:{RANDOM},type:str]\n"),
    ),
    "encrypted by Vault": (
        config("a.yaml", f"a: b\nenc: vault-{RANDOM}\n"),
        config("a.yaml", f"a: b\nenc: vault:v1:{RANDOM}\n"),
    ),
    "id of a key": (
        config("a.json", json.dumps({"kty": "RSA", "d": RANDOM})),
        config("a.json", json.dumps({"kty": "RSA", "kid": RANDOM})),
    ),
    "sum of a module": (
        config("a.hcl", f'a = b\nhashes = ["h2:{RANDOM}="]\n'),
        config("a.hcl", f'a = b\nhashes = ["h1:{RANDOM}="]\n'),
    ),
    "token to join a cluster": (
        env("SETTING", "abcdef.0123456789abcdef"),
        env("SETTING", "server.internalnetworks"),
    ),
    "id of a client of Sentry": (
        env("SETTING", f"https://{HEX[:32]}@o1.ingest.example.com/1"),
        env("SETTING", "https://somebody-who-logs-in@example.com/1"),
    ),
    "user of a TURN server": (
        config("turnserver.conf", f"a=b\nuser=web:{WORD}\n"),
        config("docker-compose.yaml", "a: b\nuser: 1000:1000\n"),
    ),
    "what is no name of a Secret": (
        config("turnserver.conf", f"a=b\nstatic-auth-secret={WORD}\n"),
        config("turnserver.conf", "a=b\nstatic-auth-secret=turn-auth-1\n"),
    ),
    "password of a word behind a space": (
        config("web.conf", "a b\nremote_password changeme\n"),
        config("web.conf", "a b\nremote_password required\n"),
    ),
    "hash of crypt": (
        config("shadow", f"root:{CRYPT}:19000:0:99999:7:::\n"),
        config("shadow", "root:!:19000:0:99999:7:::\n"),
    ),
    "hash of bcrypt": (
        custom({"users": [{"password": BCRYPT}]}, ""),
        custom({"users": [{"password": "$2y$10$"}]}, ""),
    ),
    "hash of argon2": (
        env("SETTING", f"$argon2id$v=19$m=65536,t=3,p=4${LONG[:22]}${LONG[:43]}"),
        env("SETTING", "argon2id"),
    ),
    "hash of Apache": (
        config("users", f"web:$apr1$abcdefgh${LONG[:22]}\n"),
        config("users", "rewrite ^(.*)$ /a$1$is_args$args last;\n"),
    ),
    "hash of LDAP": (
        config("a.conf", "access {SSHA}" + b64("correct horse battery staple") + "\n"),
        config("a.conf", "access {SSHA}\n"),
    ),
    "hash of PostgreSQL": (
        config("a.txt", f"SCRAM-SHA-256$4096:{LONG[:24]}${LONG[:44]}:{LONG[:44]}"),
        config("a.txt", "SCRAM-SHA-256"),
    ),
}


def _data(case: Any) -> dict[str, Any]:
    data: dict[str, Any] = case[0]
    return data


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("case", DOUBTFUL)
def test_in_doubt_it_is_hidden_where_nothing_says_secret(case: str) -> None:
    hidden, shown = map(_data, DOUBTFUL[case])
    assert exposed_secrets(manifest(hidden)) == []
    text = assert_hidden(hidden)
    for word in (RANDOM, WORD, "kP8+xJ3v", "0123456789abcdef", LONG[:12], HEX[:16]):
        assert word not in text
    assert exposed_secrets(manifest(shown)) == []
    lines = write(shown).splitlines(keepends=True)
    assert without_exposed(lines) == [lines]


@pytest.mark.holds_off("secret")
def test_a_token_in_the_place_of_a_user_is_found() -> None:
    token = f"{LONG}Zq"
    assert_found_and_shown_nowhere(*env("SETTING", f"https://{token}@example.com/web.git"))
