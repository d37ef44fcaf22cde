"""What a kustomization, or the configuration of a plugin, refers to: plain data.

It depends on the bytes of one file alone, so that it can be kept, and a later run need not
read YAML at all. `renderer.kustomize.reading` makes it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from renderer.findings import Severity

# The field of the selectors that are kinds in files of configurations.
CONFIGURATIONS: Final = "configurations"


class Role(StrEnum):
    """How kustomize treats what a reference resolves to."""

    ENTRY = "entry"  # a file of manifests, else a kustomization's directory
    COMPONENT = "component"  # a directory
    PLUGIN = "plugin"  # a file of plugin configurations, else a kustomization's directory
    YAML = "yaml"  # a file that is parsed
    DATA = "data"  # a file whose bytes are taken
    HELM = "helm"  # a chart, to be inflated by helm; the text is its name
    TREE = "tree"  # a directory of which anything may be read; it need not be there
    EXTERNAL = "external"  # a plugin that is a program or a container; the text is its kind
    FUNCTION = "function"  # our own KRM function (render krm); the text is its kind


class Transport(StrEnum):
    """How kustomize would fetch what a reference names, if it leads away from this machine."""

    NONE = ""
    HTTP = "http"
    GIT = "git"


class Reference(NamedTuple):
    """One reference: `text` as it is written, and the field and place where it stands."""

    role: Role
    text: str
    transport: Transport
    field: str
    line: int
    column: int


class Selector(NamedTuple):
    """What an entry of a kustomization selects: a target of a patch or a replacement, an image.

    `at` is its index in the list `field`, and that of the target in a replacement; `wants` are
    the fields that it selects by, as written, and what an image becomes.
    """

    field: str
    at: tuple[int, ...]
    line: int
    column: int
    wants: tuple[tuple[str, str], ...]


class Probe(NamedTuple):
    """An entry in question: the real paths of its kustomization and of its file, and where in it.

    `at` is its index in the list `field`, and that of the target in a replacement.
    """

    owner: str
    file: str
    field: str
    at: tuple[int, ...]


class Remark(NamedTuple):
    """A finding without its file, for equal text may stand in many files."""

    rule: str
    severity: Severity
    message: str
    line: int
    column: int
    hint: str = ""


class Parsed(NamedTuple):
    """All that matters of a text: `kind` is Kustomization, Component or empty (a plugin).

    `uses_directory_name` tells that the name of the kustomization's directory goes into the
    output (a ValueAddTransformer without a value); `affixes` are namePrefix and nameSuffix.
    """

    kind: str
    references: tuple[Reference, ...]
    remarks: tuple[Remark, ...]
    uses_directory_name: bool = False
    selectors: tuple[Selector, ...] = ()
    affixes: tuple[str, str] = ("", "")

    def to_json(self) -> bytes:
        """Write for the cache."""
        import json

        return json.dumps(self, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Parsed | None:
        """Read what to_json wrote; None for what another version of it wrote."""
        import json

        try:
            kind, references, remarks, uses_directory_name, selectors, affixes = json.loads(data)
            return cls(
                kind,
                tuple(Reference(Role(r[0]), r[1], Transport(r[2]), *r[3:]) for r in references),
                tuple(Remark(r[0], Severity(r[1]), *r[2:]) for r in remarks),
                uses_directory_name,
                tuple(
                    Selector(field, tuple(at), line, column, tuple((k, v) for k, v in wants))
                    for field, at, line, column, wants in selectors
                ),
                (affixes[0], affixes[1]),
            )
        except (ValueError, TypeError, IndexError):
            return None


def transport_of(text: str) -> Transport:
    """Tell how kustomize would fetch what `text` names.

    Wider than kustomize's own rules (api/internal/git/repospec.go), never narrower.
    """
    if re.match(_HTTP, text, re.IGNORECASE):
        return Transport.HTTP
    return Transport.GIT if re.match(_GIT, text, re.IGNORECASE) else Transport.NONE


# http: and https: are fetched as files; these, and names at a host, are cloned by git.
_HTTP: Final = r"https?:"
_GIT: Final = r"(git::)?((ssh|https?|file)://|github\.com[/:]|[a-z][a-z0-9-]*@)"
