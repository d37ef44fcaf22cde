"""Which directories of a repository have the form that a pattern gives.

A directory that cannot be read is an error: what is in it would seem to be gone.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING

from renderer.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Values = Mapping[str, str]

VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)(\.\.\.)?\}")
_MOST_LEVELS = 16  # directories that one {name...} may stand for


def matching(
    repository: str,
    segments: Sequence[str],
    where: Mapping[str, tuple[str, ...]],
    values: Values,
    base: str,
) -> Iterator[tuple[str, Values]]:
    """The directories that match, with the values of the variables on the way to them.

    Raises RenderError for one on the way that cannot be read.
    """
    if not segments:
        yield base, values
        return
    segment, rest = segments[0], segments[1:]
    if "{" not in segment:
        path = f"{base}{segment}"
        if _is_directory(repository, path):
            yield from _walk_on(repository, rest, where, values, path)
    elif segment.endswith("...}"):
        name = segment[1:-4]
        for path in _below(repository, base, _MOST_LEVELS):
            if is_wanted(path, where.get(name, ())):
                found = {**values, name: path}
                yield from _walk_on(repository, rest, where, found, f"{base}{path}")
    else:
        pattern = _segment_pattern(segment, where, values)
        for directory in directories(repository, base):
            here = _values_of(directory, pattern, where)
            if here is not None:
                found = {**values, **here}
                yield from _walk_on(repository, rest, where, found, f"{base}{directory}")


def captured(
    path: Sequence[str],
    segments: Sequence[str],
    where: Mapping[str, tuple[str, ...]],
    values: Values,
) -> Iterator[Values]:
    """The values of the variables with which a path has the form that a pattern gives, whether or
    not it is there."""
    if not segments or not path:
        if not segments and not path:
            yield values
        return
    segment, rest = segments[0], segments[1:]
    if segment.endswith("...}"):
        name = segment[1:-4]
        for count in range(1, min(len(path), _MOST_LEVELS) + 1):
            found = "/".join(path[:count])
            if is_wanted(found, where.get(name, ())):
                yield from captured(path[count:], rest, where, {**values, name: found})
        return
    if "{" not in segment:
        if path[0] == segment:
            yield from captured(path[1:], rest, where, values)
        return
    here = _values_of(path[0], _segment_pattern(segment, where, values), where)
    if here is not None:
        yield from captured(path[1:], rest, where, {**values, **here})


def _values_of(
    name: str, pattern: re.Pattern[str], where: Mapping[str, tuple[str, ...]]
) -> Values | None:
    """The values that a name gives to the variables of a segment; None if it has another form."""
    match = pattern.fullmatch(name)
    found = match.groupdict() if match else {}
    is_fine = all(value and is_wanted(value, where.get(one, ())) for one, value in found.items())
    return found if match and is_fine else None


def _walk_on(
    repository: str,
    rest: Sequence[str],
    where: Mapping[str, tuple[str, ...]],
    values: Values,
    path: str,
) -> Iterator[tuple[str, Values]]:
    return matching(repository, rest, where, values, f"{path}/" if rest else path)


def is_wanted(value: str, globs: Sequence[str]) -> bool:
    """Whether a value matches one of the globs, if there are any but those that exclude."""
    if not globs:
        return True
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
    for found in VARIABLE.finditer(segment):
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


def _below(repository: str, base: str, levels: int) -> Iterator[str]:
    """The directories below one, by relative path; links are not followed further down."""
    for name in directories(repository, base):
        yield name
        path = f"{base}{name}"
        if levels > 1 and not os.path.islink(os.path.join(repository, path)):
            for below in _below(repository, f"{path}/", levels - 1):
                yield f"{name}/{below}"


def directories(repository: str, path: str) -> list[str]:
    """The names of the directories in one, but those that begin with a dot; sorted.

    Raises RenderError where they cannot be read; one that is not there has none.
    """
    try:
        with os.scandir(os.path.join(repository, path)) as entries:
            return sorted(
                entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(repository, error) from None


def _is_directory(repository: str, path: str) -> bool:
    directory = os.path.join(repository, path)
    try:
        os.stat(directory)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(repository, error) from None
    return os.path.isdir(directory)


def _unreadable(repository: str, error: OSError) -> RenderError:
    return RenderError(
        f"{os.path.relpath(error.filename, repository)}: cannot be read: {error.strerror}",
        hint="let it be read: a source or a tree in it would seem to be gone",
    )
