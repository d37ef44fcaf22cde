"""Subjects of bindings with a namespace that kustomize takes for the one that it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from renderer.kustomize.refusal.objects import scalar_at, value_of
from renderer.kustomize.silent.said import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.refusal.objects import Object
    from renderer.kustomize.silent.whole import Whole

_BINDINGS: Final = ("RoleBinding", "ClusterRoleBinding")
# kustomize takes an object without a namespace for one in `default`, and gives a ServiceAccount
# called `default` the namespace that it sets, whatever stands there.
_WORTH_A_LOOK: Final = re.compile(rb"\bname(?:space)?[\"']?: *[\"']?default\b")


def written_subjects(whole: Whole) -> Iterator[Subject]:
    """The ServiceAccounts whose written namespace kustomize may change, though nothing is in it.

    Where a ServiceAccount is written in that namespace itself, kustomize moves it and follows, and
    so it does with a namespace that is a stand-in all over a base. None where a patch or a
    replacement is about subjects.
    """
    if not whole.uses("namespace") or _are_patched(whole):
        return
    for text in whole.scene.manifest_files:
        if b"RoleBinding" in text.source and _WORTH_A_LOOK.search(text.source):
            for one in whole.written(text):
                if one.kind in _BINDINGS:
                    yield from _subjects(whole, one)


def _are_patched(whole: Whole) -> bool:
    texts = [patch.text for patch in whole.patches]
    texts += [one.text for one in whole.replacements if one.text]
    return any(b"subjects" in text.source for text in texts)


def _subjects(whole: Whole, binding: Object) -> Iterator[Subject]:
    listed = value_of(binding.node, "subjects")
    for child in listed.children if listed and listed.kind == "sequence" else ():
        item = child.target or child
        name, namespace = scalar_at(item, "name"), scalar_at(item, "namespace")
        place = value_of(item, "namespace")
        if scalar_at(item, "kind") != "ServiceAccount" or place is None or binding.text is None:
            continue
        if "default" in (name, namespace) and not _is_home(whole, name, namespace):
            yield Subject(
                place=binding.text.place(place.line, place.column),
                kind=binding.kind,
                binding=binding.name,
                name=name,
                namespace=namespace,
            )


def _is_home(whole: Whole, name: str, namespace: str) -> bool:
    """Whether a ServiceAccount, or what runs as the one called `default`, is written there."""
    if name != "default":
        return any(one.namespace == namespace for one in whole.objects("ServiceAccount", name))
    wanted = namespace.encode()
    return any(
        namespace == one.namespace or (one.kind, one.name) == ("Namespace", namespace)
        for text in whole.scene.manifest_files
        if wanted in text.source
        for one in whole.written(text)
    )
