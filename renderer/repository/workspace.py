"""A repository being rendered: its settings, its engine, its cache and what was read of it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from renderer.cache import Cache, default_directory
from renderer.checks.policy import CheckPolicy
from renderer.kustomize.closure import ClosureReader
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import Engine, find_engine
from renderer.repository.records import Records
from renderer.repository.settings import Settings, find_repository, read_settings
from renderer.repository.trees import CLUSTER_FILE, Patterns, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.checks.verification import Checks
    from renderer.parameters.resolving import Declarations
    from renderer.repository.definitions import Definitions


class Workspace:
    """What a command works on. Everything in it is read when it is first needed.

    `repository` is a real path. Raises UsageError for settings that cannot be understood.
    """

    def __init__(self, repository: str, settings: Settings) -> None:
        self.repository = repository
        self.settings = settings
        self.patterns = Patterns(settings)
        self.policy = Policy(
            repository=repository,
            allow_outside=settings.allow_outside,
            allow_remote=settings.allow_remote,
            allow_helm=settings.allow_helm,
            timeout=settings.timeout,
        )
        self._real: dict[str, bool] = {}
        self._declarations: dict[tuple[str, ...], Declarations] = {}

    def allowing_empty(self) -> Workspace:
        """The same repository, where a tree may hold no manifest; nothing is read of it yet."""
        return Workspace(self.repository, replace(self.settings, allow_empty=True))

    @cached_property
    def cache(self) -> Cache | None:
        directory = default_directory(os.environ)
        return Cache(directory) if directory else None

    @cached_property
    def engine(self) -> Engine:
        return self.find_engine(verify=False)

    def find_engine(self, *, verify: bool) -> Engine:
        """The engine; with `verify` its versions are known even where nothing depends on them."""
        return find_engine(self.settings.engine or None, self.cache, verify=verify)

    @cached_property
    def reader(self) -> ClosureReader:
        return ClosureReader(self.policy, self.cache)

    @cached_property
    def records(self) -> Records:
        return Records(self.cache, self.repository)

    @cached_property
    def trees(self) -> list[Tree]:
        return self.patterns.discover(self.repository)

    @property
    def some_trees(self) -> list[Tree]:
        """All trees. Raises UsageError where there is none, which the settings cannot mean."""
        if not self.trees:
            raise self.patterns.no_source(self.settings.file)
        return self.trees

    @cached_property
    def above_outputs(self) -> frozenset[str]:
        """The outputs and the directories above them in the repository, as absolute paths."""
        found: set[str] = set()
        for tree in self.trees:
            path = tree.output
            while path and path not in found:
                found.add(path)
                path = path.rpartition("/")[0]
        return frozenset(os.path.join(self.repository, path) for path in found)

    @cached_property
    def definitions(self) -> Definitions:
        from renderer.repository.definitions import Definitions

        outputs = self.patterns.outputs(self.repository)
        own = [f"{tree.source}/{CLUSTER_FILE}" for tree in self.trees]
        return Definitions(self.repository, [*outputs, *own], self.cache)

    @cached_property
    def check_policy(self) -> CheckPolicy:
        settings = self.settings
        file = settings.file or "render.toml"
        return CheckPolicy(dict(settings.checks), settings.exceptions, file)

    def checks_of(self, tree: str) -> Checks:
        """What is checked in a cluster of this name, and how."""
        from renderer.checks.verification import Checks

        minor, _ = self.settings.kubernetes_of(tree)
        return Checks(self.check_policy, minor, self.definitions.objects)

    @cached_property
    def settings_text(self) -> str:
        return repr(self.settings)

    def leads_elsewhere(self, directory: str) -> bool:
        """Whether a directory is a link, or below one; what is above it is looked at once."""
        parent = os.path.dirname(directory)
        if parent not in self._real:
            self._real[parent] = os.path.realpath(parent) == parent
        return not self._real[parent] or os.path.islink(directory)

    def declarations(self, documents: Sequence[str]) -> Declarations:
        """What the documents of a composition declare; read once for all its clusters."""
        from renderer.repository.documents import read_declarations

        key = tuple(documents)
        if key not in self._declarations:
            self._declarations[key] = read_declarations(self.repository, key)
        return self._declarations[key]


def open_workspace(directory: str, repository: str | None = None, **overrides: object) -> Workspace:
    """The workspace that a directory is in, or that of `repository`.

    `overrides` replace settings, where they are not None.
    """
    root = os.path.realpath(repository) if repository else find_repository(directory)
    settings = read_settings(root)
    given = {name: value for name, value in overrides.items() if value is not None}
    return Workspace(root, replace(settings, **given))  # type: ignore[arg-type] # names of fields
