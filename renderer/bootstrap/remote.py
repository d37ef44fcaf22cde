"""The Git repository as a controller in a cluster reaches it."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from renderer.errors import ToolError, UsageError
from renderer.process import run

_TIMEOUT = 30.0  # seconds; git reads two small files
_SCHEMES = ("http", "https", "ssh")
# git's short form of an ssh address (gitglossary, "scp-like"); one letter is a Windows drive.
_SHORT_FORM = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>[^@/:]{2,}):(?P<path>[^/].*|/[^/].*)")
_USER_INFO = re.compile(r"(?<=//)[^/]*@")
_GIVE_ONE = "say where a cluster finds it, as --url https://git.example.com/team/platform.git"


class Remote(NamedTuple):
    """Where a controller finds our directories.

    `url` is http, https or ssh, without a password; `prefix` is the path from the top of the
    Git repository to ours, empty or with a slash at its end.
    """

    url: str
    branch: str
    prefix: str

    @property
    def name(self) -> str:
        """The repository's own name, in letters that a Kubernetes name may have."""
        last = self.url.rpartition("/")[2].removesuffix(".git").lower()
        return re.sub(r"[^a-z0-9]+", "-", last).strip("-")


def find_remote(repository: str, url: str | None, branch: str) -> Remote:
    """The remote of a repository: `url` if it is given, else the one that git calls origin.

    Raises UsageError where there is none, or none that Flux and Argo CD both take.
    """
    prefix = _git(repository, "rev-parse", "--show-prefix")
    if url is None:
        url = _git(repository, "config", "--local", "--get", "remote.origin.url") or ""
        if not url:
            raise UsageError("this repository has no remote called origin", hint=_GIVE_ONE)
    return Remote(controller_url(url), _checked_branch(branch), prefix or "")


def controller_url(url: str) -> str:
    """The address as Flux and Argo CD both take it: http, https or ssh, nothing secret in it.

    git's short form `git@host:path` becomes `ssh://git@host/path`; passwords, and users of
    http, are left out: controllers have Secrets for that. Raises UsageError for any other.
    """
    from urllib.parse import urlsplit

    text = url.strip()
    short = None if "://" in text else _SHORT_FORM.fullmatch(text)
    if short:
        text = f"ssh://{short['user'] or 'git'}@{short['host']}/{short['path'].lstrip('/')}"
    shown = _USER_INFO.sub("", text).partition("?")[0]
    try:
        parts = urlsplit(text.replace("git+ssh://", "ssh://", 1))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"{shown} is not an address", hint=_GIVE_ONE) from None
    if parts.scheme not in _SCHEMES or not host or not parts.path.strip("/"):
        raise UsageError(f"no cluster can fetch from {shown}", hint=_GIVE_ONE)
    if parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise UsageError(f"{shown} is followed by what no Git address has", hint=_GIVE_ONE)
    user = f"{parts.username or 'git'}@" if parts.scheme == "ssh" else ""
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{user}{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _checked_branch(branch: str) -> str:
    if re.fullmatch(r"[^\s~^:?*\[\\-][^\s~^:?*\[\\]*", branch) and branch.isprintable():
        return branch
    raise UsageError(f"{branch!r} is not the name of a branch")


def _git(repository: str, *arguments: str) -> str | None:
    """What git prints of a work tree; None where there is no work tree, or no git."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,  # nobody's settings
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    try:
        done = run(["git", *arguments], cwd=repository, env=environment, timeout=_TIMEOUT)
    except ToolError:
        return None
    return (
        done.stdout.decode("utf-8", "surrogateescape").rstrip("\n") if not done.returncode else None
    )
