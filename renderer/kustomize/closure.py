"""Everything that kustomize reads for a directory, and one digest of all of it.

The digest is a Merkle digest: of a kustomization's bytes and, for each of its references,
of what it resolves to. Names of directories are not in it, so that two overlays of equal
content that refer to the same base have the same digest and can share one run of the engine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, FindingsError, Location, has_errors
from renderer.kustomize.files import Files, Found, Status, is_below
from renderer.kustomize.policy import Policy
from renderer.kustomize.reach import Reach, problem_of
from renderer.kustomize.references import Parsed
from renderer.kustomize.walk import Walk

if TYPE_CHECKING:
    from renderer.cache import Cache

__all__ = ["Closure", "ClosureReader", "Policy", "is_unchanged"]

# In the key of whatever is kept: goes up when reading a kustomization, or checking a file,
# gives another result for the same bytes.
_FORMAT = "3"


class Closure(NamedTuple):
    """What the engine would read for `root` (a directory's real path), and what it is.

    All paths are absolute and real. `files` are all files that may be read, sorted;
    `components` stand in kustomize's order of accumulation: one stands after those that its
    resources lead to, and before those that it lists itself. `documents` are the files that
    may hold documents of our own API group (Parameters, Values), `crds` those that may hold
    CustomResourceDefinitions. With `pinned` false, the same files can give another result
    tomorrow (a remote base without a commit, a chart): do not keep what was built.
    """

    root: str
    digest: str
    files: tuple[str, ...]
    components: tuple[str, ...]
    directories: tuple[str, ...]
    documents: tuple[str, ...]
    crds: tuple[str, ...]
    pinned: bool
    warnings: tuple[Finding, ...]


class ClosureReader:
    """Reads closures; what it has seen of the disk, it does not look at again.

    One reader is for one run: it takes the files to stay as they are. Parsed references and
    verdicts on content are kept in `cache`, by content.
    """

    def __init__(self, policy: Policy, cache: Cache | None) -> None:
        self.policy = policy
        self.files = Files(policy)
        self.open: list[str] = []  # the directories on the way to the one being read
        self._cache = cache
        self._reaches: dict[str, Reach] = {}
        self._parsed: dict[bytes, Parsed] = {}
        self._plugins: dict[bytes, Parsed] = {}
        self._checked: set[bytes] = set()
        self._verdicts: dict[str, Finding | None] = {}

    def read(self, root: str) -> Closure:
        """Read the closure of a directory.

        Raises FindingsError with everything that is wrong on the way, warnings included.
        """
        absolute = os.path.abspath(root)
        real = self.files.real(absolute)
        reach = self.reach(real) if self.files.is_allowed(real) else Reach(is_missing=True)
        if reach.is_missing:
            raise FindingsError([self._missing_root(absolute, real)])
        findings = [*reach.findings]
        if not has_errors(findings):
            findings += self._content_problems(reach)
        if has_errors(findings):
            raise FindingsError(sorted(dict.fromkeys(findings), key=_place))
        return Closure(
            root=real,
            digest=reach.digest.hex(),
            files=tuple(sorted(reach.files)),
            components=tuple(reach.components),
            directories=tuple(sorted(reach.directories)),
            documents=tuple(reach.documents),
            crds=tuple(reach.crds),
            pinned=reach.pinned,
            warnings=tuple(dict.fromkeys(findings)),
        )

    def _missing_root(self, absolute: str, real: str) -> Finding:
        """Say what is wrong with a root; nothing refers to it that could be blamed."""
        found = Found(Status.OUTSIDE, real)
        if self.files.is_allowed(real):
            found = self.files.look(absolute)
        rule, message = problem_of(found, is_directory=True)
        if found.status is Status.DIRECTORY:
            rule, message = "missing-kustomization", "there is no kustomization.yaml in it"
        return Finding.error(rule, message, self.location(absolute))

    def location(self, path: str, line: int = 0, column: int = 0) -> Location:
        """Name a place for people: relative to the repository if it is in it."""
        repository = self.policy.repository
        inside = is_below(path, repository)
        shown = os.path.relpath(path, repository) if inside else path
        return Location(shown.replace(os.sep, "/"), line, column)

    def reach(self, real: str) -> Reach:
        """Read the kustomization of a directory; each directory once."""
        reach = self._reaches.get(real)
        if reach is None:
            self.open.append(real)
            try:
                reach = Walk(self, real).read()
            finally:
                self.open.pop()
            self._reaches[real] = reach
        return reach

    def kustomization(self, digest: bytes, source: bytes) -> Parsed:
        """Read what a kustomization refers to, or remember it."""
        parsed = self._parsed.get(digest)
        if parsed is None:
            parsed = self._parsed[digest] = self._parse("kustomization", digest, source)
        return parsed

    def plugins(self, found: Found) -> Parsed:
        """Read what a file of plugin configurations refers to, or remember it."""
        parsed = self._plugins.get(found.digest)
        if parsed is None:
            _, source = self.files.load(found.real)
            parsed = self._plugins[found.digest] = self._parse("plugins", found.digest, source)
        return parsed

    def _parse(self, what: str, digest: bytes, source: bytes) -> Parsed:
        key = f"{_FORMAT}-{what}-{digest.hex()}"
        kept = self._cache.get("references", key) if self._cache else None
        if kept is not None and (parsed := Parsed.from_json(kept)) is not None:
            return parsed
        from renderer.kustomize import reading

        parse = reading.parse_plugins if what == "plugins" else reading.parse_kustomization
        parsed = parse(source)
        if self._cache:
            self._cache.put("references", key, parsed.to_json())
        return parsed

    def _content_problems(self, reach: Reach) -> list[Finding]:
        """Look into files that would harm the engine; content that was fine stays fine."""
        if reach.digest in self._checked:
            return []
        key = f"{_FORMAT}-{reach.digest.hex()}"
        if self._cache is None or self._cache.get("checked", key) is None:
            verdicts = (self._verdict(path) for path in reach.parsed_files)
            findings = [finding for finding in verdicts if finding is not None]
            if findings:
                return findings
            if self._cache:
                self._cache.put("checked", key, b"")
        self._checked.add(reach.digest)
        return []

    def _verdict(self, path: str) -> Finding | None:
        if path not in self._verdicts:
            from renderer.yamldoc.reading import YamlError, check_safe

            self._verdicts[path] = None
            try:
                check_safe(self.files.load(path)[1])
            except YamlError as error:
                self._verdicts[path] = Finding.error(
                    "unsafe-yaml",
                    error.message,
                    self.location(path, error.line, error.column),
                    hint=error.hint,
                )
        return self._verdicts[path]


def _place(finding: Finding) -> Location:
    return finding.location or Location("")


def is_unchanged(closure: Closure, policy: Policy, cache: Cache | None) -> bool:
    """Whether everything is still as it was when the closure was read.

    To be asked after the engine has run and before its output is kept under the digest: a
    file that was edited in between would give the old digest a new result for ever.
    """
    try:
        return ClosureReader(policy, cache).read(closure.root).digest == closure.digest
    except FindingsError:
        return False
