"""Follow the references of one kustomization, as kustomize's loader would."""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from renderer.kustomize.elsewhere import chart_problem, is_pinned, remote_problem
from renderer.kustomize.files import KUSTOMIZATION_FILES, Found, Status, is_below, location_in
from renderer.kustomize.findings import DirectoryFindings
from renderer.kustomize.parsed import Role, Transport
from renderer.kustomize.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.files import Files
    from renderer.kustomize.parsed import Reference
    from renderer.kustomize.parses import Parses
    from renderer.kustomize.policy import Policy

_MAX_DEPTH: Final = 100  # directories on the way from a root to a base; ours is recursive


class Walker:
    """Reads directories with everything that they refer to; each of them once."""

    def __init__(self, policy: Policy, files: Files, parses: Parses) -> None:
        self.policy = policy
        self.files = files
        self.parses = parses
        self.open: list[str] = []  # the directories on the way to the one being read
        self._reaches: dict[str, Reach] = {}

    def reach(self, real: str) -> Reach:
        """What a directory amounts to, by its real path."""
        reach = self._reaches.get(real)
        if reach is None:
            self.open.append(real)
            try:
                reach = _Directory(self, real).read()
            finally:
                self.open.pop()
            self._reaches[real] = reach
        return reach


class _Directory:
    """The reading of one directory."""

    def __init__(self, walker: Walker, root: str) -> None:
        self._walker = walker
        self._root = root
        self._above = frozenset(_directories_above(root))
        self._hash = blake2b(digest_size=32)
        self._reach = Reach(directories={root: None})
        self._findings = DirectoryFindings(walker.policy, self._reach.findings, root)

    def read(self) -> Reach:
        """Read the kustomization and follow it."""
        reach = self._reach
        name = self._find_kustomization()
        if name is None:
            reach.is_missing = not reach.findings
            return reach
        self._findings.file = f"{self._root}/{name}"
        found, source = self._walker.files.load(self._findings.file)
        if found.status is not Status.FILE or not is_below(found.real, self._root):
            self._findings.judge(found, None)
            return reach
        self._add_file(found, is_parsed=False, label=name)
        parsed = self._walker.parses.kustomization(found.digest, source)
        self._findings.add_remarks(parsed.remarks)
        is_listed = parsed.kind != "Component"
        for reference in parsed.references:
            if reference.role is Role.COMPONENT and not is_listed:
                reach.components[self._root] = None
                is_listed = True
            self._follow(reference)
        if not is_listed:
            reach.components[self._root] = None
        if parsed.uses_directory_name:
            self._note_directory_name()
        reach.digest = self._hash.digest()
        return reach

    def _find_kustomization(self) -> str | None:
        # access() also follows links, and says no to a dangling one, as kustomize does.
        names = [name for name in KUSTOMIZATION_FILES if os.access(f"{self._root}/{name}", os.F_OK)]
        if len(names) > 1:
            self._findings.add_error(
                "two-kustomizations",
                f"there are {' and '.join(names)}; kustomize wants one",
            )
            return None
        if names:
            return names[0]
        found = self._walker.files.look(f"{self._root}/{KUSTOMIZATION_FILES[0]}")
        if found.status is Status.UNREADABLE:  # access() does not tell this from what is not there
            self._findings.judge(found, None)
        return None

    # References

    def _follow(self, reference: Reference) -> None:
        """Follow one reference; paths are relative to the root, whatever file names them."""
        if reference.role is Role.EXTERNAL:
            self._findings.add_error(
                "external-plugin",
                "is a plugin that is a program or a container; the engine does not run it",
                reference,
            )
        elif reference.role is Role.FUNCTION:
            self._findings.add_error(
                "own-function",
                "is our own function, and the engine runs none: its work would be missing",
                reference,
                hint="render what it is applied to: a kustomization that lists it is a wrapper,"
                " for kustomize build --enable-exec and Argo CD",
            )
        elif reference.role is Role.HELM:
            self._reach.pinned = False  # helm's version, its settings and repositories count too
            self._findings.add_problem(chart_problem(self._walker.policy, reference), reference)
        elif self._is_remote(reference):
            self._reach.pinned &= is_pinned(reference)
            self._findings.add_problem(remote_problem(self._walker.policy, reference), reference)
        elif os.path.isabs(reference.text):
            self._findings.add_error(
                "absolute-path",
                "is an absolute path, which is another file on another machine",
                reference,
            )
        elif reference.role is Role.TREE:
            self._add_tree(self._path(reference))
        else:
            self._follow_path(reference)

    def _is_remote(self, reference: Reference) -> bool:
        """Whether kustomize would fetch it: an URL always, git's forms unless a file is there."""
        if reference.transport is not Transport.GIT:
            return reference.transport is Transport.HTTP
        if reference.role in (Role.YAML, Role.DATA, Role.TREE):
            return False
        is_file = self._walker.files.look(self._path(reference)).status is Status.FILE
        return reference.role is Role.COMPONENT or not is_file

    def _path(self, reference: Reference) -> str:
        # kustomize joins and cleans before it looks at links, so `link/..` is here.
        return os.path.normpath(f"{self._root}/{reference.text}")

    def _follow_path(self, reference: Reference) -> None:
        found = self._walker.files.look(self._path(reference))
        role = reference.role
        if found.status is Status.DIRECTORY and role not in (Role.YAML, Role.DATA):
            self._enter(found, reference)
        elif role is Role.COMPONENT:
            self._findings.judge_directory(found, reference)
        elif found.status is Status.FILE and is_below(found.real, self._root):
            self._add_file(found, is_parsed=role is not Role.DATA, label=role)
            if role is Role.ENTRY:
                self._add_manifests(found)
            elif role is Role.PLUGIN:
                self._follow_plugins(found)
        else:
            self._findings.judge(found, reference)

    def _add_file(self, found: Found, *, is_parsed: bool, label: str) -> None:
        real = found.real
        self._hash.update(f"{label}\0".encode())
        self._hash.update(found.digest)
        self._reach.files[real] = None
        if is_parsed:
            self._reach.parsed_files[real] = None

    def _add_manifests(self, found: Found) -> None:
        if found.has_documents:
            self._reach.documents[found.real] = None
        if found.has_crds:
            self._reach.crds[found.real] = None

    def _enter(self, found: Found, reference: Reference) -> None:
        """Follow a reference to another kustomization."""
        real, walker, findings = found.real, self._walker, self._findings
        if not walker.files.is_allowed(real):
            findings.judge(Found(Status.OUTSIDE, real), reference)
        elif real in walker.open:
            loop = [*walker.open[walker.open.index(real) :], real]
            repository = walker.policy.repository
            names = " -> ".join(location_in(repository, directory).path for directory in loop)
            findings.add_error("directory-loop", f"closes a loop: {names}", reference)
        elif is_below(self._root, real):
            findings.add_error(
                "directory-loop", "contains the kustomization that refers to it", reference
            )
        elif len(walker.open) >= _MAX_DEPTH:
            findings.add_error(
                "nested-too-deep", f"is base number {_MAX_DEPTH} of a base", reference
            )
        else:
            reach = walker.reach(real)
            if reach.is_missing:
                findings.add_error("missing-kustomization", "has no kustomization.yaml", reference)
            elif not self._above.isdisjoint(reach.directories):
                findings.add_error(
                    "directory-loop", "leads back to a directory above it", reference
                )
            self._hash.update(f"{reference.role}/".encode())
            self._hash.update(reach.digest)
            self._reach.add(reach)
            if reference.role is Role.PLUGIN:
                self._add_plugin_directory(reach)

    # Plugins

    def _follow_plugins(self, found: Found) -> None:
        """Follow what a plugin's file refers to: from our root, but placed in that file."""
        parsed = self._walker.parses.plugins(found)
        own, self._findings.file = self._findings.file, found.real
        self._findings.add_remarks(parsed.remarks)
        for reference in parsed.references:
            self._follow(reference)
        self._findings.file = own
        if parsed.uses_directory_name:
            self._note_directory_name()

    def _follow_remote(self, path: str) -> None:
        """Follow what a file would have fetched, were it the configuration of a plugin."""
        own, self._findings.file = self._findings.file, path
        for reference in self._walker.parses.plugins(self._walker.files.look(path)).references:
            if self._is_remote(reference):
                self._follow(reference)
        self._findings.file = own

    def _add_plugin_directory(self, reach: Reach) -> None:
        """Be careful with configurations that are themselves composed by kustomize.

        They can name any file that the loader lets them read, and that is our own tree; and
        what they fetch from elsewhere we only see where it stands in a file, not where a patch
        or a replacement puts it together: there the engine's environment refuses it.
        """
        for path in reach.parsed_files:
            self._follow_remote(path)
        policy = self._walker.policy
        self._reach.pinned &= not (policy.allow_remote or policy.allow_helm)
        self._note_directory_name()
        self._add_tree(self._root)

    def _note_directory_name(self) -> None:
        self._hash.update(
            f"name\0{os.path.basename(self._root)}\0".encode(errors="surrogateescape")
        )

    def _add_tree(self, top: str) -> None:
        """Take a whole directory, as far as it lies in our root."""
        if not is_below(self._walker.files.real(top), self._root):
            self._reach.pinned = False
            return
        for directory, folders, names in os.walk(top):
            folders.sort()
            if ".git" in folders:  # changes by itself; who reads it is not kept
                folders.remove(".git")
                self._reach.pinned = False
            for name in sorted([*names, *folders]):
                path = f"{directory}/{name}"
                found = self._walker.files.look(path)
                relative = os.path.relpath(path, top)
                target = os.readlink(path) if os.path.islink(path) else ""
                label = f"{relative}\0{target}\0{found.status.name}".encode(
                    errors="surrogateescape"
                )
                self._hash.update(label + b"\0" + found.digest)
                if found.status is Status.FILE and is_below(found.real, self._root):
                    self._reach.files[found.real] = None


def _directories_above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path or "/"
