"""From what the engine said to findings with places: the table of its messages."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from renderer.kustomize.closure import ClosureReader
from renderer.kustomize.messages import follow
from renderer.kustomize.refusal import (
    generators,
    identities,
    manifests,
    operations,
    patches,
    replacements,
    settings,
)
from renderer.kustomize.refusal.case import Case
from renderer.kustomize.refusal.scene import Scene
from renderer.kustomize.refusal.unknown import unexplained

if TYPE_CHECKING:
    from collections.abc import Callable

    from renderer.findings import Finding
    from renderer.kustomize.policy import Policy

Explain: TypeAlias = "Callable[[Case, re.Match[str]], list[Finding]]"

# What the engine says, and who finds out what it means. The first that finds something counts,
# so that a message that several fit stands at the narrower ones first.
_MESSAGES: Final[tuple[tuple[str, Explain], ...]] = (
    # Kustomizations
    (r'^invalid Kustomization: json: unknown field "(?P<field>[^"]*)"', settings.unknown_field),
    (r"^invalid Kustomization: json: .* struct field \w+\.(?P<field>\w+)", settings.wrong_type),
    (r"apiVersion for \w+ should be", settings.wrong_version),
    (r"kind should be Kustomization", settings.wrong_kind),
    (r"kustomization.yaml is empty", settings.empty),
    (r"expected kind (?P<other>!= )?'Component' for path", settings.no_component),
    (r"new root cannot be empty", settings.empty_entry),
    (r"(?P<option>the field 'sortOptions.order' must)", settings.bad_option),
    (r"(?P<option>the field 'sortOptions.legacySortOptions' is set)", settings.bad_option),
    (r"(?P<option>the specified OpenAPI version is not built in)", settings.bad_option),
    (r"(?P<option>builtin version and custom schema provided)", settings.bad_option),
    (r"resource with name (?P<name>\S+) does not match a config", settings.unmatched_replicas),
    (r"unable to parse open API definition from '(?P<file>[^']*)'", settings.bad_crds),
    # Generators
    (r"invalid literal source", generators.bad_literal),
    (r"loading KV pairs: file sources", generators.bad_file),
    (r"(configmap|secret) (?P<name>\S+) illegally repeats the key", generators.repeated_key),
    (r"a (configmap|secret) must have a name", generators.nameless),
    (
        r'Kind:"(?P<kind>\w+)"[^}]*\}, Name:"(?P<name>[^"]*)", [^}]*\} (?P<exists>exists|does)',
        generators.unmergeable,
    ),
    # Replacements and variables
    (
        r"(?P<how>nothing selected by|multiple matches for selector) (?P<id>\S+?\]?):",
        replacements.no_source,
    ),
    (
        r"fieldPath `(?P<path>[^`]*)` is missing for replacement source",
        replacements.no_source_field,
    ),
    (
        r'unable to find (or create )?field "(?P<path>[^"]*)" in replacement target(?P<more>:?)',
        replacements.no_target_field,
    ),
    (r"options.index -?\d+ is out of bounds", replacements.out_of_bounds),
    (
        r"must specify a source and|must specify resources to select|are mutually exclusive",
        replacements.incomplete,
    ),
    (r"ReplacementTransformer: ", replacements.unreadable),
    (r"var '\{?(?P<variable>[^\s'}]+)", replacements.bad_variable),
    # Patches
    (r"(must specify|empty file path|patch and path can't).*(jsonOp|path)", patches.two_texts),
    (r"unable to parse SM or JSON patch", patches.unreadable),
    (r"Patch(Json6902|StrategicMerge)Transformer: ", patches.unreadable),
    (r"must specify one of patch and path", patches.unreadable),
    (r"must specify a target for JSON", patches.unreadable),
    (r"Multiple Strategic-Merge Patches", patches.unreadable),
    (r"error parsing regexp|unable to parse requirement", patches.bad_target),
    (r"error parsing regexp|unable to parse requirement", replacements.bad_target),
    (r"no matches for Id (?P<id>.+?);", patches.unmatched),
    (r"unknown patch strategy", patches.unknown_strategy),
    (r"Unexpected kind: ", operations.unknown),
    (
        r"(?P<op>\w+) operation failed to decode (?P<field>path|from)",
        operations.without_path,
    ),
    (r"testing value (?P<path>.*?) failed:", operations.failed_test),
    (
        r'(?P<op>\w+) operation does not apply: doc is missing [^:]*: "?(?P<path>.*?)"?: missing',
        operations.missing,
    ),
    (r"error in (?P<op>\w+) for path: '(?P<path>[^']*)'", operations.missing),
    (r"value must be object or array", operations.not_a_container),
    # Identities and references
    (
        r"may not add resource with an already registered id: (?P<id>\S+?)(?='?:|'?$|\s)",
        identities.repeated,
    ),
    (r"produces ID conflict: (?P<objects>.*)", identities.by_namespace),
    (
        r"in '(?P<field>[^']*)' field of '(?P<referrer>[^']*)'.* referrals: (?P<ids>[^\n]*)",
        identities.ambiguous,
    ),
    # Objects
    (
        r"missing (kind|metadata\.name) in object|missing Resource metadata",
        manifests.unfit,
    ),
    (r"considering field '(?P<path>[^']*)' of object (?P<id>[^:\s]+)", manifests.wrong_field),
    (r"wrong node kind: expected \w+ but got (?P<got>\w+)", manifests.wrong_node),
    # Plugins
    (r"unable to load builtin (?P<kind>\w+)\.", settings.unknown_plugin),
    (r"unable to load external plugin '(?P<kind>\w+)'", settings.unknown_plugin),
    (
        r"plugin (?P<kind>\w+)\.\S*/(?P<name>\S+)\.\S+ fails configuration",
        settings.bad_plugin,
    ),
    # Text
    (
        r"error unmarshaling JSON|error converting YAML to JSON|unknown field",
        settings.bad_configuration,
    ),
    (
        r"yaml: |json: unsupported|^map\[string\]interface|merge key|invalid document separator",
        manifests.unreadable,
    ),
)


def explain(stderr: str, directory: str, policy: Policy) -> list[Finding]:
    """Why the engine refused a directory: at least one error, each with a rule and a place.

    Raises FindingsError where our own reading of the closure finds errors.
    """
    case = _case(stderr, directory, policy)
    for pattern, look in _MESSAGES:
        match = re.search(pattern, case.cause, re.DOTALL)
        if match:
            found = look(case, match)
            if found:
                return [*dict.fromkeys(found)]
    return [unexplained(case)]


def explain_crash(directory: str, policy: Policy) -> list[Finding]:
    """What may have crashed the engine: fields of types that it does not expect."""
    return [*dict.fromkeys(manifests.crash(_case("", directory, policy)))]


def _case(stderr: str, directory: str, policy: Policy) -> Case:
    scene = Scene(ClosureReader(policy, None).read(directory).root, policy)
    path, cause = follow(stderr, scene.root)
    path = os.path.realpath(path)
    here = scene.kustomization(path) or scene.kustomization(os.path.dirname(path))
    here = here or scene.kustomizations[-1]
    return Case(scene, here, path if os.path.isfile(path) else here.directory, cause)
