"""Components that a composition could have: those beside the ones that it has."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from renderer.errors import RenderError
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kustomize.files import KUSTOMIZATION_FILES
from renderer.repository.source_file import read_source
from renderer.yamldoc.reading import YamlError, check_safe, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST = 500  # directories, and files of each, that are looked into
_ENDING = (".yaml", ".yml")


def providers_beside(repository: str, components: Iterable[str], capability: str) -> list[str]:
    """The directories that provide a capability, in the directories that components are in.

    Paths are relative to the repository. Of one that others compose, these are named: it is a part
    of theirs. For a hint: what cannot be read provides nothing.
    """
    beside = sorted({posixpath.dirname(one) for one in components} - {""})
    directories = [one for above in beside for one in _inside(repository, above)][:_MOST]
    contents = {one: list(_contents(repository, one)) for one in directories}
    found = {one for one, content in contents.items() if _provides(content, capability)}
    wholes = {one: _composers(one, contents) for one in found}
    return sorted({whole for one in found for whole in wholes[one] or [one]})


def _inside(repository: str, above: str) -> Iterator[str]:
    try:
        with os.scandir(os.path.join(repository, above)) as entries:
            names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
    except OSError:
        return
    yield from (f"{above}/{name}" for name in names)


def _contents(repository: str, directory: str) -> Iterator[tuple[str, object]]:
    """The documents of a directory that are a kustomization or ours, each with its file's name."""
    try:
        names = sorted(os.listdir(os.path.join(repository, directory)))[:_MOST]
    except OSError:
        return
    for name in names:
        path = f"{directory}/{name}"
        if not (name in KUSTOMIZATION_FILES or name.endswith(_ENDING)):
            continue
        if os.path.islink(os.path.join(repository, path)):
            continue
        try:
            content = read_source(repository, path) or b""
            if name not in KUSTOMIZATION_FILES and OUR_GROUP.encode() not in content:
                continue
            check_safe(content)
            documents = read_documents(content)
        except (RenderError, YamlError):
            continue
        yield from ((name, one.data) for one in documents)


def _provides(contents: Iterable[tuple[str, object]], capability: str) -> bool:
    for _, data in contents:
        if isinstance(data, dict) and data.get("kind") == "Parameters":
            spec = data.get("spec")
            provides = spec.get("provides") if isinstance(spec, dict) else None
            if isinstance(provides, list) and capability in provides:
                return True
    return False


def _composers(directory: str, contents: Mapping[str, list[tuple[str, object]]]) -> list[str]:
    """The directories whose kustomization lists this one as a component."""
    found = []
    for other, documents in contents.items():
        for name, data in documents:
            if name in KUSTOMIZATION_FILES and isinstance(data, dict):
                listed = data.get("components")
                paths = listed if isinstance(listed, list) else []
                if directory in [posixpath.normpath(f"{other}/{one}") for one in paths]:
                    found.append(other)
    return found
