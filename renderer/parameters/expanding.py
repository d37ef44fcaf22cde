"""From values to fields: which objects a parameter writes, and strict patches after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding, Location, Severity
from renderer.manifests import Manifest, object_ref
from renderer.patching.operations import Draft, Operation, OperationError, overlap
from renderer.patching.pointing import Path, PointerError, format_path, is_identity, resolve
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from renderer.parameters.model import Parameter, Patch, Target
    from renderer.parameters.resolving import Declarations, Value
    from renderer.patching.selecting import Select

# Turns a value that is about to be written at a path of a manifest into the one to write.
Relink = Callable[[Manifest, Path, Any], Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One field that a parameter writes: `index` is the manifest's place in the stack."""

    index: int
    path: Path
    parameter: str
    target: Target


@dataclass(frozen=True, slots=True)
class Plan:
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
                    findings.append(_no_field(parameter, target, manifests[index], error))
                    continue
                found.append(Write(index, path, parameter.name, target))
                if is_identity(path):
                    findings.append(_identity(parameter, target, manifests[index]))
        writes[parameter.name] = tuple(found)
    findings += _conflicts([write for found in writes.values() for write in found], manifests)
    return Plan(writes, frozenset(matched_names), tuple(unmatched), tuple(findings))


def select(wanted: Select, manifests: Sequence[Manifest]) -> list[int]:
    """The places of the manifests that are selected."""
    return [index for index, one in enumerate(manifests) if wanted.matches(one)]


def _no_field(
    parameter: Parameter, target: Target, manifest: Manifest, error: PointerError
) -> Finding:
    return Finding(
        "missing-field",
        Severity.ERROR,
        f"{parameter.name} cannot be written: {error}",
        target.location,
        object=manifest.label,
        field=str(target.pointer),
        hint=error.hint,
    )


def _identity(parameter: Parameter, target: Target, manifest: Manifest) -> Finding:
    return Finding(
        "changed-identity",
        Severity.ERROR,
        f"{parameter.name} {_IDENTITY}",
        target.location,
        object=manifest.label,
        field=str(target.pointer),
        hint=_IDENTITY_HINT,
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


class Parametrized:
    """Drafts of a stack's manifests while values and patches are written into them."""

    def __init__(self, manifests: Sequence[Manifest], relink: Relink) -> None:
        self.manifests = manifests
        self.drafts: dict[int, Draft] = {}
        self.findings: list[Finding] = []
        self._relink = relink

    def draft(self, index: int) -> Draft:
        found = self.drafts.get(index)
        if found is None:
            found = self.drafts[index] = Draft(self.manifests[index])
        return found

    def write_values(
        self, declarations: Declarations, found: Plan, values: Mapping[str, Value]
    ) -> None:
        """Writes every value to the fields of its parameter's targets."""
        used = {
            name
            for parameter, writes in found.writes.items()
            if parameter in values
            for write in writes
            for name in (write.target.template.names if write.target.template else ())
        }
        for name, value in values.items():
            writes = found.writes[name]
            if name not in found.matched and value.location and name not in used:
                self._unwritten(declarations.parameters[name], value.location)
            for write in writes:
                self._write(write, values)

    def _unwritten(self, parameter: Parameter, location: Location) -> None:
        targets = ", ".join(str(target.select) for target in parameter.targets)
        self.findings.append(
            Finding(
                "unused-parameter",
                Severity.ERROR,
                f"{parameter.name} is set, but writes nothing here",
                location,
                hint=f"no object of this cluster matches its targets {targets}"
                if targets
                else f"it has no targets (declared at {parameter.location})",
            )
        )

    def _write(self, write: Write, values: Mapping[str, Value]) -> None:
        template = write.target.template
        if template is None:
            value = values[write.parameter].value
        else:
            if not all(name in values for name in template.names):
                return  # a required parameter is missing, which is a finding of its own
            value = "".join(
                part if place % 2 == 0 else as_text(values[part].value)
                for place, part in enumerate(template.parts)
            )
        draft = self.draft(write.index)
        value = self._relink(draft.base, write.path, value)
        if write.target.op == "replace":
            path = write.path
            if draft.reshaped:
                path = resolve(draft.data, write.target.pointer)
            draft.written.append(path)
            draft.put(path, value)
        else:
            operation = Operation("add", write.target.pointer, write.target.location, value=value)
            path = draft.field(operation)
            draft.apply(operation)
            draft.written.append(path)

    def apply_patches(self, patches: Iterable[Patch]) -> None:
        """Applies the cluster's own patches in their order; what does not fit is a finding."""
        for patch in patches:
            matched = select(patch.target, self.manifests)
            if not matched:
                self._unmatched(patch)
            for index in matched:
                for operation in patch.operations:
                    if not self._apply(index, operation):
                        break  # what follows could only fail for the same reason

    def _unmatched(self, patch: Patch) -> None:
        kind = patch.target.kind
        names = [one.stem for one in self.manifests if not kind or one.ref.kind == kind]
        if patch.target.name and names:
            hint = nearest(patch.target.name, names)
        else:
            hint = nearest(kind, [one.ref.kind for one in self.manifests])
        self.findings.append(
            Finding(
                "unmatched-patch",
                Severity.ERROR,
                f"no object matches the target {patch.target}",
                patch.location,
                hint=hint,
            )
        )

    def _apply(self, index: int, operation: Operation) -> bool:
        draft = self.draft(index)
        try:
            if operation.op != "test":
                path = draft.field(operation)
                if any(overlap(path, field) for field in draft.written) and not _inserts(
                    operation, path
                ):
                    self._report("parameter-field", draft, operation, _OWNED, _OWNED_HINT)
                    return True
                if operation.value is not None:
                    value = self._relink(draft.base, path, operation.value)
                    operation = Operation(
                        operation.op, operation.pointer, operation.location, None, value
                    )
            changed = draft.apply(operation)
            if object_ref(draft.data) != draft.base.ref:
                message = f"the patch {_IDENTITY}"
                self._report("changed-identity", draft, operation, message, _IDENTITY_HINT)
                return False
            if not changed:
                self._report(
                    "no-change",
                    draft,
                    operation,
                    "the patch writes what is there already",
                    "take the operation out, or look whether it means another field",
                    Severity.WARNING,
                )
        except (PointerError, OperationError) as error:
            rule = "failed-test" if operation.op == "test" else "missing-field"
            self._report(rule, draft, operation, str(error), error.hint)
            return False
        return True

    def _report(
        self,
        rule: str,
        draft: Draft,
        operation: Operation,
        message: str,
        hint: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.findings.append(
            Finding(
                rule,
                severity,
                message,
                operation.location,
                object=draft.base.label,
                field=str(operation.pointer),
                hint=hint,
            )
        )


_IDENTITY = "changes the identity of an object, and what refers to it would not follow"
_IDENTITY_HINT = "compose it: namePrefix, namespace or a patch in kustomization.yaml"
_OWNED = "a parameter writes this field"
_OWNED_HINT = "set the parameter under spec.parameters instead of patching its field"


def _inserts(operation: Operation, path: Path) -> bool:
    """Whether the operation puts a new item into a list, which overwrites nothing."""
    return operation.op in ("add", "copy", "move") and isinstance(path[-1], int)


def as_text(value: Any) -> str:
    """A parameter's value inside a string: strings as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
