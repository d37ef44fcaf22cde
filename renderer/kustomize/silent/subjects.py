"""Subjects of bindings with a namespace that kustomize takes for the one that it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from renderer.kustomize.nodes import text_of
from renderer.kustomize.refusal.objects import scalar_at, value_of
from renderer.kustomize.silent.said import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.refusal.objects import Object
    from renderer.kustomize.silent.whole import Whole

_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
# kustomize takes an object without a namespace for one in `default`, and gives a ServiceAccount
# called `default` the namespace that it sets, whatever stands there.
_DEFAULT: Final = "default"
_WORTH_A_LOOK: Final = re.compile(rb"\bname(?:space)?[\"']?: *[\"']?default\b")


def written_subjects(whole: Whole) -> Iterator[Subject]:
    """The ServiceAccounts whose written namespace kustomize may change, though nothing is in it.

    Where a ServiceAccount is written in that namespace itself, kustomize moves it and follows, and
    so it does with a namespace that is a stand-in all over a base. None where a patch or a
    replacement is about subjects.
    """
    if not whole.uses("namespace") or _are_patched(whole):
        return
    files = [
        text
        for text in whole.scene.manifest_files
        if b"RoleBinding" in text.source and _WORTH_A_LOOK.search(text.source)
    ]
    reached = _files_by_namespace(whole) if files else {}
    for text in files:
        set_here = frozenset(name for name, paths in reached.items() if text.path in paths)
        for one in whole.written(text):
            if one.kind in _BINDINGS:
                yield from _subjects(whole, one, set_here)


def _are_patched(whole: Whole) -> bool:
    texts = [patch.text for patch in whole.patches]
    texts += [one.text for one in whole.replacements if one.text]
    return any(b"subjects" in text.source for text in texts)


def _files_by_namespace(whole: Whole) -> dict[str, set[str]]:
    """The files of manifests that are composed where a namespace is set, by that namespace."""
    found: dict[str, set[str]] = {}
    for here in whole.scene.kustomizations:
        namespace = text_of(here.fields.get("namespace"))
        for directory in _reached_by(whole, here.directory) if namespace else ():
            files = whole.scene.at(directory).manifest_files
            found.setdefault(namespace, set()).update(text.path for text in files)
    return found


def _reached_by(whole: Whole, directory: str) -> set[str]:
    """The directory; where it is a component, also those that list it: it changes all of theirs."""
    found = {directory}
    for here in whole.scene.kustomizations:  # bases before what they are bases of
        components = (one.target for one in whole.scene.entries(here, "components"))
        if not found.isdisjoint(components):
            found.add(here.directory)
    return found


def _subjects(whole: Whole, binding: Object, set_here: frozenset[str]) -> Iterator[Subject]:
    listed = value_of(binding.node, "subjects")
    for child in listed.children if listed and listed.kind == "sequence" else ():
        item = child.target or child
        name, namespace = scalar_at(item, "name"), scalar_at(item, "namespace")
        place = value_of(item, "namespace")
        if scalar_at(item, "kind") != "ServiceAccount" or place is None or binding.text is None:
            continue
        if _DEFAULT in (name, namespace) and not _is_home(whole, name, namespace):
            yield Subject(
                place=binding.text.place(place.line, place.column),
                kind=binding.kind,
                binding=binding.name,
                name=name,
                namespace=namespace,
                set_here=set_here,
            )


def _is_home(whole: Whole, name: str, namespace: str) -> bool:
    """Whether a ServiceAccount, or what runs as the one called `default`, is written there."""
    if name != _DEFAULT:
        return any(one.namespace == namespace for one in whole.objects("ServiceAccount", name))
    wanted = namespace.encode()
    return any(
        namespace == one.namespace or (one.kind, one.name) == ("Namespace", namespace)
        for text in whole.scene.manifest_files
        if wanted in text.source
        for one in whole.written(text)
    )
