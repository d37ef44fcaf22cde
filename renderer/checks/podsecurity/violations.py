"""What the controls of the Pod Security Standards have in common: who violates one, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import Pod, mapping, mappings, text
from renderer.counting import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from renderer.patching.pointing import Path

Data = dict[str, Any]

# What is forbidden in a security context: the first such field, and its values.
Forbidden = tuple["Path", tuple[str, ...]]

CONTEXT = "securityContext"  # the field of a Pod, and of each container
_PROFILES = frozenset(["RuntimeDefault", "Localhost"])


class Violation(NamedTuple):
    """What violates a control: the admission's reason and detail, and the first such field."""

    reason: str
    detail: str
    path: Path

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})"


class Control(NamedTuple):
    """A control of the standards, and the setting that satisfies it."""

    name: str
    check: Callable[[Pod], Violation | None]
    hint: str


class Setters:
    """Who sets a field to something forbidden: the Pod, or containers of it.

    As text it is the subject of a sentence. `values` are the forbidden ones, `path` is the
    first such field.
    """

    def __init__(self) -> None:
        self.by_pod = False
        self.containers: list[str] = []
        self.values: set[str] = set()
        self.path: Path = ()

    def pod(self, path: Path, *values: str) -> None:
        self.by_pod = True
        self._note(path, values)

    def container(self, container: Data, path: Path, *values: str) -> None:
        name = text(container.get("name"))
        if not self.containers or self.containers[-1] != name:
            self.containers.append(name)
        self._note(path, values)

    def _note(self, path: Path, values: Iterable[str]) -> None:
        self.path = self.path or path
        self.values.update(values)

    def __bool__(self) -> bool:
        return self.by_pod or bool(self.containers)

    def __str__(self) -> str:
        parts = ["pod"] if self.by_pod else []
        if self.containers:
            parts.append(listed("container", self.containers))
        return " and ".join(parts)


def quoted(items: Iterable[str]) -> str:
    """Items as the admission lists them."""
    return ", ".join(f'"{item}"' for item in items)


def listed(word: str, items: list[str]) -> str:
    """The word and the items."""
    return f"{plural(word, len(items))} {quoted(items)}"


def contexts(pod: Pod) -> Iterator[tuple[Data, Data, Path]]:
    """Every container with its security context, and the path of that."""
    for path, container in pod.containers:
        yield container, mapping(container.get(CONTEXT)), (*path, CONTEXT)


def pod_context(pod: Pod) -> tuple[Data, Path]:
    """The security context of the Pod, and its path."""
    return mapping(pod.spec.get(CONTEXT)), (*pod.spec_path, CONTEXT)


def visit(
    pod: Pod,
    found: Setters,
    forbidden: Callable[[Data, Path], Forbidden | None],
) -> None:
    """Asks of the security context of the Pod and of each container what is forbidden in it."""
    bad = forbidden(*pod_context(pod))
    if bad:
        found.pod(bad[0], *bad[1])
    for container, context, path in contexts(pod):
        bad = forbidden(context, path)
        if bad:
            found.container(container, bad[0], *bad[1])


def is_windows(pod: Pod) -> bool:
    """Whether the Pod says that it runs on Windows, where some controls mean nothing."""
    return mapping(pod.spec.get("os")).get("name") == "windows"


def has_own_users(pod: Pod) -> bool:
    """Whether the Pod is in a user namespace: its root is not the node's."""
    return pod.spec.get("hostUsers") is False


def added_capabilities(pod: Pod, allowed: frozenset[str]) -> tuple[Setters, str]:
    """Who adds capabilities that are not allowed, and how to say so."""
    found = Setters()
    for container, context, path in contexts(pod):
        added = mapping(context.get("capabilities")).get("add")
        for index, name in enumerate(added if isinstance(added, list) else ()):
            if str(name) not in allowed:
                found.container(container, (*path, "capabilities", "add", index), str(name))
    names = quoted(sorted(found.values))
    return found, f"{found} must not include {names} in securityContext.capabilities.add"


def profile_setters(field: str) -> Callable[[Data, Path], Forbidden | None]:
    """What is forbidden of a profile (AppArmor's or seccomp's) in a security context."""

    def forbidden(context: Data, path: Path) -> Forbidden | None:
        profile = context.get(field)
        type_ = text(mapping(profile).get("type"))
        if profile is None or type_ in _PROFILES:
            return None
        return (*path, field, "type"), (type_,)

    return forbidden


def volumes_of(pod: Pod, types: Callable[[Data], list[str]]) -> tuple[list[str], set[str], Path]:
    """The names of volumes that have forbidden types, the types, and the path of the first."""
    names: list[str] = []
    forbidden: set[str] = set()
    first: Path = ()
    for index, volume in mappings(pod.spec.get("volumes")):
        found = types(volume)
        if found:
            names.append(text(volume.get("name")))
            forbidden.add(found[0])
            field = (found[0],) if found[0] in volume else ()
            first = first or (*pod.spec_path, "volumes", index, *field)
    return names, forbidden, first
