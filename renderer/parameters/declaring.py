"""What all documents of one composition declare together, with findings for what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from renderer.findings import Finding
from renderer.parameters.built_in import built_in, is_built_in, setting_of
from renderer.parameters.expects import check_names
from renderer.parameters.fitting import schema_findings
from renderer.patching.operations import same
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from renderer.findings import Location
    from renderer.parameters.expects import Expectation
    from renderer.parameters.model import (
        Capability,
        Exclusive,
        Parameter,
        ParametersDocument,
        Setting,
    )


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


def declare(
    documents: Iterable[ParametersDocument],
    values: Iterable[tuple[Setting, ...]],
    *,
    providers: Callable[[str], Sequence[str]] = lambda _: (),
) -> Declarations:
    """Puts the documents of one composition together.

    Two declarations of a name, targets for a name that nobody declares, two shared values
    that differ, two providers of a capability or none for one that is required: findings.
    `providers` says which components that are not composed provide a capability, for hints.
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
        providers,
    )
    shared: dict[str, Setting] = {}
    for setting in (one for settings in values for one in settings):
        other = shared.setdefault(setting.name, setting)
        if not same(other.value, setting.value):
            findings.append(_conflict(setting, other))
    for parameter in parameters.values():
        findings += schema_findings(parameter)
    findings += check_names(expects, {one.name for one in parameters.values() if one.is_secret})
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
        elif is_built_in(entry.name) or entry.name in declared:
            findings.append(_twice(entry, declared))
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


def _twice(entry: Parameter, declared: Mapping[str, Parameter]) -> Finding:
    if is_built_in(entry.name):
        message = f"{entry.name} is built in: spec.{setting_of(entry.name)} of a Cluster says it"
        hint = "give yours another name"
    else:
        message = f"{entry.name} is also declared at {declared[entry.name].location}"
        hint = "give it another name"
    hint += ", or only add targets: an entry with name and targets"
    return Finding.error("declared-twice", message, entry.location, hint=hint)


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


def _capabilities(
    provides: list[Capability],
    requires: list[Capability],
    others: Callable[[str], Sequence[str]],
) -> list[Finding]:
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
            hint=_adding(one.name, others(one.name)),
        )
        for one in requires
        if one.name not in providers
    ]
    return findings


def _adding(capability: str, providers: Sequence[str]) -> str:
    if not providers:
        return f"add a component that provides {capability} to kustomization.yaml"
    *others, last = providers
    named = f"{', '.join(others)} or {last}" if others else last
    return f"add {named} to kustomization.yaml"
