"""The contents of files, read from git's objects, and what stands for them: ids and modes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import selectors
from stat import S_IFMT, S_ISDIR, S_ISLNK
from typing import TYPE_CHECKING, Final

from renderer.errors import RenderError, ToolError
from renderer.git import MEMORY_LIMIT, command, environment
from renderer.kustomize.files import MAX_SIZE
from renderer.process import limit_memory

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from typing import BinaryIO

    from git.cmd import Git

    from renderer.history.repository import GitRepository

EVERYTHING: Final = ("",)  # the prefix of every path
STALLED = 60.0  # seconds in which git reads an object, on a slow disk
_CHUNK: Final = 1 << 18  # bytes
# While GitPython is imported, it asks git twice for its version; without one, it is content.
_WITHOUT_GIT: Final = {"GIT_PYTHON_REFRESH": "quiet", "PATH": f"{os.devnull}-path"}
_SUBMODULE: Final = 0o160000  # git's mode for a commit of another repository


def object_id(content: bytes, algorithm: str, *, kind: str = "blob") -> str:
    """The id that git gives to an object with this content."""
    head = b"%s %d\0" % (kind.encode(), len(content))
    total = hashlib.new(algorithm, head, usedforsecurity=False)
    total.update(content)
    return total.hexdigest()


def kind_of(mode: int) -> str:
    """What a path that is no regular file is called; modes are git's or the system's."""
    if S_ISLNK(mode):
        return "symlink"
    return "submodule" if S_ISDIR(mode) or S_IFMT(mode) == _SUBMODULE else "other"


def read_blobs(repository: GitRepository, ids: Iterable[str]) -> Generator[tuple[str, bytes]]:
    """The contents of blobs, in the order of their ids; one `git cat-file` reads them all.

    Raises ToolError for one that is not there or is damaged, RenderError for one that is too large.
    """
    import tempfile

    wanted = tuple(ids)
    if not wanted:
        return
    with tempfile.TemporaryFile() as asked:  # not a pipe: full ones could block us both
        asked.writelines(f"{one}\n".encode() for one in wanted)
        asked.seek(0)
        process = _cat_file(repository, asked)
        printed, said = _Printed(process.stdout), process.stderr
        try:
            for one in wanted:
                yield one, _next(repository, printed, said, one)
        finally:
            process.kill()
            process.communicate()  # waits, and closes what it printed to


class _Printed:
    """What git prints, as long as it goes on: for an object that is a pipe it waits for ever."""

    def __init__(self, stream: BinaryIO) -> None:
        self._descriptor = stream.fileno()
        self._held = bytearray()

    def line(self) -> bytes:
        """The next line, or what there is before the end. Raises ToolError, as `read` does."""
        while b"\n" not in self._held and self._more():
            pass
        return self._take(self._held.find(b"\n") + 1 or len(self._held))

    def read(self, size: int) -> bytes:
        """So many bytes, or all before the end."""
        while len(self._held) < size and self._more():
            pass
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _more(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            if not selector.select(STALLED):
                raise ToolError(f"git printed nothing for {STALLED:g} s and was stopped")
        chunk = os.read(self._descriptor, _CHUNK)
        self._held += chunk
        return bool(chunk)


def _next(repository: GitRepository, printed: _Printed, said: BinaryIO, wanted: str) -> bytes:
    """What git prints of one object: `ID KIND SIZE`, its bytes and a line break."""
    head = printed.line()
    if head.endswith(b" missing\n"):
        raise repository.refusal(f"fatal: {wanted} is missing".encode())
    digits = head.rpartition(b" ")[2].rstrip()
    if not digits.isdigit():
        raise repository.refusal(said.read())
    size = int(digits)
    if size > MAX_SIZE:
        raise too_large(wanted)
    content = printed.read(size + 1)
    if len(content) <= size:
        raise repository.refusal(said.read())
    return content[:-1]


def too_large(what: str) -> RenderError:
    """The error for a file, or an object, that no manifest is."""
    return RenderError(f"{what} has more than {MAX_SIZE // 1024 // 1024} MiB")


def _cat_file(repository: GitRepository, asked: BinaryIO) -> Git.AutoInterrupt:
    """Start to read the objects whose ids are in a file."""
    with _only(_WITHOUT_GIT):
        from git.cmd import Git
    with _only(environment()):
        git = Git(repository.directory)
        options = ("--batch", "--buffer")  # it need not hand over each before it reads the next
        process = git.execute(command("cat-file", *options), istream=asked, as_process=True)
    limit_memory(process.pid, MEMORY_LIMIT)  # small ones can unfold to what no file is
    return process


@contextlib.contextmanager
def _only(variables: Mapping[str, str]) -> Iterator[None]:
    """Let this be our whole environment: GitPython hands it on, and only adds to it."""
    ours = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(variables)
        yield
    finally:
        os.environ.clear()
        os.environ.update(ours)
