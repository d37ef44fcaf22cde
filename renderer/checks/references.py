"""What the manifests of one cluster refer to is among them, and is as the reference says."""

from __future__ import annotations

from collections import ChainMap, Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from renderer.checks.collecting import facts_of
from renderer.checks.contradicting import contradictions
from renderer.checks.expectations import expected_facts
from renderer.checks.facts import ORDINAL, Facts
from renderer.checks.policy import exception_to_write
from renderer.checks.selections import Pods
from renderer.counting import counted
from renderer.findings import Finding
from renderer.kubernetes.kinds import is_namespaced
from renderer.kubernetes.manifests import ObjectRef
from renderer.suggesting import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from renderer.kubernetes.expected import ExpectedSecret

__all__ = ["Facts", "Known", "check_references", "facts_of", "missing_rule"]

# Kinds that a platform brings along: a name is only judged where the manifests hold some.
_OF_PLATFORM = frozenset(["IngressClass", "StorageClass"])

# Names that Kubernetes and OpenShift keep for themselves.
_PLATFORM_NAMESPACES = ("kube-", "openshift-")

_IN_CLUSTER = (
    "add it to what kustomization.yaml composes; if something else makes it,\n"
    "write that in {file}:\n"
)
_BEFORE_SYNC = (
    "if it is made before the first sync, write that in Parameters, under spec:\n"
    "expects:\n"
    "- secret: {name}\n"
    "{namespace}"
    "  keys:\n"
    "{keys}"
    "or commit what makes it: an ExternalSecret, or a Secret encrypted by SOPS;\n"
    "or, where there are no Parameters, write that in {file}:\n"
)

# The last part of names that people give to many objects of a sort.
_SORTS = frozenset(["auth", "ca", "cert", "certificate", "certs", "credentials", "tls"])


class Known:
    """What all manifests of a cluster provide; those of a tree are judged by it.

    `by_ref` are those whose place in the cluster is known: what leaves its namespace to whoever
    applies it may be next to nothing of another tree. `expected` are the Secrets that are made
    before, which are as good as among the manifests.
    """

    def __init__(self, facts: Iterable[Facts], expected: Sequence[ExpectedSecret] = ()) -> None:
        facts = tuple(facts)
        made = expected_facts(expected, facts)
        self.provided = {ref for one in facts for ref in one.provides} | made.keys()
        self.by_ref = {one.ref: one for one in facts if _is_placed(one.ref)}
        self.by_ref.update((ref, one) for ref, one in made.items() if _is_placed(ref))
        self.pods = Pods(one.pod for one in facts if one.pod)

    def lacks(self, target: ObjectRef) -> bool:
        """Whether nothing among the manifests is, or makes, what is referred to."""
        return target not in self.provided and not _is_elsewhere(target, self.provided)

    def beside(self, facts: Iterable[Facts]) -> Mapping[ObjectRef, Facts]:
        """What the manifests of one tree may contradict: its own, and all whose place is known."""
        unplaced = {one.ref: one for one in facts if not _is_placed(one.ref)}
        return ChainMap(unplaced, self.by_ref)


def _is_placed(ref: ObjectRef) -> bool:
    return bool(ref.namespace) or is_namespaced(ref.group, ref.kind) is False


def check_references(
    facts: Sequence[Facts],
    file: str = "render.toml",
    known: Known | None = None,
    *,
    expected: Sequence[ExpectedSecret] = (),
) -> list[Finding]:
    """The findings about the manifests of one tree, in their order.

    What the manifests themselves contradict is an error. What is only not among them may live
    elsewhere: one warning for each missing object, however many refer to it. `file` is where an
    exception would be written, `known` are the manifests of all trees of the cluster, where there
    are several; what these contradict is found for all at once (checks/cluster). `expected` are the
    Secrets that the one tree expects.
    """
    by_ref = None
    if known is None:
        known = Known(facts, expected)
        by_ref = known.beside(facts)
    findings: list[Finding] = []
    for one in facts:
        findings += one.findings
        if by_ref is not None:
            findings += (finding for _, finding in contradictions(one, by_ref, known.pods))
        for selection in one.selections:
            findings += known.pods.check(selection, one.label)
    return [
        *findings,
        *_missing(facts, known, file),
        *_missing_namespaces(facts, known.provided, file),
    ]


def _missing(facts: Sequence[Facts], known: Known, file: str) -> Iterator[Finding]:
    missing: dict[ObjectRef, list[Facts]] = {}
    for one in facts:
        for target in one.uses:
            if target not in known.provided:
                missing.setdefault(target, []).append(one)
    missing = {one: users for one, users in missing.items() if known.lacks(one)}
    names: dict[tuple[str, str], list[str]] = {}
    for ref in known.provided if missing else ():
        names.setdefault((ref.kind, ref.namespace), []).append(ref.name)
    alike = Counter(_ending(one) for one in missing if "-" in one.name)
    for target in sorted(missing):
        rule = missing_rule(target)
        hint = closest(target.name, names.get((target.kind, target.namespace), ()))
        users = missing[target]
        if not hint:
            keys = {use.key for one in users for use in one.key_uses if use.target == target}
            hint = _to_except(rule, target, (*sorted(keys),), alike[_ending(target)] > 1, file)
        yield _absent(rule, target, [one.label for one in users], "refer", hint)


def missing_rule(target: ObjectRef) -> str:
    """The rule of the finding about something that is not among the manifests."""
    return "missing-secret" if target.kind == "Secret" else "missing-reference"


@lru_cache(maxsize=4096)  # what is missing in one cluster is missing in most
def _to_except(
    rule: str, target: ObjectRef, keys: Sequence[str], has_likes: bool, file: str
) -> str:
    """What to do about an object that is made elsewhere; others may be called alike.

    `keys` are those of a Secret that are needed.
    """
    if rule != "missing-secret":
        return _IN_CLUSTER.format(file=file) + exception_to_write(rule, str(target), "", file)
    advice = _BEFORE_SYNC.format(
        name=target.name,
        namespace=f"  namespace: {target.namespace}\n" if target.namespace else "",
        keys="".join(f"    {key}: how it is made\n" for key in keys or ("KEY",)),
        file=file,
    )
    return advice + exception_to_write(rule, str(target), _wider(target, has_likes), file)


def _ending(target: ObjectRef) -> tuple[str, str, str]:
    """What objects have in common that one pattern of an exception is for."""
    return target.kind, target.namespace, target.name.rpartition("-")[2]


def _wider(target: ObjectRef, has_likes: bool) -> str:
    """The pattern for objects whose names end alike, where there are several, or often are."""
    head, _, sort = target.name.rpartition("-")
    if not head or not (has_likes or sort in _SORTS):
        return ""
    return str(target._replace(name=f"*-{sort}"))


def _is_elsewhere(target: ObjectRef, provided: set[ObjectRef]) -> bool:
    """Whether a target that is not among the manifests as named is there all the same."""
    group, kind, namespace, name = target
    if kind in _OF_PLATFORM and not any(ref.kind == kind for ref in provided):
        return True
    stem, _, ordinal = name.rpartition("-")
    if ordinal.isdigit() and target._replace(name=f"{stem}-{ORDINAL}") in provided:
        return True
    # Without a namespace it is not known where a manifest will be.
    if not namespace:
        return any((ref.group, ref.kind, ref.name) == (group, kind, name) for ref in provided)
    return ObjectRef(group, kind, "", name) in provided


def _missing_namespaces(
    facts: Sequence[Facts], provided: set[ObjectRef], file: str
) -> Iterator[Finding]:
    known = {ref.name for ref in provided if ref.kind == "Namespace" and not ref.group}
    used = {one.ref.namespace for one in facts}
    for name in sorted(used - known - {"", "default"}) if known else ():
        inside = [
            one.label
            for one in facts
            if one.ref.namespace == name and is_namespaced(one.ref.group, one.ref.kind) is not False
        ]
        if inside and not name.startswith(_PLATFORM_NAMESPACES):
            target = ObjectRef("", "Namespace", "", name)
            hint = closest(name, known)
            if not hint:
                hint = _to_except("missing-namespace", target, (), False, file)
            yield _absent("missing-namespace", target, inside, "belong", hint)


def _absent(
    rule: str, target: ObjectRef, referrers: Sequence[str], verb: str, hint: str
) -> Finding:
    who = referrers[0]
    others = len(referrers) - 1
    if others:
        who += f" and {counted(others, 'other')}"
    else:
        verb += "s"
    message = f"{target} is not among the manifests; {who} {verb} to it"
    return Finding.warning(rule, message, object=str(target), hint=hint)
