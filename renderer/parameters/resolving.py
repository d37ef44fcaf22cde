"""From declarations and settings to the value of every parameter, with findings for the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding, Location
from renderer.kubernetes.release import Release
from renderer.parameters.built_in import built_in, is_built_in, setting_of, value_of
from renderer.parameters.expects import check_names
from renderer.patching.operations import same
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from renderer.parameters.expects import Expectation
    from renderer.parameters.model import (
        Capability,
        Exclusive,
        Parameter,
        ParametersDocument,
        Places,
        Setting,
    )
    from renderer.patching.pointing import Path


@dataclass(frozen=True, slots=True)
class Declarations:
    """All that the components of one composition declare, share and expect, and what is wrong with
    it."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    shared: Mapping[str, Setting] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    expects: tuple[Expectation, ...] = ()
    exclusive: tuple[Exclusive, ...] = ()

    @property
    def secret(self) -> frozenset[str]:
        """The parameters whose values are shown nowhere."""
        return frozenset(name for name, one in self.parameters.items() if one.is_secret)


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


def declare(
    documents: Iterable[ParametersDocument], values: Iterable[tuple[Setting, ...]]
) -> Declarations:
    """Puts the documents of one composition together.

    Two declarations of a name, targets for a name that nobody declares, two shared values
    that differ, two providers of a capability or none for one that is required: findings.
    """
    documents = tuple(documents)
    exclusive = tuple(entry for one in documents for entry in one.exclusive)
    expects = tuple(one for document in documents for one in document.expects)
    parameters, findings = _merge(
        [entry for one in documents for entry in one.parameters],
        [
            *((name, one.location) for one in exclusive for name in one.namespace.names),
            *((name, one.location) for one in expects for name in one.names),
        ],
    )
    findings += _capabilities(
        [one for document in documents for one in document.provides],
        [one for document in documents for one in document.requires],
    )
    shared: dict[str, Setting] = {}
    for setting in (one for settings in values for one in settings):
        other = shared.setdefault(setting.name, setting)
        if not same(other.value, setting.value):
            findings.append(_conflict(setting, other))
    for parameter in parameters.values():
        findings += _schema_findings(parameter)
    findings += check_names(expects, {one.name: one.is_secret for one in parameters.values()})
    return Declarations(parameters, shared, tuple(findings), expects=expects, exclusive=exclusive)


def _conflict(setting: Setting, other: Setting) -> Finding:
    return Finding.error(
        "conflicting-values",
        f"{setting.name} is set to another value at {other.location}",
        setting.location,
        hint="set it in one of the two, or in cluster.yaml, not in both components",
    )


def _merge(
    entries: Sequence[Parameter], others: Sequence[tuple[str, Location]]
) -> tuple[dict[str, Parameter], list[Finding]]:
    """The parameters by name; `others` are those that are used elsewhere, with the place."""
    uses = [*_uses(entries), *others]
    # First, for what a component's own parameter writes is written over it.
    declared = {name: built_in(name, place) for name, place in reversed(uses) if is_built_in(name)}
    further: list[Parameter] = []
    findings: list[Finding] = []
    for entry in entries:
        if entry.schema is None:
            further.append(entry)
        elif is_built_in(entry.name):
            message = (
                f"{entry.name} is built in: spec.{setting_of(entry.name)} of a Cluster says it"
            )
            hint = "give yours another name, or only add targets: an entry with name and targets"
            findings.append(Finding.error("declared-twice", message, entry.location, hint=hint))
        elif entry.name in declared:
            findings.append(
                Finding.error(
                    "declared-twice",
                    f"{entry.name} is also declared at {declared[entry.name].location}",
                    entry.location,
                    hint="give it another name, or only add targets: an entry with name and"
                    " targets",
                )
            )
        else:
            declared[entry.name] = entry
    for entry in further:
        if entry.name in declared:
            known = declared[entry.name]
            declared[entry.name] = known._replace(targets=known.targets + entry.targets)
        else:
            findings.append(_undeclared(entry.name, entry.location, declared, "has targets here"))
    findings += [
        _undeclared(name, place, declared, "is used here")
        for name, place in (*_uses(declared.values()), *others)
        if name not in declared
    ]
    return declared, findings


def _uses(parameters: Iterable[Parameter]) -> Iterator[tuple[str, Location]]:
    """Every parameter that is used in a text, or has targets, with the place."""
    for parameter in parameters:
        if parameter.schema is None:
            yield parameter.name, parameter.location
        for target in parameter.targets:
            for name in target.template.names if target.template else ():
                yield name, target.location


def _undeclared(name: str, location: Location, known: Iterable[str], what: str) -> Finding:
    return Finding.error(
        "unknown-parameter",
        f"{name} {what}, but no component that is composed declares it",
        location,
        hint=nearest(name, known),
    )


def _capabilities(provides: list[Capability], requires: list[Capability]) -> list[Finding]:
    providers: dict[str, Capability] = {}
    for one in provides:
        providers.setdefault(one.name, one)
    findings = [
        Finding.error(
            "two-providers",
            f"{one.component} and {providers[one.name].component} both provide {one.name}"
            f" ({providers[one.name].location})",
            one.location,
            hint=f"compose one {one.name} only: take one of them out of kustomization.yaml",
        )
        for one in provides
        if providers[one.name] is not one
    ]
    findings += [
        Finding.error(
            "missing-capability",
            f"{one.component} requires {one.name}, and nothing that is composed provides it",
            one.location,
            hint=f"add a component that provides {one.name} to kustomization.yaml",
        )
        for one in requires
        if one.name not in providers
    ]
    return findings


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
            findings += _refusals(parameter, own.value, own.places, blank)
        elif parameter.has_default:
            values[name] = Value(parameter.default, None)
        elif parameter.required:
            findings.append(_missing(parameter, cluster, has_document))
    return Resolved(values, unused, tuple(findings))


def accepts_null(parameter: Parameter) -> bool:
    """Whether null is a value of a parameter; else it says that the parameter is not used."""
    try:
        return bool(_validator(parameter).is_valid(None))
    except ValueError:
        return True  # the schema's own finding says it


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


def _schema_findings(parameter: Parameter) -> list[Finding]:
    """What is wrong with the schema itself, or with the default that it should accept."""
    try:
        _validator(parameter)
    except ValueError as error:
        from renderer.json_schema import broken_schema

        message = f"the schema of {parameter.name} is not a JSON Schema: {broken_schema(error)}"
        return [Finding.error("bad-schema", message, parameter.location)]
    if parameter.has_default:
        return _refusals(parameter, parameter.default, parameter.places)
    return []


def _refusals(parameter: Parameter, value: Any, places: Places, advice: str = "") -> list[Finding]:
    """What the schema of a parameter says of a value; never the value: it may be secret.

    `advice` is a hint for where the schema has none.
    """
    try:
        errors = list(_validator(parameter).iter_errors(value))
    except ValueError:
        return []  # the schema's own finding says it
    if not errors and not isinstance(value, float):
        return []
    from renderer.json_schema import TOO_WIDE, Broken, broken, is_wide, shown_schema

    found = broken(errors, parameter.schema)
    if parameter.is_secret and shown_schema(parameter.schema) != parameter.schema:
        found = [Broken(one.path, "its schema does not allow this value", "") for one in found]
    is_integer = isinstance(parameter.schema, dict) and parameter.schema.get("type") == "integer"
    if not found and is_integer and is_wide(value):
        found = [Broken((), TOO_WIDE, "")]  # a float, as 1e21, which is whole to JSON Schema
    schema_at = f"its schema is at {parameter.location}"
    return [
        Finding.error(
            "refused-value",
            f"{parameter.name}{_steps(path)}: {message}",
            places.get(path, parameter.location),
            hint="; ".join(filter(None, (hint or advice, schema_at))),
        )
        for path, message, hint in found
    ]


def _steps(path: Path) -> str:
    """A path behind a parameter's name: `[2].server`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _validator(parameter: Parameter) -> Any:
    return _validator_of(json.dumps(True if parameter.schema is None else parameter.schema))


@lru_cache(maxsize=1024)
def _validator_of(schema: str) -> Any:
    """Making a validator takes as long as rendering a manifest; all clusters share it."""
    import jsonschema_rs  # only where there are parameters

    return jsonschema_rs.validator_for(
        schema, validate_formats=True, ignore_unknown_formats=False, offline=True
    )
