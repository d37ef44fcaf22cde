"""Which fields hold the values of parameters that the sources of a side declare secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.kubernetes.kinds import OUR_GROUP
from renderer.yamldoc.documents import YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.parameters.model import Parameter, Target
    from renderer.pipeline.sources import SideSources


def secret_targets(sources: SideSources) -> list[Target]:
    """The targets of all parameters that any document of the side declares secret.

    Which of them a cluster has is not asked: it would take composing it.
    """
    texts = sources.holding(OUR_GROUP, "Parameters")
    if not any(b"secret" in text for text in texts):
        return []
    found = [one for text in texts for one in _parameters(text)]
    names = {one.name for one in found if one.is_secret}
    return [target for one in found if one.name in names for target in one.targets]


def _parameters(text: bytes) -> Iterator[Parameter]:
    """What a text declares; what cannot be understood declares nothing."""
    from renderer.parameters.fields import Fields
    from renderer.parameters.reading import API_VERSION, read_parameters
    from renderer.yamldoc.reading import check_safe, read_documents

    try:
        check_safe(text)
        documents = read_documents(text)
    except YamlError:
        return
    for document in documents:
        data = document.data
        head = (data.get("apiVersion"), data.get("kind")) if isinstance(data, dict) else ()
        if head == (API_VERSION, "Parameters"):
            yield from read_parameters(Fields("", document, text), "").parameters
