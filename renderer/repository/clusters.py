"""The clusters of a repository: each has a source overlay and an output directory."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.errors import UsageError
from renderer.kustomize.files import KUSTOMIZATION_FILES
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.repository.settings import Settings

CLUSTER_FILE = "cluster.yaml"

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Cluster(NamedTuple):
    """A name with a source and an output; both are relative to the repository, with slashes.

    `names` are what its cluster.yaml may call it: the values of the pattern's variables.
    """

    name: str
    source: str
    output: str
    names: tuple[str, ...]


class Pattern:
    """The pairing of source and output, as `overlays/{cluster}` with `clusters/{cluster}`."""

    def __init__(self, settings: Settings) -> None:
        self.source = _segments(settings.source, "source")
        self.output = _segments(settings.output, "output")
        if self.source == self.output:
            raise UsageError(
                f"source and output are both {settings.source!r}: what is edited and what is"
                " written must be apart",
                hint='as source = "overlays/{cluster}", output = "clusters/{cluster}"',
            )
        self.variables = _VARIABLE.findall(settings.source)
        missing = set(self.variables) ^ set(_VARIABLE.findall(settings.output))
        if not self.variables or missing:
            shown = ", ".join(sorted(missing)) or "none"
            raise UsageError(
                "source and output must have the same {variables}, and at least one;"
                f" these are only in one of them: {shown}",
                hint='as source = "overlays/{cluster}", output = "clusters/{cluster}"',
            )

    def discover(self, repository: str) -> list[Cluster]:
        """All clusters, sorted by name. Raises UsageError where two outputs meet."""
        found = []
        for source, values in _walk(repository, self.source, {}):
            if _is_source(os.path.join(repository, source)):
                _check_printable(source)
                found.append(self._cluster(source, values))
        found.sort(key=lambda cluster: cluster.name)
        _check_apart(found)
        return found

    def outputs(self, repository: str) -> list[str]:
        """The directories that are there and have the form of an output."""
        return [path for path, _ in _walk(repository, self.output, {})]

    def _cluster(self, source: str, values: dict[str, str]) -> Cluster:
        output = "/".join(
            _VARIABLE.sub(lambda match: values[match[1]], segment) for segment in self.output
        )
        literal = 0
        while literal < len(self.output) - 1 and "{" not in self.output[literal]:
            literal += 1
        name = "/".join(output.split("/")[literal:])
        return Cluster(
            name=name,
            source=source,
            output=output,
            names=tuple(dict.fromkeys((name, *values.values()))),
        )


def _segments(pattern: str, name: str) -> tuple[str, ...]:
    segments = tuple(pattern.strip("/").split("/"))
    if not pattern or pattern.startswith("/") or any(one in ("", ".", "..") for one in segments):
        raise UsageError(
            f"{name} = {pattern!r} is not a path inside the repository",
            hint='as "overlays/{cluster}"',
        )
    return segments


def _walk(
    repository: str, segments: Sequence[str], values: dict[str, str], base: str = ""
) -> Iterator[tuple[str, dict[str, str]]]:
    if not segments:
        yield base, values
        return
    segment, rest = segments[0], segments[1:]
    if "{" not in segment:
        path = f"{base}/{segment}" if base else segment
        if os.path.isdir(os.path.join(repository, path)):
            yield from _walk(repository, rest, values, path)
        return
    pattern = _segment_pattern(segment)
    for name in _directories(os.path.join(repository, base)):
        match = pattern.fullmatch(name)
        if match is None:
            continue
        found = match.groupdict()
        if all(values.get(key, value) == value for key, value in found.items()):
            path = f"{base}/{name}" if base else name
            yield from _walk(repository, rest, {**values, **found}, path)


def _segment_pattern(segment: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(segment)
    names: set[str] = set()
    text = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            text += re.escape(part)
        else:
            text += f"(?P={part})" if part in names else f"(?P<{part}>[^/]+)"
            names.add(part)
    return re.compile(text)


def _directories(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(
                entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()
            )
    except OSError:
        return []


def _is_source(directory: str) -> bool:
    return any(
        os.path.lexists(os.path.join(directory, name))
        for name in (*KUSTOMIZATION_FILES, CLUSTER_FILE)
    )


def _check_printable(source: str) -> None:
    """A line break in a name would end the header of each file, and a control mislead people."""
    if not source.isprintable():
        raise UsageError(
            f"{source!a} cannot be a cluster: its name holds characters that cannot be shown",
            hint="rename the directory",
        )


def _check_apart(clusters: Iterable[Cluster]) -> None:
    """Two outputs must not be the same directory, nor one inside another."""
    previous: Cluster | None = None
    for cluster in sorted(clusters, key=lambda one: one.output.split("/")):
        if previous and f"{cluster.output}/".startswith(f"{previous.output}/"):
            raise UsageError(
                f"{cluster.source} and {previous.source} would both be written to"
                f" {previous.output}",
                hint="make the output pattern of [tool.render] tell them apart",
            )
        if previous is None or not cluster.output.startswith(f"{previous.output}/"):
            previous = cluster


def choose(
    clusters: Sequence[Cluster], arguments: Iterable[str], repository: str, directory: str
) -> list[Cluster]:
    """The clusters that are meant, in the order of their names and each once.

    An argument is a cluster's name, its source, its output, or a directory above these;
    relative to the repository or to `directory`. Raises UsageError for an unknown one.
    """
    chosen: dict[str, Cluster] = {}
    for argument in arguments:
        found = _meant(clusters, argument, repository, directory)
        if not found:
            known = [cluster.name for cluster in clusters]
            outputs = [cluster.output for cluster in clusters]
            names = outputs if "/" in argument.strip("/") else known
            hint = nearest(argument.strip("/"), names) or f"{repository} has no clusters"
            raise UsageError(f"there is no cluster {argument}", hint=hint)
        chosen.update((cluster.name, cluster) for cluster in found)
    return sorted(chosen.values(), key=lambda cluster: cluster.name)


def _meant(
    clusters: Sequence[Cluster], argument: str, repository: str, directory: str
) -> list[Cluster]:
    if not argument:
        return []  # a variable of a shell that is not set: not all clusters
    # Who writes a dot means the directory he is in.
    is_here = argument.split("/")[0] in (".", "..")
    starts = (directory,) if is_here else (repository, directory)
    named = [os.path.normpath(os.path.join(start, argument)) for start in starts]
    for absolute in (*named, os.path.realpath(named[-1])):
        path = os.path.relpath(absolute, repository).replace(os.sep, "/")
        if path == ".":
            return list(clusters)
        found = [
            cluster
            for cluster in clusters
            if any(
                own == path or own.startswith(f"{path}/")
                for own in (cluster.name, cluster.source, cluster.output)
            )
        ]
        if found:
            return found
    return []
