"""Giving every name by content its final form.

Dependencies come first: a ConfigMap that holds an embedded manifest is named after all that
the embedded manifest refers to has its final name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.manifests import (
    EMBED_ANNOTATION,
    NAME_HASH_ANNOTATION,
    Manifest,
    annotations_of,
)
from renderer.kubernetes.release import Release
from renderer.kustomize.name_hash import HASH_LENGTH, content_hash, name_hash
from renderer.patching.budget import TooLargeError
from renderer.patching.ledger import Origin
from renderer.patching.pointing import value_at
from renderer.sealing.drafts import Drafts, TextOf, too_large
from renderer.sealing.embedding import Embedding, Embeddings
from renderer.sealing.references import (
    NameIndex,
    Reference,
    by_name,
    find_followers,
    find_names,
    means,
)
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from renderer.kubernetes.manifests import ObjectRef
    from renderer.patching.draft import Draft
    from renderer.patching.final import Final

_MAX_NAME = 253  # of an object (a DNS subdomain)
_MAX_JOB_NAME = 63  # its Pods carry it as a label

_EMBEDDED_CYCLE = "an embedded manifest cannot refer to the ConfigMap that it is embedded in"
_CYCLE = f"of objects that refer to each other, one can have {NAME_HASH_ANNOTATION}"
# Fields that decide which object a name beside them means.
_BESIDE = frozenset(["apiGroup", "apiVersion", "group", "kind", "namespace"])

_GENERATED = Origin(None)  # of what nobody writes: it is made of other objects


class Sealed(NamedTuple):
    """The final manifests, in the stack's order with those made for the cluster at the end."""

    finals: tuple[Final, ...]
    findings: tuple[Finding, ...]


def seal(
    manifests: Sequence[Manifest],
    drafts: dict[int, Draft],
    *,
    names: NameIndex,
    text_of: TextOf,
    release: Release = Release(),  # noqa: B008 # it is never changed
    expected: Collection[ObjectRef] = (),
) -> Sealed:
    """Gives names by content their final form, and embeds what asks for it.

    `drafts` are the changed manifests by index; more of them change here. `release` is what the
    objects are called instead; `expected` are objects that others make for it, and that it calls
    as its own.
    """
    made = Drafts(manifests, drafts)
    sealing = _Sealing(made, names)
    sealing.run(release, expected)
    return Sealed(tuple(made.finals(text_of)), tuple(sealing.findings))


class _CycleError(Exception):
    pass


class _Sealing:
    def __init__(self, drafts: Drafts, names: NameIndex) -> None:
        self._drafts = drafts
        # Who asks for something: known for the stack; a patch may have made others ask.
        self._asking = sorted({*names.asking, *drafts.by_index})
        self._hashed = dict(names.hashed)
        self._references = dict(names.references)
        self._known_followers = names.followers
        self._followers: dict[int, list[Reference]] = {}  # by what gets a hash into its name
        self._embedded: dict[int, list[Embedding]] = {}  # by the index of the ConfigMap
        self._named: dict[int, bool] = {}  # False while the name is being made
        self.findings: list[Finding] = []

    def run(self, release: Release, expected: Collection[ObjectRef]) -> None:
        self._plan_embeddings()
        if not release.is_plain and not self._rename_all(release, expected):
            return
        self._plan_hashes()
        changed = [index for index in self._drafts.by_index if index in self._hashed]
        for index in (*sorted({*changed, *self._embedded}), *self._followers):
            if index in self._named:
                continue
            try:
                self._name(index)
            except _CycleError:
                self.findings.append(
                    Finding.error(
                        "name-cycle",
                        "its name would depend on its own content",
                        object=self._drafts.manifests[index].label,
                        hint=_EMBEDDED_CYCLE if self._embedded else _CYCLE,
                    )
                )
            except TooLargeError as error:  # what follows could only fail for the same reason
                self.findings.append(too_large(self._drafts.manifests[index], error))
                return

    def _plan_embeddings(self) -> None:
        embeddings = Embeddings(self._drafts.manifests, self._drafts.data, self._asking)
        self.findings += embeddings.findings
        for embedding in embeddings.found:
            self._embedded.setdefault(embedding.target, []).append(embedding)
            self._drafts.gone.add(embedding.source)
        for made in embeddings.made:
            self._hashed[len(self._drafts.manifests)] = made.manifest.ref.name
            self._drafts.manifests.append(made.manifest)
            known = self._references.get(made.manifest.ref.name, ())
            self._references[made.manifest.ref.name] = known + made.references

    def _rename_all(self, release: Release, expected: Collection[ObjectRef]) -> bool:
        """Gives every object the name that the release has for it, and all that refers to it;
        False where that is not possible, which is a finding."""
        from renderer.sealing.renaming import rename_all  # few clusters have one

        refused = rename_all(self._drafts, self._hashed, release, expected)
        if refused:
            self.findings.append(refused)
            return False
        # What is named by content is a ConfigMap or Secret, and these get the prefix.
        prefix = release.prefix
        self._hashed = {index: f"{prefix}{name}" for index, name in self._hashed.items()}
        self._references = {
            f"{prefix}{name}": tuple(
                replace(one, namespace=release.namespace(one.namespace)) for one in found
            )
            for name, found in self._references.items()
        }
        return True

    def _plan_hashes(self) -> None:
        """Finds what asks for a hash in its name, and all that refers to it."""
        for index in self._asking:
            wants = annotations_of(self._drafts.data(index)).get(NAME_HASH_ANNOTATION)
            if wants == "true" and index not in self._drafts.gone:
                self._followers[index] = []
            elif wants is not None and index not in self._drafts.gone:
                message = f'the annotation {NAME_HASH_ANNOTATION} is not "true"'
                hint = 'write "true", or leave it out'
                label = self._drafts.manifests[index].label
                self.findings.append(
                    Finding.error("bad-annotation", message, object=label, hint=hint)
                )
        if self._followers:
            self._find_followers()

    def _find_followers(self) -> None:
        targets = {index: self._drafts.manifests[index].ref for index in self._followers}
        names = {target.name for target in targets.values()}
        unknown = {key: one for key, one in targets.items() if key not in self._known_followers}
        redrawn = {
            index for index, draft in self._drafts.by_index.items() if _may_refer(draft, names)
        }
        for key in targets:
            known = self._known_followers.get(key, ())
            self._followers[key] += [one for one in known if one.index not in redrawn]
        all_wanted, unknown_wanted = by_name(targets), by_name(unknown)
        for index in range(len(self._drafts.manifests)) if unknown else sorted(redrawn):
            wanted = all_wanted if index in redrawn else unknown_wanted
            for key, reference in find_followers(index, self._drafts.data(index), wanted):
                self._followers[key].append(reference)

    def _name(self, index: int) -> None:
        """Names an object by its content, after what that depends on.

        That is what is embedded in it and, for a hash of the whole object, all it refers to.
        """
        named = self._named.get(index)
        if named is not None:
            if not named:
                raise _CycleError
            return
        self._named[index] = False
        if index in self._followers:
            self._name_referred(index)
        for embedding in self._embedded.get(index, ()):
            self._embed(embedding)
        self._named[index] = True
        if index in self._followers:
            self._name_by_content(index)
        elif index in self._hashed:
            self._name_by_data(index)

    def _name_by_data(self, index: int) -> None:
        """Renames a generated ConfigMap or Secret as kustomize would."""
        old = self._hashed[index]
        new = f"{self._drafts.manifests[index].stem}-{name_hash(self._drafts.data(index))}"
        if new != old:
            self._drafts.draft(index).put(("metadata", "name"), new)
            self._rename(old, new, self._drafts.manifests[index].ref.namespace)

    def _name_referred(self, referrer: int) -> None:
        """Gives all that a manifest refers to its final name."""
        names = frozenset(self._hashed.values())
        meant = [(name, where) for _, name, where in find_names(self._drafts.data(referrer), names)]
        for index, name in self._hashed.items():
            namespace = self._drafts.manifests[index].ref.namespace
            is_meant = any(name == other and means(where, namespace) for other, where in meant)
            if is_meant and (index in self._embedded or index in self._drafts.by_index):
                self._name(index)
        for index, followers in self._followers.items():
            if any(one.index == referrer for one in followers):
                self._name(index)

    def _embed(self, embedding: Embedding) -> None:
        if embedding.source in self._embedded:  # what is embedded in it comes first
            self._name(embedding.source)
        self._name_referred(embedding.source)
        text = write(
            _without_annotation(self._drafts.data(embedding.source), EMBED_ANNOTATION), lines=True
        )
        draft = self._drafts.draft(embedding.target)
        if draft.data.get("data"):
            draft.put(("data", embedding.key), text, _GENERATED)
        else:
            draft.put(("data",), {embedding.key: text}, _GENERATED)

    def _rename(self, old: str, new: str, namespace: str) -> None:
        """Rewrites every field that holds the old name and means this namespace."""
        for reference in self._references.get(old, ()):
            if not means(reference.namespace, namespace):
                continue
            draft = self._drafts.draft(reference.index, to_relink=True)
            if not draft.reshaped and value_at(draft.data, reference.path) == old:
                draft.put(reference.path, new)
        wanted = frozenset([old])
        for draft in self._drafts.by_index.values():
            if draft.reshaped:
                for path, _, where in list(find_names(draft.data, wanted)):
                    if means(where, namespace):
                        draft.put(path, new)

    def _name_by_content(self, index: int) -> None:
        """Gives a name the hash of the whole object, also where others refer to it."""
        base = self._drafts.manifests[index]
        data = _without_annotation(self._drafts.data(index), NAME_HASH_ANNOTATION)
        name = f"{base.stem}-{content_hash(data)}"
        longest = _MAX_JOB_NAME if base.ref.kind == "Job" else _MAX_NAME
        if len(name) > longest:
            message = f"with its hash the name has {len(name)} characters"
            hint = f"at most {longest - HASH_LENGTH - 1} are left for the name"
            self.findings.append(Finding.error("long-name", message, object=base.label, hint=hint))
        self._drafts.draft(index).put(("metadata",), {**data["metadata"], "name": name})
        if index in self._hashed:
            self._rename(base.ref.name, name, base.ref.namespace)
            return
        for one in self._followers[index]:
            draft = self._drafts.draft(one.index, to_relink=True)
            if value_at(draft.data, one.path) == base.ref.name:
                draft.put(one.path, name)


def _may_refer(draft: Draft, names: Collection[str]) -> bool:
    """Whether a draft may refer to other objects of these names than its base does."""
    if not draft.is_changed:
        return False
    scalars = draft.scalars
    return scalars is None or any(
        value in names or path[-1] in _BESIDE for path, value in scalars.items()
    )


def _without_annotation(data: Mapping[str, Any], annotation: str) -> dict[str, Any]:
    about = dict(data["metadata"])
    rest = {key: value for key, value in about["annotations"].items() if key != annotation}
    if rest:
        about["annotations"] = rest
    else:
        del about["annotations"]
    return {**data, "metadata": about}
