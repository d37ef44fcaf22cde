"""Which fields the parameters of a composition write, whatever their values are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.manifests import namespaces_of
from renderer.parameters.built_in import NAMESPACES, is_built_in
from renderer.patching.ledger import overlap
from renderer.patching.pointing import Path, PointerError, format_path, is_identity, resolve
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.declaring import Declarations
    from renderer.parameters.model import Target
    from renderer.patching.selecting import Select

IDENTITY = "changes the identity of an object, and what refers to it would not follow"
IDENTITY_HINT = "compose it: namePrefix, namespace or a patch in kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Write:
    """One field that a parameter writes in the manifest of this index."""

    index: int
    path: Path
    parameter: str
    target: Target


class PlanFinding(NamedTuple):
    """What is wrong with a target, and the parameters that have to be used for it to matter."""

    parameters: tuple[str, ...]
    finding: Finding


class Plan(NamedTuple):
    """What the parameters of one composition write, whatever their values are.

    `unmatched` are the targets that select nothing here; `matched` the parameters of which
    at least one target selects something.
    """

    writes: Mapping[str, tuple[Write, ...]]
    matched: frozenset[str]
    unmatched: tuple[Target, ...]
    findings: tuple[PlanFinding, ...]

    def findings_without(self, unused: Set[str]) -> list[Finding]:
        """What is wrong with the targets of the parameters that a cluster uses."""
        return [one.finding for one in self.findings if unused.isdisjoint(one.parameters)]


def plan(declarations: Declarations, manifests: Sequence[Manifest]) -> Plan:
    """Finds the fields of all targets; a field that is not there is a finding."""
    writes: dict[str, tuple[Write, ...]] = {}
    matched_names: set[str] = set()
    unmatched: list[Target] = []
    findings: list[PlanFinding] = []
    for parameter in declarations.parameters.values():
        found: list[Write] = []
        for target in parameter.targets:
            matched = select(target.select, manifests)
            if matched:
                matched_names.add(parameter.name)
            else:
                unmatched.append(target)
            for index in matched:
                write = _write(index, manifests[index], parameter.name, target)
                if isinstance(write, Finding):
                    findings.append(PlanFinding((parameter.name,), write))
                else:
                    found.append(write)
        writes[parameter.name] = tuple(found)
    findings += _conflicts([write for found in writes.values() for write in found], manifests)
    findings += _unknown_namespaces(declarations, manifests)
    return Plan(
        writes=writes,
        matched=frozenset(matched_names),
        unmatched=tuple(unmatched),
        findings=tuple(findings),
    )


def select(wanted: Select, manifests: Sequence[Manifest]) -> list[int]:
    """The indices of the manifests that are selected."""
    return [index for index, one in enumerate(manifests) if wanted.matches(one)]


def _write(index: int, manifest: Manifest, parameter: str, target: Target) -> Write | Finding:
    """The field that a target means in an object that it selects, or why it cannot be written."""
    refused = partial(
        Finding.error,
        location=target.location,
        object=manifest.label,
        field=str(target.pointer),
    )
    try:
        path = resolve(
            manifest.data,
            target.pointer,
            adding=target.op == "add",
            replacing=target.op == "replace",
        )
    except PointerError as error:
        message = f"{parameter} cannot be written: {error}"
        return refused("missing-field", message, hint=error.hint)
    if is_identity(path):
        return refused("changed-identity", f"{parameter} {IDENTITY}", hint=IDENTITY_HINT)
    return Write(index=index, path=path, parameter=parameter, target=target)


def _conflicts(writes: list[Write], manifests: Sequence[Manifest]) -> list[PlanFinding]:
    findings = []
    by_manifest: dict[int, list[Write]] = {}
    for write in writes:
        if write.target.pointer.steps[-1] == "-":
            continue  # appends never meet
        others = by_manifest.setdefault(write.index, [])
        findings += [
            PlanFinding(
                (write.parameter, other.parameter),
                _conflict(write, other, manifests[write.index]),
            )
            for other in others
            if write.parameter != other.parameter
            and is_built_in(write.parameter) == is_built_in(other.parameter)
            and overlap(write.path, other.path)
        ]
        others.append(write)
    return findings


def _unknown_namespaces(
    declarations: Declarations, manifests: Sequence[Manifest]
) -> Iterator[PlanFinding]:
    used = [one for one in declarations.parameters.values() if one.name.startswith(NAMESPACES)]
    known = namespaces_of(manifests) if used else ()
    for parameter in used:
        if parameter.default not in known:
            finding = Finding.error(
                "unknown-parameter",
                f"nothing that is composed is in the namespace of {parameter.name}",
                parameter.location,
                hint=nearest(parameter.name, [f"{NAMESPACES}{name}" for name in known]),
            )
            yield PlanFinding((parameter.name,), finding)


def _conflict(write: Write, other: Write, manifest: Manifest) -> Finding:
    return Finding.error(
        "two-parameters",
        f"{write.parameter} and {other.parameter} write the same field"
        f" (the other at {other.target.location})",
        write.target.location,
        object=manifest.label,
        field=format_path(write.path),
        hint="write it by one parameter, whose value may be a string with $(other.parameter) in it",
    )
