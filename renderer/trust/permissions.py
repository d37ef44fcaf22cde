"""What kustomize may do beyond reading the repository, and who has permitted it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renderer.errors import UsageError
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from renderer.trust.user import UserDirectory

# By the name that --allow-NAME, the setting allow-NAME and RENDER_ALLOW=NAME have in common.
PERMISSIONS: Mapping[str, str] = {
    "outside": "files outside of the repository are read",
    "remote": "git and HTTP fetch from any address that a kustomization names",
    "helm": "the helm in PATH is run on charts that a kustomization names",
}
VARIABLE = "RENDER_ALLOW"
_FILE = "trusted.json"


def permitted(
    asked: Collection[str],
    repository: str,
    user: UserDirectory,
    *,
    options: Collection[str],
    environ: Mapping[str, str],
) -> frozenset[str]:
    """The permissions that the user gives: by options, by RENDER_ALLOW, or by `render trust`.

    `asked` are those that the settings of the repository (a real path) ask for; what was
    trusted counts only while they ask for the very same. Raises UsageError.
    """
    given = {*options, *_of_environment(environ.get(VARIABLE, ""))}
    if not given >= {*asked} and trusted(repository, user) == [*asked]:
        given |= {*asked}
    return frozenset(given)


def _of_environment(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PERMISSIONS:
            known = ", ".join(PERMISSIONS)
            raise UsageError(
                f"{VARIABLE}: there is no permission {name}, only {known}",
                hint=nearest(name, PERMISSIONS),
            )
    return names


def trusted(repository: str, user: UserDirectory) -> list[str] | None:
    """What a repository asked for when the user trusted it; None if that was never."""
    found = _records(user).get(repository)
    return found if isinstance(found, list) else None


def trust(repository: str, asked: Collection[str], user: UserDirectory) -> None:
    """Remember that the user permits what a repository asks for. Raises UsageError."""
    with user.alone():
        _write(user, {**_records(user), repository: [*asked]})


def forget(repository: str, user: UserDirectory) -> None:
    """Forget what `trust` has remembered of a repository. Raises UsageError."""
    with user.alone():
        kept = {path: asked for path, asked in _records(user).items() if path != repository}
        _write(user, kept)


def _records(user: UserDirectory) -> dict[str, Any]:
    """What each repository asked for, by its real path: the settings, not a digest of them, so
    that a person can read what was permitted."""
    content = user.read(_FILE)
    if content is None:
        return {}
    try:
        records = json.loads(content)
    except (ValueError, RecursionError):
        records = None
    if not isinstance(records, dict):
        raise UsageError(
            f"{user.path(_FILE)}: this is not what render trust has written",
            hint="remove it; render trust writes it anew",
        )
    return records


def _write(user: UserDirectory, records: Mapping[str, Any]) -> None:
    user.write(_FILE, (json.dumps(records, indent=2, sort_keys=True) + "\n").encode())
