"""Our own Markdown as text for a terminal: paragraphs, lists with dashes, fenced blocks, links."""

from __future__ import annotations

import re
import textwrap

from renderer.reports.text import wrapped

_FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^(?=- )", re.MULTILINE)
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
_ADDRESS = re.compile(r"<(https://[^>]+)>")


def plain_text(markdown: str) -> str:
    """Prose is filled anew for a terminal's width; what was fenced is indented as it is."""
    parts = []
    for place, part in enumerate(_FENCED.split(markdown)):
        if place % 2:
            parts.append(textwrap.indent(part.rstrip("\n"), "    "))
        else:
            parts += [_prose(one) for one in part.strip("\n").split("\n\n") if one]
    return "\n\n".join(parts) + "\n"


def _prose(paragraph: str) -> str:
    text = _ADDRESS.sub(r"\1", _LINK.sub(r"\1", paragraph))
    return "\n".join(map(_filled, filter(None, _ITEM.split(text))))


def _filled(text: str) -> str:
    below = "  " if text.startswith("- ") else ""
    return "\n".join(wrapped(" ".join(text.split()), "", below))
