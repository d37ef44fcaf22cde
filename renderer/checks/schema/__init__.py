"""What the API server would refuse or silently drop: manifests against the schemas of their kinds.

Kubernetes' own kinds are known for some minor versions (renderer.checks.KUBERNETES), others
through the CustomResourceDefinitions of a composition and of its repository.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks import KUBERNETES
from renderer.checks.schema.custom import custom_kinds
from renderer.checks.schema.definitions import definitions_of
from renderer.checks.schema.names import check_name
from renderer.checks.schema.problems import INVALID, UNSERVED, Problem, without_status
from renderer.checks.schema.shape import Shape
from renderer.checks.schema.versions import is_builtin, use_instead
from renderer.checks.schema.walking import SchemaWalk, embedded
from renderer.findings import Finding
from renderer.kubernetes.manifests import version
from renderer.patching.pointing import format_path, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.checks.schema.custom import CustomKind
    from renderer.checks.schema.definitions import Schema
    from renderer.kubernetes.kinds import Kind
    from renderer.kubernetes.manifests import Manifest
    from renderer.patching.pointing import Path

_ACTION = re.compile(r"\{\{.*\}\}", re.DOTALL)
_TEMPLATE = "this is a template that was not rendered: neither kustomize nor render knows {{ }}"


class Schemas:
    """The schemas of one minor version of Kubernetes, and of custom resources.

    Nothing is read before the first check, and then only what the checked kinds need.
    """

    def __init__(self, minor: str = KUBERNETES[-1]) -> None:
        self._minor = minor
        self._custom: Mapping[Kind, tuple[CustomKind, ...]] = {}
        self._doubtful: dict[int, frozenset[int]] = {}  # by the id of a base

    def with_definitions(self, crds: Iterable[Any]) -> Schemas:
        """These schemas and those of CustomResourceDefinitions; other objects are passed over.

        A definition takes the place of those that defined its kind before. Of several
        different ones in one call a manifest must fit one.
        """
        added: dict[Kind, tuple[CustomKind, ...]] = {}
        for one in custom_kinds(crds):
            added[one.kind] = (*added.get(one.kind, ()), one)
        extended = Schemas(self._minor)
        extended._custom = {**self._custom, **added}
        return extended

    def check(self, manifest: Manifest, base: Manifest | None = None) -> list[Finding]:
        """What the API server would refuse in a manifest, or drop without a word.

        What a manifest shares with a `base` of its kind is looked at once for all; the base
        outlives these schemas and never changes.
        """
        return [
            Finding.error(
                problem.rule,
                problem.message,
                object=manifest.label,
                field=format_path(problem.path),
                hint=_TEMPLATE if _is_template(problem, manifest.data) else problem.hint,
            )
            for problem in self._problems(manifest, base)
            if not _is_encrypted(problem.path, manifest.data)
        ]

    def shape(self, manifest: Manifest) -> Shape:
        """What is known of the fields of a manifest; of a kind that nobody defines, nothing."""
        kind = manifest.ref.group, manifest.ref.kind
        api_version = str(manifest.data.get("apiVersion", ""))
        definitions = definitions_of(self._minor)
        name = definitions.served.get(api_version, {}).get(manifest.ref.kind)
        if name:
            return Shape(definitions[name], definitions, custom=False)
        served = (one.versions.get(version(manifest.data)) for one in self._custom.get(kind, ()))
        found = next((one for one in served if one), None)
        return Shape(embedded(found.schema if found else {}), definitions, custom=True)

    def _problems(self, manifest: Manifest, base: Manifest | None) -> list[Problem]:
        data = manifest.data
        ref = manifest.ref
        kind = ref.group, ref.kind
        definitions = definitions_of(self._minor)
        api_version = str(data.get("apiVersion", ""))
        if kind in self._custom:
            problems = self._custom_problems(kind, version(data), data)
        elif name := definitions.served.get(api_version, {}).get(ref.kind):
            problems = without_status(self._walk(definitions[name], data, base))
        elif is_builtin(ref.group, definitions.served):
            hint = use_instead(api_version, ref.kind, definitions.served)
            return [_unserved(f"Kubernetes {self._minor} does", api_version, ref.kind, hint)]
        else:
            return []
        if ref.name and (wrong := check_name(kind, ref.name)):
            problems.append(Problem(INVALID, ("metadata", "name"), wrong))
        return problems

    def _walk(self, schema: Schema, data: dict[str, Any], base: Manifest | None) -> list[Problem]:
        definitions = definitions_of(self._minor)
        if base is None:
            walk = SchemaWalk(definitions)
            walk.check(schema, data, {})
            return walk.problems
        doubtful = self._doubtful.get(id(base))
        if doubtful is None:
            known = self._walk(schema, base.data, None)
            doubtful = frozenset(one for problem in known for one in _around(problem, base.data))
            self._doubtful[id(base)] = doubtful
        walk = SchemaWalk(definitions, doubtful=doubtful)
        walk.check(schema, data, base.data)
        return walk.problems

    def _custom_problems(self, kind: Kind, name: str, data: dict[str, Any]) -> list[Problem]:
        group, _ = kind
        defined = self._custom[kind]
        found = [
            one.versions[name].problems(data, definitions_of(self._minor))
            for one in defined
            if name in one.versions
        ]
        if found:
            return min(found, key=len)
        served = {f"{group}/{one}": kind[1:] for other in defined for one in other.versions}
        api_version = f"{group}/{name}"
        hint = use_instead(api_version, kind[1], served)
        return [_unserved("its CustomResourceDefinition does", api_version, kind[1], hint)]


def _around(problem: Problem, data: Any) -> Iterator[int]:
    """The ids of all containers on the way to a problem."""
    for step in problem.path:
        yield id(data)
        data = data.get(step) if isinstance(data, dict) else data[step] if data else None
    yield id(data)


def _unserved(who: str, api_version: str, kind: str, hint: str) -> Problem:
    what = f"{api_version} {kind}".strip()
    return Problem(UNSERVED, ("apiVersion",), f"{who} not serve {what}", hint=hint)


def _is_template(problem: Problem, data: Any) -> bool:
    """Whether a value (or key) is wrong because nobody has rendered the template that it is."""
    if problem.rule != INVALID:
        return False
    value = value_at(data, problem.path)
    key = problem.path[-1] if problem.path else ""
    return any(isinstance(one, str) and _ACTION.search(one) for one in (key, value))


def _is_encrypted(path: Path, data: Any) -> bool:
    """Whether a value is what SOPS made of one, which is another once it is applied."""
    if not isinstance(data.get("sops"), dict):
        return False
    if path == ("sops",):
        return True
    value = value_at(data, path)
    return isinstance(value, str) and value.startswith("ENC[")
