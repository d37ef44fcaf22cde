"""Read what a kustomization, or the configuration of a plugin, refers to.

Follows kustomize: the first document counts, the last of equal keys, and names of fields in
any case. The fields that hold paths are those whose values end in a call of its loader
(`ldr.Load`, `ldr.New` in kustomize's api package).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yaml import MappingNode, Node

from renderer.findings import Severity
from renderer.kubernetes.kinds import OUR_GROUP
from renderer.kustomize.fields import KUSTOMIZATION
from renderer.kustomize.nodes import (
    fields_of,
    has_unclear_keys,
    is_binary,
    is_null,
    items_of,
    pairs_of,
    position,
    read_nodes,
    text_of,
)
from renderer.kustomize.parsed import Parsed, Reference, Remark, Role, Transport, transport_of
from renderer.kustomize.selectors import (
    configuration_selectors,
    replacement_selectors,
    selectors_of,
    transformer_selectors,
)
from renderer.kustomize.shape import ShapeChecker
from renderer.yamldoc.mistakes import understood
from renderer.yamldoc.reading import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kustomize.parsed import Selector

_PLUGIN_LISTS: Final = ("generators", "transformers", "validators")
_NO_PATHS: Final = (Role.HELM, Role.EXTERNAL, Role.FUNCTION)
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")


def parse_kustomization(source: bytes) -> Parsed:
    """Read a kustomization file; what is wrong with it becomes remarks."""
    reader = _Reader()
    roots = reader.documents(source)
    for root in roots[:1]:
        reader.kustomization(root)
    for extra in roots[1:2]:
        reader.remark(
            "ignored-document",
            "kustomize ignores all but the first document of a kustomization",
            extra,
            severity=Severity.WARNING,
        )
    fields = fields_of(roots[0]) if roots else {}
    parsed = reader.parsed(text_of(fields.get("kind")) or "Kustomization")
    return parsed._replace(
        selectors=(*selectors_of(fields), *_inline_selectors(fields)),
        affixes=(text_of(fields.get("nameprefix")), text_of(fields.get("namesuffix"))),
    )


def _inline_selectors(fields: dict[str, Node]) -> Iterator[Selector]:
    """The selectors of transformers that stand in the kustomization itself, each at its item."""
    for index, item in enumerate(items_of(fields.get("transformers"))):
        for one in transformer_selectors(_inline(text_of(item)) or ()):
            line, column = position(item)
            yield one._replace(at=(index, *one.at), line=line, column=column)


def parse_plugins(source: bytes) -> Parsed:
    """Read a file of plugin configurations (generators, transformers, validators)."""
    reader = _Reader()
    roots = reader.documents(source)
    for root in roots:
        reader.plugin(root)
    return reader.parsed("")._replace(selectors=tuple(transformer_selectors(roots)))


def parse_replacements(source: bytes) -> Parsed:
    """Read a file of replacements, which may hold one or a list of them."""
    roots = _Reader().documents(source)
    items = items_of(roots[0]) or roots[:1] if roots else []
    return Parsed("", (), (), selectors=tuple(replacement_selectors(items)))


def parse_configurations(source: bytes) -> Parsed:
    """Read what kinds a file of `configurations:` is about."""
    roots = _Reader().documents(source)
    selectors = [one for root in roots[:1] for one in configuration_selectors(root)]
    return Parsed("", (), (), selectors=tuple(selectors))


class _Reader:
    """Collects references and remarks from nodes."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.remarks: list[Remark] = []
        self.uses_directory_name = False

    def parsed(self, kind: str) -> Parsed:
        return Parsed(kind, tuple(self.references), tuple(self.remarks), self.uses_directory_name)

    def documents(self, source: bytes) -> list[Node]:
        """Return the root nodes; text that cannot be read leaves a remark and no nodes."""
        try:
            return read_nodes(source)
        except YamlError as found:
            error = understood(source.decode("utf-8", "replace"), found)
            place = error.line, error.column
            self.remarks.append(
                Remark(error.rule, Severity.ERROR, error.message, *place, error.hint)
            )
            return []

    def remark(
        self,
        rule: str,
        message: str,
        node: Node,
        *,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.remarks.append(Remark(rule, severity, message, *position(node), hint))

    # Kustomizations

    def kustomization(self, root: Node) -> None:
        """Collect the references of a kustomization, resources before components."""
        if is_null(root):
            return
        if not isinstance(root, MappingNode):
            self.remark("bad-yaml", "a kustomization must be a mapping", root)
            return
        ShapeChecker(self.remark).check(root, KUSTOMIZATION, "")
        fields = fields_of(root)
        for name, role in (
            ("resources", Role.ENTRY),
            ("bases", Role.ENTRY),
            ("configurations", Role.YAML),
            ("crds", Role.YAML),
        ):
            self._paths(role, fields.get(name), name)
        for name in _GENERATORS:
            for item in items_of(fields.get(name.casefold())):
                self._generator(fields_of(item), name)
        self._replicas(fields)
        self._helm(fields)
        for name in _PLUGIN_LISTS:
            for item in items_of(fields.get(name)):
                self._plugin_entry(item, name)
        self._paths(Role.COMPONENT, fields.get("components"), "components")
        self._patches(fields)
        for key, value in pairs_of(fields.get("openapi")):
            if key.value == "path":  # a map of Go, not a struct: here the case matters
                self._path(Role.YAML, value, "openapi.path")

    def _patches(self, fields: dict[str, Node]) -> None:
        for item in items_of(fields.get("patchesstrategicmerge")):
            self._strategic_merge(item, "patchesStrategicMerge")
        for name in ("patches", "patchesJson6902", "replacements"):
            for item in items_of(fields.get(name.casefold())):
                self._path(Role.YAML, fields_of(item).get("path"), f"{name}.path")

    def _replicas(self, fields: dict[str, Node]) -> None:
        for index, item in enumerate(items_of(fields.get("replicas"))):
            count = fields_of(item).get("count")
            if isinstance(item, MappingNode) and (count is None or is_null(count)):
                message = f"replicas[{index}] has no count, and kustomize writes 0"
                self.remark("missing-field", message, item, hint="write count: 0 if 0 is meant")

    def _paths(self, role: Role, node: Node | None, field: str) -> None:
        for item in items_of(node):
            self._path(role, item, field)

    def _path(self, role: Role, node: Node | None, field: str) -> None:
        if node is None or not (text := text_of(node)):
            return
        self._refer(role, text, node, field)

    def _refer(self, role: Role, text: str, node: Node, field: str) -> None:
        if is_binary(node) or "\0" in text:
            what = "in base64" if is_binary(node) else "with a NUL character"
            self.remark("wrong-type", f"{field}: a path {what} is not supported", node)
            return
        transport = Transport.NONE if role in _NO_PATHS else transport_of(text)
        self.references.append(Reference(role, text, transport, field, *position(node)))

    def _generator(self, fields: dict[str, Node], field: str) -> None:
        for item in items_of(fields.get("files")):
            # KEY=PATH; a text with more than one = is refused by kustomize
            if path := text_of(item).rpartition("=")[2]:
                self._refer(Role.DATA, path, item, f"{field}.files")
        self._paths(Role.DATA, fields.get("envs"), f"{field}.envs")
        self._path(Role.DATA, fields.get("env"), f"{field}.env")

    def _strategic_merge(self, item: Node, field: str) -> None:
        if _inline(text_of(item)) is None:
            self._path(Role.YAML, item, field)

    # Helm

    def _helm(self, fields: dict[str, Node]) -> None:
        old = items_of(fields.get("helmchartinflationgenerator"))
        charts = [*items_of(fields.get("helmcharts")), *old]
        for chart in charts:
            self._helm_chart(chart, fields_of(chart))
        for holder in (fields.get("helmglobals"), *old) if charts else ():
            self._path(Role.TREE, fields_of(holder).get("charthome"), "chartHome")
        if charts:  # the default; a directory that is not there is no fault
            self._refer(Role.TREE, "charts", charts[0], "chartHome")

    def _helm_chart(self, node: Node, fields: dict[str, Node]) -> None:
        name = text_of(fields.get("name")) or text_of(fields.get("chartname"))
        self._refer(Role.HELM, name, node, "helmCharts")
        for key, value in pairs_of(node):
            for item in (value, *items_of(value)):
                if text_of(item).startswith("-"):
                    self._refer(Role.HELM, text_of(item), item, f"helmCharts.{key.value}")
        self._path(Role.DATA, fields.get("valuesfile"), "valuesFile")
        self._path(Role.DATA, fields.get("values"), "values")
        self._paths(Role.DATA, fields.get("additionalvaluesfiles"), "additionalValuesFiles")

    # Plugins

    def _plugin_entry(self, item: Node, field: str) -> None:
        """Read an entry that is a configuration itself, or a path to one."""
        roots = _inline(text_of(item))
        if roots is None:
            self._path(Role.PLUGIN, item, field)
            return
        inner = _Reader()
        for root in roots:
            inner.plugin(root)
        line, column = position(item)  # inside the text, lines count from its own beginning
        self.references += [
            Reference(found.role, found.text, found.transport, found.field, line, column)
            for found in inner.references
        ]
        self.uses_directory_name |= inner.uses_directory_name

    def plugin(self, root: Node) -> None:
        """Collect the references of one plugin configuration, or of a list of them."""
        fields = fields_of(root)
        kind = text_of(fields.get("kind"))
        if kind.endswith("List") and "items" in fields:
            for item in items_of(fields["items"]):
                self.plugin(item)
        elif not kind:
            return
        elif text_of(fields.get("apiversion")).startswith(f"{OUR_GROUP}/"):
            self._refer(Role.FUNCTION, kind, root, "kind")
        elif text_of(fields.get("apiversion")) != "builtin":
            self._refer(Role.EXTERNAL, kind, root, "kind")
        else:
            self._builtin(kind, fields, root)

    def _builtin(self, kind: str, fields: dict[str, Node], root: Node) -> None:
        """Collect from one of kustomize's own plugins; no field means two things to two."""
        if kind == "HelmChartInflationGenerator":
            self._helm_chart(root, fields)
            self._path(Role.TREE, fields.get("charthome"), "chartHome")
            self._refer(Role.TREE, "charts", root, "chartHome")
        self._generator(fields, kind)
        for item in items_of(fields.get("paths")):
            self._strategic_merge(item, f"{kind}.paths")
        self._path(Role.YAML, fields.get("path"), f"{kind}.path")
        self._path(Role.YAML, fields.get("targetfilepath"), f"{kind}.targetFilePath")
        for item in items_of(fields.get("replacements")):
            self._path(Role.YAML, fields_of(item).get("path"), f"{kind}.replacements.path")
        if has_unclear_keys(root):
            # Other rules than nodes.py knows decide which of the values counts.
            self._refer(Role.TREE, ".", root, kind)
        if kind == "ValueAddTransformer":
            self.uses_directory_name = True


def _inline(text: str) -> list[Node] | None:
    """Return the documents of a text that is manifests, and None when it is a path.

    kustomize tries to read manifests first; a text without any (a comment) is no path either.
    """
    try:
        roots = [root for root in read_nodes(text.encode()) if not is_null(root)]
    except YamlError:
        return None
    return roots if all(_is_manifest(fields_of(root)) for root in roots) else None


def _is_manifest(fields: dict[str, Node]) -> bool:
    return "kind" in fields and ("metadata" in fields or text_of(fields["kind"]).endswith("List"))
