"""The same work on many items in several processes that share what was read before."""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

_LENGTH = struct.Struct("<Q")


class _Raised(NamedTuple):
    """What the work on an item raised, in the place of its result."""

    error: Exception


def spread(
    items: Sequence[Item], work: Callable[[Item], Result], processes: int
) -> Iterator[Result]:
    """Yields the results as they come, in no particular order; results are pickled.

    The processes are forks: they see everything that is in memory, and copy nothing.
    Raises what the work on an item raises, and ToolError if a process dies.
    """
    gc.collect()
    gc.freeze()  # else the collector writes to every shared page
    size = -(-len(items) // processes)
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    running: dict[int, int] = {}  # read end of a pipe -> process
    try:
        for part in parts:
            descriptor, process = _start(part, work, list(running))
            running[descriptor] = process
        yield from _collect(running)
    finally:
        for descriptor, process in running.items():
            os.close(descriptor)
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)
        gc.unfreeze()


def _start(part: Sequence[Item], work: Callable[[Item], Any], others: list[int]) -> tuple[int, int]:
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return reading, process
    status = 1
    gc.disable()  # it lives for one run, and next to nothing that it makes is a circle
    try:
        for descriptor in (reading, *others):
            os.close(descriptor)
        with open(writing, "wb") as pipe:
            for item in part:
                data = _result(work, item)
                pipe.write(_LENGTH.pack(len(data)) + data)
                pipe.flush()
            pipe.write(_LENGTH.pack(0))
        status = 0
    except (KeyboardInterrupt, BrokenPipeError):
        status = 130
    finally:  # what else is raised here is told by the status
        os._exit(status)


def _result(work: Callable[[Item], Any], item: Item) -> bytes:
    """The pickled result, or what was raised instead, with the place where that was."""
    try:
        return pickle.dumps(work(item), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        from traceback import format_tb

        with suppress(MemoryError):
            error.add_note("in a forked process:\n" + "".join(format_tb(error.__traceback__)))
        raised = error.with_traceback(None)  # the frames, and all that they hold
    return pickle.dumps(_Raised(raised), pickle.HIGHEST_PROTOCOL)


def _collect(running: dict[int, int]) -> Iterator[Any]:
    buffers: dict[int, bytearray] = {descriptor: bytearray() for descriptor in running}
    with selectors.DefaultSelector() as selector:
        for descriptor in running:
            selector.register(descriptor, selectors.EVENT_READ)
        while running:
            for key, _ in selector.select():
                descriptor = key.fd
                data = os.read(descriptor, 1 << 20)
                buffers[descriptor] += data
                ended = yield from _unpack(buffers[descriptor])
                if ended or not data:
                    selector.unregister(descriptor)
                    os.close(descriptor)
                    _, status = os.waitpid(running.pop(descriptor), 0)
                    if not ended:
                        raise _death(os.waitstatus_to_exitcode(status))


def _death(code: int) -> ToolError:
    """Why a process ended before its work; a negative code is the signal that killed it."""
    if code == -signal.SIGKILL:
        hint = "the system may have run out of memory"
        return ToolError("a process of the renderer was killed (SIGKILL)", hint=hint)
    how = f"was killed (signal {-code})" if code < 0 else f"ended with the code {code}"
    return ToolError(f"a process of the renderer {how}")


def _unpack(buffer: bytearray) -> Generator[Any, None, bool]:
    """Yields the whole results at the beginning of a buffer; returns whether the end came."""
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        if length == 0:
            return True
        end = _LENGTH.size + length
        if len(buffer) < end:
            break
        result = pickle.loads(bytes(buffer[_LENGTH.size : end]))  # noqa: S301 # from our own fork
        if isinstance(result, _Raised):
            raise result.error
        yield result
        del buffer[:end]
    return False
