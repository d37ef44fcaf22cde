"""Which fields the parameters of a composition write, whatever their values are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding, Severity
from renderer.patching.operations import overlap
from renderer.patching.pointing import Path, PointerError, format_path, is_identity, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.model import Target
    from renderer.parameters.resolving import Declarations
    from renderer.patching.selecting import Select

IDENTITY = "changes the identity of an object, and what refers to it would not follow"
IDENTITY_HINT = "compose it: namePrefix, namespace or a patch in kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Write:
    """One field that a parameter writes: `index` is the manifest's place in the stack."""

    index: int
    path: Path
    parameter: str
    target: Target


class Plan(NamedTuple):
    """What the parameters of one composition write, whatever their values are.

    `unmatched` are the targets that select nothing here; `matched` the parameters of which
    at least one target selects something.
    """

    writes: Mapping[str, tuple[Write, ...]]
    matched: frozenset[str]
    unmatched: tuple[Target, ...]
    findings: tuple[Finding, ...]


def plan(declarations: Declarations, manifests: Sequence[Manifest]) -> Plan:
    """Finds the fields of all targets; a field that is not there is a finding."""
    writes: dict[str, tuple[Write, ...]] = {}
    matched_names: set[str] = set()
    unmatched: list[Target] = []
    findings: list[Finding] = []
    for parameter in declarations.parameters.values():
        found: list[Write] = []
        for target in parameter.targets:
            matched = select(target.select, manifests)
            if matched:
                matched_names.add(parameter.name)
            else:
                unmatched.append(target)
            for index in matched:
                try:
                    adding = target.op == "add"
                    path = resolve(manifests[index].data, target.pointer, adding=adding)
                except PointerError as error:
                    message = f"{parameter.name} cannot be written: {error}"
                    about = target, manifests[index]
                    findings.append(_refused("missing-field", message, error.hint, *about))
                    continue
                found.append(Write(index, path, parameter.name, target))
                if is_identity(path):
                    message = f"{parameter.name} {IDENTITY}"
                    about = target, manifests[index]
                    findings.append(_refused("changed-identity", message, IDENTITY_HINT, *about))
        writes[parameter.name] = tuple(found)
    findings += _conflicts([write for found in writes.values() for write in found], manifests)
    return Plan(writes, frozenset(matched_names), tuple(unmatched), tuple(findings))


def select(wanted: Select, manifests: Sequence[Manifest]) -> list[int]:
    """The places of the manifests that are selected."""
    return [index for index, one in enumerate(manifests) if wanted.matches(one)]


def _refused(rule: str, message: str, hint: str, target: Target, manifest: Manifest) -> Finding:
    """Why a target cannot be written in an object that it selects."""
    return Finding(
        rule,
        Severity.ERROR,
        message,
        target.location,
        object=manifest.label,
        field=str(target.pointer),
        hint=hint,
    )


def _conflicts(writes: list[Write], manifests: Sequence[Manifest]) -> list[Finding]:
    findings = []
    by_manifest: dict[int, list[Write]] = {}
    for write in writes:
        if write.target.pointer.steps[-1] == "-":
            continue  # appends never meet
        others = by_manifest.setdefault(write.index, [])
        findings += [
            _conflict(write, other, manifests[write.index])
            for other in others
            if write.parameter != other.parameter and overlap(write.path, other.path)
        ]
        others.append(write)
    return findings


def _conflict(write: Write, other: Write, manifest: Manifest) -> Finding:
    return Finding(
        "two-parameters",
        Severity.ERROR,
        f"{write.parameter} and {other.parameter} write the same field"
        f" (the other at {other.target.location})",
        write.target.location,
        object=manifest.label,
        field=format_path(write.path),
        hint="write it by one parameter, whose value may be a string with $(other.parameter) in it",
    )
