"""Values of parameters that their components declare secret, in plain text in what is no Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.values import is_literal
from renderer.findings import Finding
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from renderer.patching.draft import Draft

_ENCRYPTED = "ENC["
_HINT = (
    "keep the value in a Secret and let the parameter name that; what was committed is known, so"
    " replace it"
)


def declared_secrets(drafts: Iterable[Draft], secret: Collection[str]) -> list[Finding]:
    """The fields of drafts that hold the value of one of the `secret` parameters.

    A Secret is judged as any other (plain-secret). No message holds a value.
    """
    if not secret:
        return []
    return [
        Finding.error(
            "exposed-secret",
            f"the value of {' and '.join(names)}, which is declared secret, is in plain text",
            origin.location,
            object=draft.base.label,
            field=format_path(path),
            hint=_HINT,
        )
        for draft in drafts
        if (draft.base.ref.group, draft.base.ref.kind) != ("", "Secret")
        for path, origin in draft.written()
        if (names := [name for name in origin.parameters if name in secret])
        and _is_plain(draft.value(path))
    ]


def holders_of(drafts: Mapping[int, Draft], secret: Collection[str]) -> set[int]:
    """The indices of the drafts that hold the value of one of the `secret` parameters."""
    return {
        index
        for index, draft in drafts.items()
        if any(name in secret for _, origin in draft.written() for name in origin.parameters)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_is_plain, value.values() if isinstance(value, dict) else value))
    is_text = isinstance(value, str)
    return value is not None and not (
        is_text and (value.startswith(_ENCRYPTED) or not is_literal(value))
    )
