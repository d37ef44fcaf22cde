"""What a rendered manifest must not be: pure functions from manifests to findings."""

from __future__ import annotations

# The rules whose severity a repository may choose, and for which it may name exceptions. Each
# has a section in docs/rules.md.
RULES = (
    "claim-mismatch",
    "duplicate-identity",
    "missing-name",
    "missing-namespace",
    "missing-reference",
    "missing-secret",
    "placeholder",
    "plain-secret",
    "selector-mismatch",
    "unknown-key",
    "unknown-port",
    "unknown-volume",
    "unmatched-selector",
)

SEVERITIES = ("error", "warning", "off")
