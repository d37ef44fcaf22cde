"""What is declared secret is shown by no command, whatever it is written into."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from shop import cluster_yaml, shop

if TYPE_CHECKING:
    from support import Repository

_VALUE = "quiet-harbour-42.example.com"
_PERMITTED = """[[exceptions]]
rule = "exposed-secret"
object = "Deployment.apps shop/web"
reason = "a test"
"""
_COPIED = """  patches:
  - target: {kind: Deployment, name: web}
    patch:
    - op: test
      path: /spec/template/spec/containers/0/env/0/value
      value: another
"""


def _secret_shop(value: str, more: str = "") -> dict[str, str]:
    files = shop()
    declared = files["base/parameters.yaml"]
    files["base/parameters.yaml"] = declared.replace(
        "    required: true\n", "    required: true\n    secret: true\n"
    ).replace(", format: hostname", "")
    files["overlays/a/cluster.yaml"] = cluster_yaml("a", host=f'"{value}"', more=more)
    return files


@pytest.mark.parametrize(
    "command",
    [
        ["clusters/a"],
        ["clusters/a", "--diff"],
        ["clusters/a", "--diff", "--json"],
        ["check", "a"],
        ["check", "a", "--json"],
        ["parameters", "a"],
        ["parameters", "a", "--json"],
        ["list", "--json"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("permitted", [False, True], ids=["refused", "permitted"])
def test_a_secret_value_is_shown_by_no_command(
    repository: Repository, command: list[str], permitted: bool
) -> None:
    repository.write({**_secret_shop(_VALUE), "render.toml": _PERMITTED if permitted else ""})
    result = repository.run(*command)
    assert _VALUE not in result.out + result.err
    is_verdict = command[0] in ("clusters/a", "check")
    assert result.code == (1 if is_verdict and not permitted else 0)
    assert ("exposed-secret" in result.out + result.err) == (is_verdict and not permitted)


def test_neither_the_old_nor_the_new_value_is_in_a_diff(repository: Repository) -> None:
    repository.write({**_secret_shop(_VALUE), "render.toml": _PERMITTED})
    repository.run("clusters/a")
    repository.write(_secret_shop("another-harbour.example.com"))
    shown = repository.run("clusters/a", "--check", "--diff")
    assert "+++ b/clusters/a/shop/deployment-web.yaml" in shown.out
    assert "harbour" not in shown.out + shown.err


_ELSEWHERE = {
    "by an operation": """  patches:
  - target: {kind: Deployment, name: web}
    patch:
    - op: copy
      from: /spec/template/spec/containers/0/env/0/value
      path: /spec/template/spec/hostname
""",
    "by hand": f"""  patches:
  - target: {{kind: Deployment, name: web}}
    patch:
    - {{op: add, path: /spec/template/spec/hostname, value: "to {_VALUE}"}}
""",
}


@pytest.mark.parametrize("how", _ELSEWHERE)
def test_a_copy_is_one_too(repository: Repository, how: str) -> None:
    repository.write(_secret_shop(_VALUE, _ELSEWHERE[how]))
    said = repository.run("check", "a").out
    assert said.count("the value of web.host, which is declared secret, is in plain text") == 2
    assert "/spec/template/spec/hostname" in said
    assert _VALUE not in said


def test_a_copy_in_a_source_is_one_too(repository: Repository) -> None:
    """What kustomize copied, a generator, or a person: nothing says so but the value."""
    files = _secret_shop(_VALUE)
    files["base/kustomization.yaml"] += f"  - 'URL=https://{_VALUE}/a'\n"
    files["base/kustomization.yaml"] = files["base/kustomization.yaml"].replace(
        "literals: [COLOR=red]", "literals:\n  - COLOR=red"
    )
    repository.write(files)
    said = repository.run("check", "a").out
    assert "in ConfigMap shop/settings /data/URL" in said
    permitted = _PERMITTED.replace("Deployment.apps shop/web", "*")
    for settings in (permitted, ""):
        repository.write({"render.toml": settings})
        for command in (["--diff"], ["--diff", "--json"], ["--check", "--diff"]):
            result = repository.run("clusters/a", *command)
            assert _VALUE not in result.out + result.err
    repository.write({"render.toml": permitted})
    repository.render("clusters/a")
    repository.write({"base/kustomization.yaml": shop()["base/kustomization.yaml"]})
    shown = repository.run("clusters/a", "--diff").out
    assert "configmap-settings" in shown
    assert _VALUE not in shown


@pytest.mark.parametrize("value", ["production", "short1"])
def test_what_may_stand_there_by_chance_is_no_copy(repository: Repository, value: str) -> None:
    files = _secret_shop(value)
    files["base/web.yaml"] = files["base/web.yaml"].replace("app: web", f"app: {value}")
    repository.write(files)
    assert repository.run("check", "a").out.count("[exposed-secret]") == 1


def test_a_failed_test_does_not_tell_it(repository: Repository) -> None:
    repository.write({**_secret_shop(_VALUE, _COPIED), "render.toml": _PERMITTED})
    result = repository.run("clusters/a")
    assert "[failed-test]" in result.err
    assert _VALUE not in result.err


@pytest.mark.parametrize("value", ["${WEB_HOST}", "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"])
def test_what_somebody_else_fills_in_or_decrypts_is_none(
    repository: Repository, value: str
) -> None:
    repository.write(_secret_shop(value))
    assert repository.run("clusters/a").code == 0


def test_the_list_says_which_are_secret(repository: Repository) -> None:
    repository.write(_secret_shop(_VALUE))
    rows = json.loads(repository.run("parameters", "a", "--json").out)
    (row,) = (one for one in rows if one["name"] == "web.host")
    assert (row["secret"], row["value"]) == (True, "<hidden>")


_SCHEMAS = [
    {"enum": [_VALUE, "x"]},
    {"const": _VALUE},
    {"type": "string", "pattern": _VALUE, "default": _VALUE},
    {"anyOf": [{"examples": [_VALUE], "minLength": 99}, {"const": _VALUE}]},
    {"properties": {"default": {"enum": [_VALUE]}}, "required": ["default"], "type": "object"},
]


@pytest.mark.parametrize("schema", _SCHEMAS, ids=json.dumps)
def test_the_values_of_its_schema_are_hidden_too(repository: Repository, schema: object) -> None:
    files = _secret_shop("another")
    declared = files["base/parameters.yaml"]
    files["base/parameters.yaml"] = declared.replace("{type: string}", json.dumps(schema))
    repository.write(files)
    for command in (["parameters", "a"], ["parameters", "a", "--json"], ["clusters/a"]):
        result = repository.run(*command)
        assert _VALUE not in result.out + result.err
    assert "error: web.host: its schema does not allow this value [refused-value]" in result.err


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"minimum": _VALUE}, "/minimum: this is a string, not a number"),
        ({"format": _VALUE}, "/format: there is no such format"),
        ({"$ref": f"#/{_VALUE}"}, "it refers to what is not in it"),
        ({"items": {"pattern": f"({_VALUE}"}}, "/items/pattern: this is not a regular expression"),
    ],
)
def test_what_is_wrong_with_a_schema_does_not_show_it(
    repository: Repository, schema: object, message: str
) -> None:
    files = _secret_shop("another")
    declared = files["base/parameters.yaml"]
    files["base/parameters.yaml"] = declared.replace("{type: string}", json.dumps(schema))
    repository.write(files)
    said = repository.run("clusters/a").err
    assert f"the schema of web.host is not a JSON Schema: {message} [bad-schema]" in said
    assert _VALUE not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("web.password", "harbour-42"),
        ("web.host", "postgresql://web:harbour-42@db/web"),
        ("web.settings", {"db": [{"adminPassword": "harbour-42"}]}),
    ],
)
def test_what_would_be_exposed_is_not_listed_either(
    repository: Repository, name: str, value: object
) -> None:
    files = shop()
    declared = files["base/parameters.yaml"].replace("web.host", name)
    files["base/parameters.yaml"] = declared.replace("{type: string, format: hostname}", "true")
    set_value = f"{name}: {json.dumps(value)}"
    files["overlays/a/cluster.yaml"] = cluster_yaml("a").replace(
        "web.host: shop.example.com", set_value
    )
    repository.write(files)
    for option in ("--verbose", "--json"):
        result = repository.run("parameters", "a", option)
        assert result.code == 0
        assert "<hidden>" in result.out
        assert "harbour" not in result.out


def test_what_names_a_secret_is_listed(repository: Repository) -> None:
    repository.write(shop())
    assert "shop.example.com" in repository.run("parameters", "a").out


_CONTAINER = "/spec/template/spec/containers/0"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (f"{_CONTAINER}/envFrom/0/configMapRef/name", "missing-reference"),
        (f"{_CONTAINER}/envFrom/0/secretRef", "missing-secret"),
        (f"{_CONTAINER}/volumeMounts", "unknown-volume"),
        ("/spec/selector/matchLabels/app", "selector-mismatch"),
        ("/spec/template/metadata/labels/app", "unmatched-selector"),
    ],
)
def test_what_is_said_of_a_name_does_not_tell_it(
    repository: Repository, path: str, rule: str
) -> None:
    """A value that is written into a name stands in messages and hints about it."""
    values = {
        "secretRef": "{name: $(web.host)}",
        "volumeMounts": "[{name: $(web.host), mountPath: /a}]",
    }
    value, op = "quiet-harbour-42", "add"
    files = _secret_shop(value)
    written = values.get(path.rpartition("/")[2])
    if written:  # a template fills a text: what is around it comes by a patch
        op, field = "replace", "/name" if rule == "missing-secret" else "/0/name"
        files["overlays/a/kustomization.yaml"] += (
            "patches:\n- target: {kind: Deployment}\n  patch: |-\n"
            f"    - {{op: add, path: {path}, value: {written.replace('$(web.host)', 'x')}}}\n"
        )
        path += field
    files["base/parameters.yaml"] += (
        f"    - {{select: {{kind: Deployment}}, path: {path}, op: {op}}}\n"
    )
    repository.write(files)
    for command in (["check", "a"], ["check", "a", "--json"], ["clusters/a"]):
        result = repository.run(*command)
        assert rule in result.out + result.err
        assert value not in result.out + result.err
        assert "<hidden>" in result.out + result.err


def test_a_field_that_nobody_knows_is_not_named(repository: Repository) -> None:
    files = _secret_shop("another")
    schema = "{type: object, properties: {a: {}}, additionalProperties: false}"
    files["base/parameters.yaml"] = files["base/parameters.yaml"].replace("{type: string}", schema)
    files["overlays/a/cluster.yaml"] = cluster_yaml("a", host="{quiet-harbour-42: x}")
    repository.write(files)
    said = repository.run("clusters/a").err
    assert "web.host: unknown field [refused-value]" in said
    assert "harbour" not in said


def test_a_patch_by_its_name_does_not_tell_it(repository: Repository) -> None:
    patch = """  patches:
  - target: {kind: Deployment, name: quiet-harbour-42}
    patch: [{op: add, path: /spec/paused, value: true}]
"""
    repository.write(_secret_shop("quiet-harbour-42", patch))
    said = repository.run("clusters/a").err
    assert "no object matches the target {kind: Deployment, name: <hidden>}" in said
    assert "harbour" not in said
