"""Giving every name by content its final form.

Dependencies come first: a ConfigMap that holds an embedded manifest is named after all that
the embedded manifest refers to has its final name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.manifests import (
    EMBED_ANNOTATION,
    NAME_HASH_ANNOTATION,
    Manifest,
    annotations_of,
    object_ref,
)
from renderer.kustomize.name_hash import HASH_LENGTH, content_hash, name_hash
from renderer.patching.draft import Changes, Draft
from renderer.patching.ledger import Origin
from renderer.sealing.embedding import Embedding, Embeddings
from renderer.sealing.references import NameIndex, find_names, means, value_at
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MAX_NAME = 253  # of an object (a DNS subdomain)
_MAX_JOB_NAME = 63  # its Pods carry it as a label
_GENERATED = Origin(None)  # of what nobody writes: it is made of other objects


class Sealed(NamedTuple):
    """The final manifests, in the stack's order; one that nothing changed is the stack's own.

    `places` are their places in the stack; those past its end were made here. `changes` are
    those of the changed ones apart from the names of what they refer to; None where they are
    not known.
    """

    places: tuple[int, ...]
    manifests: tuple[Manifest, ...]
    findings: tuple[Finding, ...]
    changes: Mapping[int, Changes | None]


def seal(manifests: Sequence[Manifest], drafts: dict[int, Draft], names: NameIndex) -> Sealed:
    """Gives names by content their final form, and embeds what asks for it.

    `drafts` are the changed manifests by place; more of them change here.
    """
    sealing = _Sealing(manifests, drafts, names)
    sealing.run()
    result = tuple(sealing.result())
    return Sealed(
        tuple(place for place, _ in result),
        tuple(manifest for _, manifest in result),
        tuple(sealing.findings),
        sealing.changes,
    )


class _CycleError(Exception):
    pass


class _Sealing:
    def __init__(
        self, manifests: Sequence[Manifest], drafts: dict[int, Draft], names: NameIndex
    ) -> None:
        self._manifests = list(manifests)
        self._drafts = drafts
        # Who asks for something: known for the stack; a patch may have made others ask.
        self._asking = sorted({*names.asking, *drafts})
        self._hashed = dict(names.hashed)
        self._references = dict(names.references)
        self._embedded: dict[int, list[Embedding]] = {}  # by the place of the ConfigMap
        self._gone: set[int] = set()
        self._named: dict[int, bool] = {}  # False while the name is being made
        self.changes = {place: draft.changes for place, draft in drafts.items() if draft.is_changed}
        self.findings: list[Finding] = []

    def run(self) -> None:
        self._plan_embeddings()
        changed = [place for place in self._drafts if place in self._hashed]
        for place in sorted({*changed, *self._embedded}):
            try:
                self._name(place)
            except _CycleError:
                self.findings.append(
                    Finding.error(
                        "name-cycle",
                        "its name would depend on its own content",
                        object=self._manifests[place].label,
                        hint="an embedded manifest cannot refer to the ConfigMap that it is"
                        " embedded in",
                    )
                )
        for place in self._asking:
            wants = annotations_of(self._data(place)).get(NAME_HASH_ANNOTATION)
            if wants is not None and place not in self._gone:
                self._name_by_content(place, wants)

    def result(self) -> Iterator[tuple[int, Manifest]]:
        for place, base in enumerate(self._manifests):
            if place in self._gone:
                continue
            draft = self._drafts.get(place)
            if draft is None or not draft.is_changed:
                yield place, base
            else:
                ref = object_ref(draft.data) if self._is_renamed(place) else base.ref
                yield place, Manifest(ref, draft.data, base.stem)

    def _is_renamed(self, place: int) -> bool:
        return place in self._hashed or place in self._asking

    def _data(self, place: int) -> dict[str, Any]:
        draft = self._drafts.get(place)
        return draft.data if draft else self._manifests[place].data

    def _draft(self, place: int, *, to_relink: bool = False) -> Draft:
        if place not in self._drafts:
            self._drafts[place] = Draft(self._manifests[place])
        if to_relink:
            self.changes.setdefault(place, ())
        else:
            self.changes[place] = None
        return self._drafts[place]

    def _plan_embeddings(self) -> None:
        embeddings = Embeddings(self._manifests, self._data, self._asking)
        self.findings += embeddings.findings
        for embedding in embeddings.found:
            self._embedded.setdefault(embedding.target, []).append(embedding)
            self._gone.add(embedding.source)
        for made in embeddings.made:
            self._hashed[len(self._manifests)] = made.manifest.ref.name
            self._manifests.append(made.manifest)
            known = self._references.get(made.manifest.ref.name, ())
            self._references[made.manifest.ref.name] = known + made.references

    def _name(self, place: int) -> None:
        """Fills in what is embedded in a ConfigMap, then names it by its content."""
        named = self._named.get(place)
        if named is not None:
            if not named:
                raise _CycleError
            return
        self._named[place] = False
        for embedding in self._embedded.get(place, ()):
            self._embed(embedding)
        self._named[place] = True
        if place not in self._hashed:
            return
        old = self._hashed[place]
        new = f"{self._manifests[place].stem}-{name_hash(self._data(place))}"
        if new != old:
            self._draft(place).put(("metadata", "name"), new)
            self._rename(old, new, self._manifests[place].ref.namespace)

    def _embed(self, embedding: Embedding) -> None:
        names = frozenset(self._hashed.values())
        meant = [
            (name, where) for _, name, where in find_names(self._data(embedding.source), names)
        ]
        for place, name in self._hashed.items():
            namespace = self._manifests[place].ref.namespace
            is_meant = any(name == other and means(where, namespace) for other, where in meant)
            if is_meant and (place in self._embedded or place in self._drafts):
                self._name(place)
        text = write(_without_annotation(self._data(embedding.source), EMBED_ANNOTATION))
        draft = self._draft(embedding.target)
        if draft.data.get("data"):
            draft.put(("data", embedding.key), text, _GENERATED)
        else:
            draft.put(("data",), {embedding.key: text}, _GENERATED)

    def _rename(self, old: str, new: str, namespace: str) -> None:
        """Rewrites every field that holds the old name and means this namespace."""
        for reference in self._references.get(old, ()):
            if not means(reference.namespace, namespace):
                continue
            draft = self._draft(reference.index, to_relink=True)
            if not draft.reshaped and value_at(draft.data, reference.path) == old:
                draft.put(reference.path, new)
        wanted = frozenset([old])
        for draft in self._drafts.values():
            if draft.reshaped:
                for path, _, where in list(find_names(draft.data, wanted)):
                    if means(where, namespace):
                        draft.put(path, new)

    def _name_by_content(self, place: int, wants: object) -> None:
        base = self._manifests[place]
        if wants != "true":
            message = f"the annotation {NAME_HASH_ANNOTATION} is {wants!r}"
            hint = 'write "true", or leave it out'
            self.findings.append(
                Finding.error("bad-annotation", message, object=base.label, hint=hint)
            )
            return
        data = _without_annotation(self._data(place), NAME_HASH_ANNOTATION)
        name = f"{base.stem}-{content_hash(data)}"
        longest = _MAX_JOB_NAME if base.ref.kind == "Job" else _MAX_NAME
        if len(name) > longest:
            message = f"with its hash the name has {len(name)} characters"
            hint = f"at most {longest - HASH_LENGTH - 1} are left for the name"
            self.findings.append(Finding.error("long-name", message, object=base.label, hint=hint))
        self._draft(place).put(("metadata",), {**data["metadata"], "name": name})


def _without_annotation(data: Mapping[str, Any], annotation: str) -> dict[str, Any]:
    about = dict(data["metadata"])
    rest = {key: value for key, value in about["annotations"].items() if key != annotation}
    if rest:
        about["annotations"] = rest
    else:
        del about["annotations"]
    return {**data, "metadata": about}
