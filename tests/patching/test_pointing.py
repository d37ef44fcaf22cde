"""What is said of a path that means no field, and the next step."""

from __future__ import annotations

from typing import Any

import pytest

from renderer.patching.pointing import PointerError, parse_pointer, resolve

_WEB: dict[str, Any] = {
    "metadata": {"name": "web", "labels": {"example.com/team": "shop", "tier": "front"}},
    "spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {"name": "web", "image": "web:1", "env": [{"name": "KEY", "value": "hunter2"}]}
                ],
                "volumes": [{"name": "data"}],
            },
        },
    },
    "data": {"app.ini": "hunter2"},
}
_POD = "/spec/template/spec"


def _hint(path: str, **how: bool) -> str:
    with pytest.raises(PointerError) as caught:
        resolve(_WEB, parse_pointer(path), **how)
    assert "hunter2" not in str(caught.value) + caught.value.hint
    return caught.value.hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (
            "/metadata/labels/example.com/team",
            "write / inside a key as ~1: /metadata/labels/example.com~1team",
        ),
        (
            "/metadata/labels/example.org/team",
            "write / inside a key as ~1: /metadata/labels/example.org~1team",
        ),
        ("/spec/replica", "did you mean replicas?"),
        ("/spec/containers/0/image", f"did you mean {_POD}/containers/0/image?"),
        ("/spec/containers/[name=web]/image", f"did you mean {_POD}/containers/[name=web]/image?"),
        ("/metadata/annotations/x", "there are labels, name"),
        (f"{_POD}/containers/web/image", "write [name=web]"),
        (f"{_POD}/containers/[name=a/b]/image", "write [key=value], with / in the value as ~1"),
        (f"{_POD}/containers/[name=wep]/image", "did you mean web?"),
        (f"{_POD}/containers/0/env/[value=x]/name", ""),
        (f"{_POD}/[name=volumes]", "did you mean volumes?"),
        (f"{_POD}/volumes/1", ""),
        ("/data/app.ini/core", "write the string as a whole"),
        ("/spec/replicas/0", ""),
    ],
)
def test_a_field_that_should_be_there(path: str, hint: str) -> None:
    assert _hint(path) == hint


def test_what_is_alike_at_every_depth_is_looked_through_once() -> None:
    nested: dict[str, Any] = {}
    for _ in range(190):
        nested = {"a": nested}
    with pytest.raises(PointerError) as caught:
        resolve({"c": nested}, parse_pointer("/a/a/x"))
    assert caught.value.hint == "there is only c"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/spec/replica", "did you mean replicas?"),
        ("/spec/paused", "to set a field that is not there, write op: add"),
        ("/metadata/annotations/x", "add /metadata/annotations whole, with the value {x: ...}"),
        ("/metadata/lables/x", "did you mean labels?"),
        ("/spec/containers/0/image", f"did you mean {_POD}/containers/0/image?"),
    ],
)
def test_a_field_that_is_replaced(path: str, hint: str) -> None:
    assert _hint(path, replacing=True) == hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (
            "/metadata/labels/example.org/team",
            "write / inside a key as ~1: /metadata/labels/example.org~1team",
        ),
        (
            "/metadata/annotations/x",
            "add /metadata/annotations whole, with the value {x: ...}",
        ),
        (
            "/metadata/annotations/example.com/team",
            "add /metadata/annotations whole, with the value {example.com/team: ...}",
        ),
        ("/metadata/lables/x", "did you mean labels? else add /metadata/lables whole, with the"),
        (
            "/spec/strategy/rollingUpdate/maxSurge",
            "add /spec/strategy whole, with the value {rollingUpdate: {maxSurge: ...}}",
        ),
        (
            f"{_POD}/containers/0/ports/-",
            f"add {_POD}/containers/0/ports whole, with the value [...]",
        ),
        (
            f"{_POD}/containers/0/ports/[name=http]/port",
            f"add {_POD}/containers/0/ports whole, with the value [{{name: http, port: ...}}]",
        ),
        (
            f"{_POD}/containers/0/ports/[name=http]",
            f"add {_POD}/containers/0/ports whole, with the value [{{name: http, ...}}]",
        ),
        ("/spec/containers/-", f"did you mean {_POD}/containers/-?"),
        (f"{_POD}/volumes/3", "write - to append"),
    ],
)
def test_a_field_that_is_added(path: str, hint: str) -> None:
    assert _hint(path, adding=True).startswith(hint)
