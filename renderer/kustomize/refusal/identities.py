"""Objects that cannot be told apart, and references that could mean several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.findings import Finding
from renderer.kustomize.nodes import text_of
from renderer.kustomize.refusal.objects import Object, reached, value_of
from renderer.kustomize.refusal.patches import Identity, identity_of

if TYPE_CHECKING:
    from renderer.findings import Location
    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Entry

_OBJECT = re.compile(r'"kind":"(?P<kind>[^"]*)","metadata":\{(?P<metadata>(?:[^{}]|\{[^{}]*\})*)\}')
_NAME = re.compile(r'(?:^|,)"name":"(?P<name>[^"]*)"')


def repeated(case: Case, match: re.Match[str]) -> list[Finding]:
    """One identity that is reached twice: by two ways, or from two places."""
    wanted = identity_of(match["id"])
    if wanted is None:
        return []
    for directory in dict.fromkeys((case.here.directory, case.scene.root)):
        found = [one for one in reached(case.scene, directory) if _is(one, wanted)]
        twice = _twice(found)
        if twice:
            return [_repetition(*twice)]
    return []


def _is(one: Object, wanted: Identity) -> bool:
    """Whether an object may be the one that is named: with a prefix, a suffix, a namespace."""
    return bool(one.name) and one.kind == wanted.kind and one.name in wanted.name


def _twice(found: list[Object]) -> tuple[Object, Object] | None:
    """The first that stands, or is reached, twice; rather one whose whole name is the same."""
    for later, one in enumerate(found):
        for earlier in found[:later]:
            if earlier.name == one.name:
                return earlier, one
    return (found[0], found[1]) if len(found) > 1 else None


def _repetition(first: Object, second: Object) -> Finding:
    one, other = parting(first, second)
    if first.location == second.location and one and other:
        return reached_twice(second, one, other)
    return Finding.error(
        "repeated-identity",
        f"{second} is here{_by(other)} and at {first.location}{_by(one)}",
        second.location,
        object=str(second),
        hint="rename one, take one out, or make one a patch of the other",
    )


def reached_twice(what: Object, one: Entry, other: Entry) -> Finding:
    """The finding for two entries that lead to the same."""
    if one.target == other.target:
        message = f"{other.text} is listed twice (first at {one.location})"
        hint = "take one of them out"
    else:
        message = f"{other.text} leads to {what.location.path} a second time: so does {one.text}"
        message += f" at {one.location}"
        hint = "list what both share once, or give one a namePrefix or a namespace"
    return Finding.error("reached-twice", message, other.location, object=str(what), hint=hint)


def parting(first: Object, second: Object) -> tuple[Entry | None, Entry | None]:
    """The two entries at which the ways to two objects part."""
    for one, other in zip(first.trail, second.trail, strict=False):
        if one.location != other.location:
            return one, other
    return None, None


def _by(entry: Entry | None) -> str:
    return f" (by {entry.text} at {entry.location})" if entry else ""


def by_namespace(case: Case, match: re.Match[str]) -> list[Finding]:
    """Objects of several namespaces that `namespace` makes one; their data is not looked at."""
    named = []
    for dumped in _OBJECT.finditer(match["objects"]):
        about = _NAME.search(re.sub(r'"annotations":\{[^{}]*\},?', "", dumped["metadata"]))
        if about:
            named.append((dumped["kind"], about["name"]))
    if not named:
        return []
    kind, name = named[0]
    near = [one for one in reached(case.scene, case.here.directory) if one.kind == kind]
    found = [one for one in near if one.name == name] or [
        one for one in near if one.name and one.name in name
    ]
    wanted = text_of(case.here.fields.get("namespace"))
    objects = " and ".join(f"{one} ({one.location})" for one in found[:4]) or f"{kind} {name}"
    message = f"namespace: {wanted} makes one object of {objects}"
    hint = "rename one, or leave the namespaces as they are"
    return [Finding.error("repeated-identity", message, case.here.field("namespace"), hint=hint)]


def ambiguous(case: Case, match: re.Match[str]) -> list[Finding]:
    """A name by which several objects could be meant."""
    referrer = identity_of(match["referrer"])
    meant = [one for text in match["ids"].split(", ") if (one := identity_of(text))]
    if referrer is None or not meant:
        return []
    known = reached(case.scene, case.here.directory)
    place, name = _field_of(known, referrer, match["field"]) or (case.location, "")
    named = [one for one in known if (name and one.name == name) and one.kind == meant[0].kind]
    ways = [_way(one) for one in named]
    candidates = [
        f"{one} (by {way})" if way and len(ways) == len(meant) else str(one)
        for one, way in zip(meant, [*ways, *[""] * len(meant)], strict=False)
    ]
    field = match["field"].replace("/", ".")
    message = f"{field} could mean {' or '.join(candidates)}"
    hint = "write the whole name that is meant, or list it where only one is known"
    return [Finding.error("ambiguous-reference", message, place, object=str(referrer), hint=hint)]


def _way(one: Object) -> str:
    return f"{one.trail[0].text} at {one.trail[0].location}" if one.trail else ""


def _field_of(known: list[Object], referrer: Identity, path: str) -> tuple[Location, str] | None:
    for one in known:
        if not _is(one, referrer) or not one.text:
            continue
        node = value_of(one.node, *path.split("/"))
        if node:
            return one.text.place(node.line, node.column), node.text
    return None
