"""Parameters that nobody declares: what the release calls things, for the texts that name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.parameters.model import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.findings import Location
    from renderer.kubernetes.release import Release
    from renderer.parameters.resolving import Value

PREFIX = "name.prefix"
NAMESPACES = "namespaces."

_TEXT = {"type": "string"}
_REFERENCE = re.compile(r"\$\((name\.prefix|namespaces\.[^()\s]*)\)")


def is_built_in(name: str) -> bool:
    """Whether a parameter has its value from spec.namePrefix or spec.namespaces."""
    return name == PREFIX or name.startswith(NAMESPACES)


def setting_of(name: str) -> str:
    """The field of a cluster.yaml that says the value of a parameter that is built in."""
    return "namePrefix" if name == PREFIX else "namespaces"


def built_in(name: str, location: Location) -> Parameter:
    """The declaration of a parameter that is built in; `location` is where it is used."""
    description = "What the names of all objects begin with, as spec.namePrefix says."
    default = ""
    if name != PREFIX:
        default = name.removeprefix(NAMESPACES)
        description = f"The namespace {default}, as spec.namespaces calls it."
    return Parameter(
        name=name,
        description=description,
        schema=_TEXT,
        required=False,
        has_default=True,
        default=default,
        places={(): location},
        targets=(),
        location=location,
        component="",
    )


def value_of(parameter: Parameter, release: Release) -> tuple[Any, Location | None]:
    """The value that a release gives it, and where that is said; None where it does not."""
    if parameter.name == PREFIX:
        return release.prefix, release.places.get("")
    return release.namespace(parameter.default), release.places.get(parameter.default)


def names_in(command: str) -> list[str]:
    """The parameters that are built in and that a shell command has in it, as $(name.prefix).

    Every other $( is the shell's own.
    """
    return _REFERENCE.findall(command)


def fill_command(command: str, values: Mapping[str, Value]) -> str:
    """A shell command with the values of parameters that are built in; they all have one."""
    return _REFERENCE.sub(lambda found: values[found[1]].value, command)
