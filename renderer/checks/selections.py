"""What selectors select among the Pods of one cluster's manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.pods import STAMPED_LABELS
from renderer.findings import Finding
from renderer.patching.pointing import format_path
from renderer.suggesting import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renderer.checks.facts import PodFacts, Selection


_STAMPED = frozenset[str]().union(*STAMPED_LABELS.values())


class Pods:
    """The Pods of the manifests, by namespace and label: there may be thousands of both."""

    def __init__(self, pods: Iterable[PodFacts]) -> None:
        self._by_namespace: dict[str, list[PodFacts]] = {}
        self._by_label: dict[tuple[str, tuple[str, str]], list[PodFacts]] = {}
        self._values: dict[str, dict[str, set[str]]] = {}
        for pod in pods:
            self._by_namespace.setdefault(pod.namespace, []).append(pod)
            for label in pod.labels:
                self._by_label.setdefault((pod.namespace, label), []).append(pod)

    def check(self, selection: Selection, label: str) -> Iterator[Finding]:
        """What is wrong with a selection by the object that is called `label`."""
        selected = self.selected(selection)
        if not selected:
            if not selection.labels.selects_all:
                yield Finding.warning(
                    "unmatched-selector",
                    f"no Pod of the manifests in namespace {selection.namespace or '(none)'} is"
                    " selected",
                    object=label,
                    field=format_path(selection.path),
                    hint=self._hint(selection),
                )
            return
        for name, path in selection.ports:
            if not any(name in pod.ports for pod in selected):
                known = {port for pod in selected for port in pod.ports}
                yield Finding.error(
                    "unknown-port",
                    f"no container of the Pods selected names a port {name}",
                    object=label,
                    field=format_path(path),
                    hint=nearest(name, known)
                    or "name the port in a container's ports, or use its number",
                )

    def selected(self, selection: Selection) -> list[PodFacts]:
        """The Pods that a selection means."""
        namespace, labels = selection.namespace, selection.labels
        candidates: Sequence[PodFacts] = self._by_namespace.get(namespace, ())
        for pair in labels.pairs:
            if pair[0] in _STAMPED:
                continue
            some = self._by_label.get((namespace, pair), ())
            if len(some) < len(candidates):
                candidates = some
        return [pod for pod in candidates if labels.matches(pod)]

    def _hint(self, selection: Selection) -> str:
        known = self._values_in(selection.namespace)
        for key, value in sorted(selection.labels.pairs):
            if key not in known:
                return f"no Pod there has the label {key}"
            if value not in known[key]:
                return f"no Pod there has {key}: {value}; {nearest(value, known[key])}"
        return "each label is there, but no Pod has all of them" if known else ""

    def _values_in(self, namespace: str) -> dict[str, set[str]]:
        """The values of each label of the Pods in a namespace."""
        if namespace not in self._values:
            there: dict[str, set[str]] = {}
            for pod in self._by_namespace.get(namespace, ()):
                for key, value in pod.labels:
                    there.setdefault(key, set()).add(value)
            self._values[namespace] = there
        return self._values[namespace]
