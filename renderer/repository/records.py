"""What is known of each tree that was rendered here before; only ever a short cut."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.cache import own_fingerprint
from renderer.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.cache import Cache
    from renderer.kubernetes.kinds import Kind

_KIND = "trees"


class Record(NamedTuple):
    """Digests of what a tree was rendered from and of the tree, and what was said of it.

    `patch_files` and `unknown_kinds` are what else has to be looked at to digest the inputs;
    `excused` are the places of the settings' exceptions that were needed.
    """

    inputs: str
    composition: str
    outputs: str
    manifests: int
    files: int
    patch_files: tuple[str, ...]
    unknown_kinds: tuple[Kind, ...]
    findings: tuple[Finding, ...]
    excused: tuple[int, ...]


class Records:
    """The records of one repository by output directory, kept in the cache.

    `targets` holds for each composition which targets of its parameters match something:
    [location, parameter, selection, matches] for each. Whether a target matches nowhere can
    only be said when all clusters are known, also those that were not rendered this time.
    """

    def __init__(self, cache: Cache | None, repository: str) -> None:
        self._cache = cache
        key = f"{own_fingerprint()} {repository}".encode("utf-8", "surrogateescape")
        self._key = hashlib.sha256(key).hexdigest()
        self._raw: dict[str, list[Any]] = {}
        self.targets: dict[str, list[list[Any]]] = {}
        kept = cache.get(_KIND, self._key) if cache else None
        if kept:
            self._raw, self.targets = json.loads(kept)

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
            used = {raw[1] for raw in self._raw.values()}
            targets = {key: found for key, found in self.targets.items() if key in used}
            self._cache.put(_KIND, self._key, json.dumps([self._raw, targets]).encode())


def _freeze(record: Record) -> list[Any]:
    return [
        record.inputs,
        record.composition,
        record.outputs,
        record.manifests,
        record.files,
        list(record.patch_files),
        [list(kind) for kind in record.unknown_kinds],
        [_freeze_finding(finding) for finding in record.findings],
        list(record.excused),
    ]


def _thaw(raw: list[Any]) -> Record:
    inputs, composition, outputs, manifests, files, patch_files, unknown, findings, excused = raw
    return Record(
        inputs,
        composition,
        outputs,
        manifests,
        files,
        tuple(patch_files),
        tuple((group, kind) for group, kind in unknown),
        tuple(map(_thaw_finding, findings)),
        tuple(excused),
    )


def _freeze_finding(finding: Finding) -> list[Any]:
    place = finding.location
    return [
        finding.rule,
        str(finding.severity),
        finding.message,
        [place.path, place.line, place.column] if place else None,
        finding.object,
        finding.field,
        finding.hint,
    ]


def _thaw_finding(raw: list[Any]) -> Finding:
    rule, severity, message, place, about, field, hint = raw
    location = Location(*place) if place else None
    return Finding(rule, Severity(severity), message, location, about, field, hint)
