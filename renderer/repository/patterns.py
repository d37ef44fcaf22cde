"""Patterns of trees: which directories are sources, and where each of them is written.

`apps/{app...}/{env}` captures directories, `clusters/{env}/{app}` says where their tree goes.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import UsageError
from renderer.repository.matching import VARIABLE, captured, is_wanted, matching
from renderer.repository.outputs import folded, is_git
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Values = Mapping[str, str]

_GLOB = re.compile(r"[*?\[\]!]")
_BRACE = re.compile(r"[{}]")
_MOST_VARIABLES = 4  # of a name of 255 characters, more could take a match for ever
_MOST_GIVEN = 10_000  # trees that `where` makes of one source
_EXAMPLE = 'as source = "overlays/{cluster}", output = "clusters/{cluster}"'


class TreePattern(NamedTuple):
    """One entry of the settings: what a source looks like, and what becomes of it.

    `cluster` is the name of the Kubernetes cluster that a tree is for; by default the value of
    `{cluster}`, or of the only variable, else each tree is one for itself. `where` has for a
    variable that the source captures the globs that it must match (`!glob`: must not), for any
    other its values; for `cluster`, where that is made of others, globs too. A `fallback` counts
    only for outputs that no earlier entry gives. `label` is what messages call the entry.
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
        self._clusters = self._cluster_globs()
        self._given = tuple(name for name in self._where if name not in self._captured)
        self._check_number()
        self._check_output()
        self.cluster = self._cluster_pattern()
        if not self.cluster.isprintable():
            raise self._fail(f"cluster = {self.cluster!r} holds characters that cannot be shown")
        self._check_known(self.cluster, "cluster", (*self._captured, *self._given))
        self._check_known(entry.output, "output", (*self._captured, *self._given, "cluster"))
        self._check_varies()
        for name in self._given:
            self._check_literals(name)

    def _fail(self, message: str, hint: str = _EXAMPLE) -> UsageError:
        return UsageError(f"{self.entry.label}{message}", hint=hint)

    def _check_output(self) -> None:
        if folded(self.entry.source.strip("/")) == folded(self.entry.output.strip("/")):
            raise self._fail(
                f"source and output are both {self.entry.source!r}: what is edited and what is"
                " written must be apart"
            )
        if (self._captured or self._given) and not VARIABLE.search(self.entry.output):
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

    def _check_number(self) -> None:
        """The values that `where` gives multiply, before any of them is looked at."""
        number = math.prod(len(self._where[name]) for name in self._given)
        if number > _MOST_GIVEN:
            raise self._fail(
                f"where makes {number:,} trees of each source, at most {_MOST_GIVEN:,}"
            )

    def _cluster_globs(self) -> tuple[str, ...]:
        """Which names of clusters `where` wants, if these are made of other variables."""
        is_made = self.entry.cluster and "{cluster}" not in self.entry.cluster
        return self._where.pop("cluster", ()) if is_made and "cluster" not in self._captured else ()

    def _check_known(self, text: str, what: str, known: Sequence[str]) -> None:
        for name, _ in VARIABLE.findall(text):
            if name not in known:
                hint = nearest(name, known) or _EXAMPLE
                raise self._fail(f"{what} = {text!r}: nothing gives {{{name}}} a value", hint)

    def _check_varies(self) -> None:
        """Something of what trees differ in must be in the output."""
        used = {name for name, _ in VARIABLE.findall(self.entry.output)}
        if "cluster" not in (*self._captured, *self._given):
            used |= {name for name, _ in VARIABLE.findall(self.cluster)}
        names = [name for name in (*self._captured, *self._given) if self._varies(name)]
        if names and used.isdisjoint(names):
            raise self._fail(
                f"output = {self.entry.output!r} is the same for every {{{names[0]}}}, so that"
                " nothing would tell two trees apart"
            )

    def _varies(self, name: str) -> bool:
        values = self._where.get(name, ())
        return len(values) != 1 or bool(_GLOB.search(values[0]))

    def _check_literals(self, name: str) -> None:
        for value in self._where[name]:
            if _GLOB.search(value) or "/" in value or not value:
                hint = f"source does not capture {{{name}}}, so each value makes a tree"
                raise self._fail(f"where.{name}: {value!r} is not a value", hint)

    @property
    def last_variable(self) -> str:
        """The variable that captures the name of a source's own directory; empty if none does."""
        found = VARIABLE.fullmatch(self.source[-1])
        return found[1] if found and not found[2] else ""

    def find(self, repository: str) -> Iterator[Match]:
        """Every tree of every directory that has the form of a source, sorted by directory."""
        for source, values in matching(repository, self.source, self._where, {}, ""):
            yield from self._matches(source, values)

    def match(self, source: str, output: str) -> Match | None:
        """The tree of a source that has this output, whether or not they are there."""
        for values in captured(source.split("/"), self.source, self._where, {}):
            for found in self._matches(source, values):
                if found.output == output:
                    return found
        return None

    def _matches(self, source: str, found: Values) -> Iterator[Match]:
        """The trees of a source whose path gave some values."""
        for values in self._with_given(found):
            cluster = filled(self.cluster, values)
            if is_wanted(cluster, self._clusters):
                output = filled(self.entry.output.strip("/"), {"cluster": cluster, **values})
                yield Match(source, output, cluster, tuple(values.values()))

    def outputs(self, repository: str) -> Iterator[str]:
        """The directories that are there and have the form of an output."""
        free = {name: () for name, _ in VARIABLE.findall(self.entry.output)}
        for path, _ in matching(repository, self.output, free, {}, ""):
            yield path

    def is_output(self, directory: str) -> bool:
        """Whether a directory has the form of an output, whether or not it is there."""
        free = {name: () for name, _ in VARIABLE.findall(self.entry.output)}
        return any(True for _ in captured(directory.split("/"), self.output, free, {}))

    def is_source(self, directory: str) -> bool:
        """Whether a directory has the form of a source, whether or not it is there."""
        return any(True for _ in captured(directory.split("/"), self.source, self._where, {}))

    def output_roots(self, repository: str) -> Iterator[str]:
        """The directories below which outputs lie: as far as the first part that has no variable,
        or the outputs that are there, where each part has one."""
        plain = [number for number, one in enumerate(self.output, 1) if "{" not in one]
        for path, _ in matching(repository, self.output[: plain[0] if plain else None], {}, {}, ""):
            yield path

    @property
    def literal_source(self) -> str:
        """The directory that all sources are in."""
        return _literal(self.source)

    @property
    def literal_output(self) -> str:
        """The directory that all outputs are in."""
        return _literal(self.output)

    def output_of_cluster(self, cluster: str) -> str:
        """The directory that all outputs of a cluster are in, as far as its name tells it; empty
        where each tree is a cluster for itself."""
        if not self.cluster:
            return ""
        names = {self.cluster}
        if "cluster" not in (*self._captured, *self._given):
            names.add("{cluster}")
        is_variable = VARIABLE.fullmatch(self.cluster) is not None
        segments = [
            cluster if is_variable and one in names else one for one in (*self.output, "{}")
        ]
        return _literal(segments)

    def _with_given(self, captured: Values) -> Iterator[Values]:
        choices = [self._where[name] for name in self._given]
        for chosen in itertools.product(*choices):
            yield {**captured, **dict(zip(self._given, chosen, strict=True))}


def filled(text: str, values: Values) -> str:
    """The text with values in the place of its variables; several directories are joined by -."""
    return VARIABLE.sub(lambda found: values[found[1]].replace("/", "-"), text)


def _literal(segments: Sequence[str]) -> str:
    """The directories that a pattern begins with, as far as they have no variable."""
    return "/".join(itertools.takewhile(lambda one: "{" not in one, segments[:-1]))


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
    if not pattern.isprintable() or "\\" in pattern:
        raise UsageError(
            f"{entry.label}{name} = {pattern!r} holds a character that no path here may hold",
            hint="a path has slashes, also on Windows, and no control characters",
        )
    if any(map(is_git, segments)):
        raise UsageError(
            f"{entry.label}{name} = {pattern!r} is in the directory of git itself",
            hint='as "overlays/{cluster}"',
        )
    for segment in segments:
        if _BRACE.search(VARIABLE.sub("", segment)):
            raise UsageError(
                f"{entry.label}{name} = {pattern!r}: {segment!r} holds a brace that is no variable",
                hint="a variable is {name}, or {name...} for one or more directories",
            )
        if len(VARIABLE.findall(segment)) > _MOST_VARIABLES:
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
        for name, dots in VARIABLE.findall(segment):
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
