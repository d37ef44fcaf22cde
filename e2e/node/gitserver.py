"""A git server with https and a password, as DAGs come from one: on the node's own address."""

from __future__ import annotations

import base64
import secrets
import ssl
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from e2e.certificates import write_self_signed
from e2e.upstream import BRANCH, commit_all, git_handler, init, run_git, serving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

_USER = "airflow"
_NAME = "dags"


class GitServer:
    """A repository that can be written to here, and read at `https://ADDRESS/dags` with `access`.

    `access` is the content of a Secret: user name, password, and the certificate `ca.crt`, which
    no authority has signed.
    """

    def __init__(self, directory: Path, address: str) -> None:
        self.work_tree = directory / _NAME
        self.work_tree.mkdir()
        init(self.work_tree)
        self._certificate = directory / "git.crt"
        write_self_signed(self._certificate, f"IP:{address}")
        password = secrets.token_hex(16)
        self.access = {
            "username": _USER,
            "password": password,
            "ca.crt": self._certificate.read_text(),
        }
        self.url = f"https://{address}/{_NAME}"
        known = base64.b64encode(f"{_USER}:{password}".encode()).decode()
        handler = git_handler(directory, lambda _: None, f"Basic {known}")
        self._server = ThreadingHTTPServer((address, 443), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._certificate.with_suffix(".key"))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def commit(self, path: str, text: str) -> str:
        """Write a file, commit it and give the commit's id."""
        return self.commit_all({path: text})

    def commit_all(self, files: Mapping[str, str]) -> str:
        """Write files, commit them at once and give the commit's id."""
        for path, text in files.items():
            file = self.work_tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return commit_all(self.work_tree, f"Change {', '.join(files)}")

    def rewrite(self, path: str, text: str) -> str:
        """Put another commit in the place of the last one, as a forced push does; give its id."""
        run_git(self.work_tree, "reset", "--quiet", "--hard", "HEAD~1")
        return self.commit(path, text)

    def delete_branch(self) -> str:
        """Delete the branch, and give the commit for `restore_branch`."""
        commit = run_git(self.work_tree, "rev-parse", "HEAD").strip()
        run_git(self.work_tree, "update-ref", "-d", f"refs/heads/{BRANCH}")
        return commit

    def restore_branch(self, commit: str) -> None:
        """Make the branch again."""
        run_git(self.work_tree, "update-ref", f"refs/heads/{BRANCH}", commit)

    def serving(self) -> AbstractContextManager[None]:
        """Answer as long as the block runs."""
        return serving(self._server)
