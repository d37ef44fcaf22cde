"""Texts of kustomizations in which entries are put to the proof: see probing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from renderer.kustomize.nodes import fields_of, items_of, read_nodes
from renderer.kustomize.selectors import IMAGES, REPLACEMENTS, REPLACING, TRANSFORMERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.kustomize.parsed import Probe

MARK: Final = "render-probe"


def root_of(path: str) -> Node:
    """The first document of a file, which is all that kustomize reads of a kustomization."""
    roots = _roots(path)
    return roots[0] if roots else MappingNode("tag:yaml.org,2002:map", [])


def _roots(path: str) -> list[Node]:
    with open(path, "rb") as file:
        return read_nodes(file.read())


def text_of(*roots: Node) -> bytes:
    """Documents as text."""
    text: str = yaml.serialize_all(roots, Dumper=yaml.CSafeDumper)
    return text.encode()


def with_companions(path: str, probes: Mapping[int, Probe]) -> bytes:
    """A file in which each entry in question stands behind its companion."""
    roots = _roots(path)
    here = [(one.at, number) for number, one in probes.items() if one.file == path]
    # From the last on, so that an index still counts after an entry was put before a later one.
    for at, number in sorted(here, reverse=True):
        probe, mark = probes[number], f"{MARK}-{number}-"
        if probe.field not in TRANSFORMERS:
            _among_entries(
                _list(roots[0], probe.field), at, mark, of_replacement=probe.field == REPLACEMENTS
            )
        elif probe.file != probe.owner:
            _among_transformers(roots, at, mark, of_replacement=probe.field == REPLACING)
        else:
            item, *inner = at
            listed = items_of(fields_of(roots[0])["transformers"])
            configurations = read_nodes(str(listed[item].value).encode())
            of_replacement = probe.field == REPLACING
            _among_transformers(configurations, tuple(inner), mark, of_replacement=of_replacement)
            listed[item] = _scalar(text_of(*configurations).decode())
    return text_of(*roots)


def _among_transformers(
    configurations: list[Node], at: tuple[int, ...], mark: str, *, of_replacement: bool
) -> None:
    """Puts a companion before a configuration, or before a target in it."""
    number, *inner = at
    fields = fields_of(configurations[number])
    if of_replacement:
        entries = items_of(fields["replacements"])
        _among_entries(entries, tuple(inner), mark, of_replacement=True)
    else:
        companion = _mapping(
            apiVersion=_scalar("builtin"),
            kind=_scalar("PatchTransformer"),
            metadata=_mapping(name=_scalar(mark)),
            **_testing(fields["target"], mark),
        )
        configurations.insert(number, companion)


def _among_entries(
    entries: list[Node], at: tuple[int, ...], mark: str, *, of_replacement: bool
) -> None:
    """Puts a companion before a patch, or before a target of a replacement."""
    *before, index = at
    if of_replacement:
        entries = items_of(fields_of(entries[before[0]]).get("targets"))
        target = fields_of(entries[index])
        companion = _mapping(
            select=target["select"],
            **({"reject": target["reject"]} if "reject" in target else {}),
            fieldPaths=yaml.compose(f"[{mark}.{mark}]"),
        )
    else:
        companion = _mapping(**_testing(fields_of(entries[index])["target"], mark))
    entries.insert(index, companion)


def _testing(target: Node, mark: str) -> dict[str, Node]:
    """A target and a patch that fails for whatever it selects."""
    operation = f'[{{"op": "test", "path": "/{mark}", "value": "{mark}"}}]'
    return {"target": target, "patch": _scalar(operation)}


def renamed(probe: Probe) -> Node:
    """A kustomization in which an entry gives an image a name that nothing else has."""
    root, (index,) = root_of(probe.file), probe.at
    entries = _list(root, IMAGES)
    entries[index] = _mapping(name=fields_of(entries[index])["name"], newName=_scalar(MARK))
    return root


def _list(root: Node, field: str) -> list[Node]:
    """The entries of a field: of a kustomization, or of a file that holds nothing else."""
    if isinstance(root, MappingNode) and field.casefold() in fields_of(root):
        return items_of(fields_of(root)[field.casefold()])
    return items_of(root) or [root]


def without(root: Node, *names: str) -> bytes:
    """A kustomization without some of its fields, by their casefolded names."""
    if isinstance(root, MappingNode):
        root.value = [
            (key, value)
            for key, value in root.value
            if not isinstance(key, ScalarNode) or key.value.casefold() not in names
        ]
        if "resources" not in fields_of(root):  # kustomize refuses one that says nothing
            root.value.append((_scalar("resources"), SequenceNode("tag:yaml.org,2002:seq", [])))
    return text_of(root)


def _mapping(**fields: Node | None) -> Node:
    pairs = [(_scalar(name), value) for name, value in fields.items()]
    return MappingNode("tag:yaml.org,2002:map", pairs)


def _scalar(text: str) -> ScalarNode:
    return ScalarNode("tag:yaml.org,2002:str", text)
