"""What several documents expect is one Secret for those who make it."""

from __future__ import annotations

import pytest

from renderer.findings import Location
from renderer.kubernetes.expected import ExpectedKey, ExpectedSecret, contract, secret_ref


def secret(
    name: str, keys: str, *, namespace: str = "shop", kind: str = "", optional: bool = False
) -> ExpectedSecret:
    """An expectation; `keys` are written as `key=text key=text`."""
    place = Location("base/parameters.yaml", 1, 1)
    pairs = [one.split("=") for one in keys.split()]
    return ExpectedSecret(
        ref=secret_ref(namespace, name),
        keys=tuple(ExpectedKey(key, text, "", place) for key, text in pairs),
        type=kind,
        is_optional=optional,
        location=place,
        written=name,
    )


def shown(expected: list[ExpectedSecret], *used: str) -> list[str]:
    """The Secrets of a contract: which, its type, keys with their texts, whether it is optional."""
    refs = [
        secret_ref(namespace, name) for namespace, _, name in (one.partition("/") for one in used)
    ]
    return [
        " ".join(
            [
                f"{ref.namespace}/{ref.name}",
                *filter(None, [one.type]),
                *(f"{key.name}={key.description}" for key in one.keys),
                *["optional"] * one.is_optional,
            ]
        )
        for ref, one in contract(expected, refs).items()
    ]


@pytest.mark.parametrize(
    ("expected", "contracted"),
    [
        ([secret("a", "x=1"), secret("a", "y=2")], ["shop/a x=1 y=2"]),
        ([secret("a", "x=1 y=2"), secret("a", "x=3")], ["shop/a x=3 y=2"]),
        ([secret("a", "x=1", kind="k"), secret("a", "y=2")], ["shop/a k x=1 y=2"]),
        ([secret("a", "x=1", kind="k"), secret("a", "x=1", kind="l")], ["shop/a l x=1"]),
        ([secret("a", "x=1", optional=True), secret("a", "x=1")], ["shop/a x=1"]),
        (
            [secret("a", "x=1", optional=True), secret("a", "x=1", optional=True)],
            ["shop/a x=1 optional"],
        ),
        (  # what is completed later may need what stands between
            [secret("a", "x=1"), secret("b", "x=2"), secret("a", "y=3")],
            ["shop/b x=2", "shop/a x=1 y=3"],
        ),
        (
            [secret("a", "x=1"), secret("a", "x=2", namespace="other")],
            ["shop/a x=1", "other/a x=2"],
        ),
    ],
)
def test_several_documents(expected: list[ExpectedSecret], contracted: list[str]) -> None:
    assert shown(expected) == contracted


def test_without_a_namespace_it_is_expected_where_it_is_used() -> None:
    anywhere = secret("a", "x=1", namespace="")
    assert shown([anywhere]) == []
    assert shown([anywhere], "b/a", "a/a", "c/other") == ["a/a x=1", "b/a x=1"]
    assert shown([secret("a", "y=2"), anywhere], "shop/a") == ["shop/a y=2 x=1"]
    assert shown([anywhere], "/a") == ["/a x=1"]
