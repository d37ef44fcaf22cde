"""What a rendered manifest must not be: pure functions from manifests to findings."""

from __future__ import annotations

# The rules whose severity a repository may choose, and for which it may name exceptions.
RULES = ("duplicate-identity", "missing-name", "placeholder", "plain-secret")

SEVERITIES = ("error", "warning", "off")
