"""A secret that YAML reads as something else, wherever a value can stand: no message shows it."""

from __future__ import annotations

import pytest
from support import Repository, definition, read_world

MARKS = ("Qx7canary", "7700077", "7700-07-07", "77:00:07")
SPELLINGS = [
    *(
        f"{sign}Qx7canary"
        for sign in ("*", "!", "!!", "&", "@", "`", "%", "|", ">", "}", "]", '"', "'")
    ),
    *(f"{sign}Qx7canary x" for sign in ("!", "!!", "&", "!!int", "!<", "? ", "- ", "<<: ", "x: ")),
    *(
        f"!!{tag} Qx7canary"
        for tag in ("int", "float", "bool", "null", "binary", "timestamp", "set")
    ),
    *(
        "'Qx7canary' x",
        '"Qx7canary" x',
        "x: Qx7canary: x",
        "[Qx7canary",
        "[Qx7canary]",
        "{a: Qx7canary}",
    ),
    *(
        "{{ Qx7canary }}",
        "{Qx7canary",
        "$(Qx7canary",
        "$$(Qx7canary)",
        "<Qx7canary>",
        "<<<<<<< Qx7canary",
    ),
    *(
        '"\\Qx7canary"',
        '"Qx7canary\\ud800"',
        '"Qx7canary\\x"',
        "a #Qx7canary",
        "\tQx7canary",
        "Qx7canary\t",
    ),
    *(
        "-----BEGIN Qx7canary",
        "Qx7canary" * 40,
        "\x07Qx7canary",
        "\u2028Qx7canary",
        "ENC[Qx7canary]",
    ),
    *(
        f"{sign}7700077"
        for sign in ("", "0", "0o", "0x", "+", "-", ".", "1e", "~", "!!str ", "!!bool ")
    ),
    *(f"7700077{more}" for more in ("_000", "7700077" * 3, ".5", "e5", "e999", ".", " 7700077")),
    *("7700-07-07", "7700-07-07T00:00:00Z", "77:00:07", "77:00:07.5"),
]

_WEB = "base/web.yaml"
_MORE = "base/more.yaml"
_CLUSTER = "overlays/a/cluster.yaml"
_BASE = "base/kustomization.yaml"
_HOST = "web.host: shop.example.com"
_PATCH = f"""{_HOST}
  patches:
  - target: {{kind: Deployment}}
    patch:
    """
_TARGETED = "patches:\n- target: {kind: Deployment}\n  patch: |-\n    "
_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop}\nspec:\n"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: shop}\n"
_THING = definition("Thing", "a: {type: integer}, b: {enum: [a]}, c: {format: date-time}") + "---\n"

# The file, what of it gives way, and what is there instead: @ is where the secret stands. In a
# file of its own there is nothing to give way.
PLACES = {
    "variable": (_WEB, "value: localhost", "value: @"),
    "number of a manifest": (_WEB, "replicas: 1", "replicas: @"),
    "Secret": (_MORE, "", f"{_SECRET}stringData:\n  password: @\n"),
    "data of a Secret": (_MORE, "", f"{_SECRET}data:\n  password: @\n"),
    "item": (_MORE, "", f"{_POD}  containers:\n  - name: a\n    args:\n    - @\n"),
    "fields of a Pod": (
        _MORE,
        "",
        (
            f"{_POD}  dnsPolicy: @\n  activeDeadlineSeconds: @\n  volumes:\n  - name: a\n"
            "    secret:\n      secretName: x\n      defaultMode: @\n"
            "  containers:\n  - name: a\n    image: a\n"
            "    resources:\n      limits:\n        cpu: @\n        memory: @\n"
        ),
    ),
    "fields of a CronJob": (
        _MORE,
        "",
        (
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x, namespace: shop}\nspec:\n"
            "  schedule: @\n  timeZone: @\n  suspend: @\n  concurrencyPolicy: @\n"
        ),
    ),
    "custom resource": (
        _MORE,
        "",
        (
            f"{_THING}apiVersion: example.com/v1\nkind: Thing\n"
            "metadata: {name: x, namespace: shop}\nspec:\n  a: @\n  b: @\n  c: @\n"
        ),
    ),
    "parameter": (_CLUSTER, _HOST, "web.host: @"),
    "number of a parameter": (_CLUSTER, _HOST, f"{_HOST}\n    web.replicas: @"),
    "default": ("base/parameters.yaml", "default: 1", "default: @"),
    "value of an operation": (
        _CLUSTER,
        _HOST,
        f"{_PATCH}- op: add\n      path: /spec/template/spec/hostname\n      value: @",
    ),
    "operation": (_CLUSTER, _HOST, f"{_PATCH}- @"),
    "literal": (_BASE, "literals: [COLOR=red]", "literals:\n  - COLOR=@"),
    "literal without a key": (_BASE, "literals: [COLOR=red]", "literals:\n  - @"),
    "operation in a text": (
        _BASE,
        "configMapGenerator:",
        (
            f"{_TARGETED}- op: add\n      path: /spec/template/spec/hostname\n      value: @\n"
            "configMapGenerator:"
        ),
    ),
    "merge patch": (
        _BASE,
        "configMapGenerator:",
        (
            f"{_TARGETED}apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: web}}\n"
            "    spec:\n      minReadySeconds: @\nconfigMapGenerator:"
        ),
    ),
    "value of a replacement": (
        _BASE,
        "configMapGenerator:",
        (
            "replacements:\n- sourceValue: @\n  targets:\n"
            "  - {select: {kind: Deployment}, fieldPaths: [spec.replicas]}\nconfigMapGenerator:"
        ),
    ),
}
_FIELD = ("operation", "? Qx7canary x")  # there it is the name of a field
_OFTEN = ("Secret", "parameter", "value of an operation", "literal without a key")


def _files(place: str, spelling: str) -> dict[str, str]:
    files = {path: str(content) for path, content in read_world("shop").items()}
    path, old, new = PLACES[place]
    if old:
        assert old in files[path]
        files[path] = files[path].replace(old, new.replace("@", spelling), 1)
    else:
        files[path] = new.replace("@", spelling)
        files[_BASE] = files[_BASE].replace("service.yaml", "service.yaml, more.yaml")
    return files


def _look(repository: Repository, place: str, spelling: str) -> None:
    repository.write(_files(place, spelling))
    for command in (["clusters/a"], ["check", "a"]):
        result = repository.run(*command)
        assert not [mark for mark in MARKS if mark in result.err], result.err
        assert not [mark for mark in MARKS if command[0] == "check" and mark in result.out]
        assert "internal error" not in result.err


@pytest.mark.parametrize("place", _OFTEN)
def test_whatever_begins_like_something_else(place: str, repository: Repository) -> None:
    for spelling in SPELLINGS[:13]:
        _look(repository, place, spelling)


@pytest.mark.parametrize("place", PLACES)
def test_a_few_spellings_in_every_place(place: str, repository: Repository) -> None:
    for spelling in ("!!int Qx7canary", "7700-07-07"):
        _look(repository, place, spelling)


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
def test_every_spelling_in_every_place(place: str, repository: Repository) -> None:
    for spelling in SPELLINGS:
        if (place, spelling) != _FIELD:
            _look(repository, place, spelling)
