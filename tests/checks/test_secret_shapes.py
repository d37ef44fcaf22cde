"""Which values are written as names are, and which nobody gives to a thing as its name."""

from __future__ import annotations

import pytest

from renderer.checks.secrets.shapes import is_made

NAMES = """\
web
web-tls
web_tls.key
kubeconfig3
default/kubeconfig1
ref:web/db
webTlsSecret
WEB_TLS
SomeProduct
90d
v1beta1
s3
10.0.0.1
registry.example.com/web/proxy:v1.2.3
2026-03-17
gpt-4o-mini
""".splitlines()
MADE = """\
hunter2Zq9
web-hunter2Zq9
a1b2c3d4
Xy3Qp
b86d64c4-9111-451a-ab22-77cea15aeb68
0a1b2c3d0a1b2c3d
gdJeWq7RtY
correct!horse
d29ybGQ=
changeme
supersecret
password
P@ssw0rd
web123
webadmin
1234567890123
aVeryLongOneThatNoWordIsAsLongAs1and2
""".splitlines()


@pytest.mark.parametrize("value", NAMES)
def test_names(value: str) -> None:
    assert not is_made(value)


@pytest.mark.parametrize("value", MADE)
def test_what_is_made(value: str) -> None:
    assert is_made(value)
