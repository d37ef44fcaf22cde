"""Which commit people mean: by a name, or by none."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from renderer.errors import UsageError
from renderer.git import run_git
from renderer.history.repository import NO
from renderer.history.stored import Revision
from renderer.suggesting import closest

if TYPE_CHECKING:
    from renderer.history.repository import GitRepository
    from renderer.process import Completed

_ORIGIN = "refs/remotes/origin/"
# Which branch may be the default one, where origin did not say it when this was cloned.
_DEFAULTS = (f"{_ORIGIN}main", f"{_ORIGIN}master", "refs/heads/main", "refs/heads/master")
_NAMED = ("refs/heads", "refs/tags", "refs/remotes")
_STEM = re.compile(r"[^~^:@]+")  # of a revision like main~2 (gitrevisions)
_FETCHED = re.compile(r"(?!.*\.\.)[\w.][\w./-]*")  # the names that no shell reads otherwise
_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHORT = 7  # digits of an id, for people
_DEEPEN = "this clone is shallow, bring the rest with: git fetch --unshallow"
_GIVE_BASE = "say which revision to compare with"


def find_revision(repository: GitRepository, text: str) -> Revision:
    """The commit that a text means to git.

    Raises UsageError where it means none, or several, and ToolError where that cannot be told.
    """
    words = " ".join(text.replace("\0", " ").split())
    done = _parsed(repository, words)
    if b" is ambiguous" in done.stderr:
        names = f"write heads/{words} or tags/{words}"
        hint = "write more of its digits" if done.returncode else names
        raise UsageError(f"{words} is the name of more than one revision", hint=hint)
    if done.returncode:
        damaged = repository.damage(done.stderr)
        if damaged:
            raise damaged
        hint = _instead_of(repository, words)
        raise UsageError(f"{words or 'an empty name'} is no commit that is here", hint=hint)
    return _revision(repository, done.stdout.decode().strip(), words)


def is_revision(repository: GitRepository, text: str) -> bool:
    """Whether a text means a commit to git, or several."""
    done = _parsed(repository, text)
    return not done.returncode or b" is ambiguous" in done.stderr


def find_default_base(repository: GitRepository) -> Revision:
    """The merge base of HEAD and the default branch. Raises UsageError where there is none."""
    if not repository.says("rev-parse", "--verify", "--quiet", "HEAD"):
        hint = "commit first, or give two directories"
        raise UsageError("there is no commit yet to compare with", hint=hint)
    branch = _default_branch(repository)
    name = _name_of(branch)
    done = run_git(repository.directory, "merge-base", branch, "HEAD")
    if done.returncode > NO:
        raise repository.refusal(done.stderr)
    if repository.is_shallow and _is_cut(repository, branch):
        raise UsageError(f"the commit where HEAD left {name} is not in this clone", hint=_DEEPEN)
    if done.returncode:
        raise UsageError(f"HEAD has no commit in common with {name}", hint=_GIVE_BASE)
    return _revision(repository, done.stdout.decode().split()[0], f"the merge base with {name}")


def _parsed(repository: GitRepository, text: str) -> Completed:
    """What git says that a revision is, which is never an option."""
    asked = ("-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", "--end-of-options")
    return run_git(repository.directory, *asked, f"{text}^{{commit}}")


def _revision(repository: GitRepository, commit: str, name: str) -> Revision:
    short = commit[:_SHORT]
    shown = short if commit.startswith(name) else f"{name} ({short})"
    return Revision(repository=repository, name=shown, commit=commit)


def _default_branch(repository: GitRepository) -> str:
    """The full name of the default branch: the one that origin says it is, else main or master."""
    said = repository.says("symbolic-ref", "--quiet", f"{_ORIGIN}HEAD")
    candidates = (said,) if said.startswith(_ORIGIN) else _DEFAULTS
    there = repository.lines("for-each-ref", "--format=%(refname)", *candidates)
    for candidate in candidates:
        if candidate in there:
            return candidate
    name = candidates[0].removeprefix(_ORIGIN)
    hint = ", or ".join(filter(None, (_fetching(repository, name), _GIVE_BASE)))
    raise UsageError(f"the default branch ({name}) is not in this clone", hint=hint)


def _is_cut(repository: GitRepository, branch: str) -> bool:
    """Whether the history since the merge base ends early, which may hide a later one."""
    file = os.path.join(repository.directory, repository.says("rev-parse", "--git-path", "shallow"))
    with open(file, encoding="ascii") as lines:
        ends = {line.strip() for line in lines}
    return not ends.isdisjoint(repository.lines("rev-list", f"{branch}...HEAD"))


def _instead_of(repository: GitRepository, text: str) -> str:
    """What to do about a revision that is not there."""
    known = repository.lines("for-each-ref", "--format=%(refname:lstrip=2)", *_NAMED)
    if f"origin/{text}" in known:
        return f"did you mean origin/{text}?"
    stem = _STEM.match(text)
    name = stem[0] if stem else text
    if name != text and not _parsed(repository, name).returncode:
        return _DEEPEN if repository.is_shallow else ""
    branch = name.removeprefix("origin/")
    near = closest(branch, (one.removeprefix("origin/") for one in known))
    return (near and closest(text, known)) or _fetching(repository, branch)


def _fetching(repository: GitRepository, name: str) -> str:
    """How to bring a branch, or a commit by its id; empty where git would not know from where."""
    if not _FETCHED.fullmatch(name) or not repository.says("config", "remote.origin.url"):
        return ""
    there = name if _ID.fullmatch(name) else f"{name}:{_ORIGIN}{name}"
    return f"bring it with: git fetch origin {there}"


def _name_of(ref: str) -> str:
    return ref.removeprefix("refs/remotes/").removeprefix("refs/heads/")
