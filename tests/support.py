"""Trees of files for tests, and the command run on them.

The format of `*.txtar` files is that of Go's txtar, with links and worlds: what it shows on the
first line, then `-- PATH --` before the content of each file, or `-- PATH -> TARGET --` for a link.
With `world: NAME` on the second line it lists only what differs from `worlds/NAME.txtar`, and
`-- PATH removed --` takes a file of that away.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from diff_report import check_report
from hypothesis import HealthCheck, settings

from renderer.cli import main
from renderer.rules import CHOOSABLE

_STRUCTURAL = ("duplicate-identity", "missing-name", "placeholder")


def checking(*rules: str) -> str:
    """Settings by which these rules warn, and others say nothing of what the settings choose.

    For tests of composing and patching, whose objects need not be ones that a cluster takes.
    """
    severities = ", ".join(
        f'{rule} = "{"warning" if rule in rules else "off"}"'
        for rule in CHOOSABLE
        if rule not in _STRUCTURAL
    )
    return f"checks = {{{severities}}}\n"


UNCHECKED = checking()

TESTS = Path(__file__).parent
PROJECT = TESTS.parent

_WORLD = re.compile(r"[^\n]*\nworld: (\S+)\n")
_MARKER = re.compile(r"^-- (\S+)(?: -> (\S+)| (removed))? --$", re.MULTILINE)

Files = Mapping[str, str | bytes | Path]


def give_examples_time() -> None:
    """Let no example of Hypothesis fail because the machine is busy.

    Examples may share a function's fixture: what they write is written anew by each.
    """
    settings.register_profile(
        "patient",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("patient")


def read_txtar(path: Path) -> dict[str, str | Path]:
    """The files of an archive on disk."""
    return parse_txtar(path.read_text(encoding="utf-8"))


def parse_txtar(text: str) -> dict[str, str | Path]:
    """The files of an archive by path; a Path is the target of a symbolic link."""
    world = _WORLD.match(text)
    files = read_world(world[1]) if world else {}
    marks = [*_MARKER.finditer(text)]
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        path, content = mark[1], text[mark.end() + 1 : following.start() if following else None]
        if mark[3]:
            del files[path]
            continue
        new = Path(mark[2]) if mark[2] else content
        assert files.get(path) != new, f"{path} is there already, with this content"
        files[path] = new
    return files


def read_world(name: str) -> dict[str, str | Path]:
    """The files of a repository that many tests change in one place."""
    return read_txtar(TESTS / "worlds" / f"{name}.txtar")


def write_tree(directory: Path | str, files: Files) -> str:
    """Write files into a directory (made when needed) and return its real path."""
    for name, content in files.items():
        path = Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_bytes(content.encode())
    return os.path.realpath(directory)


def definition(kind: str, fields: str = "", *, scope: str = "Namespaced") -> str:
    """A CustomResourceDefinition in example.com; `fields` are the schemas of those of its spec."""
    plural = f"{kind.lower()}s"
    return f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.example.com}}
spec:
  group: example.com
  names: {{kind: {kind}, plural: {plural}}}
  scope: {scope}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {{type: object, properties: {{{fields}}}}}
"""


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Repository:
    """A repository in a temporary directory."""

    path: Path

    def write(self, files: Files) -> None:
        write_tree(self.path, files)

    def run(self, *arguments: str, directory: str = ".") -> Result:
        """Run `render` in a directory of the repository, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.path / directory),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main(list(arguments))
            except SystemExit as exit_:
                code = exit_.code
        if arguments[:1] == ("diff",) and "--json" in arguments and out.getvalue():
            check_report(out.getvalue())
        return Result(int(code or 0), out.getvalue(), err.getvalue())

    def render(self, *arguments: str) -> Result:
        """Run `render` and expect success."""
        result = self.run(*arguments)
        assert result.code == 0, result.err
        return result

    def files(self, below: str = ".") -> dict[str, str]:
        """Every file below a directory, by path relative to it."""
        top = self.path / below
        return {
            path.relative_to(top).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }

    def manifest(self, path: str) -> str:
        """A rendered file without its header."""
        lines = (self.path / path).read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("#"))


def configure(directory: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """Gives the user a configuration below a directory; returns its file."""
    place = directory / "config" / "renderer"
    place.mkdir(parents=True, mode=0o700)
    file = place / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(directory / "config"))
    return file


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def eventually(fact: Callable[[], bool]) -> bool:
    """Whether it becomes true, within 10 seconds."""
    deadline = time.monotonic() + 10
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.01)
    return fact()
