"""What the Parameters documents of a side declare secret, and which Secrets they expect.

Which of them a cluster has is not asked: it would take composing it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renderer.kubernetes.kinds import OUR_GROUP
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.parameters.model import ParametersDocument, Target
    from renderer.pipeline.sources import SideSources

_PARAMETER = re.compile(r"\$\([^()]*\)")


def secret_targets(sources: SideSources) -> list[Target]:
    """The targets of all parameters that any document of the side declares secret."""
    texts = sources.holding(OUR_GROUP, "Parameters")
    if not any(b"secret" in text for text in texts):
        return []
    found = [one for text in texts for document in _read(text) for one in document.parameters]
    names = {one.name for one in found if one.is_secret}
    return [target for one in found if one.name in names for target in one.targets]


def expected_secrets(sources: SideSources) -> list[str]:
    """The Secrets that any document of the side expects, as patterns of what findings call them."""
    texts = sources.holding(OUR_GROUP, "Parameters", "expects")
    found = [one for text in texts for document in _read(text) for one in document.expects]
    named = [_PARAMETER.sub("*", one.written) for one in found]
    elsewhere = [one.replace(" ", " */") for one in named if "/" not in one]
    return [*dict.fromkeys([*named, *elsewhere])]


def _read(text: bytes) -> Iterator[ParametersDocument]:
    """The documents of a text; what cannot be understood declares nothing."""
    from renderer.kubernetes.kinds import OUR_API_VERSION
    from renderer.parameters.fields import Fields
    from renderer.parameters.reading import read_parameters
    from renderer.yamldoc.reading import check_safe, read_documents

    try:
        check_safe(text)
        documents = read_documents(text)
    except YamlError:
        return
    for document in documents:
        data = document.data
        head = (data.get("apiVersion"), data.get("kind")) if isinstance(data, dict) else ()
        if head == (OUR_API_VERSION, "Parameters"):
            yield read_parameters(Fields("", document, text), "")
