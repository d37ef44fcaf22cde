"""One composition and its clusters: parametrize, seal, verify."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.secrets.declared import Copies, declared_secrets
from renderer.checks.secrets.showing import may_show
from renderer.checks.secrets.unsaid import without_values
from renderer.findings import has_errors
from renderer.kubernetes.release import Release
from renderer.parameters.applying import Parametrized
from renderer.parameters.expects import resolve_expects
from renderer.parameters.model import ClusterDocument
from renderer.parameters.planning import Plan, plan, select
from renderer.parameters.resolving import resolve_values
from renderer.sealing.names import seal
from renderer.sealing.references import NameIndex, index_names
from renderer.yamldoc.slots import SlottedText
from renderer.yamldoc.writing import SharedWriter, write

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from renderer.checks.cluster import ClusterFacts
    from renderer.checks.policy import Checks
    from renderer.checks.verification import Verification
    from renderer.composition.stack import Stack
    from renderer.findings import Finding, Location
    from renderer.kubernetes.expected import Expected, ExpectedSecret
    from renderer.kubernetes.manifests import Manifest
    from renderer.kustomize.silent.said import Silent
    from renderer.parameters.declaring import Declarations
    from renderer.patching.draft import Draft
    from renderer.patching.final import Final
    from renderer.patching.pointing import Path
    from renderer.patching.selecting import Select

_MOST_SLOTTED = 4096  # texts with slots that are kept for one composition


class Rendered(NamedTuple):
    """The final manifests of a cluster, or the findings that stop it.

    `excused` are the indices of the settings' exceptions that were needed; `expected` says whether
    what it expects is used.
    """

    finals: tuple[Final, ...]
    findings: tuple[Finding, ...]
    excused: tuple[int, ...] = ()
    expected: tuple[Expected, ...] = ()

    @property
    def manifests(self) -> list[Manifest]:
        return [one.manifest for one in self.finals]

    @property
    def has_errors(self) -> bool:
        return has_errors(self.findings)


class Composition:
    """A stack with its declarations, and all that is the same for each of its clusters."""

    def __init__(
        self,
        key: str,
        stack: Stack,
        declarations: Declarations,
        checks: Checks,
        *,
        affixes: Collection[tuple[str, str]] = (),
    ) -> None:
        self.key = key
        self.stack = stack
        self.declarations = declarations
        self._checks = checks
        self._affixes = affixes  # namePrefix and nameSuffix of each kustomization
        self._texts: dict[int, str] = {}
        self._writers: dict[int, SharedWriter] = {}
        self._slots: dict[tuple[int, tuple[Path, ...]], SlottedText | None] = {}
        self._selected: dict[Select, list[int]] = {}

    @cached_property
    def names(self) -> NameIndex:
        return index_names(self.stack.manifests)

    @cached_property
    def plan(self) -> Plan:
        return plan(self.declarations, self.stack.manifests)

    @cached_property
    def verification(self) -> Verification:
        from renderer.checks.verification import Verification  # not for what is known to be right

        parameters = self.declarations.parameters
        manifests = self.stack.manifests
        return Verification(manifests, parameters, self._checks, affixes=self._affixes)

    def select(self, wanted: Select) -> list[int]:
        """The indices of the manifests that are selected; clusters select much alike."""
        found = self._selected.get(wanted)
        if found is None:
            found = self._selected[wanted] = select(wanted, self.stack.manifests)
        return found

    @property
    def targets(self) -> list[list[Any]]:
        """For each target of a parameter: its location, parameter, selection, and whether it
        matches something here."""
        unmatched = set(map(id, self.plan.unmatched))
        return [
            [
                [target.location.path, target.location.line, target.location.column],
                parameter.name,
                str(target.select),
                id(target) not in unmatched,
            ]
            for parameter in self.declarations.parameters.values()
            for target in parameter.targets
        ]

    def text(self, index: int, manifest: Manifest, draft: Draft | None) -> str:
        """The text of a final manifest; what is unchanged is the engine's own, but for lines."""
        if index >= len(self.stack.manifests):
            return write(manifest.data, lines=True)
        base = self.stack.manifests[index]
        if manifest is base:
            return self._unchanged(index)
        scalars = draft.scalars if draft else None
        if scalars:
            slotted = self._slotted(index, tuple(scalars))
            if slotted:
                return slotted.fill([*scalars.values()])
        writer = self._writers.get(index)
        if writer is None:
            writer = self._writers[index] = SharedWriter(base.data)
        return writer.write(manifest.data)

    def _unchanged(self, index: int) -> str:
        text = self._texts.get(index)
        if text is None:
            text = self.stack.texts[index]
            if "\\n" in text:  # what the engine quoted has lines, and may be folded
                text = write(self.stack.manifests[index].data, lines=True)
            self._texts[index] = text
        return text

    def _slotted(self, index: int, paths: tuple[Path, ...]) -> SlottedText | None:
        """The text of a manifest of the stack with slots where clusters write their scalars."""
        key = index, paths
        if key not in self._slots and len(self._slots) < _MOST_SLOTTED:
            try:
                self._slots[key] = SlottedText(self.stack.manifests[index].data, paths)
            except ValueError:
                self._slots[key] = None
        return self._slots.get(key)


def parametrize(
    composition: Composition, document: ClusterDocument | None, source: Location | None
) -> tuple[Parametrized, tuple[ExpectedSecret, ...], list[Finding]]:
    """Drafts of the composition's manifests with a cluster's values and patches in them, and the
    Secrets that it expects with these values.

    `source` is where its values are set. Where a finding is an error, the others are of no use.
    """
    has_document, document = document is not None, document or ClusterDocument()
    declarations, stack = composition.declarations, composition.stack
    resolved = resolve_values(
        declarations,
        document.settings,
        source,
        has_document=has_document,
        release=document.release,
    )
    findings = [*declarations.findings, *resolved.findings]
    findings += composition.plan.findings_without(resolved.unused.keys())
    expected, unfit = resolve_expects(declarations.expects, resolved)
    findings += unfit
    if not document.release.is_plain:
        from renderer.sealing.renaming import check_release

        findings += check_release(stack.manifests, document.release)
    work = Parametrized(
        stack.manifests,
        declarations,
        relink=composition.names.relink,
        find=composition.select,
        may_show=may_show,
    )
    work.write_values(composition.plan, resolved)
    work.apply_patches(document.patches)
    findings += work.findings
    if not has_errors(findings):
        work.tidy()
    secret = declarations.secret
    given = [one.value for one in document.settings if one.name in secret]
    secrets = [*given, *work.secrets.values()]
    return work, expected, without_values(findings, secrets, stack.texts)


class Prepared(NamedTuple):
    """The final manifests of a tree before they are verified; of no use with an error.

    Without an error, `work` is what they were made by, `expected` are the Secrets that have to be
    made before it is synced, and `release` is what they are called.
    """

    finals: tuple[Final, ...]
    findings: tuple[Finding, ...]
    work: Parametrized | None = None
    expected: tuple[ExpectedSecret, ...] = ()
    release: Release = Release()

    @property
    def has_errors(self) -> bool:
        return has_errors(self.findings)


def prepare(
    composition: Composition,
    document: ClusterDocument | None,
    source: Location | None,
    warnings: Sequence[Finding] = (),
) -> Prepared:
    """Parametrizes and seals one tree.

    `source` is where its values are set; `warnings` are what were found before.
    """
    work, expected, findings = parametrize(composition, document, source)
    findings = [*warnings, *findings]
    if has_errors(findings):
        return Prepared((), tuple(findings))
    release = document.release if document else Release()
    sealed = seal(
        composition.stack.manifests,
        work.drafts,
        names=composition.names,
        text_of=composition.text,
        release=release,
        expected=[one.ref for one in expected if one.is_ours],
    )
    expected = tuple(one.of(release) for one in expected)
    located = _located(sealed.findings, work.drafts.values())
    found = without_values(located, work.secrets.values(), composition.stack.texts)
    return Prepared(
        sealed.finals, (*findings, *found), work=work, expected=expected, release=release
    )


def verify(
    composition: Composition,
    prepared: Prepared,
    tree: str,
    cluster: ClusterFacts | None = None,
    *,
    silent: Silent | None = None,
) -> Rendered:
    """Verifies one tree; `cluster` are all trees of its cluster, where there are several.

    `silent` is what the sources tell of what kustomize does without a word.
    """
    if not prepared.finals or prepared.work is None:
        return Rendered((), prepared.findings)
    from renderer.checks.content import left_unused

    verification = composition.verification
    if cluster:
        verification = verification.among(cluster)
    work = prepared.work
    declared = declared_secrets(work.drafts.values(), composition.declarations.secret)
    declared += Copies(work.secrets).findings(prepared.finals, declared)
    if not prepared.release.is_plain:
        from renderer.checks.former import check_former

        composed = composition.stack.manifests
        declared += check_former(prepared.finals, composed, prepared.release)
    found = verification.verify(
        prepared.finals,
        tree,
        cluster,
        declared=declared,
        silent=silent,
        expected=prepared.expected,
    )
    located = _located(left_unused(found.findings, work.unused), work.drafts.values())
    secrets = [*work.secrets.values(), *(cluster.secrets if cluster else ())]
    said = without_values(located, secrets, composition.stack.texts)
    findings = (*prepared.findings, *said)
    finals = () if has_errors(findings) else prepared.finals
    return Rendered(finals, findings, found.excused, found.expected)


def _located(findings: Iterable[Finding], drafts: Iterable[Draft]) -> Iterator[Finding]:
    """The findings, with the location that says what the field holds where a cluster says it."""
    by_label: dict[str, Draft] | None = None
    for finding in findings:
        if finding.location is None and finding.field:
            by_label = by_label or {draft.base.label: draft for draft in drafts}
            draft = by_label.get(finding.object)
            if draft:
                finding = finding._replace(location=draft.location(finding.field))
        yield finding
