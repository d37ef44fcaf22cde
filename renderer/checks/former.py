"""Texts that still name a Service as it was composed, where the release calls it something else.

References follow by their fields. What a text means nobody knows, so that none is rewritten: the
target of a parameter says what stands in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, mappings
from renderer.findings import Finding
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest, ObjectRef
    from renderer.kubernetes.release import Release
    from renderer.patching.final import Final
    from renderer.patching.pointing import Path

_BEGINS = r"(?<![A-Za-z0-9_-])"
_AFTER_HOST = r"(?=\.svc(?![A-Za-z0-9_-])|\.?(?:[^A-Za-z0-9._-]|$))"
_NOTHING = "(?!)"  # matches nowhere
_SECRET_TEXTS = ("data", "stringData")


class _Service(NamedTuple):
    """A Service as composed, and as the release calls it, with the numbers of its ports."""

    old: ObjectRef
    new: ObjectRef
    ports: tuple[int, ...]


class _Naming(NamedTuple):
    """What names Services as composed: each name is a group of the pattern."""

    pattern: re.Pattern[str]
    services: Mapping[str, _Service]

    def first(self, text: str) -> tuple[str, _Service] | None:
        """The first name in a text, and what it was the name of."""
        found = self.pattern.search(text)
        name = found[found.lastindex or 0] if found else ""
        return (name, self.services[name]) if name else None


def check_former(
    finals: Iterable[Final], composed: Iterable[Manifest], release: Release
) -> Iterator[Finding]:
    """An error for each text that names a Service as `composed`: by SERVICE.NAMESPACE anywhere, or
    where its name alone is that of a host: in a URL, or before one of its ports."""
    services = [*_renamed(composed, release)]
    if not services:
        return
    taken = {(one.new.name, one.new.namespace) for one in services}
    full = {
        f"{one.old.name}.{one.old.namespace}": one
        for one in services
        if (one.old.name, one.old.namespace) not in taken
    }
    anywhere = _Naming(re.compile(rf"{_BEGINS}({_any(full)}){_AFTER_HOST}"), full)
    alone: dict[str, _Naming] = {}
    for final in finals:
        manifest = final.manifest
        namespace = manifest.ref.namespace
        if namespace not in alone:
            alone[namespace] = _alone(services, namespace)
        for path, text in _texts(manifest):
            found = anywhere.first(text) or alone[namespace].first(text)
            if found:
                yield _former(manifest, path, *found)


def _renamed(composed: Iterable[Manifest], release: Release) -> Iterator[_Service]:
    for manifest in composed:
        ref = manifest.ref
        if (ref.group, ref.kind) == ("", "Service") and release.ref(ref) != ref:
            ports = mappings(mapping(manifest.data.get("spec")).get("ports"))
            numbers = [port.get("port") for _, port in ports]
            yield _Service(
                ref, release.ref(ref), tuple(one for one in numbers if isinstance(one, int))
            )


def _alone(services: Iterable[_Service], namespace: str) -> _Naming:
    """What names a Service by its name alone in a text of a namespace."""
    inside = [one for one in services if one.new.namespace == namespace]
    there = {one.new.name for one in inside}
    hosts = {one.old.name: one for one in inside if one.old.name not in there}
    with_ports = "|".join(
        rf"{re.escape(name)}(?=:(?:{'|'.join(map(str, one.ports))})(?![0-9]))"
        for name, one in hosts.items()
        if one.ports
    )
    in_url = rf"://(?:[^\s/@]*@)?({_any(hosts)})(?=[^A-Za-z0-9._-]|$)"
    pattern = rf"{in_url}|(?<![A-Za-z0-9._/-])({with_ports or _NOTHING})"
    return _Naming(re.compile(pattern), hosts)


def _any(texts: Iterable[str]) -> str:
    return "|".join(map(re.escape, texts)) or _NOTHING


def _texts(manifest: Manifest) -> Iterator[tuple[Path, str]]:
    """Every string of an object that may be a text; what a Secret holds is nobody's to read."""
    is_secret = manifest.ref.kind == "Secret"
    stack: list[tuple[Path, Any]] = [((), manifest.data)]
    while stack:
        path, node = stack.pop()
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if is_secret and not path and key in _SECRET_TEXTS:
                continue
            if isinstance(value, str):
                yield (*path, key), value
            elif isinstance(value, (dict, list)):
                stack.append(((*path, key), value))


def _former(manifest: Manifest, path: Path, text: str, service: _Service) -> Finding:
    namespace = f".$(namespaces.{service.old.namespace})" if "." in text else ""
    return Finding.error(
        "former-name",
        f"this text names {text}, and that Service is called {service.new.name} in the namespace"
        f" {service.new.namespace or '(none)'} here",
        object=manifest.label,
        field=format_path(path),
        hint="let a parameter write the field: its target's value is the text with"
        f" $(name.prefix){service.old.name}{namespace} in it",
    )
