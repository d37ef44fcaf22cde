"""Writing values and patches into drafts, strictly: what does not fit is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding, Location, Severity
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.parameters.planning import IDENTITY, IDENTITY_HINT, Plan, Write
from renderer.patching.operations import Draft, Operation, OperationError, overlap
from renderer.patching.pointing import Path, PointerError, resolve
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from renderer.parameters.model import Parameter, Patch
    from renderer.parameters.resolving import Declarations, Value
    from renderer.patching.selecting import Select

# Turns a value that is about to be written at a path of a manifest into the one to write.
Relink = Callable[[Manifest, Path, Any], Any]


class Parametrized:
    """Drafts of a stack's manifests while values and patches are written into them."""

    def __init__(
        self,
        manifests: Sequence[Manifest],
        relink: Relink,
        find: Callable[[Select], list[int]],
    ) -> None:
        self.manifests = manifests
        self._find = find
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
            Finding.error(
                "unused-parameter",
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
        elif all(name in values for name in template.names):
            value = template.fill({name: values[name].value for name in template.names})
        else:
            return  # a required parameter is missing, which is a finding of its own
        draft = self.draft(write.index)
        value = self._relinked(draft, write.path, value)
        if write.target.op == "replace":
            path = write.path
            if draft.reshaped:
                path = resolve(draft.data, write.target.pointer)
            draft.put(path, value)
        else:
            operation = Operation("add", write.target.pointer, write.target.location, value=value)
            path = draft.field(operation)
            draft.apply(operation)
        draft.written.append(path)
        draft.origins.append((path, values[write.parameter].location or write.target.location))

    def _relinked(self, draft: Draft, path: Path, value: Any) -> Any:
        """The value with names by content in it; the draft then holds references of its own."""
        relinked = self._relink(draft.base, path, value)
        if relinked is not value:
            draft.reshaped = True
        return relinked

    def apply_patches(self, patches: Iterable[Patch]) -> None:
        """Applies the cluster's own patches in their order; what does not fit is a finding."""
        for patch in patches:
            matched = self._find(patch.target)
            if not matched:
                self._unmatched(patch)
            for index in matched:
                for operation in patch.operations:
                    if not self._apply(index, operation):
                        break  # what follows could only fail for the same reason

    def tidy(self) -> None:
        """Takes out annotations that have become empty, as kustomize does after every patch."""
        for draft in self.drafts.values():
            about = draft.data["metadata"]
            if draft.is_changed and "annotations" in about and not about["annotations"]:
                draft.drop(("metadata", "annotations"))

    def _unmatched(self, patch: Patch) -> None:
        kind = patch.target.kind
        names = [one.stem for one in self.manifests if not kind or one.ref.kind == kind]
        if patch.target.name and names:
            hint = nearest(patch.target.name, names)
        else:
            hint = nearest(kind, [one.ref.kind for one in self.manifests])
        self.findings.append(
            Finding.error(
                "unmatched-patch",
                f"no object matches the target {patch.target}",
                patch.location,
                hint=hint,
            )
        )

    def _apply(self, index: int, operation: Operation) -> bool:
        draft = self.draft(index)
        path: Path | None = None
        try:
            if operation.op != "test":
                path = draft.field(operation)
                if _touches(draft, operation, path):
                    self._report("parameter-field", draft, operation, _OWNED, _OWNED_HINT)
                    return True
                if operation.value is not None:
                    value = self._relinked(draft, path, operation.value)
                    operation = Operation(
                        operation.op, operation.pointer, operation.location, None, value
                    )
            changed = draft.apply(operation)
            if path is not None:
                draft.origins.append((path, operation.location))
            if object_ref(draft.data) != draft.base.ref:
                message = f"the patch {IDENTITY}"
                self._report("changed-identity", draft, operation, message, IDENTITY_HINT)
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


_OWNED = "a parameter writes this field"
_OWNED_HINT = "set the parameter under spec.parameters instead of patching its field"


def _touches(draft: Draft, operation: Operation, path: Path) -> bool:
    """Whether an operation would overwrite, or take away, what a parameter has written."""
    inserts = operation.op in ("add", "copy", "move") and isinstance(path[-1], int)
    paths = [] if inserts else [path]
    if operation.op == "move" and operation.source:
        paths.append(resolve(draft.data, operation.source))
    return any(overlap(one, field) for one in paths for field in draft.written)
