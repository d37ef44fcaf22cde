"""Outputs that cannot be right: they meet, lie where sources are, or cannot be a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from renderer.errors import UsageError
from renderer.tree.header import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from renderer.repository.patterns import Pattern
    from renderer.repository.trees import Tree

    Given = tuple[Tree, Pattern]

_Value = TypeVar("_Value")


def folded(path: str) -> str:
    """What is the same for two paths that some file system does not tell apart.

    macOS knows neither case nor how a letter is composed, Windows no case.
    """
    if path.isascii():
        return path.lower()
    import unicodedata

    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def is_git(name: str) -> bool:
    """Whether a directory is git's own, also as Windows and macOS understand the name."""
    return folded(name).rstrip(" .") in (".git", "git~1")


def check_path(path: str, what: str) -> None:
    """Raises UsageError for a path that would end a header, mislead people, or leave its place."""
    if not path.isprintable():
        raise UsageError(
            f"{path!a} cannot be {what}: its name holds characters that cannot be shown",
            hint="rename the directory",
        )
    if BETWEEN in path:
        raise UsageError(
            f"{path} cannot be {what}: each file names both, and these words stand between them",
            hint="rename the directory",
        )
    names = path.split("/")
    if any(name in ("", ".", "..") or is_git(name) for name in names):
        raise UsageError(
            f"{path} cannot be {what}: it is not a directory of its own in the repository",
            hint="choose other values for the variables of its pattern",
        )


def check_apart(given: Sequence[Given]) -> None:
    """Raises UsageError where an output is inside another, or a source and an output are."""
    if not _meet(given):
        return
    above: dict[str, Given] = {}
    for one in sorted(given, key=lambda pair: folded(pair[0].output).split("/")):
        for directory in _directories(one[0].output):
            if directory in above:
                raise both(*one, *above[directory])
        above[folded(one[0].output)] = one
    sources = {folded(tree.source): tree for tree, _ in given}
    for tree, pattern in given:
        around = _first(_directories(tree.output), sources)
        if around:
            raise _mixed(pattern, f"{tree.output} would be written into the source", around.source)
        over = _first(_directories(tree.source), above)
        if over:
            raise _mixed(over[1], f"the source {tree.source} is in", f"{over[0].output}, an output")


def _meet(given: Sequence[Given]) -> bool:
    """Whether an output and any other path are the same, or one inside the other."""
    outputs = [(f"{folded(tree.output)}/", True) for tree, _ in given]
    sources = [(f"{folded(tree.source)}/", False) for tree, _ in given]
    around: list[tuple[str, bool]] = []
    for path, is_output in sorted([*outputs, *sources]):
        while around and not path.startswith(around[-1][0]):
            around.pop()
        if around and (is_output or any(other for _, other in around)):
            return True
        around.append((path, is_output))
    return False


def both(tree: Tree, pattern: Pattern, other: Tree, by: Pattern) -> UsageError:
    """Two sources whose trees would be written to one directory, or one inside the other."""
    names = [each.entry.label.removesuffix(": ") for each in (by, pattern)]
    where = "" if pattern is by else f" ({names[0]} and {names[1]})"
    inside = "" if tree.output == other.output else f", one as {tree.output}"
    hint = "make the output tell them apart, or leave one out with where = {...}"
    if inside and folded(tree.output) == folded(other.output):
        hint = "some systems do not tell these names apart: rename one of the sources"
    return UsageError(
        f"{other.source} and {tree.source} would both be written to {other.output}{inside}{where}",
        hint=hint,
    )


def _mixed(pattern: Pattern, message: str, what: str) -> UsageError:
    return UsageError(
        f"{pattern.entry.label}{message} {what}: what is edited and what is written must be apart",
        hint=f"choose another output than {pattern.entry.output!r}",
    )


def _directories(path: str) -> Iterator[str]:
    """A path and all directories above it, the uppermost first, as `folded` gives them."""
    names = folded(path).split("/")
    for count in range(1, len(names) + 1):
        yield "/".join(names[:count])


def _first(keys: Iterator[str], known: Mapping[str, _Value]) -> _Value | None:
    return next((known[key] for key in keys if key in known), None)
