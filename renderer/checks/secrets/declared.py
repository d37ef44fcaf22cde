"""Values of parameters that their components declare secret, in plain text in what is no Secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.values import is_literal
from renderer.findings import Finding
from renderer.kubernetes.manifests import is_secret
from renderer.patching.pointing import format_path, texts_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from renderer.findings import Location
    from renderer.patching.draft import Draft
    from renderer.patching.final import Final
    from renderer.patching.ledger import Origin
    from renderer.patching.pointing import Path

_HINT = (
    "keep the value in a Secret and let the parameter name that; what was committed is known, so"
    " replace it"
)
# What is looked for in what no parameter wrote: a shorter value, or a word, stands there by chance.
_SHORTEST = 8
_WORD = re.compile(r"[a-z]+\Z")
_AS_WRITTEN = re.compile(r"[^\s'\"\\]+")  # is in every spelling of YAML what it is


def declared_secrets(drafts: Iterable[Draft], secret: Collection[str]) -> list[Finding]:
    """The fields of drafts that hold the value of one of the `secret` parameters.

    A Secret is judged as any other (plain-secret). No message holds a value.
    """
    if not secret:
        return []
    return [
        _finding(names, draft.base.label, path, origin.location)
        for draft in drafts
        if not is_secret(draft.base.ref)
        for path, origin, names in _fields(draft, secret)
        if _is_plain(draft.value(path))
    ]


class Copies:
    """The values of `secret` parameters (by name) in what was copied: by a patch, a replacement, or
    by hand. A value is looked for where it is long enough to stand nowhere by chance."""

    def __init__(self, secrets: Mapping[str, Any]) -> None:
        self._values = {
            text: name
            for name, value in secrets.items()
            for _, text in texts_in(value)
            if len(text) >= _SHORTEST and is_literal(text) and not _WORD.match(text)
        }
        self._parts = [
            max(_AS_WRITTEN.findall(text), key=len, default=text) for text in self._values
        ]

    def may_be_in(self, text: str) -> bool:
        """Whether a text of YAML holds one of the values, or a part that is like it."""
        return any(part in text for part in self._parts)

    def findings(self, finals: Iterable[Final], told: Iterable[Finding]) -> list[Finding]:
        """The fields of manifests, but for those that were told, that hold a value."""
        if not self._values:
            return []
        known = {(one.object, one.field) for one in told}
        found = [
            _finding([name], final.manifest.label, path)
            for final in finals
            if not is_secret(final.manifest.ref) and self.may_be_in(final.text)
            for path, text in texts_in(final.manifest.data)
            for value, name in self._values.items()
            if value in text
        ]
        return [one for one in found if (one.object, one.field) not in known]


def holders_of(drafts: Mapping[int, Draft], secret: Collection[str]) -> set[int]:
    """The indices of the drafts that hold the value of one of the `secret` parameters."""
    return {index for index, draft in drafts.items() if any(_fields(draft, secret))}


def _fields(draft: Draft, secret: Collection[str]) -> Iterator[tuple[Path, Origin, list[str]]]:
    """The fields that `secret` parameters filled: who wrote each, and which of them."""
    for path, origin in draft.written():
        names = [name for name in origin.parameters if name in secret]
        if names:
            yield path, origin, names


def _finding(
    names: Iterable[str], label: str, path: Path, location: Location | None = None
) -> Finding:
    message = f"the value of {' and '.join(names)}, which is declared secret, is in plain text"
    field = format_path(path)
    return Finding.error("exposed-secret", message, location, object=label, field=field, hint=_HINT)


def _is_plain(value: Any) -> bool:
    if isinstance(value, (dict, list)):
        return any(map(_is_plain, value.values() if isinstance(value, dict) else value))
    return is_literal(value) if isinstance(value, str) else value is not None
