"""Values of parameters that their components declare secret, in plain text in what is no Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.values import is_literal
from renderer.findings import Finding
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from renderer.patching.draft import Draft
    from renderer.patching.ledger import Origin
    from renderer.patching.pointing import Path

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
        for path, origin, names in _fields(draft, secret)
        if _is_plain(draft.value(path))
    ]


def holders_of(drafts: Mapping[int, Draft], secret: Collection[str]) -> set[int]:
    """The indices of the drafts that hold the value of one of the `secret` parameters."""
    return {index for index, draft in drafts.items() if any(_fields(draft, secret))}


def _fields(draft: Draft, secret: Collection[str]) -> Iterator[tuple[Path, Origin, list[str]]]:
    """The fields that `secret` parameters filled: who wrote each, and which of them."""
    for path, origin in draft.written():
        names = [name for name in origin.parameters if name in secret]
        if names:
            yield path, origin, names


def _is_plain(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_is_plain, value.values() if isinstance(value, dict) else value))
    return is_literal(value) if isinstance(value, str) else value is not None
