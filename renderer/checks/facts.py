"""What one manifest provides to others, and what it refers to: values that are made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings
from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest, ObjectRef, is_secret
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.patching.pointing import Path

Port = str | int

# In the place of the ordinal in the name of a claim that a StatefulSet makes for each Pod.
ORDINAL = "<ordinal>"
GOVERNOR_PATH: Path = ("spec", "serviceName")


class Expression(NamedTuple):
    """One of the matchExpressions of a label selector."""

    key: str
    operator: str  # In, NotIn, Exists or DoesNotExist
    values: tuple[str, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False


class Labels(NamedTuple):
    """A label selector: all pairs and all expressions hold; without any it selects everything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """

    pairs: frozenset[tuple[str, str]]
    expressions: tuple[Expression, ...] = ()

    @property
    def selects_all(self) -> bool:
        return not self.pairs and not self.expressions

    def matches(self, pod: PodFacts) -> bool:
        """Whether Pods are selected, or some: what their controller says of each is not known."""
        known = self._without(pod.stamped) if pod.stamped else self
        return known.match(pod.labels)

    def match(self, labels: frozenset[tuple[str, str]]) -> bool:
        """Whether an object of these labels is selected."""
        return self.pairs <= labels and (not self.expressions or self._meets(dict(labels)))

    def _without(self, keys: frozenset[str]) -> Labels:
        return Labels(
            frozenset([pair for pair in self.pairs if pair[0] not in keys]),
            tuple(one for one in self.expressions if one.key not in keys),
        )

    def _meets(self, labels: Mapping[str, str]) -> bool:
        return all(one.matches(labels) for one in self.expressions)


def pairs_of(labels: Any) -> frozenset[tuple[str, str]]:
    """The labels of a mapping, as far as they are strings."""
    return frozenset(
        [(key, value) for key, value in mapping(labels).items() if isinstance(value, str)]
    )


def labels_selected(selector: Any) -> Labels:
    """The selector that a LabelSelector (matchLabels, matchExpressions) means."""
    found = mapping(selector)
    expressions = tuple(
        Expression(
            str(item.get("key")),
            str(item.get("operator")),
            tuple(map(str, _listed(item.get("values")))),
        )
        for _, item in mappings(found.get("matchExpressions"))
    )
    return Labels(pairs_of(found.get("matchLabels")), expressions)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class PodFacts(NamedTuple):
    """The Pods that a manifest is or makes."""

    namespace: str
    labels: frozenset[tuple[str, str]]
    ports: frozenset[str]  # the names of its containers' ports
    stamped: frozenset[str] = frozenset()  # the labels that its controller adds


class KeyUse(NamedTuple):
    """A field that needs a key of a ConfigMap or Secret."""

    target: ObjectRef
    key: str
    path: Path


class PortUse(NamedTuple):
    """A field that needs a port of a Service, by number or by name."""

    target: ObjectRef
    port: Port
    path: Path


class NamedPort(NamedTuple):
    """A field that names a container port of the Pods that a selector selects."""

    name: str
    path: Path


class Selection(NamedTuple):
    """A field that selects Pods of a namespace."""

    namespace: str
    labels: Labels
    path: Path
    ports: tuple[NamedPort, ...] = ()


class Facts(NamedTuple):
    """All that the checks of references ask of one manifest.

    `findings` are those that the manifest's own data is enough for. `provides` is the object
    itself, with what a controller is known to make of it. `uses` maps what it refers to, and
    cannot do without, to the first field that does; `whole_secrets` are the Secrets among them of
    which it takes more than certain keys, `optional_uses` the keys of Secrets, or "" for all, that
    it can do without.
    `workload` is what a workload selects: the Pods of its own template.
    `governor` is the Service that gives the Pods of a StatefulSet their names.
    `keys` are those of a ConfigMap or Secret, None where somebody else may add some; `ports`
    those of a Service; `bound` is the claim of a volume, or the volume of a claim. `expected_at` is
    where a Secret is expected, if a document says so.
    """

    ref: ObjectRef
    label: str
    findings: tuple[Finding, ...] = ()
    provides: tuple[ObjectRef, ...] = ()
    uses: Mapping[ObjectRef, Path] = {}  # never written to
    key_uses: tuple[KeyUse, ...] = ()
    port_uses: tuple[PortUse, ...] = ()
    selections: tuple[Selection, ...] = ()
    pod: PodFacts | None = None
    keys: frozenset[str] | None = None
    ports: frozenset[Port] | None = None
    bound: ObjectRef | None = None
    bound_path: Path = ()
    whole_secrets: frozenset[ObjectRef] = frozenset()
    optional_uses: tuple[KeyUse, ...] = ()
    expected_at: str = ""
    workload: Selection | None = None
    governor: ObjectRef | None = None


# What every cluster has, by kind: made by Kubernetes itself, or for every namespace.
_ALWAYS = {
    "ClusterRole": frozenset(["admin", "cluster-admin", "edit", "view"]),
    "ConfigMap": frozenset(["kube-root-ca.crt"]),
    "PriorityClass": frozenset(["system-cluster-critical", "system-node-critical"]),
    "ServiceAccount": frozenset(["default"]),
}
_NONE: frozenset[str] = frozenset()


def meant(group: str, kind: str, namespace: str, name: Any) -> ObjectRef | None:
    """The identity of an object that a field names; None if nobody has to provide it."""
    if not name or not isinstance(name, str) or name in _ALWAYS.get(kind, _NONE):
        return None
    if name.startswith("system:") and kind == "ClusterRole":
        return None
    return ObjectRef(group=group, kind=kind, namespace=namespace, name=name)


class Collector:
    """Gathers the facts of one manifest; every method leaves out what is not even a name."""

    def __init__(self, manifest: Manifest) -> None:
        self.ref = manifest.ref
        self.label = manifest.label
        self.provides = [manifest.ref]
        self.uses: dict[ObjectRef, Path] = {}
        self.findings: list[Finding] = []
        self.key_uses: list[KeyUse] = []
        self.port_uses: list[PortUse] = []
        self.whole_secrets: set[ObjectRef] = set()
        self.optional_uses: list[KeyUse] = []
        self.selections: list[Selection] = []
        self.pod: PodFacts | None = None
        self.workload: Selection | None = None
        self.governor: ObjectRef | None = None
        self.keys: frozenset[str] | None = None
        self.ports: frozenset[Port] | None = None
        self.bound: ObjectRef | None = None
        self.bound_path: Path = ()

    def use(self, group: str, kind: str, namespace: str, name: Any, path: Path) -> ObjectRef | None:
        """Notes that a field refers to an object, of a Secret to all keys, and gives which."""
        target = meant(group, kind, namespace, name)
        if target and target not in self.uses:
            self.uses[target] = path
        if target and is_secret(target):
            self.whole_secrets.add(target)
        return target

    def provide_secret(self, name: Any) -> None:
        """Notes that a controller makes a Secret of this name, beside the manifest."""
        if isinstance(name, str):
            self.provides.append(
                ObjectRef(group="", kind="Secret", namespace=self.ref.namespace, name=name)
            )

    def report(self, rule: str, message: str, path: Path, hint: str) -> None:
        """Notes a finding that the manifest's own data is enough for."""
        found = Finding.error(rule, message, object=self.label, field=format_path(path), hint=hint)
        self.findings.append(found)

    def facts(self) -> Facts:
        return Facts(
            ref=self.ref,
            label=self.label,
            findings=tuple(self.findings),
            provides=tuple(self.provides),
            uses=self.uses,
            key_uses=tuple(self.key_uses),
            port_uses=tuple(self.port_uses),
            selections=tuple(self.selections),
            pod=self.pod,
            keys=self.keys,
            ports=self.ports,
            bound=self.bound,
            bound_path=self.bound_path,
            whole_secrets=frozenset(self.whole_secrets),
            optional_uses=tuple(self.optional_uses),
            workload=self.workload,
            governor=self.governor,
        )
