"""What Kubernetes takes for a name (docs, "Object Names and IDs"; RFC 1123).

apimachinery's pkg/util/validation is the code that decides.
"""

from __future__ import annotations

import re

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
LABEL_START = r"[a-z0-9][-a-z0-9]*"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
LONGEST_LABEL = 63  # characters
LONGEST_SUBDOMAIN = 253  # characters


def is_label(name: str) -> bool:
    """Whether a name can be that of a Namespace, a label's value or a part of a host name."""
    return len(name) <= LONGEST_LABEL and re.fullmatch(LABEL, name) is not None


def is_subdomain(name: str) -> bool:
    """Whether a name can be that of most objects: labels with dots between them."""
    return len(name) <= LONGEST_SUBDOMAIN and re.fullmatch(SUBDOMAIN, name) is not None
