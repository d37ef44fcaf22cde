"""Manifests that ask to become text in a ConfigMap: renderer.gitops/embed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.manifests import EMBED_ANNOTATION, Manifest, ObjectRef, annotations_of
from renderer.sealing.references import Reference, find_names, referred_kind
from renderer.suggesting import nearest

DataOf = Callable[[int], dict[str, Any]]


class Embedding(NamedTuple):
    """The manifest at `source` becomes the value of `key` in the ConfigMap at `target`."""

    source: int
    target: int
    key: str


class Made(NamedTuple):
    """A ConfigMap that only holds what is embedded in it, and the fields that refer to it."""

    manifest: Manifest
    references: tuple[Reference, ...]


class Embeddings:
    """What is to be embedded where. New ConfigMaps have indices after those of all manifests."""

    def __init__(self, manifests: Sequence[Manifest], data: DataOf, asking: Iterable[int]) -> None:
        self.found: list[Embedding] = []
        self.made: list[Made] = []
        self.findings: list[Finding] = []
        self._manifests = manifests
        self._data = data
        for index in asking:
            text = annotations_of(data(index)).get(EMBED_ANNOTATION)
            if text is not None:
                self._plan(index, str(text))
        self._check_circles()
        self._check_keys()

    def _plan(self, source: int, text: str) -> None:
        name, _, key = text.partition("/")
        if not name or not key:
            self.findings.append(
                Finding.error(
                    "bad-annotation",
                    f"the annotation {EMBED_ANNOTATION} names no key of a ConfigMap",
                    object=self._manifests[source].label,
                    hint="write <ConfigMap>/<key>, as job-template/job.yaml",
                )
            )
            return
        target = self._existing(source, name, key)
        if target is None:
            target = self._made_before(name)
        if target is None:
            target = self._make(source, name)
        if target is not None:
            self.found.append(Embedding(source, target, key))

    def _check_circles(self) -> None:
        """Objects that are embedded in each other, or one in itself, would all be gone."""
        inside = {one.source: one.target for one in self.found}
        seen: set[int] = set()
        for start in inside:
            way = []
            at: int | None = start
            while at is not None and at not in seen:
                seen.add(at)
                way.append(at)
                at = inside.get(at)
            if at in way:
                circle = way[way.index(at) :]
                self._add_circle(circle)
                self.found = [one for one in self.found if one.source not in circle]

    def _add_circle(self, circle: Sequence[int]) -> None:
        labels = [self._manifests[index].label for index in (*circle, circle[0])]
        self.findings.append(
            Finding.error(
                "embedding-cycle",
                f"{' is embedded in '.join(labels)}: nothing would be left of"
                f" {'it' if len(circle) == 1 else 'them'}",
                object=labels[0],
                field=f"/metadata/annotations/{EMBED_ANNOTATION.replace('/', '~1')}",
                hint="embed it in a ConfigMap that is not embedded in it",
            )
        )

    def _check_keys(self) -> None:
        """Of two manifests at one key only the later would be left."""
        taken: dict[tuple[int, str], int] = {}
        for source, target, key in self.found:
            other = taken.setdefault((target, key), source)
            if other != source:
                self.findings.append(
                    Finding.error(
                        "bad-annotation",
                        f"{self._manifests[other].label} is embedded at the same key, {key}",
                        object=self._manifests[source].label,
                        hint="give each a key of its own",
                    )
                )

    def _existing(self, source: int, name: str, key: str) -> int | None:
        """The ConfigMap of this name: in the namespace of the manifest, else the only one.

        A namePrefix or nameSuffix may stand around the name; the key tells then which is meant.
        """
        maps = [
            index
            for index, one in enumerate(self._manifests)
            if one.ref.kind == "ConfigMap" and not one.ref.group
        ]
        exact = [index for index in maps if self._manifests[index].stem == name]
        within = [
            index
            for index in maps
            if name in self._manifests[index].stem and key in (self._data(index).get("data") or {})
        ]
        namespace = self._manifests[source].ref.namespace
        for candidates in (exact, within):
            near = [one for one in candidates if self._manifests[one].ref.namespace == namespace]
            for chosen in (near, candidates):
                if len(chosen) == 1:
                    return chosen[0]
        return None

    def _made_before(self, name: str) -> int | None:
        for offset, made in enumerate(self.made):
            if made.manifest.stem == name:
                return len(self._manifests) + offset
        return None

    def _make(self, source: int, name: str) -> int | None:
        """A ConfigMap of the manifest's own, in the namespace of what refers to it."""
        references = [
            Reference(index, path, namespace)
            for index in range(len(self._manifests))
            for path, _, namespace in find_names(self._data(index), frozenset([name]))
            if referred_kind(path) == "ConfigMap"
        ]
        namespaces = {reference.namespace for reference in references}
        if len(namespaces) != 1:
            known = [one.stem for one in self._manifests if one.ref.kind == "ConfigMap"]
            many = "several namespaces refer" if namespaces else "nothing refers"
            self.findings.append(
                Finding.error(
                    "unused-embedding",
                    f"{many} to the ConfigMap {name} that this is embedded in",
                    object=self._manifests[source].label,
                    hint=nearest(name, known),
                )
            )
            return None
        (namespace,) = namespaces
        about = {"name": name, "namespace": namespace} if namespace else {"name": name}
        data = {"apiVersion": "v1", "data": {}, "kind": "ConfigMap", "metadata": about}
        ref = ObjectRef(group="", kind="ConfigMap", namespace=namespace, name=name)
        self.made.append(Made(Manifest(ref, data, name), tuple(references)))
        return len(self._manifests) + len(self.made) - 1
