"""Proof that an entry of a kustomization selects nothing, given by the engine itself.

What is composed is copied into a temporary directory, and there each entry in question gets a
companion that fails as soon as it selects something: a patch that tests for a field that no object
has, a replacement into such a field. What the engine refuses was selected; when it refuses no more,
what is left selects nothing. Unlike a mark in what comes out, a failure cannot be undone by a later
patch. An image cannot fail: it gets another name, and that is looked for in what comes out.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from typing import TYPE_CHECKING, Final

import yaml

from renderer.errors import RenderError
from renderer.kustomize.closure import ClosureReader
from renderer.kustomize.companions import (
    MARK,
    renamed,
    root_of,
    text_of,
    with_companions,
    without,
)
from renderer.kustomize.engine import attempt
from renderer.kustomize.files import KUSTOMIZATION_FILES, is_below
from renderer.kustomize.selectors import IMAGES, REPLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kustomize.closure import Closure
    from renderer.kustomize.parsed import Probe
    from renderer.kustomize.policy import Policy
    from renderer.kustomize.program import Engine

_REFUSED: Final = re.compile(rf"{MARK}-(\d+)-")
_PATCHES: Final = ("patches", "patchesstrategicmerge", "patchesjson6902", "transformers")


def find_unmatched(
    engine: Engine, closure: Closure, probes: Sequence[Probe], policy: Policy
) -> set[Probe]:
    """Those of the entries that select nothing while `closure` is composed.

    Where the engine gives another answer than is expected here, nothing is proven.
    """
    if not all(is_below(path, policy.repository) for path in closure.files):
        return set()
    numbered = {number: one for number, one in enumerate(probes) if one.field != IMAGES}
    images = [one for one in probes if one.field == IMAGES]
    try:
        with tempfile.TemporaryDirectory(prefix="render-") as directory:
            copy = _Copy(engine, closure, policy, os.path.realpath(directory))
            return {*_not_refused(copy, numbered), *(one for one in images if _lacks(copy, one))}
    except (OSError, RenderError, yaml.YAMLError):
        return set()


class _Copy:
    """What is composed, once more, in a directory where it may be changed."""

    def __init__(self, engine: Engine, closure: Closure, policy: Policy, directory: str) -> None:
        self.closure = closure
        self.policy = policy
        self._engine = engine
        self._inner = policy._replace(repository=directory)
        for path in closure.files:
            os.makedirs(os.path.dirname(self._place(path)), exist_ok=True)
            shutil.copyfile(path, self._place(path))
        self._copy_links()

    def run(self, texts: Mapping[str, bytes]) -> tuple[int, str, str]:
        """Composes with other texts of some files, and puts the originals back."""
        for path, text in texts.items():
            with open(self._place(path), "wb") as file:
                file.write(text)
        try:
            return attempt(self._engine, self._place(self.closure.root), self._inner)
        finally:
            for path in texts:
                shutil.copyfile(path, self._place(path))

    def _copy_links(self) -> None:
        """The links beside what is read, and above it: a path may lead through one."""
        above = {os.path.dirname(path) for path in self.closure.files}
        for directory in [*above]:
            while directory != self.policy.repository:
                directory = os.path.dirname(directory)
                above.add(directory)
        for directory in sorted(above):
            for entry in [*os.scandir(directory)]:
                if entry.is_symlink():
                    with contextlib.suppress(FileExistsError):
                        os.symlink(os.readlink(entry.path), self._place(entry.path))

    def _place(self, path: str) -> str:
        """Where a file or directory of the repository stands in the copy."""
        relative = os.path.relpath(path, self.policy.repository)
        return os.path.normpath(f"{self._inner.repository}/{relative}")


def _not_refused(copy: _Copy, probes: Mapping[int, Probe]) -> list[Probe]:
    """The patches and replacements whose companions do no harm."""
    left = dict(probes)
    while left:
        files = {one.file for one in left.values()}
        code, _, errors = copy.run({file: with_companions(file, left) for file in files})
        if code == 0:
            break
        refused = {int(number) for number in _REFUSED.findall(errors)} & left.keys()
        if code != 1 or not refused:
            return []
        left = {number: one for number, one in left.items() if number not in refused}
    return [*left.values()]


def _lacks(copy: _Copy, probe: Probe) -> bool:
    """Whether an image is nowhere, also where no later patch can hide it."""
    in_place = {probe.file: text_of(renamed(probe))}
    reached = ClosureReader(copy.policy, None).read(os.path.dirname(probe.owner)).directories
    beside = [
        path
        for path in copy.closure.files
        if os.path.basename(path) in KUSTOMIZATION_FILES and os.path.dirname(path) not in reached
    ]
    alone = {path: without(root_of(path), *_PATCHES, REPLACEMENTS) for path in beside}
    alone[probe.owner] = without(renamed(probe), REPLACEMENTS, "transformers")
    for texts in (in_place, alone):
        code, out, _ = copy.run(texts)
        if code != 0 or MARK in out:
            return False
    return True
