"""Patterns of trees: which directories are sources, and where each of them is written.

`apps/{app...}/{env}` captures directories, `clusters/{env}/{app}` says where their tree goes.
"""

from __future__ import annotations

import itertools
import os
import re
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import UsageError
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Values = Mapping[str, str]

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)(\.\.\.)?\}")
_GLOB = re.compile(r"[*?\[\]!]")
_BRACE = re.compile(r"[{}]")
_MOST_VARIABLES = 4  # of a name of 255 characters, more could take a match for ever
_EXAMPLE = 'as source = "overlays/{cluster}", output = "clusters/{cluster}"'
_MOST_LEVELS = 16  # directories that one {name...} may stand for


class TreePattern(NamedTuple):
    """One entry of the settings: what a source looks like, and what becomes of it.

    `cluster` is the name of the Kubernetes cluster that a tree is for; by default the value of
    `{cluster}`, or of the only variable, else each tree is one for itself. `where` has for a
    variable that the source captures the globs that it must match (`!glob`: must not), for any
    other its values. A `fallback` counts only for outputs that no earlier entry gives. `label` is
    what messages call the entry.
    """

    source: str = "overlays/{cluster}"
    output: str = "clusters/{cluster}"
    cluster: str = ""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fallback: bool = False
    label: str = ""


class Match(NamedTuple):
    """A directory that a pattern takes for a source, and one tree that it gives.

    `cluster` is empty where each tree is a cluster for itself.
    """

    source: str
    output: str
    cluster: str
    values: tuple[str, ...]


class Pattern:
    """An entry that is understood. Raises UsageError for one that cannot be right.

    `cluster` is the pattern of the cluster's name; empty where each tree is one for itself.
    """

    def __init__(self, entry: TreePattern) -> None:
        self.entry = entry
        self.source = _segments(entry, "source", entry.source)
        self.output = _segments(entry, "output", entry.output)
        self._where = dict(entry.where)
        self._captured = _captured(entry, self.source)
        self._given = tuple(name for name in self._where if name not in self._captured)
        self._check_output()
        self.cluster = self._cluster_pattern()
        self._check_known(self.cluster, "cluster", (*self._captured, *self._given))
        self._check_known(entry.output, "output", (*self._captured, *self._given, "cluster"))
        for name in self._given:
            self._check_literals(name)

    def _fail(self, message: str, hint: str = _EXAMPLE) -> UsageError:
        return UsageError(f"{self.entry.label}{message}", hint=hint)

    def _check_output(self) -> None:
        if self.source == self.output:
            raise self._fail(
                f"source and output are both {self.entry.source!r}: what is edited and what is"
                " written must be apart"
            )
        if (self._captured or self._given) and not _VARIABLE.search(self.entry.output):
            raise self._fail(
                f"output = {self.entry.output!r} has no {{variable}}, so that nothing would tell"
                " two trees apart"
            )
        if "..." in self.entry.output:
            hint = "write {app} for what source captures as {app...}: a/b becomes a-b"
            raise self._fail(f"output = {self.entry.output!r}: `...` is for source only", hint)

    def _cluster_pattern(self) -> str:
        names = (*self._captured, *self._given)
        if self.entry.cluster:
            return self.entry.cluster
        if "cluster" in names:
            return "{cluster}"
        if len(names) == 1:
            return f"{{{names[0]}}}"
        if names:
            return ""
        hint = 'as cluster = "home"'
        raise self._fail("nothing says which cluster the tree is for", hint)

    def _check_known(self, text: str, what: str, known: Sequence[str]) -> None:
        for name, _ in _VARIABLE.findall(text):
            if name not in known:
                hint = nearest(name, known) or _EXAMPLE
                raise self._fail(f"{what} = {text!r}: nothing gives {{{name}}} a value", hint)

    def _check_literals(self, name: str) -> None:
        for value in self._where[name]:
            if _GLOB.search(value) or "/" in value or not value:
                hint = f"source does not capture {{{name}}}, so each value makes a tree"
                raise self._fail(f"where.{name}: {value!r} is not a value", hint)

    def find(self, repository: str) -> Iterator[Match]:
        """Every tree of every directory that has the form of a source, sorted by directory."""
        for source, captured in self._walk(repository, self.source, {}, ""):
            for values in self._with_given(captured):
                cluster = filled(self.cluster, values)
                output = filled(self.entry.output.strip("/"), {"cluster": cluster, **values})
                yield Match(source, output, cluster, tuple(values.values()))

    def outputs(self, repository: str) -> Iterator[str]:
        """The directories that are there and have the form of an output."""
        free = {name: () for name, _ in _VARIABLE.findall(self.entry.output)}
        for path, _ in _walk(repository, self.output, free, {}, ""):
            yield path

    def _walk(
        self, repository: str, segments: Sequence[str], values: Values, base: str
    ) -> Iterator[tuple[str, Values]]:
        return _walk(repository, segments, self._where, values, base)

    def _with_given(self, captured: Values) -> Iterator[Values]:
        choices = [self._where[name] for name in self._given]
        for chosen in itertools.product(*choices):
            yield {**captured, **dict(zip(self._given, chosen, strict=True))}


def filled(text: str, values: Values) -> str:
    """The text with values in the place of its variables; several directories are joined by -."""
    return _VARIABLE.sub(lambda found: values[found[1]].replace("/", "-"), text)


def literal_prefix(patterns: Iterable[Pattern]) -> int:
    """How many directories all outputs begin with: a tree is named by what is below them."""
    outputs = [one.output[:-1] for one in patterns]
    count = 0
    for segments in zip(*outputs, strict=False):
        if len(set(segments)) > 1 or "{" in segments[0]:
            break
        count += 1
    return count


def _segments(entry: TreePattern, name: str, pattern: str) -> tuple[str, ...]:
    segments = tuple(pattern.strip("/").split("/"))
    if not pattern or pattern.startswith("/") or any(one in ("", ".", "..") for one in segments):
        raise UsageError(
            f"{entry.label}{name} = {pattern!r} is not a path inside the repository",
            hint='as "overlays/{cluster}"',
        )
    for segment in segments:
        if _BRACE.search(_VARIABLE.sub("", segment)):
            raise UsageError(
                f"{entry.label}{name} = {pattern!r}: {segment!r} holds a brace that is no variable",
                hint="a variable is {name}, or {name...} for one or more directories",
            )
        if len(_VARIABLE.findall(segment)) > _MOST_VARIABLES:
            raise UsageError(
                f"{entry.label}{name} = {pattern!r}: {segment!r} has more than {_MOST_VARIABLES}"
                " variables in one name",
                hint="a directory for each of them says where one ends",
            )
    return segments


def _captured(entry: TreePattern, source: Sequence[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    deep = 0
    for segment in source:
        for name, dots in _VARIABLE.findall(segment):
            names[name] = None
            deep += bool(dots)
            if dots and segment != f"{{{name}...}}":
                raise UsageError(
                    f"{entry.label}source = {entry.source!r}: {{{name}...}} stands for whole"
                    " directories",
                    hint=f"let nothing else stand between its slashes: /{{{name}...}}/",
                )
    if deep > 1:
        raise UsageError(
            f"{entry.label}source = {entry.source!r} has several {{name...}}, and nobody could say"
            " where one ends",
            hint="keep one of them, and make an entry for each depth of the others",
        )
    return tuple(names)


# Which directories match


def _walk(
    repository: str,
    segments: Sequence[str],
    where: Mapping[str, tuple[str, ...]],
    values: Values,
    base: str,
) -> Iterator[tuple[str, Values]]:
    """The directories that match, with the values of the variables on the way to them."""
    if not segments:
        yield base, values
        return
    segment, rest = segments[0], segments[1:]
    if "{" not in segment:
        path = f"{base}{segment}"
        if os.path.isdir(os.path.join(repository, path)):
            yield from _walk_on(repository, rest, where, values, path)
    elif segment.endswith("...}"):
        name = segment[1:-4]
        for path in _below(os.path.join(repository, base), _MOST_LEVELS):
            if _is_wanted(path, where.get(name, ())):
                found = {**values, name: path}
                yield from _walk_on(repository, rest, where, found, f"{base}{path}")
    else:
        pattern = _segment_pattern(segment, where, values)
        for directory in directories(os.path.join(repository, base)):
            match = pattern.fullmatch(directory)
            captured = match.groupdict() if match else {}
            if match and all(
                value and _is_wanted(value, where.get(name, ())) for name, value in captured.items()
            ):
                found = {**values, **captured}
                yield from _walk_on(repository, rest, where, found, f"{base}{directory}")


def _walk_on(
    repository: str,
    rest: Sequence[str],
    where: Mapping[str, tuple[str, ...]],
    values: Values,
    path: str,
) -> Iterator[tuple[str, Values]]:
    return _walk(repository, rest, where, values, f"{path}/" if rest else path)


def _is_wanted(value: str, globs: Sequence[str]) -> bool:
    """Whether a value matches one of the globs, if there are any but those that exclude."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    excluded = [glob[1:] for glob in globs if glob.startswith("!")]
    return not any(fnmatchcase(value, glob) for glob in excluded) and (
        not wanted or any(fnmatchcase(value, glob) for glob in wanted)
    )


def _segment_pattern(
    segment: str, where: Mapping[str, tuple[str, ...]], values: Values
) -> re.Pattern[str]:
    """What a name must be; `where` and the values so far say where one of two variables ends."""
    text, end = "", 0
    names: set[str] = set()
    for found in _VARIABLE.finditer(segment):
        text += re.escape(segment[end : found.start()])
        name, end = found[1], found.end()
        wanted = [one for one in where.get(name, ()) if not one.startswith("!")]
        if name in names:
            text += f"(?P={name})"
        elif name in values:
            text += f"(?P<{name}>{re.escape(values[name])})"
        else:
            globs = [translate(one)[:-2] for one in wanted]  # without the end of the text
            text += f"(?P<{name}>{'|'.join(globs) or '[^/]+'})"
        names.add(name)
    return re.compile(text + re.escape(segment[end:]))


def _below(directory: str, levels: int) -> Iterator[str]:
    """The directories below one, by relative path; links are not followed further down."""
    for name in directories(directory):
        yield name
        path = os.path.join(directory, name)
        if levels > 1 and not os.path.islink(path):
            for below in _below(path, levels - 1):
                yield f"{name}/{below}"


def directories(path: str) -> list[str]:
    """The names of the directories in one, but those that begin with a dot; sorted."""
    try:
        with os.scandir(path) as entries:
            return sorted(
                entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()
            )
    except OSError:
        return []
