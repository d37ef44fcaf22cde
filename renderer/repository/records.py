"""What is known of each tree that was rendered here before; only ever a short cut."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.cache import own_fingerprint
from renderer.findings import Finding, Location, Severity
from renderer.kubernetes.expected import Expected
from renderer.tree.header import Header
from renderer.tree.planning import Stray

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.cache import Cache
    from renderer.kubernetes.kinds import Kind

_KIND = "trees"


class Record(NamedTuple):
    """Digests of what a tree was rendered from and of the tree, and what was said of it.

    `siblings` is the digest of what the other trees of its cluster were rendered from.
    `patch_files` and `unknown_kinds` are what else has to be looked at to digest the inputs;
    `excused` are the indices of the settings' exceptions that were needed; `expected` says whether
    the Secrets that it expects are used; `strays` are the files
    in it that were rendered for other trees; `notes` and `quoted` are what is worth knowing of it.
    """

    inputs: str
    siblings: str
    composition: str
    outputs: str
    manifests: int
    files: int
    patch_files: tuple[str, ...]
    unknown_kinds: tuple[Kind, ...]
    findings: tuple[Finding, ...]
    excused: tuple[int, ...]
    expected: tuple[Expected, ...]
    strays: tuple[Stray, ...]
    notes: tuple[str, ...]
    quoted: tuple[str, ...]


class Suspect(NamedTuple):
    """An entry of a kustomization that nothing that came out looks like.

    Paths are relative to the root of the closure: clusters with equal content share them.
    `owner` is the kustomization, `file` where the entry stands, `at` its index in the list
    `field`, and that of the target in a replacement. `text` is what it selects.
    """

    owner: str
    file: str
    in_component: bool
    field: str
    at: tuple[int, ...]
    line: int
    column: int
    text: str
    hint: str


class Suspects(NamedTuple):
    """The suspects of a composition, and all files with entries that select something."""

    files: tuple[str, ...]
    entries: tuple[Suspect, ...]


class Records:
    """The records of one repository by output directory, kept in the cache.

    `targets` holds for each composition which targets of its parameters match something:
    [location, parameter, selection, matches] for each. Whether a target matches nowhere can
    only be said when all clusters are known, also those that were not rendered this time. So it
    is with `suspects`, the entries of kustomizations that seem to select nothing.
    """

    def __init__(self, cache: Cache | None, repository: str) -> None:
        self._cache = cache
        key = f"{own_fingerprint()} {repository}".encode("utf-8", "surrogateescape")
        self._key = hashlib.sha256(key).hexdigest()
        self._raw: dict[str, dict[str, Any]] = {}
        self.targets: dict[str, list[list[Any]]] = {}
        self.suspects: dict[str, Suspects] = {}
        kept = cache.get(_KIND, self._key) if cache else None
        if kept:
            self._raw, self.targets, suspects = json.loads(kept)
            self.suspects = {key: _thaw_suspects(*found) for key, found in suspects.items()}

    def get(self, output: str) -> Record | None:
        raw = self._raw.get(output)
        return _thaw(raw) if raw else None

    def keep(self, records: Iterable[tuple[str, Record]]) -> None:
        """Adds records, and puts all of them into the cache if any is new."""
        changed = False
        for output, record in records:
            raw = _freeze(record)
            if self._raw.get(output) != raw:
                self._raw[output] = raw
                changed = True
        if changed and self._cache:
            used = {raw["composition"] for raw in self._raw.values()}
            targets = {key: found for key, found in self.targets.items() if key in used}
            suspects = {key: found for key, found in self.suspects.items() if key in used}
            kept = json.dumps([self._raw, targets, suspects])
            self._cache.put(_KIND, self._key, kept.encode())


def _thaw_suspects(files: list[str], entries: list[list[Any]]) -> Suspects:
    found = (Suspect(*one)._replace(at=tuple(one[4])) for one in entries)
    return Suspects(tuple(files), tuple(found))


def _freeze(record: Record) -> dict[str, Any]:
    """A record as JSON reads it back."""
    return {
        **record._asdict(),
        "patch_files": [*record.patch_files],
        "unknown_kinds": [[*kind] for kind in record.unknown_kinds],
        "findings": [_freeze_finding(finding) for finding in record.findings],
        "excused": [*record.excused],
        "expected": [[[*place], what, is_used] for place, what, is_used in record.expected],
        "strays": [[path, [*header]] for path, header in record.strays],
        "notes": [*record.notes],
        "quoted": [*record.quoted],
    }


def _thaw(raw: dict[str, Any]) -> Record:
    changed = {
        "patch_files": tuple(raw["patch_files"]),
        "unknown_kinds": tuple((group, kind) for group, kind in raw["unknown_kinds"]),
        "findings": tuple(map(_thaw_finding, raw["findings"])),
        "excused": tuple(raw["excused"]),
        "expected": tuple(
            Expected(Location(*place), what, is_used) for place, what, is_used in raw["expected"]
        ),
        "strays": tuple(Stray(path, Header(*header)) for path, header in raw["strays"]),
        "notes": tuple(raw["notes"]),
        "quoted": tuple(raw["quoted"]),
    }
    return Record(**{**raw, **changed})


def _freeze_finding(finding: Finding) -> dict[str, Any]:
    location = finding.location
    return {
        **finding._asdict(),
        "severity": str(finding.severity),
        "location": [*location] if location else None,
    }


def _thaw_finding(raw: dict[str, Any]) -> Finding:
    location = raw["location"]
    changed = {
        "severity": Severity(raw["severity"]),
        "location": Location(*location) if location else None,
    }
    return Finding(**{**raw, **changed})
