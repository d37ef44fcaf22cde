"""The schemas of Kubernetes' own kinds, read from the package's data as far as they are needed.

tools/schemas.py writes the files and describes their form.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

_DATA = os.path.join(os.path.dirname(__file__), "data")


class SchemaTable(dict[str, Schema]):
    """The definitions of one minor version by name; each is parsed when it is first asked for.

    `served` holds the names of the definitions by apiVersion and kind.
    """

    served: Mapping[str, Mapping[str, str]]

    def __init__(self, minor: str) -> None:
        super().__init__()
        with open(os.path.join(_DATA, f"{minor}.txt"), encoding="ascii") as file:
            index, *lines = file.read().splitlines()
        self.served = json.loads(index)["served"]
        self._lines = dict(line.split("\t", 1) for line in lines)

    def __missing__(self, name: str) -> Schema:
        schema: Schema = json.loads(self._lines[name])
        self[name] = schema
        return schema


@cache
def definitions_of(minor: str) -> SchemaTable:
    """The definitions of a minor version, read once."""
    return SchemaTable(minor)
