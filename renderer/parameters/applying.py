"""Writing values and patches into drafts, strictly: what does not fit is a finding."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from renderer.findings import Finding
from renderer.kubernetes.manifests import object_ref
from renderer.parameters.built_in import is_built_in
from renderer.parameters.fitting import accepts_null
from renderer.parameters.model import as_text
from renderer.parameters.planning import IDENTITY, IDENTITY_HINT
from renderer.parameters.resolving import filled
from renderer.patching.budget import TooLargeError, of_manifest, of_tree
from renderer.patching.draft import Draft
from renderer.patching.ledger import Origin
from renderer.patching.operations import FailedTestError, Operation, OperationError
from renderer.patching.pointing import Path, PointerError, format_path, resolve, value_at
from renderer.patching.selecting import glob_hint
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.findings import Location
    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.declaring import Declarations
    from renderer.parameters.model import Parameter, Patch
    from renderer.parameters.planning import Plan, Write
    from renderer.parameters.resolving import Resolved, Value
    from renderer.patching.draft import Relink
    from renderer.patching.selecting import Select

# Whether a message may hold the value at a path of an object, which these parameters wrote.
MayShow = Callable[[Mapping[str, Any], Path, Sequence[str]], bool]


class Parametrized:
    """Drafts of a stack's manifests, by index, while values and patches are written into them.

    `relink` completes names by content in what is written; `find` gives the indices of the
    manifests that are selected.
    """

    def __init__(
        self,
        manifests: Sequence[Manifest],
        declarations: Declarations,
        *,
        relink: Relink,
        find: Callable[[Select], list[int]],
        may_show: MayShow,
    ) -> None:
        self.manifests = manifests
        self.declarations = declarations
        self.drafts: dict[int, Draft] = {}
        self.values: Mapping[str, Value] = {}
        self.unused: Mapping[str, Location] = {}
        self.secrets: dict[str, Any] = {}  # the values of parameters that are declared secret
        self.findings: list[Finding] = []
        self._relink = relink
        self._find = find
        self._may_show = may_show
        self._budget = of_tree()

    def draft(self, index: int) -> Draft:
        found = self.drafts.get(index)
        if found is None:
            found = self.drafts[index] = Draft(
                self.manifests[index], self._relink, of_manifest(self._budget)
            )
        return found

    def write_values(self, found: Plan, resolved: Resolved) -> None:
        """Writes every value to the fields of its parameter's targets."""
        values = self.values = resolved.values
        unused = self.unused = resolved.unused
        secret = self.declarations.secret
        self.secrets = {name: one.value for name, one in values.items() if name in secret}
        used = {
            name
            for parameter, writes in found.writes.items()
            if parameter in values
            for write in writes
            for name in _filled_by(write)
        }
        for name, value in values.items():
            writes = found.writes[name]
            is_idle = name not in found.matched and name not in used
            if is_idle and value.location and not is_built_in(name):
                self._unwritten(self.declarations.parameters[name], value.location)
            needed = {one for write in writes for one in _filled_by(write) if one in unused}
            self.findings += [_needs(name, one, unused[one]) for one in sorted(needed)]
            for write in writes:
                try:
                    self._write(write, values)
                except TooLargeError as error:
                    self._too_large(write, values, error)
                if self._budget.is_spent:
                    return

    def _unwritten(self, parameter: Parameter, location: Location) -> None:
        hints = [glob_hint(target.select, self.manifests) for target in parameter.targets]
        targets = ", ".join(str(target.select) for target in parameter.targets)
        hint = next(filter(None, hints), f"no object of this cluster matches its targets {targets}")
        if not targets:
            hint = f"it has no targets (declared at {parameter.location})"
        message = f"{parameter.name} is set, but writes nothing here"
        self.findings.append(Finding.error("unused-parameter", message, location, hint=hint))

    def _too_large(self, write: Write, values: Mapping[str, Value], error: TooLargeError) -> None:
        label, field = self.manifests[write.index].label, str(write.target.pointer)
        where = _origin(write, values).location
        self.findings.append(
            Finding.error(
                "too-large", str(error), where, object=label, field=field, hint=error.hint
            )
        )

    def _write(self, write: Write, values: Mapping[str, Value]) -> None:
        template = write.target.template
        if template is None:
            value = values[write.parameter].value
        elif (value := filled(template, values)) is None:
            return  # one is missing, or not used, which is a finding of its own
        if is_built_in(write.parameter) and self._holds(write, value):
            return  # as it is composed, and in most clusters it is called so
        draft = self.draft(write.index)
        target = write.target
        origin = _origin(write, values)
        if target.op == "add":
            draft.apply(Operation("add", target.pointer, value=value), origin)
        else:
            path = resolve(draft.data, target.pointer) if draft.reshaped else write.path
            draft.put(path, value, origin)

    def _holds(self, write: Write, value: Any) -> bool:
        base = self.manifests[write.index].data
        return write.index not in self.drafts and value_at(base, write.path) == value

    def apply_patches(self, patches: Iterable[Patch]) -> None:
        """Applies the cluster's own patches in their order; what does not fit is a finding."""
        for patch in patches:
            matched = self._find(patch.target)
            if not matched:
                self._unmatched(patch)
            for index in matched:
                self._apply_all(self.draft(index), patch.operations)
                if self._budget.is_spent:
                    return

    def _apply_all(self, draft: Draft, operations: Iterable[Operation]) -> None:
        for operation in operations:
            finding = self._apply(draft, operation)
            if finding:
                self.findings.append(finding)
                if finding.is_error and finding.rule != _OWNED:
                    return  # what follows could only fail for the same reason

    def tidy(self) -> None:
        """Takes out annotations that have become empty, as kustomize does after every patch."""
        for draft in self.drafts.values():
            about = draft.data["metadata"]
            if draft.is_changed and "annotations" in about and not about["annotations"]:
                draft.drop(("metadata", "annotations"))

    def _unmatched(self, patch: Patch) -> None:
        kind = patch.target.kind
        hint = glob_hint(patch.target, self.manifests)
        names = [one.stem for one in self.manifests if not kind or one.ref.kind == kind]
        if not hint and patch.target.name and names:
            hint = nearest(patch.target.name, names)
        elif not hint:
            hint = nearest(kind, [one.ref.kind for one in self.manifests])
        self.findings.append(
            Finding.error(
                "unmatched-patch",
                f"no object matches the target {patch.target}",
                patch.location,
                hint=hint,
            )
        )

    def _apply(self, draft: Draft, operation: Operation) -> Finding | None:
        """Applies one operation to one object; what does not fit is a finding."""
        refused = partial(
            Finding.error,
            location=operation.location,
            object=draft.base.label,
            field=str(operation.pointer),
        )
        try:
            owners = draft.owners(operation)
            names = [*dict.fromkeys(name for one in owners for name in one.parameters)]
            names = [name for name in names if not is_built_in(name)]
            if names:
                verb = "writes" if len(names) == 1 else "write"
                hint = self._instead(names, owners)
                return refused(_OWNED, f"{' and '.join(names)} {verb} this field", hint=hint)
            changed = draft.apply(operation)
        except FailedTestError as error:
            shown = self._shown(draft, error.path)
            message = f"test failed: {format_path(error.path)} is {shown}" if shown else str(error)
            return refused("failed-test", message, hint=error.hint)
        except TooLargeError as error:
            return refused("too-large", str(error), hint=error.hint)
        except (PointerError, OperationError) as error:
            rule = "failed-test" if operation.op == "test" else "missing-field"
            return refused(rule, str(error), hint=error.hint)
        if object_ref(draft.data) != draft.base.ref:
            return refused("changed-identity", f"the patch {IDENTITY}", hint=IDENTITY_HINT)
        return None if changed else self._no_change(draft, operation)

    def _instead(self, names: Sequence[str], owners: Iterable[Origin]) -> str:
        """What to do instead of patching a field that these parameters own."""
        hint = f"set {' or '.join(names)} under spec.parameters instead of patching its field"
        found = dict.fromkeys(one.declared_by for one in owners)
        declared = [name for name in found if not is_built_in(name)]
        if not declared or any(
            accepts_null(self.declarations.parameters[name]) for name in declared
        ):
            return hint
        nulls = ", ".join(f"{name}: null" for name in declared)
        return f"{hint}, or {nulls} if this cluster does not use it"

    def _no_change(self, draft: Draft, operation: Operation) -> Finding:
        shown = self._shown(draft, resolve(draft.data, operation.pointer))
        what = f"{shown}, which" if shown else "what"
        return Finding.warning(
            "no-change",
            f"the patch writes {what} is there already",
            operation.location,
            object=draft.base.label,
            field=str(operation.pointer),
            hint="take the operation out, or look whether it means another field",
        )

    def _shown(self, draft: Draft, path: Path) -> str:
        """The value at a path as JSON; empty where it is no scalar, or may be a secret."""
        parameters = draft.parameters(path)
        is_secret = not self.declarations.secret.isdisjoint(parameters)
        if is_secret or not self._may_show(draft.data, path, parameters):
            return ""
        text = as_text(draft.value(path))
        is_copy = any(as_text(secret) in text for secret in self.secrets.values())
        return "" if is_copy else json.dumps(draft.value(path), ensure_ascii=False)


_OWNED = "parameter-field"


def _needs(name: str, unused: str, location: Location) -> Finding:
    message = f"{name} needs the value of {unused}, which is not used here"
    hint = f"give {unused} a value, or write {name}: null as well"
    return Finding.error("missing-parameter", message, location, hint=hint)


def _filled_by(write: Write) -> tuple[str, ...]:
    """The parameters that the template of a field names."""
    return write.target.template.names if write.target.template else ()


def _origin(write: Write, values: Mapping[str, Value]) -> Origin:
    """The parameters whose values a field gets, and where the first that is set is set."""
    names = _filled_by(write) or (write.parameter,)
    locations = (values[name].location for name in names)
    location = next(filter(None, locations), write.target.location)
    return Origin(location, tuple(dict.fromkeys(names)), write.parameter)
