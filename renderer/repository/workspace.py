"""A repository being rendered: its settings, its engine, its cache and what was read of it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from renderer.cache import NAMED, Cache, default_directory
from renderer.checks.policy import CheckPolicy, Checks
from renderer.errors import UsageError
from renderer.kustomize.files import is_below
from renderer.kustomize.policy import Policy
from renderer.repository.requirements import (
    KUSTOMIZE,
    OURS,
    RENDERER,
    admits,
    installed_kustomize,
    unmet,
)
from renderer.repository.root import find_repository, settings_of, work_tree_of
from renderer.repository.settings import Settings, read_settings
from renderer.repository.trees import CLUSTER_FILE, Patterns, Tree
from renderer.trust.choices import Choices, choices
from renderer.trust.user import UserDirectory

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from renderer.kustomize.closure import ClosureReader
    from renderer.kustomize.program import Engine
    from renderer.parameters.declaring import Declarations
    from renderer.repository.definitions import Definitions
    from renderer.repository.records import Records


class Workspace:
    """What a command works on. Everything in it is read when it is first needed.

    `repository` is a real path; `settings` are what it says, `choices` what only the user can.
    Raises UsageError for settings that cannot be understood.
    """

    def __init__(self, repository: str, settings: Settings, choices: Choices) -> None:
        self.repository = repository
        self.settings = settings
        self.choices = choices
        self.patterns = Patterns(settings)
        allowed = choices.permissions
        self.policy = Policy(
            repository=repository,
            allow_outside="outside" in allowed,
            allow_remote="remote" in allowed,
            allow_helm="helm" in allowed,
            timeout=settings.timeout,
            asked=tuple(name for name in settings.asks_for if name not in allowed),
        )
        self._real: dict[str, bool] = {}
        self._declarations: dict[tuple[str, ...], Declarations] = {}

    def allowing_empty(self) -> Workspace:
        """The same repository, where a tree may hold no manifest; nothing is read of it yet."""
        settings = self.settings._replace(allow_empty=True)
        return Workspace(self.repository, settings, self.choices)

    @cached_property
    def user(self) -> UserDirectory:
        return UserDirectory(os.environ, work_tree_of(self.repository))

    @cached_property
    def cache(self) -> Cache | None:
        directory = default_directory(os.environ)
        if directory and self._may_hold_a_cache(directory):
            return Cache(directory)
        return None

    def _may_hold_a_cache(self, directory: str) -> bool:
        """Not in the work tree, where a commit could bring a cache along: unless the user names
        the directory, as CI systems need, and git tracks nothing in it."""
        real, top = os.path.realpath(directory), work_tree_of(self.repository)
        if not is_below(real, top):
            return True
        if not os.environ.get(NAMED):
            return False
        from renderer.git import ask

        return ask(top, "ls-files", "-z", "--", real) == ""

    @cached_property
    def engine(self) -> Engine:
        return self.find_engine(verify=KUSTOMIZE in dict(self.settings.requires))

    def find_engine(self, *, verify: bool) -> Engine:
        """The engine; with `verify` its versions are known even where nothing depends on them."""
        from renderer.kustomize.program import find_engine

        if self.choices.engine is None:
            return find_engine(None, self.cache, verify=verify)
        program, origin = self.choices.engine
        return find_engine(program, self.cache, origin=origin, verify=verify)

    def check_requirements(self, *, composes: bool = True) -> None:
        """Raises UsageError where the settings require another version of us, or of the kustomize
        that `composes`."""
        required = dict(self.settings.requires)
        installed = {RENDERER: OURS}
        if composes and KUSTOMIZE in required:
            installed[KUSTOMIZE] = installed_kustomize(self.engine)
        if all(admits(required.get(name, ""), one.version) for name, one in installed.items()):
            return
        here = os.path.realpath(os.getcwd())
        file = settings_of(self.repository, here)
        if error := unmet(file, installed):
            raise file.seen_from(here, error)

    @cached_property
    def reader(self) -> ClosureReader:
        from renderer.kustomize.closure import ClosureReader

        return ClosureReader(self.policy, self.cache)

    @cached_property
    def records(self) -> Records:
        from renderer.repository.records import Records

        return Records(self.cache, self.repository)

    @cached_property
    def trees(self) -> list[Tree]:
        return self.patterns.discover(self.repository)

    def has_more_trees(self, count: int) -> bool:
        """Whether there are more trees than this; of many, the others are not looked for."""
        return self.patterns.find_more(self.repository, count)

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
        return CheckPolicy(dict(settings.checks), settings.exceptions, file, self.today)

    @cached_property
    def today(self) -> str:
        """The day of the last commit, so that a commit has one verdict on every day; empty where
        nothing asks for it, or git knows none."""
        if not any(one.expires for one in self.settings.exceptions):
            return ""
        from renderer.git import commit_day

        return commit_day(self.repository)

    def checks_of(self, cluster: str) -> Checks:
        """What is checked in a cluster of this name, and how."""
        minor, _ = self.settings.kubernetes_of(cluster)
        return Checks(self.check_policy, minor, self.definitions.objects)

    @cached_property
    def settings_text(self) -> str:
        expired = [one.has_expired(self.today) for one in self.settings.exceptions]
        return repr((self.settings, sorted(self.choices.permissions), expired))

    @property
    def settings_place(self) -> str:
        """The file that the settings are from, for people: its path, or that there is none."""
        if self.settings.file:
            return os.path.join(self.repository, self.settings.file)
        return f"none in {self.repository}: the defaults hold"

    @property
    def cache_place(self) -> str:
        """The directory of the cache, for people: its path, or why there is none."""
        directory = default_directory(os.environ)
        if not directory:
            return "none: HOME is not set"
        if self.cache is None:
            reason = "git may track it" if os.environ.get(NAMED) else f"{NAMED} does not name it"
            return f"none: {directory} is in the work tree, and {reason}"
        if not self.cache.is_usable:
            return f"none: {directory} is no cache, or not yours alone"
        return directory

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


def open_workspace(
    directory: str,
    repository: str | None = None,
    *,
    engine: str | None = None,
    permissions: Collection[str] = (),
) -> Workspace:
    """The workspace that a directory is in, or that of `repository`.

    `engine` and `permissions` are what was typed as options. Raises UsageError.
    """
    here = os.path.realpath(directory)
    if repository is None:
        found = find_repository(here)
    else:
        found = settings_of(os.path.realpath(repository), here)
    try:
        settings = read_settings(found)
        user = UserDirectory(os.environ, work_tree_of(found.directory))
        given = choices(
            settings.asks_for,
            found.directory,
            user,
            engine=engine,
            options=permissions,
            environ=os.environ,
        )
        return Workspace(found.directory, settings, given)
    except UsageError as error:
        raise found.seen_from(here, unmet(found, {RENDERER: OURS}) or error) from None
