"""What merging opens and breaks, case by case."""

import pytest

from impacts.stated import check, told_of
from renderer.impacts import access, outage

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: b}\n"


@pytest.mark.parametrize("file", ["exposure.txt", "network.txt", "pods.txt", "rbac.txt"])
def test_what_is_opened(file: str) -> None:
    check(access.consequences, file)


@pytest.mark.parametrize("file", ["outage.txt"])
def test_what_stops(file: str) -> None:
    check(outage.consequences, file)


def test_what_opens_nothing_is_silent() -> None:
    assert told_of(access.consequences, CONFIG, CONFIG.replace("a: b", "a: c")) == []
