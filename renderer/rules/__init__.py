"""Every rule that a finding can name: when it is looked at, how severe it is, what it is about.

What there is to say beyond a line is in texts/, a file for each rule that has one. `make docs`
writes both into docs/.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS = os.path.join(os.path.dirname(__file__), "texts")


# What merging can do, the worst first: the words of `renderer.impacts.model.Impact`.
IMPACTS = (
    *("loses-data", "outage", "opens-access", "rejected"),
    *("recreates", "deletes", "rolls-pods", "in-place", "none"),
)


class Stage(StrEnum):
    """What the renderer is doing when it finds that a rule is broken."""

    COMPOSE = "compose"
    DOCUMENTS = "documents"
    PARAMETRIZE = "parametrize"
    SEAL = "seal"
    SILENT = "silent"
    VERIFY = "verify"
    ENTRIES = "entries"
    WRITE = "write"
    REPOSITORY = "repository"
    FUNCTION = "function"


TITLES: Mapping[Stage, str] = {
    Stage.COMPOSE: "what kustomize is given",
    Stage.DOCUMENTS: "Cluster, Parameters, Values and Render documents",
    Stage.PARAMETRIZE: "values and patches, and what they write",
    Stage.SEAL: "names by content, and manifests in ConfigMaps",
    Stage.SILENT: "what kustomize does without a word; the settings choose here too",
    Stage.VERIFY: "the manifests; the settings choose severities and exceptions",
    Stage.ENTRIES: "kustomizations, over all clusters; the settings choose here too",
    Stage.WRITE: "the trees",
    Stage.REPOSITORY: "all clusters together, and the settings",
    Stage.FUNCTION: "render krm, inside kustomize",
}


class Rule(NamedTuple):
    """`severity` is the default; `summary` is at most 45 characters, for a line of a terminal."""

    name: str
    stage: Stage
    severity: Severity
    summary: str

    @property
    def is_choosable(self) -> bool:
        """Whether settings may choose its severity, and name exceptions; it then has a text."""
        return self.stage in (Stage.SILENT, Stage.VERIFY, Stage.ENTRIES)


_E, _W = Severity.ERROR, Severity.WARNING

_TABLE = {
    Stage.COMPOSE: (
        ("absolute-path", _E, "a path begins with /"),
        ("ambiguous-reference", _E, "a name could mean several objects"),
        ("bad-key", _E, "a key is not a string"),
        ("bad-literal", _E, "neither KEY=VALUE, KEY=PATH nor PATH"),
        ("bad-option", _E, "kustomize has no such option"),
        ("bad-plugin", _E, "a plugin cannot use its configuration"),
        ("bad-replacement", _E, "a replacement finds nothing, or too much"),
        ("bad-variable", _E, "a variable finds nothing"),
        ("bad-yaml", _E, "text that is not YAML, or was not rendered"),
        ("directory-loop", _E, "a kustomization leads back to itself"),
        ("duplicate-key", _E, "a key stands twice (warning: the last counts)"),
        ("empty-kustomization", _E, "nothing stands in a kustomization"),
        ("external-plugin", _E, "a plugin is a program or a container"),
        ("helm-chart", _E, "a chart needs helm (--allow-helm)"),
        ("ignored-document", _W, "kustomize reads the first document only"),
        ("kustomize-error", _E, "kustomize refuses it for another reason"),
        ("large-file", _E, "a file is larger than a manifest can be"),
        ("missing-directory", _E, "a path leads to no directory"),
        ("missing-file", _E, "a path leads to no file"),
        ("missing-kustomization", _E, "a directory has no kustomization.yaml"),
        ("nested-too-deep", _E, "a base of a base of a base, too many times"),
        ("not-a-directory", _E, "a path leads to a file, not a directory"),
        ("not-a-file", _E, "a path leads to a directory, not a file"),
        ("not-an-object", _E, "a document has no kind"),
        ("outside-repository", _E, "a path leads out of it (--allow-outside)"),
        ("outside-root", _E, "a file is not below its kustomization"),
        ("own-function", _E, "render krm is listed in what render composes"),
        ("patched-document", _E, "a patch is for Parameters or Values"),
        ("reached-twice", _E, "one object is reached by two ways"),
        ("remote-resource", _E, "it is fetched from a URL (--allow-remote)"),
        ("repeated-identity", _E, "two objects have one identity"),
        ("special-file", _E, "a file is a pipe, a socket or a device"),
        ("two-kustomizations", _E, "a directory has several kustomizations"),
        ("unknown-field", _E, "no document of this kind has such a field"),
        ("unknown-plugin", _E, "kustomize has no such plugin"),
        ("unmatched-generator", _E, "nothing to merge into, or to replace"),
        ("unmatched-replicas", _E, "replicas are for what is not there"),
        ("unnamed-object", _E, "an object has no metadata.name"),
        ("unreadable-file", _E, "a file may not, or cannot, be read"),
        ("unsafe-yaml", _E, "aliases or nesting would exhaust memory"),
        ("wide-integer", _E, "an integer of more than 64 bits"),
        ("wrong-type", _E, "a field takes a value of another type"),
    ),
    Stage.DOCUMENTS: (
        ("ambiguous-value", _E, "kustomize and kubectl read it differently"),
        ("bad-name", _E, "nothing of this sort can be called so"),
        ("bad-operation", _E, "op is none that is known here"),
        ("bad-patch", _E, "a patch that cannot be understood"),
        ("bad-path", _E, "a path is no JSON Pointer"),
        ("bad-schema", _E, "a parameter's schema is no JSON Schema"),
        ("bad-selector", _E, "a selector cannot be understood"),
        ("declared-twice", _E, "two documents declare one parameter"),
        ("listed-cluster", _E, "kustomization.yaml lists cluster.yaml"),
        ("missing-capability", _E, "nothing provides what a component requires"),
        ("missing-field", _E, "a field that is needed is not there"),
        ("missing-schema", _E, "a parameter is declared without a schema"),
        ("missing-select", _E, "a target does not say which objects"),
        ("not-local-config", _E, "a document of ours would be applied"),
        ("one-document", _E, "a file holds no document, or several"),
        ("open-reference", _E, "a $( is not closed"),
        ("required-or-default", _E, "a parameter is both, or neither"),
        ("strategic-merge", _E, "cluster.yaml takes JSON patches only"),
        ("two-providers", _E, "two components provide the same"),
        ("wrong-api-version", _E, "a document has another apiVersion than ours"),
        ("wrong-kind", _E, "a document of another kind stands here"),
        ("wrong-name", _E, "cluster.yaml names another cluster"),
    ),
    Stage.PARAMETRIZE: (
        ("changed-encrypted", _E, "what SOPS has encrypted was changed"),
        ("changed-identity", _E, "kind, name or namespace would be patched"),
        ("conflicting-values", _E, "two Values set a parameter differently"),
        ("failed-test", _E, "an operation `test` does not hold"),
        ("merged-namespaces", _E, "two namespaces would get one name"),
        ("missing-parameter", _E, "a required parameter is not set"),
        ("no-change", _W, "a patch writes what is there already"),
        ("parameter-field", _E, "a patch writes the field of a parameter"),
        ("refused-value", _E, "a value does not fit its schema"),
        ("too-large", _E, "values and patches write too much"),
        ("two-parameters", _E, "two parameters write one field"),
        ("unknown-namespace", _E, "nothing is in a namespace that gets a name"),
        ("unknown-parameter", _E, "no component declares such a parameter"),
        ("unmatched-patch", _E, "a patch matches no object"),
        ("unused-parameter", _E, "a parameter is set and writes nothing"),
    ),
    Stage.SEAL: (
        ("bad-annotation", _E, "an annotation of ours, or its value, is none"),
        ("embedding-cycle", _E, "objects are embedded in each other"),
        ("long-name", _E, "with its hash, a name is too long"),
        ("name-cycle", _E, "a name would depend on itself"),
        ("unused-embedding", _E, "a manifest is embedded in what nothing reads"),
    ),
    Stage.SILENT: (
        ("absent-field", _W, "a patch replaces a field that is not there"),
        ("moved-subject", _W, "kustomize changed a subject's namespace"),
        ("replaced-list", _W, "a patch drops named items of a list"),
        ("unhashed-name", _W, "a name was copied before it got its hash"),
        ("unknown-tag", _W, "a tag that YAML lacks is dropped"),
    ),
    Stage.VERIFY: (
        ("claim-mismatch", _E, "a volume and its claim name others"),
        ("crossed-selector", _E, "a selector selects Pods of another tree too"),
        ("duplicate-identity", _E, "two manifests are the same object"),
        ("exclusive-capability", _E, "two trees have what one may in a namespace"),
        ("exposed-secret", _E, "a secret stands in what is no Secret"),
        ("former-name", _E, "a text names a Service as it was composed"),
        ("function-skipped", _E, "kustomize did not run render krm"),
        ("invalid-manifest", _E, "the API server refuses a value"),
        ("missing-name", _E, "an object has no name that stays"),
        ("missing-namespace", _W, "an object's Namespace is not there"),
        ("missing-reference", _W, "an object that is referred to is not there"),
        ("missing-secret", _W, "a Secret that is referred to is not there"),
        ("patch-directive", _E, "a $patch was not carried out, and is left"),
        ("placeholder", _E, "a $(parameter) is left"),
        ("plain-secret", _E, "a Secret is not encrypted"),
        ("pod-security", _E, "the namespace does not admit this Pod"),
        ("selector-mismatch", _E, "a workload does not select its own Pods"),
        ("service-mismatch", _W, "a StatefulSet's Service does not select it"),
        ("shared-object", _W, "two trees of a cluster hold the same object"),
        ("unfollowed-reference", _W, "a name that kustomize did not follow"),
        ("unknown-key", _E, "a ConfigMap or Secret has no such key"),
        ("unknown-manifest-field", _E, "the kind has no such field"),
        ("unknown-port", _E, "a container or Service has no such port"),
        ("unknown-volume", _E, "a Pod has no such volume"),
        ("unmatched-selector", _W, "a selector selects no Pod"),
        ("unserved-version", _E, "this Kubernetes does not serve the version"),
    ),
    Stage.ENTRIES: (
        ("unmatched-configuration", _W, "a configuration for a kind that is nowhere"),
        ("unmatched-image", _W, "an entry for an image that is nowhere"),
        ("unmatched-kustomize-patch", _W, "a patch of a kustomization matches nothing"),
        ("unmatched-replacement", _W, "a replacement's target matches nothing"),
    ),
    Stage.WRITE: (
        ("empty-tree", _E, "a tree loses all manifests (--allow-empty)"),
        ("foreign-file", _E, "a file that is not ours is in the way"),
        ("later-format", _E, "a later render wrote the tree"),
    ),
    Stage.REPOSITORY: (
        ("base-tree", _W, "a base is taken for a cluster"),
        ("expired-exception", _W, "an exception whose last day has passed"),
        ("moved-tree", _W, "a tree's overlay is rendered elsewhere"),
        ("orphan-tree", _W, "a tree's overlay is gone (--prune-clusters)"),
        ("uncovered-tree", _W, "a tree's overlay is covered by no entry"),
        ("unmatched-cluster", _W, "a version in the settings is for no cluster"),
        ("unmatched-target", _W, "a target selects nothing in any cluster"),
        ("unneeded-exception", _W, "an exception that no cluster needs"),
        ("unread-settings", _W, "settings stand where nobody reads them"),
        ("unused-expectation", _W, "a Secret is expected, and nothing uses it"),
    ),
    Stage.FUNCTION: (
        ("needs-generator", _E, "it needs the final names of objects"),
        ("no-objects", _E, "a Cluster has nothing to transform"),
        ("silent-skip", _W, "nothing would show that it was skipped"),
        ("unknown-cluster", _E, "a Render names a cluster that is not there"),
    ),
}

RULES: Mapping[str, Rule] = {
    name: Rule(name, stage, severity, summary)
    for stage, rows in _TABLE.items()
    for name, severity, summary in rows
}
CHOOSABLE = tuple(rule.name for rule in RULES.values() if rule.is_choosable)


def explanation(rule: Rule) -> str:
    """What it means, the smallest example with its message, how to mend it: Markdown, or ""."""
    try:
        with open(os.path.join(_TEXTS, f"{rule.name}.md"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
