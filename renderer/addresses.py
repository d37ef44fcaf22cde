"""Addresses as they can stand in a message: without what lets somebody in."""

from __future__ import annotations

import re

# Where an address is taken for a path, one slash of both is left.
_ADDRESS = re.compile(
    r"(?P<scheme>[\w+.-]+://|\b(?:https?|ssh|git):/)(?P<rest>[^\s'\"<>]+)", re.IGNORECASE
)
_ANSWER = re.compile(r"(?P<key>[?&][\w.-]+=|[?&])(?P<value>[^&#]*)")
# What kustomize reads of a query itself (api/internal/git/repospec.go).
_SHOWN = frozenset(["?ref=", "&ref=", "?version=", "&version=", "?timeout=", "&timeout="])
_HIDDEN = "HIDDEN"


def without_credentials(text: str) -> str:
    """A text whose addresses say no user, password or token, and of a query only a version.

    The name of a user of ssh stays: it is the same for all.
    """
    return _ADDRESS.sub(_cleaned, text)


def _cleaned(address: re.Match[str]) -> str:
    scheme, rest = address["scheme"], address["rest"]
    user, at, place = rest.rpartition("@")
    if at and (":" in user or "ssh:" not in scheme):
        user = _HIDDEN
    return f"{scheme}{user}{at}{_ANSWER.sub(_answer, place)}"


def _answer(part: re.Match[str]) -> str:
    is_shown = part["key"] in _SHOWN or not part["value"]
    return part[0] if is_shown else f"{part['key']}{_HIDDEN}"
