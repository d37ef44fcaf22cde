"""What a rendered manifest must not be: pure functions from manifests to findings."""

from __future__ import annotations

# The minor versions of Kubernetes whose schemas are carried, oldest first.
KUBERNETES = ("1.34", "1.35", "1.36")
