"""Secrets in plain text in what is no Secret."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from renderer.checks.identical import Identical
from renderer.checks.pods import mapping, mappings, pod_of
from renderer.checks.secrets.names import is_password, may_name_secret
from renderer.checks.secrets.pairs import (
    Language,
    is_comment,
    is_secret_pair,
    language_of,
    named_secrets,
)
from renderer.checks.secrets.values import known_secrets
from renderer.findings import Finding
from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import annotations_of
from renderer.patching.pointing import Path, format_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from renderer.kubernetes.manifests import Manifest

    _Look = Callable[[Any], Iterator["_Exposed"]]

_INTERPRETER = re.compile(r"^(?:\S*/)?(?:node|perl|php|python|ruby)[\d.]*$", re.MULTILINE)
_CHART_VALUES = frozenset(["values", "valuesObject"])
_NAMED = "a literal value where the name says secret"
_KEEP = (
    "keep it in a Secret and refer to that (valueFrom.secretKeyRef, or a file of a volume), and"
    " replace it: what was committed is known"
)


def exposed_secrets(manifest: Manifest) -> list[Finding]:
    """The secrets that stand in a manifest in plain text; of a Secret only its annotations.

    No message holds a value or a part of one: only where it is.
    """
    findings: list[Finding] = []
    seen: set[tuple[Path, int]] = set()
    for path, line, what in _exposed(manifest):
        if (path, line) not in seen:
            seen.add((path, line))
            where = f", in line {line} of it" if line else ""
            findings.append(
                Finding.error(
                    "exposed-secret",
                    f"{what} is in plain text{where}",
                    object=manifest.label,
                    field=format_path(path),
                    hint=_KEEP,
                )
            )
    return findings


# Where a secret is, in which line of a longer text (or 0), and what it is.
_Exposed = tuple[Path, int, str]


def _exposed(manifest: Manifest) -> Iterator[_Exposed]:
    group, kind = manifest.ref.group, manifest.ref.kind
    for key, value in annotations_of(manifest.data).items():
        yield from _annotation(("metadata", "annotations", key), key, value)
    if (group, kind) == ("", "ConfigMap"):
        yield from _config_map(manifest.data)
    elif group not in BUILT_IN_GROUPS:
        yield from _forms_in(manifest.data)
    pod = pod_of(manifest)
    if pod:
        if pod.path:
            for key, value in mapping(pod.metadata.get("annotations")).items():
                path = (*pod.path, "metadata", "annotations", key)
                yield from _annotation(path, key, value)
        for at, container in pod.containers:
            yield from _container(at, container)


def _annotation(path: Path, key: str, value: Any) -> Iterator[_Exposed]:
    # `.../auth-secret` and the like name a Secret.
    if isinstance(value, str):
        name = key.rpartition("/")[2]
        yield from _setting(path, "" if name.endswith("secret") else name, value)


def _config_map(data: dict[str, Any]) -> Iterator[_Exposed]:
    for key, value in mapping(data.get("data")).items():
        if isinstance(value, str):
            yield from _setting(("data", key), key.removesuffix(".txt"), value)
    for key, value in mapping(data.get("binaryData")).items():
        yield from _setting(("binaryData", key), key, _decoded(value))


def _decoded(value: Any) -> str:
    from base64 import b64decode

    try:
        return b64decode(value, validate=False).decode()
    except (TypeError, ValueError):
        return ""


def _setting(path: Path, name: str, value: str) -> Iterator[_Exposed]:
    """A value with the name of its variable or file: itself a secret, or a text with some."""
    for line, what in (_short if len(value) < _SHORT else _judged)(name, value):
        yield path, line, what


def _judged(name: str, value: str) -> tuple[tuple[int, str], ...]:
    if "\n" not in value.rstrip("\n") and is_secret_pair(name, value):
        return ((0, _NAMED),)
    return tuple((line, what) for _, line, what in _text((), value, language_of(name, value)))


# Clusters of one fleet set the same variables to the same values over and over.
_SHORT = 200  # characters
_short = lru_cache(maxsize=8192)(_judged)


def _text(path: Path, text: str, language: Language) -> Iterator[_Exposed]:
    long = "\n" in text.rstrip("\n")
    offsets = [*known_secrets(text), *((at, _NAMED) for at in named_secrets(text, language))]
    for offset, what in sorted(offsets):
        # What only explains a setting has an invented value; a key or a token is none.
        is_example = what.startswith(("a password", _NAMED)) and is_comment(text, offset)
        if not is_example:
            yield path, text.count("\n", 0, offset) + 1 if long else 0, what


def _forms_in(data: Any) -> Iterator[_Exposed]:
    """All strings of an object of which nothing is known: secrets by their form, and passwords."""
    stack: list[tuple[Path, Any]] = [((), data)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict):
            yield from _passwords_in(path, node)
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(value, str):
                # Argo CD's Applications hold the values of a chart as text.
                language = Language.SETTINGS if key == "values" else Language.PROSE
                yield from _text((*path, key), value, language)
            elif isinstance(value, (dict, list)):
                stack.append(((*path, key), value))


def _passwords_in(path: Path, node: dict[str, Any]) -> Iterator[_Exposed]:
    """Passwords in a pair of name and value, and in the values of a Helm chart.

    In other fields a password may be the key of a Secret, or already encrypted.
    """
    in_chart = not _CHART_VALUES.isdisjoint(path)
    for key, value in node.items():
        name: Any = node.get("name") if key == "value" else key if in_chart else None
        is_named = isinstance(name, str) and is_password(name)
        if is_named and isinstance(value, str) and is_secret_pair(name, value):
            yield (*path, key), 0, _NAMED


def _container(at: Path, container: dict[str, Any]) -> Iterator[_Exposed]:
    for field, look in _FIELDS.items():
        if field in container:
            for path, line, what in _in_field(look, Identical(container[field])):
                yield (*at, field, *path), line, what


@lru_cache(maxsize=8192)
def _in_field(look: _Look, field: Identical[Any]) -> list[_Exposed]:
    """What is exposed in a field of a container, which many clusters share."""
    return list(look(field.value))


def _variables(env: Any) -> Iterator[_Exposed]:
    for index, variable in mappings(env):
        value = variable.get("value")
        if isinstance(value, str):
            yield from _setting((index, "value"), str(variable.get("name")), value)


def _hooks(lifecycle: Any) -> Iterator[_Exposed]:
    for hook in ("postStart", "preStop"):
        for path, line, what in _handler(mapping(lifecycle).get(hook)):
            yield (hook, *path), line, what


def _handler(handler: Any) -> Iterator[_Exposed]:
    for path, line, what in _arguments(mapping(mapping(handler).get("exec")).get("command")):
        yield ("exec", "command", *path), line, what
    for index, header in mappings(mapping(mapping(handler).get("httpGet")).get("httpHeaders")):
        if isinstance(header.get("value"), str):
            path = ("httpGet", "httpHeaders", index, "value")
            yield from _setting(path, str(header.get("name")), header["value"])


def _arguments(arguments: Any) -> Iterator[_Exposed]:
    if not isinstance(arguments, list):
        return
    whole = "\n".join(one for one in arguments if isinstance(one, str))
    if not may_name_secret(whole.lower()) and not any(known_secrets(whole)):
        return  # most are: to look at each would take longer
    before = ""
    for index, argument in enumerate(arguments):
        if isinstance(argument, str):
            option = before.lstrip("-") if before.startswith("--") else ""
            if option and not argument.startswith("-") and is_secret_pair(option, argument):
                yield (index,), 0, _NAMED
            else:
                is_program = before in ("-c", "-e") and _INTERPRETER.search(whole)
                language = Language.PROGRAM if is_program else Language.SHELL
                yield from _text((index,), argument, language)
            before = argument


# The fields of a container that are searched; the paths of what is found begin below them.
_FIELDS: dict[str, _Look] = {
    "env": _variables,
    "command": _arguments,
    "args": _arguments,
    "livenessProbe": _handler,
    "readinessProbe": _handler,
    "startupProbe": _handler,
    "lifecycle": _hooks,
}
