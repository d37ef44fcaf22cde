"""What a kustomization may reach."""

from __future__ import annotations

from typing import NamedTuple


class Policy(NamedTuple):
    """What is allowed while composing; the defaults keep to the files of the repository.

    `repository` is a real path (no symbolic links in it); `timeout` is in seconds for one
    run of the engine.
    """

    repository: str
    allow_outside: bool = False
    allow_remote: bool = False
    allow_helm: bool = False
    timeout: float = 120.0
