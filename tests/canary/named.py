"""What a message may name of a repository, and why: nothing else of a file is said on stderr."""

from __future__ import annotations

import re

# The way to a value (the keys above it), and why it is no secret.
NAMED = {
    r"apiVersion|kind|group|version": "the type of an object says what the message is about",
    r"key": "a key of a ConfigMap or Secret says which one",
    r"name|namespace|generateName|\w+Name|namePrefix|nameSuffix": "a name says which one",
    r"expects/secret|namespaces/[^/]+": "a name says which one",
    r"resources|components|bases|crds|configurations|generators|transformers|validators": "a path",
    r"path|files|envs?|patches|patchesStrategicMerge|patchesJson6902|files/[^/]+=": "a path",
    r"source|output|cluster|where|fallback": "a path in the settings",
    r"(replacements|targets|fieldPaths|path)/name=": "a step of a path that is a name",
    r"source|from|fieldPaths?|fieldref/fieldpath|delimiter": "a path to a field",
    r"op|behavior": "a word that the format knows",
    r"(labels|matchLabels|selector|nodeSelector|commonLabels|pairs)/[^/]+": "a label sorts",
    r"labelSelector|annotationSelector|(label|annotation)Selector/[^/]+=": "a label sorts",
    r"image|newTag|digest": "an image is what is to be found",
    r"provides|requires": "the name of a capability",
    r"schema/(min|max|exclusiveM)\w+|schema/multipleOf": "the bound of a parameter",
    r"description": "it explains the parameter to those who read the message",
    r"(.*/)?securityContext/.*": "a word of Pod Security, in the message of Kubernetes itself",
    r"[^/]*[Pp]ort": "the name of a port",
}
_NAMED = re.compile("|".join(f"(?:.*/)?(?:{way})" for way in NAMED))

# Files of which every word may be named: they choose what is rendered and checked.
SETTINGS = ("render.toml", "pyproject.toml")


def may_be_named(path: str, way: str) -> bool:
    """Whether a message may hold the value at this way in a file."""
    return path in SETTINGS or _NAMED.fullmatch(way) is not None
