"""Replacements and variables that find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding
from renderer.kustomize.nodes import fields_of, items_of, position, text_of
from renderer.kustomize.refusal.objects import reached
from renderer.kustomize.refusal.patches import identity_of, wrong_selectors
from renderer.kustomize.refusal.texts import nodes_of, problems
from renderer.suggesting import nearest

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from yaml import Node

    from renderer.findings import Location
    from renderer.kustomize.refusal.case import Case
    from renderer.kustomize.refusal.scene import Kustomization, Scene
    from renderer.kustomize.refusal.text import Text

_RULE = "bad-replacement"


class Replacement(NamedTuple):
    """One replacement, from the list itself or from a file that it names."""

    item: Node
    fields: dict[str, Node]
    text: Text | None
    listed: Location

    def place(self, node: Node | None) -> Location:
        if self.text:
            return self.text.place(*position(node or self.item))
        return self.listed

    @property
    def source(self) -> dict[str, Node]:
        return fields_of(self.fields.get("source"))

    @property
    def targets(self) -> list[Node]:
        return items_of(self.fields.get("targets"))


def _replacements(case: Case) -> Iterator[Replacement]:
    return replacements_of(case.scene, case.here)


def replacements_of(scene: Scene, here: Kustomization) -> Iterator[Replacement]:
    """The replacements that a kustomization lists, those of files among them."""
    return replacements_in(scene, here, here.items("replacements"), here.file)


def replacements_in(
    scene: Scene, here: Kustomization, items: Iterable[Node], listing: Text
) -> Iterator[Replacement]:
    """The replacements of a list, those of files among them; `listing` is the text it is in."""
    for item in items:
        fields = fields_of(item)
        path = text_of(fields.get("path"))
        place = listing.place(*position(item))
        if not path:
            yield Replacement(item, fields, listing, place)
            continue
        text = scene.file_text(here, path)
        for root in nodes_of(text)[:1]:
            for one in items_of(root) or [root]:
                yield Replacement(one, fields_of(one), text, place)


def no_source(case: Case, match: re.Match[str]) -> list[Finding]:
    """A source that selects nothing, or several."""
    found = []
    many = match["how"] == "multiple matches for selector"
    wanted = identity_of(match["id"])
    known = reached(case.scene, case.here.directory)
    for one in _replacements(case):
        name, kind = (text_of(one.source.get(part)) for part in ("name", "kind"))
        if wanted is None or (name, kind) != (wanted.name, wanted.kind):
            continue
        what = "several objects" if many else "nothing"
        names = [there.name for there in known if there.name and kind in ("", there.kind)]
        hint = "" if many or not names else nearest(name, names)
        place = one.place(one.fields.get("source"))
        found.append(Finding.error(_RULE, f"the source selects {what}", place, hint=hint))
    return found


def no_source_field(case: Case, match: re.Match[str]) -> list[Finding]:
    """A source without the field that is to be copied."""
    return [
        Finding.error(
            "missing-field",
            f"the source has no field {match['path']}",
            one.place(one.source["fieldpath"]),
        )
        for one in _replacements(case)
        if "fieldpath" in one.source and text_of(one.source["fieldpath"]) == match["path"]
    ]


def no_target_field(case: Case, match: re.Match[str]) -> list[Finding]:
    """A target without the field that is to be replaced."""
    found = []
    for one in _replacements(case):
        for target in one.targets:
            for item in items_of(fields_of(target).get("fieldpaths")):
                if text_of(item) != match["path"]:
                    continue
                message = f"a target has no field {match['path']}"
                hint = "" if match["more"] else "options: {create: true} adds a field"
                found.append(Finding.error("missing-field", message, one.place(item), hint=hint))
    return found


def out_of_bounds(case: Case, _: re.Match[str]) -> list[Finding]:
    """An index behind the parts of a value, which is not shown."""
    found = []
    for one in _replacements(case):
        for holder in (one.source, *map(fields_of, one.targets)):
            options = fields_of(holder.get("options"))
            if "index" in options and "delimiter" in options:
                message = "the value has fewer parts than options.index wants"
                found.append(Finding.error(_RULE, message, one.place(options["index"])))
    return found[:1]


def incomplete(case: Case, _: re.Match[str]) -> list[Finding]:
    """Replacements without a source, targets or a selection."""
    found = []
    for one in _replacements(case):
        if not one.source and "sourcevalue" not in one.fields:
            found.append(Finding.error(_RULE, "the source is missing", one.place(None)))
        elif one.source and "sourcevalue" in one.fields:
            place = one.place(one.fields["sourcevalue"])
            found.append(Finding.error(_RULE, "both source and sourceValue are given", place))
        elif not one.targets:
            found.append(Finding.error(_RULE, "targets are missing", one.place(None)))
        found += [
            Finding.error(_RULE, "select is missing", one.place(target))
            for target in one.targets
            if not fields_of(fields_of(target).get("select"))
        ]
    return found


def bad_target(case: Case, _: re.Match[str]) -> list[Finding]:
    """A selection by what is no regular expression, or no selector."""
    found = []
    for one in _replacements(case):
        for target in map(fields_of, one.targets):
            for selection in (target.get("select"), *items_of(target.get("reject"))):
                found += [
                    Finding.error("bad-selector", wrong, one.place(node))
                    for wrong, node in wrong_selectors(selection)
                ]
    return found


def unreadable(case: Case, _: re.Match[str]) -> list[Finding]:
    """Files of replacements that are no YAML, or no replacements."""
    found: list[Finding] = []
    for item in case.here.items("replacements"):
        fields = fields_of(item)
        path = text_of(fields.get("path"))
        text = case.scene.file_text(case.here, path) if path else None
        if len(fields) > 1 and path:
            message = "both path and a replacement are given"
            found.append(Finding.error(_RULE, message, case.here.place(item)))
        elif text:
            wrong = problems(text, repeated=False)
            found += wrong or [
                Finding.error(_RULE, "this is no list of replacements", text.place(1, 1))
            ]
    return found


def bad_variable(case: Case, match: re.Match[str]) -> list[Finding]:
    """Variables whose object or field is not there, or that stand twice."""
    found = []
    for item in case.here.items("vars"):
        fields = fields_of(item)
        if text_of(fields.get("name")) != match["variable"]:
            continue
        reference = fields_of(fields.get("objref"))
        about = f"{text_of(reference.get('kind'))} {text_of(reference.get('name'))}"
        field = text_of(fields_of(fields.get("fieldref")).get("fieldpath")) or "metadata.name"
        if "already encountered" in case.cause:
            message = f"the variable {match['variable']} stands here twice"
        elif "not found in" in case.cause:
            message = f"{about} has no field {field}"
        else:
            message = f"there is no {about} for the variable {match['variable']}"
        found.append(Finding.error("bad-variable", message, case.here.place(item)))
    return found[-1:]
