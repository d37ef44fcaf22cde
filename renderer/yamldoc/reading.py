"""Read YAML as kustomize does (kyaml over go-yaml v3)."""

from __future__ import annotations

from renderer.yamldoc.composing import read_documents
from renderer.yamldoc.documents import Ambiguity, Document, Position, YamlError
from renderer.yamldoc.safety import check_safe
from renderer.yamldoc.scalars import Json
from renderer.yamldoc.stream import read_stream

__all__ = [
    "Ambiguity",
    "Document",
    "Json",
    "Position",
    "YamlError",
    "check_safe",
    "read_documents",
    "read_stream",
]
