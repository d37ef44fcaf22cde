"""Everything that kustomize reads for a directory, and one digest of all of it.

The digest is a Merkle digest: of a kustomization's bytes and, for each of its references,
of what it resolves to. Names of directories are not in it, so that two overlays of equal
content that refer to the same base have the same digest and can share one run of the engine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, FindingsError, Location, has_errors
from renderer.kustomize.files import (
    KUSTOMIZATION_FILES,
    Files,
    Found,
    Status,
    location_in,
    problem_of,
)
from renderer.kustomize.parsed import Parsed
from renderer.kustomize.parses import FORMAT, Parses
from renderer.kustomize.policy import Policy
from renderer.kustomize.reach import Reach
from renderer.kustomize.walk import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.cache import Cache

# The fields of a kustomization that lead to others.
_LEADING = (
    *("resources", "bases", "components"),
    *("generators", "transformers", "validators"),
)

__all__ = ["Closure", "ClosureReader", "Policy", "is_unchanged"]


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
        self._repository = policy.repository
        self._files = Files(policy)
        self._parses = Parses(self._files, cache)
        self._walker = Walker(policy, self._files, self._parses)
        self._cache = cache
        self._checked: set[bytes] = set()
        self._verdicts: dict[str, Finding | None] = {}

    def read(self, root: str) -> Closure:
        """Read the closure of a directory.

        Raises FindingsError with everything that is wrong on the way, warnings included.
        """
        real, reach = self._reach(root)
        if reach.is_missing:
            raise FindingsError([self._missing_root(os.path.abspath(root), real)])
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

    def reachable(self, root: str) -> frozenset[str] | None:
        """All files that a directory which cannot be composed leads to; None if it is not known.

        It is not where a path that may lead to a kustomization leads nowhere, or a kustomization
        itself is not understood.
        """
        _, reach = self._reach(root)
        broken = [one.field.partition(".")[0] for one in reach.findings if one.is_error]
        if reach.is_missing or any(name in ("", *_LEADING) for name in broken):
            return None
        return frozenset(reach.files)

    def directories(self, root: str) -> tuple[str, ...]:
        """The real paths of what a directory composes, as far as it can be read; itself too."""
        _, reach = self._reach(root)
        return tuple(reach.directories)

    def kustomizations(self, closure: Closure) -> Iterator[tuple[str, Parsed]]:
        """The kustomizations of a closure, by their paths, as far as they lead nowhere else."""
        files = set(closure.files)
        for directory in closure.directories:
            for name in KUSTOMIZATION_FILES:
                path = f"{directory}/{name}"
                if path in files:
                    found, source = self._files.load(path)
                    yield path, self._parses.kustomization(found.digest, source)

    def selectors(self, what: str, path: str) -> Parsed:
        """What a file of replacements, or of configurations, selects."""
        return self._parses.selectors(what, self._files.look(path))

    def transformers(self, path: str) -> Parsed:
        """What a file of configurations of transformers selects; nothing for a directory."""
        found = self._files.look(path)
        is_file = found.status is Status.FILE
        return self._parses.plugins(found) if is_file else Parsed("", (), ())

    def source(self, path: str) -> bytes:
        """The content of a file of a closure."""
        return self._files.load(path)[1]

    def _reach(self, root: str) -> tuple[str, Reach]:
        """The real path of a directory, and what it amounts to; nothing where it may not be."""
        real = self._files.real(os.path.abspath(root))
        is_allowed = self._files.is_allowed(real)
        return real, self._walker.reach(real) if is_allowed else Reach(is_missing=True)

    def _missing_root(self, absolute: str, real: str) -> Finding:
        """Say what is wrong with a root; nothing refers to it that could be blamed."""
        found = Found(Status.OUTSIDE, real)
        if self._files.is_allowed(real):
            found = self._files.look(absolute)
        rule, message = problem_of(found, is_directory=True)
        if found.status is Status.DIRECTORY:
            rule, message = "missing-kustomization", "there is no kustomization.yaml in it"
        return Finding.error(rule, message, location_in(self._repository, absolute))

    def _content_problems(self, reach: Reach) -> list[Finding]:
        """Look into files that would harm the engine; content that was fine stays fine."""
        if reach.digest in self._checked:
            return []
        key = f"{FORMAT}-{reach.digest.hex()}"
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
                check_safe(self._files.load(path)[1])
            except YamlError as error:
                self._verdicts[path] = Finding.error(
                    error.rule,
                    error.message,
                    location_in(self._repository, path, error.line, error.column),
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
