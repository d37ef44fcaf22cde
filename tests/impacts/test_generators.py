"""What Applications are made of, before and after."""

from typing import Any

import pytest

from renderer.impacts.losing.generators import made

GIT = {"repoURL": "https://example.com/r.git", "directories": [{"path": "a/*"}]}
_LIST = {"list": {"elements": [{"shop": "a"}]}}


@pytest.mark.parametrize(
    ("old", "new", "has_all"),
    [
        ({"git": GIT}, {"git": {**GIT, "revision": "v2", "requeueAfterSeconds": 60}}, True),
        ({"git": GIT}, {"git": {**GIT, "repoURL": "git@example.com:r"}}, True),
        ({"git": GIT}, {"git": {**GIT, "repoURL": "https://example.com/other.git"}}, False),
        ({"git": GIT}, {"git": {**GIT, "directories": [{"path": "b"}, {"path": "a/*"}]}}, True),
        ({"git": GIT}, {"git": {**GIT, "directories": [{"path": "b"}]}}, False),
        (
            {"git": GIT},
            {"git": {**GIT, "directories": [{"path": "a/*"}, {"path": "a/b", "exclude": True}]}},
            False,
        ),
        ({"clusters": {}}, {"clusters": {"values": {"version": "2"}}}, True),
        ({"clusters": {}}, {"clusters": {"selector": {"matchLabels": {"a": "b"}}}}, False),
        (_LIST, {**_LIST, "selector": {"matchLabels": {"a": "b"}}}, False),
        ({**_LIST, "selector": {"matchLabels": {"a": "b"}}}, _LIST, True),
        (
            {"matrix": {"generators": [_LIST, {"git": GIT}]}},
            {"matrix": {"generators": [{"git": GIT}, _LIST, {"clusters": {}}]}},
            True,
        ),
        ({"matrix": {"generators": [_LIST, {"git": GIT}]}}, _LIST, False),
        ({"plugin": 5}, {"plugin": None}, True),
    ],
)
def test_what_is_made_of_others(old: Any, new: Any, has_all: bool) -> None:
    assert made([new], "{{shop}}").has_all_of(made([old], "{{shop}}")) is has_all


@pytest.mark.parametrize("name", ["{{shop}}", "{{ .shop }}-x", "{{- .shop -}}"])
def test_an_element_is_known_by_what_is_in_the_name(name: str) -> None:
    old = [{"list": {"elements": [{"shop": "a", "version": 1}]}}]
    new = [{"list": {"elements": [{"shop": "a", "version": 2}]}}]
    assert made(new, name).has_all_of(made(old, name))
    assert not made(new, "fixed").has_all_of(made(old, "fixed"))
