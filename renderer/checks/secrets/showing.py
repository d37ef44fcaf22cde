"""What of a manifest may stand in a message: in doubt, nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from renderer.checks.secrets.forms import known_secrets
from renderer.checks.secrets.names import may_name_secret
from renderer.checks.secrets.pairs import Language
from renderer.checks.secrets.texts import secrets_in
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import object_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.patching.pointing import Path

_LONGEST = 80  # characters of a line that is shown
_RANDOM = re.compile(r"[\w+/=-]{20}|://.*@")  # as keys and digests are, and who logs in to a URL


def may_show(data: Mapping[str, Any], path: Path, parameters: Iterable[str] = ()) -> bool:
    """Whether the value at a path of an object is a scalar that can be no secret.

    `parameters` are those that wrote it. `exposed_secrets` looks for what surely is a secret;
    here a likeness is enough: a word like key or token in the path, in the value, in what stands
    beside it, or in the name of a parameter.
    """
    ref = object_ref(data)
    node: Any = data
    for step in path[:-1]:
        node = node[step]
    value = node[path[-1]]
    if value is None or isinstance(value, bool):
        return True
    if "secret" in ref.kind.lower() or isinstance(value, (dict, list)):
        return False
    if any(may_name_secret(text.lower()) for text in (*parameters, *_beside(node, path))):
        return False
    if not isinstance(value, str):
        return True
    # Nobody knows what the fields of other kinds are for, or which word of a command is what.
    is_known = ref.group in BUILT_IN_GROUPS and isinstance(node, dict) and "binaryData" not in path
    is_plain = len(value) <= _LONGEST and value.isprintable() and not _RANDOM.search(value)
    return is_known and is_plain and not any(known_secrets(value))


def sentence(text: str) -> str:
    """What a person wrote, for a message; where a secret may be in it, that it is not shown."""
    found = any(secrets_in("", text, language) for language in (Language.SETTINGS, Language.SHELL))
    return "<hidden: it may hold a secret>" if found else text


def _beside(node: Any, path: Path) -> Iterator[str]:
    """The names on the way to a value, and all texts beside it: the value is one of them."""
    yield from (step for step in path if isinstance(step, str))
    for text in node.values() if isinstance(node, dict) else node:
        if isinstance(text, str):
            yield text
