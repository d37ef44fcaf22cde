"""A git repository, of which the root that is rendered may be a part."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from renderer.errors import ToolError, UsageError
from renderer.git import run_git

_TIMEOUT = 300.0  # seconds; trees of a very large repository, on a slow disk
_ALGORITHMS: Final = ("sha1", "sha256")
NO: Final = 1  # what git returns where the answer is no
_SAID = re.compile(r"^fatal: (.+)$", re.MULTILINE)
# What git says of an object that is not there, or is not what it should be.
_INCOMPLETE = re.compile(
    r"promisor remote|not allowed|bad object|unable to (read|parse|find)|missing|could not read"
)
_DAMAGED = re.compile(
    r"corrupt|inflate|hash mismatch|garbage|packfile|malformed|unable to unpack|idx is too small"
)
_ERROR = re.compile(r"^(?:error|fatal): (.+)$", re.MULTILINE)
_EXHAUSTED = re.compile(r"[Oo]ut of memory")
_TWO_DIRECTORIES = "give two directories to compare, or make it one with: git init"


class GitRepository(NamedTuple):
    """A repository as git sees it from `directory`, the root that paths are relative to.

    `algorithm` is that of its ids: sha1 or sha256. `prefix` is where it is below the root of the
    work tree ("deploy/"), empty for the root.
    """

    directory: str
    algorithm: str
    has_work_tree: bool
    is_shallow: bool
    prefix: str = ""

    def output(self, *arguments: str, reads_index: bool = True) -> bytes:
        """What git prints of files. Raises ToolError where it gives up, with what to do.

        It only warns of what it leaves out, as a directory that it may not read.
        """
        done = run_git(self.directory, *arguments, timeout=_TIMEOUT, reads_index=reads_index)
        if done.returncode or done.stderr:
            raise self.refusal(done.stderr)
        return done.stdout

    def lines(self, *arguments: str) -> list[str]:
        """What git prints of commits and names, in lines. Raises ToolError where it gives up."""
        done = run_git(self.directory, *arguments, timeout=_TIMEOUT)
        if done.returncode:
            raise self.refusal(done.stderr)
        return done.stdout.decode("utf-8", "surrogateescape").splitlines()

    def says(self, *arguments: str) -> str:
        """What git prints, in one line; empty where it says no. Raises ToolError otherwise."""
        done = run_git(self.directory, *arguments)
        if done.returncode > NO:
            raise self.refusal(done.stderr)
        return done.stdout.decode("utf-8", "surrogateescape").strip("\n")

    def refusal(self, stderr: bytes) -> ToolError:
        """What git said when it gave up, with the next step."""
        said = first_words(stderr)
        hint = ""
        if _EXHAUSTED.search(said):
            hint = "its trees hold more files than can be compared"
        elif _DAMAGED.search(said):
            hint = "an object is damaged: see git fsck, or clone again"
        elif _INCOMPLETE.search(said):
            hint = "an object is missing: see git fsck, or clone again"
            if self._is_partial():
                hint = "this clone is partial, bring the rest with: git fetch --refetch --no-filter"
        return ToolError(f"git cannot read {self.directory}: {said}", hint=hint)

    def damage(self, stderr: bytes) -> ToolError | None:
        """What git said of an object that is damaged, and that it passes over; None for nothing."""
        lines = _ERROR.findall(stderr.decode("utf-8", "replace"))
        said = next(filter(_DAMAGED.search, lines), "")
        return self.refusal(f"fatal: {said}".encode()) if said else None

    def _is_partial(self) -> bool:
        """Whether objects were left out when it was cloned (git clone --filter)."""
        asked = ("config", "--get-regexp", r"^remote\..*\.promisor$")
        return bool(run_git(self.directory, *asked).stdout)


def first_words(stderr: bytes) -> str:
    """The line in which git says why it gave up, the last of them; else its first line."""
    text = stderr.decode("utf-8", "replace").strip()
    reasons = _SAID.findall(text)
    return reasons[-1] if reasons else text.partition("\n")[0] or "it gave no reason"


def open_repository(directory: str) -> GitRepository:
    """The git repository that a directory is in, or is (a bare one).

    Raises UsageError where there is none, and ToolError without git.
    """
    asked = ("--is-inside-work-tree", "--is-shallow-repository", "--show-object-format")
    done = run_git(directory, "rev-parse", *asked, "--show-prefix")
    if done.returncode:
        said = first_words(done.stderr)
        if said.startswith("not a git repository (or any"):
            raise UsageError(f"{directory} is in no git repository", hint=_TWO_DIRECTORIES)
        raise ToolError(f"git cannot read {directory}: {said}")
    printed = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
    inside, shallow, algorithm, prefix = [*printed.split("\n", 3), "", "", ""][:4]
    if algorithm not in _ALGORITHMS:  # an older one prints the question
        message = (
            "the git in PATH does not say what objects are called by: 2.25 or a later one does"
        )
        raise ToolError(message, hint="see git --version")
    return GitRepository(
        directory=directory,
        algorithm=algorithm,
        has_work_tree=inside == "true",
        is_shallow=shallow == "true",
        prefix=prefix,
    )
