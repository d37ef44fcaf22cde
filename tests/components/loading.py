"""Programs of base/, which belong to no package: they are files of ConfigMaps."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from support import PROJECT


def load(path: str) -> ModuleType:
    """The program at a path below base/, as a module."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), PROJECT / "base" / path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
