"""Reading one source file without waiting for what is no file."""

from __future__ import annotations

import os
import stat

from renderer.errors import RenderError

_LARGEST = 16 * 1024 * 1024  # bytes; a document that people write is far smaller


def read_source(repository: str, path: str) -> bytes | None:
    """The bytes of a source file by its path in the repository; None if it is not there.

    Raises RenderError for what is no regular file (a FIFO would wait for ever), is too large
    or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(os.path.join(repository, path), flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RenderError(f"{path}: is not a regular file")
        if status.st_size > _LARGEST:
            raise RenderError(f"{path}: is larger than {_LARGEST // 1024**2} MiB")
        content = os.read(descriptor, status.st_size + 1)
        while len(content) != status.st_size and (part := os.read(descriptor, _LARGEST)):
            content += part
        return content
    except OSError as error:
        raise RenderError(f"{path}: cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
