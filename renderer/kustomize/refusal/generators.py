"""Generators that cannot be carried out; of a literal, the value is never shown."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding
from renderer.kustomize.nodes import fields_of, items_of, text_of
from renderer.kustomize.refusal.identities import parting, reached_twice
from renderer.kustomize.refusal.objects import Object, reached
from renderer.suggesting import nearest

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from yaml import Node

    from renderer.findings import Location
    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Kustomization, Scene

_FIELDS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


class Generator(NamedTuple):
    """One entry of a list of generators."""

    kind: str
    item: Node
    fields: dict[str, Node]

    @property
    def name(self) -> str:
        return text_of(self.fields.get("name"))


def _generators(here: Kustomization) -> Iterator[Generator]:
    for field, kind in _FIELDS.items():
        for item in here.items(field):
            yield Generator(kind, item, fields_of(item))


def bad_literal(case: Case, _: re.Match[str]) -> list[Finding]:
    """Literals that are no KEY=VALUE."""
    return [
        Finding.error("bad-literal", "this literal is no KEY=VALUE", case.here.place(item))
        for one in _generators(case.here)
        for item in items_of(one.fields.get("literals"))
        if text_of(item).find("=") < 1
    ]


def bad_file(case: Case, _: re.Match[str]) -> list[Finding]:
    """Files that are neither PATH nor KEY=PATH."""
    found = []
    for one in _generators(case.here):
        for item in items_of(one.fields.get("files")):
            text = text_of(item)
            if text.count("=") > 1 or text.startswith("=") or text.endswith("="):
                # It may be a literal in the wrong list, and end with = as base64 does.
                message = "this file is neither PATH nor KEY=PATH"
                found.append(Finding.error("bad-literal", message, case.here.place(item)))
    return found


def repeated_key(case: Case, match: re.Match[str]) -> list[Finding]:
    """A key that a generator gives twice; kustomize calls any generator a configmap."""
    found = []
    for one in _generators(case.here):
        if one.name != match["name"]:
            continue
        first: dict[str, Location] = {}
        for key, place in _keys(case.scene, case.here, one):
            if key in first:
                message = f"the key {key} is given twice (first at {first[key]})"
                about = f"{one.kind} {one.name}"
                found.append(Finding.error("duplicate-key", message, place, object=about))
            first.setdefault(key, place)
    return found


def given_keys(scene: Scene, here: Kustomization) -> Iterator[tuple[str, Location]]:
    """The keys that the generators of a kustomization give, with their places."""
    for one in _generators(here):
        yield from _keys(scene, here, one)


def _keys(scene: Scene, here: Kustomization, one: Generator) -> Iterator[tuple[str, Location]]:
    """The keys that a generator gives, in kustomize's order, with their places."""
    for item in [*items_of(one.fields.get("envs")), *filter(None, [one.fields.get("env")])]:
        text = scene.file_text(here, text_of(item))
        lines = text.source.decode("utf-8", "replace").splitlines() if text else []
        for number, line in enumerate(lines, 1):
            key = line.lstrip(" \t\ufeff").partition("=")[0]
            if text and key and not key.startswith("#"):
                yield key, text.place(number, 1)
    for item in items_of(one.fields.get("literals")):
        key, is_pair, _ = text_of(item).partition("=")
        if is_pair:  # else all of it may be the value
            yield key, here.place(item)
    for item in items_of(one.fields.get("files")):
        key, separator, path = text_of(item).partition("=")
        yield key if separator else posixpath.basename(path or key), here.place(item)


def nameless(case: Case, _: re.Match[str]) -> list[Finding]:
    """Generators without a name."""
    return [
        Finding.error("unnamed-object", f"this {one.kind} has no name", case.here.place(one.item))
        for one in _generators(case.here)
        if not one.name
    ]


def unmergeable(case: Case, match: re.Match[str]) -> list[Finding]:
    """A generator that merges into what is not there, or makes what is there already."""
    known = [
        one
        for one in reached(case.scene, case.scene.root)
        if one.kind == match["kind"] and one.name
    ]
    exists = match["exists"] == "exists"
    found = [
        _unmergeable(case, one, known, exists=exists)
        for one in _generators(case.here)
        if (one.kind, one.name) == (match["kind"], match["name"])
    ]
    return found[-1:]


def _unmergeable(case: Case, one: Generator, known: list[Object], *, exists: bool) -> Finding:
    place = case.here.place(one.item)
    about = f"{one.kind} {one.name}"
    others = [found for found in known if found.name == one.name and found.location != place]
    if exists:
        hint = "behavior: merge or replace changes an object that is there"
        ways = [found for found in known if found.location == place]
        one_way, other = parting(ways[0], ways[1]) if len(ways) > 1 else (None, None)
        if not others and one_way and other:
            return reached_twice(ways[1], one_way, other)
        there = f" and at {others[0].location}" if others else ", and another of its name"
        return Finding.error(
            "repeated-identity", f"{about} is here{there}", place, object=about, hint=hint
        )
    behavior = text_of(one.fields.get("behavior")) or "merge"
    names = [found.name for found in known if found.location != place]
    hint = nearest(one.name, names) if names else f"no other {one.kind} is composed here"
    if others:
        hint = f"do the namespaces differ? {others[0]} stands at {others[0].location}"
    message = f"behavior: {behavior} finds no {about} here"
    return Finding.error("unmatched-generator", message, place, object=about, hint=hint)
