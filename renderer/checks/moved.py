"""Subjects of bindings that kustomize moved to another namespace than the written one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.findings import Finding
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from renderer.kubernetes.manifests import Manifest
    from renderer.kustomize.affixes import Affixes
    from renderer.kustomize.silent.said import Subject

_DEFAULT = "default"
_HINT = (
    "leave the namespace out, if the ServiceAccount that is composed is meant; else write it"
    " in a patch of cluster.yaml"
)


def check_moved(
    subjects: Sequence[Subject],
    manifests: Sequence[Manifest],
    *,
    affixes: Affixes,
    namespaces: Collection[str],
) -> Iterator[Finding]:
    """A warning for each subject that came out with another namespace, one that kustomize set.

    Where that is set for the binding as well, it is meant: `default` stands for no namespace
    there. Not so for the account called `default`, which every namespace has.
    """
    for subject in subjects:
        for manifest in manifests:
            names = affixes.earlier(manifest.stem)
            if manifest.ref.kind == subject.kind and subject.binding in names:
                there = _of_account(subject, manifest, affixes)
                now = next((one for one in there if one in namespaces), "")
                is_meant = now in subject.set_here and subject.name != _DEFAULT
                if now and subject.namespace not in there and not is_meant:
                    yield Finding.warning(
                        "moved-subject",
                        f"kustomize changes this namespace of a subject from {subject.namespace}"
                        f" to {now}",
                        subject.place,
                        object=manifest.label,
                        field=format_path(there[now]),
                        hint=_HINT,
                    )


def _of_account(
    subject: Subject, manifest: Manifest, affixes: Affixes
) -> dict[str, tuple[str | int, ...]]:
    """The namespaces in which a binding names the ServiceAccount, with their paths."""
    listed: Any = manifest.data.get("subjects")
    return {
        str(one.get("namespace")): ("subjects", index, "namespace")
        for index, one in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
        and one.get("kind") == "ServiceAccount"
        and subject.name in affixes.earlier(str(one.get("name")))
    }
