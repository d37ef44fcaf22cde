"""The one door to other programs: limited in time, memory and output, and nothing inherited.

Whoever starts a program says which environment it gets; nothing of ours leaks into it by
accident. A program that is missing, hangs or is killed is a `ToolError`; one that ends by
itself is `Completed`, whatever it returned, and the caller judges that.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from renderer import interrupts
from renderer.errors import ToolError

if TYPE_CHECKING:  # imported when a program is started: render-krm does without most often
    import selectors
    import subprocess
    from collections.abc import Callable, Generator, Mapping, Sequence
    from typing import IO

MAX_OUTPUT: Final = 256 * 1024 * 1024  # bytes of stdout; more is not a sensible answer
MAX_ERRORS: Final = 1024 * 1024  # bytes of stderr; the rest is read and thrown away
_CHUNK: Final = 256 * 1024
_LONGEST_WAIT: Final = 1.0  # seconds; a signal that comes just before we wait does not end that
# As git asks less and lv, where the user does not: quit if it fits, and show colours.
_SHOWN: Final = {"LESS": "FRX", "LV": "-c"}


class Command(NamedTuple):
    """A program to run: its arguments, where, with what, and within which limits.

    `env` is the whole environment; `timeout` is in seconds; `memory_limit` is in bytes of
    address space (only Linux has the means to set it on a child) and None is no limit.
    """

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    timeout: float
    memory_limit: int | None = None
    stdin: bytes | None = None


class Completed(NamedTuple):
    """What a program that ended by itself left behind."""

    returncode: int
    stdout: bytes
    stderr: bytes


def search_path() -> str:
    """PATH without its relative and empty entries: they mean whatever directory we are in."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if os.path.isabs(entry))


def find_program(name: str) -> str | None:
    """The path of a program by its name in PATH, or by a path of its own; None if there is none."""
    import shutil

    return shutil.which(name, path=search_path())


def run(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    timeout: float,
    memory_limit: int | None = None,
    stdin: bytes | None = None,
) -> Completed:
    """Run one program to its end; see `Command` for the arguments.

    Raises `ToolError` when it is missing, does not end in time, is killed by a signal or
    prints without end. When we are interrupted, it and its children are killed.
    """
    command = Command(
        argv=argv, cwd=cwd, env=env, timeout=timeout, memory_limit=memory_limit, stdin=stdin
    )
    ((_, result),) = run_all([command], parallel=1)
    if isinstance(result, ToolError):
        raise result
    return result


def run_all(
    commands: Sequence[Command], *, parallel: int, meanwhile: Callable[[], None] | None = None
) -> Generator[tuple[int, Completed | ToolError]]:
    """Run several programs, at most `parallel` at once; yield (index, result) as they end.

    `meanwhile` is called once, as soon as the first are running. One thread watches them all,
    so that an exception (^C, or a caller who stops listening) kills every program that is
    still running before it goes on its way.
    """
    import selectors

    waiting = list(enumerate(commands))[::-1]
    running: list[_Child] = []
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or running:
                while waiting and len(running) < parallel:
                    index, command = waiting.pop()
                    try:
                        with interrupts.put_off():
                            running.append(_Child(index, command, selector))
                    except ToolError as error:
                        yield index, error
                if meanwhile:
                    meanwhile()
                    meanwhile = None
                _pump(running, selector)
                for child in [child for child in running if child.is_done()]:
                    running.remove(child)
                    yield child.index, child.result()
        finally:
            for child in running:
                child.kill()


def _pump(running: list[_Child], selector: selectors.BaseSelector) -> None:
    """Wait until a program has something to say, or until the first deadline, but not long."""
    if not selector.get_map():
        return
    first = min(child.deadline for child in running)
    for key, _ in selector.select(min(_LONGEST_WAIT, max(0.0, first - time.monotonic()))):
        child: _Child = key.data
        child.read(key.fd)


class _Child:
    """A program that is running, and what it has said so far."""

    def __init__(self, index: int, command: Command, selector: selectors.BaseSelector) -> None:
        self.index = index
        self.command = command
        self.deadline = time.monotonic() + command.timeout
        self._selector = selector
        self._process = _start(command)
        self._failure = ""
        streams = (self._process.stdout, self._process.stderr)
        self._out, self._err = (stream.fileno() for stream in streams if stream is not None)
        self._said: dict[int, list[bytes]] = {self._out: [], self._err: []}
        self._sizes: dict[int, int] = {self._out: 0, self._err: 0}
        self._unfinished = {self._out, self._err}
        for descriptor in self._unfinished:
            selector.register(descriptor, 1, self)  # 1 is selectors.EVENT_READ

    def read(self, descriptor: int) -> None:
        """Take what is there to read; the end of a stream is an empty read."""
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            self._selector.unregister(descriptor)
            self._unfinished.discard(descriptor)
            return
        self._sizes[descriptor] += len(chunk)
        limit = MAX_OUTPUT if descriptor == self._out else MAX_ERRORS
        if self._sizes[descriptor] <= limit:
            self._said[descriptor].append(chunk)
        elif descriptor == self._out:
            self._fail(f"printed more than {limit // 1024 // 1024} MiB")

    def is_done(self) -> bool:
        """Whether it has ended; one that is beyond its time is ended here."""
        if self._failure:
            return True
        remaining = self.deadline - time.monotonic()
        if remaining > 0 and self._unfinished:
            return False
        if remaining <= 0 or not self._has_exited(remaining):
            self._fail(f"did not finish within {self.command.timeout:g} s")
        return True

    def _has_exited(self, remaining: float) -> bool:
        """Wait for a program that has closed its output, which is nearly always gone."""
        import subprocess

        try:
            self._process.wait(remaining)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _fail(self, reason: str) -> None:
        self._failure = reason
        self.kill()

    def kill(self) -> None:
        """End the program and everything that it started, and wait until it is gone."""
        for descriptor in self._unfinished:
            self._selector.unregister(descriptor)
        self._unfinished = set()
        # Only a child that we have not waited for still owns its process group's number.
        if self._process.returncode is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def result(self) -> Completed | ToolError:
        """What it left behind, or why there is nothing to be had from it."""
        self._close()
        program = self.command.argv[0]
        if self._failure:
            return ToolError(f"{program} {self._failure} and was stopped")
        out, err = (b"".join(self._said[stream]) for stream in (self._out, self._err))
        code = self._process.returncode
        if code < 0:
            return _killed(program, -code, err)
        return Completed(code, out, err)


def _killed(program: str, number: int, stderr: bytes) -> ToolError:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    said = stderr.decode("utf-8", "replace").strip()
    return ToolError(
        f"{program} was killed ({name})" + (f": {said.splitlines()[0]}" if said else ""),
        hint="the system may have run out of memory" if number == signal.SIGKILL else "",
    )


def hand_terminal(argv: Sequence[str], text: bytes) -> bool:
    """Let a program of the user's show a text on the terminal; False where it cannot be started.

    It is the one that inherits our environment, for it is not ours: until it ends, ^C is for it.
    """
    import subprocess

    try:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, env={**_SHOWN, **os.environ})  # noqa: S603 - never a shell
    except OSError:
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.communicate(text)
    finally:
        signal.signal(signal.SIGINT, before)
    return True


def _start(command: Command) -> subprocess.Popen[bytes]:
    import subprocess

    with _stdin(command.stdin) as stdin:
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of arguments, never a shell
                list(command.argv),
                cwd=command.cwd,
                env=dict(command.env),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                # Its own group, so that its children can be killed with it.
                process_group=0 if os.name == "posix" else None,
            )
        except OSError as error:
            raise _cannot_start(command, error) from None
    if command.memory_limit is not None:
        limit_memory(process.pid, command.memory_limit)
    return process


def _stdin(data: bytes | None) -> IO[bytes]:
    """Open what the program reads: a file, because a full pipe could block us both."""
    if data is None:
        return open(os.devnull, "rb")
    import tempfile

    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.seek(0)
    return file


def _cannot_start(command: Command, error: OSError) -> ToolError:
    program = command.argv[0]
    if not os.path.isdir(command.cwd):
        return ToolError(f"cannot run {program}: {command.cwd} is not a directory")
    if isinstance(error, FileNotFoundError):
        return ToolError(f"{program} is not installed")
    return ToolError(f"cannot run {program}: {(error.strerror or str(error)).lower()}")


def limit_memory(pid: int, limit: int) -> None:
    """Bound the address space of a child that has just been started.

    From outside (Linux only): code between fork and exec is not safe with threads. A child
    that has already ended needs no limit.
    """
    if sys.platform != "linux":
        return
    import resource

    try:
        _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.prlimit(pid, resource.RLIMIT_AS, (soft, hard))
    except (ProcessLookupError, PermissionError):
        return
