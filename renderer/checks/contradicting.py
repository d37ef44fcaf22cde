"""What a manifest says of another one, and that is not so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.checks.facts import GOVERNOR_PATH, Facts, KeyUse, PortUse
from renderer.findings import Finding
from renderer.patching.pointing import format_path
from renderer.suggesting import closest, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.checks.selections import Pods
    from renderer.kubernetes.manifests import ObjectRef


def contradictions(
    one: Facts, by_ref: Mapping[ObjectRef, Facts], pods: Pods
) -> Iterator[tuple[ObjectRef, Finding]]:
    """What a manifest and those that it refers to contradict, with the other's identity."""
    if one.key_uses or one.optional_uses:
        yield from _unknown_keys(one, by_ref)
    if one.port_uses:
        yield from _unknown_ports(one, by_ref)
    if one.bound:
        yield from _crossed(one, by_ref)
    if one.governor:
        yield from _ungoverned(one, by_ref, pods)


def _unknown_keys(
    one: Facts, by_ref: Mapping[ObjectRef, Facts]
) -> Iterator[tuple[ObjectRef, Finding]]:
    for use in one.key_uses:
        if found := by_ref.get(use.target):
            yield from _unknown_key(one, use, found)
    for use in one.optional_uses:
        found = by_ref.get(use.target)
        if found and found.expected_at:
            yield from _unknown_key(one, use, found)


def _unknown_key(one: Facts, use: KeyUse, found: Facts) -> Iterator[tuple[ObjectRef, Finding]]:
    if not use.key or found.keys is None or use.key in found.keys:
        return
    if found.expected_at:
        hint = closest(use.key, found.keys)
        hint = hint or f"add the key to what is expected at {found.expected_at}"
    else:
        hint = nearest(use.key, found.keys) or f"add the key to the {use.target.kind}"
    yield (
        found.ref,
        Finding.error(
            "unknown-key",
            f"{found.label} has no key {use.key}",
            object=one.label,
            field=format_path(use.path),
            hint=hint,
        ),
    )


def _unknown_ports(
    one: Facts, by_ref: Mapping[ObjectRef, Facts]
) -> Iterator[tuple[ObjectRef, Finding]]:
    for use in one.port_uses:
        found = by_ref.get(use.target)
        if found and found.ports and not _has_port(found.ports, use):
            known = sorted(map(str, found.ports))
            yield (
                found.ref,
                Finding.error(
                    "unknown-port",
                    f"{found.label} has no port {use.port}",
                    object=one.label,
                    field=format_path(use.path),
                    hint=closest(str(use.port), known) or f"it has {', '.join(known)}",
                ),
            )


def _has_port(ports: Iterable[str | int], use: PortUse) -> bool:
    return use.port in ports or (isinstance(use.port, str) and use.port in map(str, ports))


def _crossed(one: Facts, by_ref: Mapping[ObjectRef, Facts]) -> Iterator[tuple[ObjectRef, Finding]]:
    """A claim and a volume that name each other are bound; if one names a third, never."""
    other = by_ref.get(one.bound) if one.bound else None
    if other and other.bound and other.bound != one.ref:
        yield (
            other.ref,
            Finding.error(
                "claim-mismatch",
                f"{other.label} names {other.bound} instead, so the two are never bound",
                object=one.label,
                field=format_path(one.bound_path),
                hint="let the claim's spec.volumeName and the volume's spec.claimRef name each"
                " other",
            ),
        )


def _ungoverned(
    one: Facts, by_ref: Mapping[ObjectRef, Facts], pods: Pods
) -> Iterator[tuple[ObjectRef, Finding]]:
    """A Service names the Pods that it selects; one that selects none has a finding of its own."""
    service = by_ref.get(one.governor) if one.governor else None
    if service is None or one.pod is None or not service.selections:
        return
    selected = pods.selected(service.selections[0])
    if selected and one.pod not in selected:
        wanted = service.selections[0].labels.pairs
        lacking = sorted(f"{key}: {value}" for key, value in wanted - one.pod.labels)
        yield (
            service.ref,
            Finding.warning(
                "service-mismatch",
                f"{service.label} does not select these Pods, so they have no names in DNS",
                object=one.label,
                field=format_path(GOVERNOR_PATH),
                hint=f"the template has no label {', '.join(lacking)}",
            ),
        )
