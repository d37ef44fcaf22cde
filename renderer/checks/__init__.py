"""What a rendered manifest must not be: pure functions from manifests to findings."""

from __future__ import annotations

# The rules whose severity a repository may choose, and for which it may name exceptions. Each
# has a section in docs/rules.md.
RULES = (
    "claim-mismatch",
    "duplicate-identity",
    "exposed-secret",
    "function-skipped",
    "invalid-manifest",
    "missing-name",
    "missing-namespace",
    "missing-reference",
    "missing-secret",
    "placeholder",
    "plain-secret",
    "pod-security",
    "selector-mismatch",
    "unknown-key",
    "unknown-manifest-field",
    "unknown-port",
    "unknown-volume",
    "unmatched-selector",
    "unserved-version",
)

# The minor versions of Kubernetes whose schemas are carried, oldest first.
KUBERNETES = ("1.34", "1.35", "1.36")

SEVERITIES = ("error", "warning", "off")
