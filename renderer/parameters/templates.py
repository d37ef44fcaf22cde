"""Reading strings with `$(parameter)` in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.parameters.model import Template

if TYPE_CHECKING:
    from renderer.parameters.fields import Fields, Path

_REFERENCE = re.compile(r"\$\(([^()]*)\)|\$\$(?=\()")


def read_template(fields: Fields, path: Path, hint: str = "") -> Template | None:
    """The template at a path; one with a `$(` that is not closed is a finding and None."""
    text = fields.text(path, required=True, hint=hint)
    if "$(" in _REFERENCE.sub("\0", text):
        hint = "write $(parameter), or $$( for Kubernetes' own $("
        fields.error("open-reference", "a $( is not closed", path, hint)
        return None
    parts = [""]
    end = 0
    for found in _REFERENCE.finditer(text):
        parts[-1] += text[end : found.start()]
        end = found.end()
        if found[1] is None:  # $$( is Kubernetes' own $(
            parts[-1] += "$"
        else:
            parts += [found[1], ""]
    parts[-1] += text[end:]
    return Template(tuple(parts))
