"""What names a stack: everything that can change what the engine prints."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from renderer.kustomize.closure import Closure
    from renderer.kustomize.program import Engine


def stack_key(closure: Closure, engine: Engine) -> str:
    """Names what the engine would print: all that it reads, the engine, and our own code."""
    parts = "\0".join((closure.digest, engine.fingerprint, own_fingerprint()))
    return hashlib.sha256(parts.encode()).hexdigest()


@lru_cache(maxsize=1)
def own_fingerprint() -> str:
    """Names our own code as it is installed: what another version has kept is stale."""
    total = hashlib.sha256()
    directories = [os.path.dirname(os.path.abspath(__file__))]
    while directories:
        with os.scandir(directories.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                directories.append(entry.path)
            elif entry.name.endswith((".py", ".txt")):  # .txt: the schemas of Kubernetes' kinds
                status = entry.stat()
                line = f"{entry.path} {status.st_size} {status.st_mtime_ns}\n"
                total.update(line.encode("utf-8", "surrogateescape"))
    return total.hexdigest()
