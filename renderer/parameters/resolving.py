"""From declarations and settings to the value of every parameter, with findings for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding, Location
from renderer.kubernetes.release import Release
from renderer.parameters.built_in import is_built_in, setting_of, value_of
from renderer.parameters.fitting import accepts_null, refusals
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from renderer.parameters.declaring import Declarations
    from renderer.parameters.model import Parameter, Setting, Template


_BLANK = "write a value, or null if it is not used here"


class Value(NamedTuple):
    """The value of a parameter: `location` is None for a default."""

    value: Any
    location: Location | None


class Resolved(NamedTuple):
    """The values of the parameters that have one, and where it is said that others are not used."""

    values: Mapping[str, Value]
    unused: Mapping[str, Location]
    findings: tuple[Finding, ...]


def resolve_values(
    declarations: Declarations,
    settings: Iterable[Setting],
    cluster: Location | None,
    *,
    has_document: bool = True,
    release: Release = Release(),  # noqa: B008 # it is never changed
) -> Resolved:
    """The value of every parameter that has one: default, then shared, then the cluster's own.

    A parameter that is set to null, though its schema does not accept null, is not used: it
    writes nothing. `cluster` is where a missing value would be set, if it `has_document`;
    `release` has the values of those that are built in.
    """
    findings: list[Finding] = []
    chosen = dict(declarations.shared)
    for setting in settings:
        chosen[setting.name] = setting
    values: dict[str, Value] = {}
    unused: dict[str, Location] = {}
    findings += _not_declared(chosen.values(), declarations.parameters)
    for name, parameter in declarations.parameters.items():
        own = chosen.get(name)
        if is_built_in(name):
            values[name] = Value(*value_of(parameter, release))
        elif own and _is_unused(parameter, own):
            unused[name] = own.location
        elif own:
            values[name] = Value(own.value, own.location)
            blank = _BLANK if own.is_blank else ""
            findings += refusals(parameter, own.value, own.places, blank)
        elif parameter.has_default:
            values[name] = Value(parameter.default, None)
        elif parameter.required:
            findings.append(_missing(parameter, cluster, has_document))
    return Resolved(values, unused, tuple(findings))


def filled(template: Template, values: Mapping[str, Value]) -> str | None:
    """The text of a template; None where it names a parameter that has no value, or is not used.

    Raises TooLargeError.
    """
    if not all(name in values for name in template.names):
        return None
    return template.fill({name: values[name].value for name in template.names})


def _is_unused(parameter: Parameter, setting: Setting) -> bool:
    return setting.value is None and not setting.is_blank and not accepts_null(parameter)


def _not_declared(settings: Iterable[Setting], known: Collection[str]) -> Iterator[Finding]:
    for setting in settings:
        if is_built_in(setting.name):
            yield _set_elsewhere(setting)
        elif setting.name not in known:
            yield _unknown(setting, known)


def _unknown(setting: Setting, known: Iterable[str]) -> Finding:
    return Finding.error(
        "unknown-parameter",
        f"unknown parameter {setting.name}",
        setting.location,
        hint=nearest(setting.name, known) or "no component that is composed declares parameters",
    )


def _set_elsewhere(setting: Setting) -> Finding:
    field_name = setting_of(setting.name)
    return Finding.error(
        "unknown-parameter",
        f"{setting.name} is built in, and not set under spec.parameters",
        setting.location,
        hint=f"write spec.{field_name}, beside spec.parameters of cluster.yaml",
    )


def _missing(parameter: Parameter, cluster: Location | None, has_document: bool) -> Finding:
    where = "under spec.parameters" if has_document else "because there is no such file"
    how = "" if has_document else "write it under spec.parameters of a document of kind: Cluster"
    return Finding.error(
        "missing-parameter",
        f"the required parameter {parameter.name} is not set {where}"
        f" (declared at {parameter.location})",
        cluster,
        hint="\n".join(filter(None, (parameter.description, how))),
    )
