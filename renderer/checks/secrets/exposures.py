"""The one list of what is secret-like and stands in an object in plain text.

Diffs hide all of it, `check` reports what is accused (judging.py). Every string of an object is
looked at, whatever its kind: what surrounds it says how.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.identical import Identical
from renderer.checks.pods import mapping
from renderer.checks.secrets.arguments import in_arguments
from renderer.checks.secrets.embedded import in_manifests, in_secret, in_template
from renderer.checks.secrets.judging import Judgement, judge_number
from renderer.checks.secrets.keystores import keystore
from renderer.checks.secrets.names import is_password, is_public, of_each, says_secret, words_of
from renderer.checks.secrets.pairs import Language
from renderer.checks.secrets.texts import NAMED, Found, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from renderer.patching.pointing import Path


class Exposure(NamedTuple):
    """What is secret-like and in plain text: the path of its value, and what was found in that."""

    path: Path
    found: Found


class _Place(StrEnum):
    """What the strings of a mapping are, as far as what holds them tells."""

    FIELDS = "fields"  # of a kind of which nothing is known
    SETTINGS = "settings"  # variables and files with their names
    NOTES = "annotations"  # which may name a Secret
    LABELS = "labels"  # which sort, mostly by words
    NAMES = "names"  # of Secrets and of their keys


# Kinds of which only the metadata is looked at: Secrets have a rule of their own, definitions hold
# names and descriptions.
_ONLY_METADATA = (("v1", "Secret"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"))
_PLACES = {
    "annotations": _Place.NOTES,
    "labels": _Place.LABELS,
    "matchLabels": _Place.LABELS,
    "nodeSelector": _Place.LABELS,
}
_ARGUMENTS = frozenset(["command", "args"])
# Fields that hold sentences, and such that hold scripts.
_SENTENCES = frozenset(
    ["description", "message", "summary", "title", "notes", "help", "documentation", "comment"]
)
_SCRIPTS = frozenset(["script", "source", "run", "inline"])
# What is no secret, or an encrypted one.
_NEVER = frozenset(["encryptedData", "sops", "openAPIV3Schema"])
# The last words of fields that tell which Secret holds a value, and the fields that name it there.
_REFERRING = frozenset(["from", "ref", "refs", "reference", "secret", "selector"])
_NAMING = frozenset(["name", "secretName", "secretname", "secret_name", "secret"])
_WHO = frozenset([("user",), ("username",), ("login",), ("name",), ("email",)])
# Of an ExternalSecret: `remoteRef`, or a `sourceRef` with one of these.
_REMOTE, _OF_SOURCE = "remoteRef", frozenset(["generatorRef", "storeRef"])
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")
_CREDENTIALS = (("credential",), ("credentials",))
# The name of an object: words and short numbers. What a person made up for a secret says so.
_OBJECT = re.compile(
    r"(?!.*\b(?:change|insecure|super|top|unsafe|very|weak))"
    r"(?:[a-z]{1,30}\d{0,2})(?:-(?:[a-z]{1,30}\d{0,2}|\d{1,2}))+\Z"
)
_ITEM = "[]"  # behind the name of a list, that of each mapping in it
_MANY = ("s", _ITEM)
_SHORTEST_OF_EACH = 3  # characters of a secret of which only the name of all says that it is one
_SHORTEST = 8  # characters of a secret that is recognized without a name
_NONE: list[Exposure] = []


def exposures(data: Mapping[str, Any]) -> list[Exposure]:
    """What stands in an object in plain text and is hidden; of a Secret only in its metadata."""
    api, kind = data.get("apiVersion"), data.get("kind")
    if (api, kind) in _ONLY_METADATA:
        data = {"metadata": data.get("metadata")}
    found: list[Exposure] = []
    for key, value in data.items():
        if key == "status":
            continue  # a controller's
        if (api, kind, key) == ("v1", "ConfigMap", "data"):
            inside = _in_mapping(mapping(value), key, _Place.SETTINGS)
        elif (api, kind, key) == ("v1", "ConfigMap", "binaryData"):
            inside = list(_binary(value))
        elif isinstance(value, (dict, list)):
            inside = _below(Identical(value), key, _Place.FIELDS)
        else:
            inside = _scalar(key, value, _Place.FIELDS)
        found += [Exposure((key, *one.path), one.found) for one in inside]
    return found + [Exposure(*one) for one in in_template(data)]


def is_exposed(names: Iterable[str], value: Any) -> bool:
    """Whether a value would be, or hold, a secret in plain text in a setting with such a name."""
    ways = [way for name in names for way in ({"name": name, "value": value}, {name: value})]
    return bool(exposures({"ways": ways}))


# Clusters of one composition share what they do not change.
@lru_cache(maxsize=16384)
def _below(node: Identical[Any], name: str, place: _Place) -> list[Exposure]:
    """What is exposed in a mapping or list; `name` is that of the field which holds it."""
    look = _in_mapping if isinstance(node.value, dict) else _in_list
    return look(node.value, name, place)


def _in_mapping(node: dict[str, Any], name: str, place: _Place) -> list[Exposure]:
    if place is _Place.FIELDS and _is_reference(node, name):
        place = _Place.NAMES
    is_of_many = place is _Place.FIELDS and name.endswith(_MANY)
    each = of_each(name.removesuffix(_ITEM)) if is_of_many else ""
    found: list[Exposure] = []
    for key, value in node.items():
        kind = type(value)
        inside: list[Exposure]
        if kind is dict or kind is list:
            if key in _NEVER:
                continue
            if key in _ARGUMENTS and kind is list:
                inside = _arguments(node, key)
            elif node.get("kind") == "Secret" and place is _Place.FIELDS:
                inner = _PLACES.get(key, _Place.FIELDS)
                held = [Exposure(*one) for one in in_secret(node, key)]
                inside = held or _below(Identical(value), key, inner)
            else:
                inner = _PLACES.get(key, place if place is _Place.NAMES else _Place.FIELDS)
                inside = _below(Identical(value), key, inner)
        elif (each or key == "value") and (label := _label(node, key, name, each)):
            inside = _scalar(label, value, _Place.SETTINGS)
        else:
            inside = _scalar(key, value, place)
        if inside and place is _Place.FIELDS and _says_else(node, key, name):
            inside = _unnamed(key, value)
        if inside:
            found += [Exposure((key, *one.path), one.found) for one in inside]
    return found


def _label(node: dict[str, Any], key: str, name: str, each: str) -> str:
    """What a value is called beside which its name stands, or below the name of all (`tokens`).

    Below that a key is whose it is (`alice`); of an item of a list only `value` is meant.
    """
    value, named = node[key], node.get("name", node.get("key"))
    pair = named if key == "value" and isinstance(named, str) else ""
    if not each or says_secret(pair or key):
        return pair
    is_long = isinstance(value, str) and len(value) >= _SHORTEST_OF_EACH
    is_one = key == "value" if name.endswith(_ITEM) else not is_public(key)
    return each if is_long and is_one else pair


def _unnamed(key: str, value: Any) -> list[Exposure]:
    """What is exposed in a value whose name says nothing of it."""
    if isinstance(value, (dict, list)):
        return _below(Identical(value), key, _Place.NAMES)
    return _scalar(key, value, _Place.NAMES)


def _says_else(node: dict[str, Any], key: str, name: str) -> bool:
    """Whether a field that a name calls secret is none: a verb, a Secret, or its keys.

    `pass` is what to do with a request where nothing beside it says who logs in; a field that is
    just called `secret` names one by a word.
    """
    if key == "pass":
        return not any(words_of(beside)[-1:] in _WHO for beside in node)
    if key == "secret":
        return isinstance(node[key], str) and _WORD.match(node[key]) is not None
    words = words_of(key) if key != "keys" else (*words_of(name), key)
    return words[-2:] == ("secret", "keys")


def _in_list(node: list[Any], name: str, place: _Place) -> list[Exposure]:
    found: list[Exposure] = []
    each = ""
    if place is _Place.FIELDS:
        each = name if says_secret(name) else of_each(name)
    for index, value in enumerate(node):
        kind = type(value)
        if kind is dict or kind is list:
            inside = _below(Identical(value), f"{name}{_ITEM}" if each else name, place)
        else:
            inside = _scalar(each if isinstance(value, str) else "", value, place)
        if inside:
            found += [Exposure((index, *one.path), one.found) for one in inside]
    return found


def _scalar(name: str, value: Any, place: _Place) -> list[Exposure]:
    if isinstance(value, str):
        if len(value) < _SHORTEST and not (says_secret(name) or of_each(name)):
            return _NONE
        language: Language | None = None
        if place is _Place.NAMES:
            name, language = "", Language.PROSE
        elif place in (_Place.NOTES, _Place.LABELS):
            # `.../auth-secret` and the like name a Secret.
            name = name.rpartition("/")[2]
            is_word = place is _Place.LABELS and _WORD.match(value) and not is_password(name)
            name = "" if is_word or name.endswith("secret") else name
        elif place is _Place.FIELDS:
            language = _language(name, value)
            name = "" if _names_object(name, value) else name
        else:
            name = name.removesuffix(".txt")
        found = secrets_in(name, value, language)
        if "\n" in value and not (place is _Place.FIELDS and name in _SENTENCES):
            found = (*found, *in_manifests(value))
        return [Exposure((), one) for one in found] if found else _NONE
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and place is not _Place.NAMES and is_password(name):
        return [Exposure((), Found(0, 0, NAMED, judge_number(name)))]
    return _NONE


def _names_object(name: str, value: str) -> bool:
    """Whether a field that is called a secret holds the name of one, or a label of one."""
    last = words_of(name)[-1:]
    if "/" in name and not is_password(name):
        return _WORD.match(value) is not None
    return last in (*_CREDENTIALS, ("secret",)) and _OBJECT.match(value) is not None


def _language(name: str, value: str) -> Language | None:
    """How to read the string of a field: short ones are what their name says, and no text."""
    if name in _SENTENCES:
        return Language.SENTENCE
    if value.startswith("#!"):
        return None
    if name in _SCRIPTS:
        return Language.SHELL
    is_text = "\n" in value.rstrip("\n") or value.lstrip().startswith(("{", "["))
    return None if is_text else Language.PROSE


def _is_reference(node: dict[str, Any], name: str) -> bool:
    """Whether a mapping tells which Secret holds a value, and under which key."""
    if _REMOTE in node or not _OF_SOURCE.isdisjoint(mapping(node.get("sourceRef"))):
        return True
    if _NAMING.isdisjoint(node):
        return False
    words = words_of(name)
    return bool(words) and words[-1] in _REFERRING


def _arguments(container: dict[str, Any], field: str) -> list[Exposure]:
    leading = container.get("command") if field == "args" else None
    return _in_arguments(Identical(leading), Identical(container[field]))


@lru_cache(maxsize=8192)
def _in_arguments(leading: Identical[Any], arguments: Identical[Any]) -> list[Exposure]:
    before = leading.value if isinstance(leading.value, list) else []
    return [Exposure((i,), found) for i, found in in_arguments(before, arguments.value)]


def _binary(data: Any) -> Iterator[Exposure]:
    from base64 import b64decode

    for key, value in mapping(data).items():
        try:
            content = b64decode(value, validate=False)
        except (TypeError, ValueError):
            continue
        if keystore(key, content):
            yield Exposure((key,), Found(0, 0, "a key store", Judgement.ACCUSED))
            continue
        try:
            text = content.decode()
        except ValueError:
            continue
        for one in (*secrets_in(key, text), *in_manifests(text)):
            yield Exposure((key,), one)
