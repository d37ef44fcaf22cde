"""The Git repository that Flux and Argo CD sync in tests: a work tree, served over HTTP."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from e2e.trees import ROOT, Repository
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

_PARTS = ("base", "overlays", "clusters")
BRANCH = "main"


class Upstream:
    """A copy of this repository with its commits, on a server of its own.

    `repository` is the work tree, `url` the address of the served repository. What `serve`
    adds is answered before git is asked.
    """

    def __init__(
        self, directory: Path, parts: Sequence[str] = _PARTS, settings: Path | None = None
    ) -> None:
        self.path = directory / "platform"
        self.path.mkdir()
        for part in parts:
            shutil.copytree(ROOT / part, self.path / part)
        if settings:
            shutil.copy(settings, self.path)
        self.repository = Repository(self.path)
        init(self.path)
        self.commit("Everything as it is committed here")
        self._files: dict[str, bytes] = {}
        handler = git_handler(directory, self._files.get)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._serving = serving(self._server)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.address}/{self.path.name}"

    def __enter__(self) -> Self:
        self._serving.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._serving.__exit__(*error)

    def git(self, *arguments: str) -> str:
        """What git prints in the work tree; it must succeed."""
        return run_git(self.path, *arguments)

    def commit(self, message: str) -> str:
        """Commit all that was changed and give the commit's id."""
        return commit_all(self.path, message)

    def revert(self) -> str:
        """Undo the last commit by another one and give its id."""
        self.git("revert", "--no-edit", "HEAD")
        return self.head

    def back_to(self, commit: str) -> str:
        """Have what there was at an earlier commit by another one, and give its id."""
        self.git("read-tree", "-u", "--reset", commit)
        return self.commit(f"Go back to {commit}")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def serve(self, path: str, content: bytes) -> str:
        """Serve a file beside the repository and give its address."""
        self._files[path] = content
        return f"{self.address}{path}"

    def bootstrap(self, *arguments: str) -> str:
        """What `render bootstrap` prints for this repository."""
        return self.repository.run("bootstrap", *arguments, "--url", self.url)

    def edit(self, path: str, pattern: str, replacement: str) -> None:
        """Replace what a regular expression finds in a file; it must find something."""
        file = self.path / path
        text = file.read_text()
        changed, count = re.subn(pattern, replacement, text)
        assert count, f"{path} holds no {pattern}"
        file.write_text(changed)


def init(work_tree: Path) -> None:
    """Make a directory a repository that can be committed to."""
    run_git(work_tree, "init", "--quiet", f"--initial-branch={BRANCH}")
    run_git(work_tree, "config", "user.name", "Test")
    run_git(work_tree, "config", "user.email", "test@example.com")


def commit_all(work_tree: Path, message: str) -> str:
    """Commit all that was changed and give the commit's id."""
    run_git(work_tree, "add", "--all")
    run_git(work_tree, "commit", "--quiet", "--message", message)
    return run_git(work_tree, "rev-parse", "HEAD").strip()


@contextlib.contextmanager
def serving(server: ThreadingHTTPServer) -> Generator[None]:
    """Answer as long as the block runs; the server is closed then."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def run_git(directory: Path, *arguments: str) -> str:
    """What git prints, without anybody's settings; it must succeed."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}\n{done.stderr}"
    return done.stdout


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def git_handler(
    directory: Path, file: Callable[[str], bytes | None], authorization: str = ""
) -> type[BaseHTTPRequestHandler]:
    """Git's smart protocol through its own CGI program (git-http-backend), and single files.

    Where an authorization is given, requests must have it in their header of that name.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = file(self.path)
            if content is None:
                self._git()
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self._git()

        def log_message(self, *_: Any) -> None:
            pass

        def _git(self) -> None:
            if authorization and self.headers.get("Authorization") != authorization:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            environment = {
                **_environment(),
                "GIT_PROJECT_ROOT": str(directory),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": "127.0.0.1",
            }
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            done = subprocess.run(
                ["git", "http-backend"], env=environment, input=body, capture_output=True
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def need(program: str, package: str) -> str:
    """The path of a program that no Go module gives; raises `ToolError` where it is missing."""
    found = shutil.which(program)
    if found is None:
        raise ToolError(
            f"{program} is not installed, and Argo CD needs it",
            hint=f"install it (Debian, Ubuntu: apt-get install {package})",
        )
    return found
