"""The formats of CustomResourceDefinitions against a real API server."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from e2e.asking import Server
from renderer.checks.schema import Schemas
from renderer.checks.schema.custom_formats import CUSTOM_FORMATS
from renderer.kubernetes.manifests import Manifest, object_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.controlplane import ControlPlane

SEED = 7
NUMBERS = ("int32", "int64", "x-not-empty")
FORMATS = [one for one in CUSTOM_FORMATS if one not in NUMBERS]

# Go's url.ParseRequestURI also looks into the host, the port and the escapes.
LENIENT = ("uri",)

# The first of each are right.
VALUES = {
    "byte": ["aGk=", "aGk", "aG k=", "aGk\n", "", "====", "YQ==", "YR==", "a-_="],
    "cidr": ["10.0.0.0/8", "010.0.0.0/08", "::/0", "10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "/8"],
    "date": ["2024-02-29", "2023-02-29", "2024-2-9", "0000-01-01", "2024-13-01", "2024-02-29T"],
    "date-time": ["2024-02-29T10:00:00Z", "2024-02-30T10:00:00Z", "2024-02-29T10:00:00+01", "now"],
    "duration": [
        "1h30m",
        "1.5h",
        "0",
        "5 days",
        "1 fortnight",
        "-3s",
        "7",
        "",
        "1.s",
        "3 µs",
        "1w",
    ],
    "hostname": [
        "web.example.com",
        "web",
        "a-b-c",
        "-a",
        "a_b",
        "a.b",
        "web.example.c0m",
        "ex$mple",
    ],
    "ipv4": ["10.0.0.1", "010.0.0.1", "10.0.0", "::1", "::ffff:10.0.0.1", "10.0.0.256", "1.2.3.4 "],
    "ipv6": ["::1", "fe80::1%eth0", "1::2::3", "10.0.0.1", "::ffff:10.0.0.1", "::ffff:010.0.0.1"],
    "mac": ["00:00:5e:00:53:01", "00-00-5E-00-53-01", "0000.5e00.5301", "00:00:5e", "0:0:5e:0:5:1"],
    "uri": ["https://example.com/x", "/x", "example.com", "mailto:a@example.com", "", "*", "1a:b"],
    "uuid": ["0b8b4a4e-0d4c-4a64-9c1c-0d2f6c0a7d11", "0B8B4A4E0D4C4A649C1C0D2F6C0A7D11", "0b8b"],
    "uuid3": ["0b8b4a4e-0d4c-3a64-7c1c-0d2f6c0a7d11", "0b8b4a4e-0d4c-4a64-9c1c-0d2f6c0a7d11"],
    "uuid4": ["0b8b4a4e-0d4c-4a64-9c1c-0d2f6c0a7d11", "0b8b4a4e-0d4c-4a64-7c1c-0d2f6c0a7d11"],
    "uuid5": ["0b8b4a4e-0d4c-5a64-9c1c-0d2f6c0a7d11", "0b8b4a4e-0d4c-5a64-7c1c-0d2f6c0a7d11"],
}
VALUES["datetime"] = VALUES["date-time"]

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "formats.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Format", "plural": "formats"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {one: {"type": "string", "format": one} for one in FORMATS},
                    }
                },
            }
        ],
    },
}


def _values(name: str, random: Random) -> Iterator[str]:
    """The values above, and each with a character more, less or another."""
    for value in VALUES[name]:
        yield value
        for _ in range(8):
            at = random.randrange(len(value) + 1)
            new = random.choice(["", *"09aZfg.:-/%_ +$éT\n"])
            yield value[:at] + new + value[at + random.randrange(2) :]


@pytest.mark.proves("strings with a format get the verdict of the API server", "kube-apiserver")
def test_strings_with_a_format_get_the_same_verdict(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "--filename=-", stdin=json.dumps(DEFINITION))
    cluster.kubectl("wait", "--for=condition=Established", "crd/formats.example.com")
    server = Server(cluster.api)
    server.served()
    schemas = Schemas().with_definitions([DEFINITION])
    random = Random(SEED)
    differing = []
    for name in FORMATS:
        values = dict.fromkeys(_values(name, random))
        accepted = 0
        for value in values:
            data = {
                "apiVersion": "example.com/v1",
                "kind": "Format",
                "metadata": {"name": "a", "namespace": "default"},
                name: value,
            }
            is_accepted = server.create(data).accepted
            accepted += is_accepted
            is_found = bool(schemas.check(Manifest(object_ref(data), data, "a")))
            if is_accepted == is_found and (is_accepted or name not in LENIENT):
                differing.append((name, value, is_accepted))
        assert 0 < accepted < len(values)
        assert server.create(data | {name: VALUES[name][0]}).accepted
    assert differing == []
