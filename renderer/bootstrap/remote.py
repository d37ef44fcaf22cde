"""The Git repository as a controller in a cluster reaches it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from renderer.errors import UsageError
from renderer.git import ask

_SCHEMES = ("http", "https", "ssh")
# git's short form of an ssh address (gitglossary, "scp-like"); one letter is a Windows drive.
_SHORT_FORM = re.compile(
    r"(?:(?P<user>[^@/:\[\]]+)@)?(?P<host>[^@/:\[\]]{2,}|\[[0-9A-Fa-f:.]+\]):(?P<path>/?[^/].*)"
)
# git check-ref-format, and what Argo CD would take for a template.
_NO_BRANCH = re.compile(
    r"[\s~^:?*\[\\\x7f]|^[-/]|^refs/|^(HEAD|@)?$|//|/$|\.\.|@\{|\{\{|(^|/)\.|\.(lock)?(/|$)"
)
_ORIGIN = "origin"
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


def find_remote(repository: str, url: str | None, branch: str | None) -> Remote:
    """The remote of a repository: `url` if it is given, else the one that git calls origin.

    Without `branch` it is origin's default branch, as far as the clone knows one, or else main.
    Raises UsageError where there is no remote, or none that Flux and Argo CD both take.
    """
    prefix = ask(repository, "rev-parse", "--show-prefix")
    if url is None:
        # git fetches from the first, where there are several.
        urls = ask(repository, "config", "--local", "--get-all", f"remote.{_ORIGIN}.url") or ""
        url = urls.partition("\n")[0]
        if not url:
            raise UsageError("this repository has no remote called origin", hint=_GIVE_ONE)
        branch = branch if branch is not None else _default_branch(repository)
    branch = _checked_branch("main" if branch is None else branch)
    return Remote(controller_url(url), branch, prefix or "")


def _default_branch(repository: str) -> str | None:
    """The branch that origin had checked out when it was cloned; None where nobody knows."""
    prefix = f"refs/remotes/{_ORIGIN}/"
    head = ask(repository, "symbolic-ref", "--quiet", f"{prefix}HEAD") or ""
    return head.removeprefix(prefix) if head.startswith(prefix) else None


def controller_url(url: str) -> str:
    """The address as Flux and Argo CD both take it: http, https or ssh, nothing secret in it.

    git's short form `git@host:path` becomes `ssh://git@host/path`; passwords, and users of
    http, are left out: controllers have Secrets for that. Raises UsageError for any other.
    """
    text = url.strip()
    short = None if "://" in text else _SHORT_FORM.fullmatch(text)
    if short:
        text = f"ssh://{short['user'] or 'git'}@{short['host']}/{short['path'].lstrip('/')}"
    shown = _without_secrets(text)
    try:
        parts = urlsplit(text.replace("git+ssh://", "ssh://", 1))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"{shown} is not an address", hint=_GIVE_ONE) from None
    if parts.scheme not in _SCHEMES or not host or not parts.path.strip("/"):
        raise UsageError(f"no cluster can fetch from {shown}", hint=_GIVE_ONE)
    if "@" in parts.path:  # a password with a slash in it, or without its https:// in front
        hint = "write an @ of a password or a path as %40, and a slash of a password as %2F"
        raise UsageError(f"in the address of {shown}, an @ is at the wrong place", hint=hint)
    if parts.query or parts.fragment or not text.isprintable() or re.search(r"[ {}]", text):
        raise UsageError(f"{shown} is followed by what no Git address has", hint=_GIVE_ONE)
    user = f"{parts.username or 'git'}@" if parts.scheme == "ssh" else ""
    address = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{user}{address}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _without_secrets(text: str) -> str:
    """An address for a message: no user or password, no query, nor what could be part of one."""
    scheme = "".join(text.partition("://")[:2]) if "://" in text else ""
    rest = text.removeprefix(scheme)
    if re.search(r"[?#].*@", rest):  # of which of both is it a part?
        return f"{scheme}..."
    return scheme + re.split(r"[?#]", rest.rpartition("@")[2])[0]


def _checked_branch(branch: str) -> str:
    if not _NO_BRANCH.search(branch) and branch.isprintable():
        return branch
    raise UsageError(f"{branch!r} is not the name of a branch")
