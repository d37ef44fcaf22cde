"""Parameters from declaration to field: precedence, templates, targets, capabilities, schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from support import UNCHECKED, Repository

from renderer.yamldoc.reading import read_stream

_LOCAL = 'annotations: {config.kubernetes.io/local-config: "true"}'
_HEAD = "apiVersion: renderer.gitops/v1alpha1\n"
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}, annotations: {url: none}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: web, image: web:1, args: [], env: [{name: HOST, value: none}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, labels: {app: worker}}
spec: {replicas: 1}
"""


def _document(kind: str, spec: Any, name: str = "x") -> str:
    text = json.dumps(spec, ensure_ascii=False)
    return f"{_HEAD}kind: {kind}\nmetadata: {{name: {name}, {_LOCAL}}}\nspec: {text}\n"


def _declared(*parameters: dict[str, Any], **more: Any) -> str:
    return _document("Parameters", {"parameters": list(parameters), **more})


def _cluster(parameters: dict[str, Any], name: str = "a", *patches: dict[str, Any]) -> str:
    spec = json.dumps({"parameters": parameters, "patches": patches}, ensure_ascii=False)
    return f"{_HEAD}kind: Cluster\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def _component(*documents: str) -> dict[str, str]:
    head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    return {
        "kustomization.yaml": f"{head}resources: [all.yaml]\n",
        "all.yaml": "---\n".join(documents),
    }


def _repository(
    repository: Repository,
    declarations: str,
    settings: dict[str, Any] | None = None,
    components: Mapping[str, list[str]] | None = None,
) -> None:
    files = {
        "render.toml": UNCHECKED,
        "base/kustomization.yaml": "resources: [web.yaml, parameters.yaml]\n",
        "base/web.yaml": _WEB,
        "base/parameters.yaml": declarations,
        "overlays/a/cluster.yaml": _cluster(settings or {}),
    }
    for name, documents in (components or {}).items():
        named = [text.replace("{name: x,", f"{{name: {name},") for text in documents]
        for path, content in _component(*named).items():
            files[f"components/{name}/{path}"] = content
    names = ", ".join(f"../../components/{name}" for name in components or {})
    files["overlays/a/kustomization.yaml"] = f"resources: [../../base]\ncomponents: [{names}]\n"
    repository.write(files)


def _target(path: str, name: str = "web", **more: Any) -> dict[str, Any]:
    return {"select": {"kind": "Deployment", "name": name}, "path": path, **more}


def _built(repository: Repository, name: str = "web") -> dict[str, Any]:
    data: Any
    for data in read_stream(repository.render("build", "overlays/a").out):
        if isinstance(data, dict) and data["metadata"]["name"] == name:
            return data
    raise AssertionError(name)


def _refused(repository: Repository) -> str:
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, ""), result.err
    return result.err


_REPLICAS = {
    "name": "web.replicas",
    "description": "How many.",
    "schema": {"type": "integer", "minimum": 1},
    "default": 2,
    "targets": [_target("/spec/replicas")],
}


@pytest.mark.parametrize(
    ("values", "cluster", "expected"),
    [([], None, 2), ([3], None, 3), ([3, 3], None, 3), ([], 4, 4), ([3], 4, 4)],
)
def test_precedence(
    values: list[int], cluster: int | None, expected: int, repository: Repository
) -> None:
    components = {
        f"env{place}": [_document("Values", {"parameters": {"web.replicas": value}})]
        for place, value in enumerate(values)
    }
    settings = {} if cluster is None else {"web.replicas": cluster}
    _repository(repository, _declared(_REPLICAS), settings, components)
    assert _built(repository)["spec"]["replicas"] == expected
    assert _built(repository, "worker")["spec"]["replicas"] == 1


def test_two_shared_values_that_differ_are_an_error_even_if_the_cluster_sets_one(
    repository: Repository,
) -> None:
    components = {
        f"env{value}": [_document("Values", {"parameters": {"web.replicas": value}})]
        for value in (3, 4)
    }
    _repository(repository, _declared(_REPLICAS), {"web.replicas": 5}, components)
    assert "[conflicting-values]" in _refused(repository)


def _parameter(name: str, default: Any, *targets: dict[str, Any], **schema: Any) -> dict[str, Any]:
    return {"name": name, "schema": schema, "default": default, "targets": list(targets)}


def test_templates(repository: Repository) -> None:
    _repository(
        repository,
        _declared(
            _parameter("host", "example.com"),
            _parameter("port", 80),
            _parameter("tls", True),
            _parameter("list", ["a", 1]),
            _parameter(
                "path",
                "/x",
                _target(
                    "/metadata/annotations/url",
                    value="$(host):$(port)$(path)?$(tls)&$(list) $$(VAR) $$ $"
                    " $(host)$(host) $$$(VAR)",
                ),
            ),
        ),
        {"host": "é"},
    )
    assert _built(repository)["metadata"]["annotations"]["url"] == (
        'é:80/x?true&["a", 1] $(VAR) $$ $ éé $$(VAR)'
    )


def test_a_patch_of_a_field_that_several_parameters_write(repository: Repository) -> None:
    target = _target("/metadata/annotations/url", value="$(host):$(port)/$(host)")
    parameters = (_parameter("host", "h"), _parameter("port", 80), _parameter("url", "", target))
    operation = {"op": "remove", "path": "/metadata/annotations/url"}
    patch = {"target": {"kind": "Deployment", "name": "web"}, "patch": [operation]}
    _repository(repository, _declared(*parameters))
    repository.write({"overlays/a/cluster.yaml": _cluster({"port": 81}, "a", patch)})
    message = _refused(repository)
    assert "error: host and port write this field [parameter-field]\n" in message
    assert "hint: set host or port under spec.parameters instead of patching its field" in message


def test_a_field_is_free_where_its_parameter_is_not_used(repository: Repository) -> None:
    """It is the parameter with the target that is not used, not those that fill its template."""
    target = _target("/metadata/annotations/url", value="$(host):$(port)")
    url, host = _parameter("url", "", target, type="string"), _parameter("host", "h", type="string")
    operation = {"op": "replace", "path": "/metadata/annotations/url", "value": "mine"}
    patch = {"target": {"kind": "Deployment", "name": "web"}, "patch": [operation]}
    declared = _declared(url, host, _parameter("port", 80))
    _repository(repository, declared)
    repository.write({"overlays/a/cluster.yaml": _cluster({}, "a", patch)})
    assert "or url: null if this cluster does not use it" in _refused(repository)
    repository.write({"overlays/a/cluster.yaml": _cluster({"url": None}, "a", patch)})
    assert _built(repository)["metadata"]["annotations"]["url"] == "mine"
    component = {"x": [_document("Values", {"parameters": {"url": None}})]}
    _repository(repository, declared, {}, component)
    assert _built(repository)["metadata"]["annotations"]["url"] == "none"
    row = json.loads(repository.render("parameters", "a", "--json").out)[-1]
    assert (row["name"], row["used"], "value" in row) == ("url", False, False)
    assert row["set"]["path"] == "components/x/all.yaml"
    assert "value    none; it is not used  (components/x/all.yaml:4:" in (
        repository.render("parameters", "a").out
    )
    _repository(repository, declared, {"url": "$"}, component)
    assert _built(repository)["metadata"]["annotations"]["url"] == "h:80"


def test_a_template_may_only_name_what_is_declared(repository: Repository) -> None:
    target = _target("/metadata/annotations/url", value="$(hots)")
    _repository(repository, _declared(_parameter("host", "x", target)))
    message = _refused(repository)
    assert "[unknown-parameter]" in message
    assert "host" in message


def test_kubernetes_own_references_are_no_placeholders(repository: Repository) -> None:
    _repository(repository, _declared(_parameter("host", "x", _target("/spec/replicas"))))
    text = _WEB.replace("value: none", "value: $(POD_NAME)")
    repository.write({"base/web.yaml": text})
    _built(repository)
    repository.write({"base/web.yaml": _WEB.replace("value: none", "value: $(host)")})
    assert "[placeholder]" in _refused(repository)


def test_a_finding_that_repeats_is_said_once(repository: Repository) -> None:
    _repository(repository, _declared(_parameter("host", "x", _target("/spec/replicas"))))
    repository.write({"base/web.yaml": _WEB.replace("value: none", "value: $(host)$(host)")})
    message = _refused(repository)
    assert message.count("[placeholder]") == 1
    assert "in the clusters" not in message


def test_further_targets(repository: Repository) -> None:
    """Another component may add fields to a parameter, before or after it is declared."""
    further = {"name": "web.replicas", "targets": [_target("/spec/replicas", "worker")]}
    _repository(
        repository, _declared(_REPLICAS), {"web.replicas": 7}, {"more": [_declared(further)]}
    )
    assert _built(repository)["spec"]["replicas"] == 7
    assert _built(repository, "worker")["spec"]["replicas"] == 7
    _repository(
        repository, _declared(further), {"web.replicas": 7}, {"more": [_declared(_REPLICAS)]}
    )
    assert _built(repository, "worker")["spec"]["replicas"] == 7


def test_targets_for_what_nobody_declares(repository: Repository) -> None:
    further = {"name": "web.replica", "targets": [_target("/spec/replicas")]}
    _repository(repository, _declared(_REPLICAS, further))
    message = _refused(repository)
    assert "web.replica has targets here, but no component that is composed declares it" in message


@pytest.mark.parametrize(
    ("target", "value", "path", "expected"),
    [
        ({"path": "/spec/template/spec/containers/[name=web]/args/-"}, "x", "args", ["x"]),
        (
            {"path": "/spec/template/spec/containers/[name=web]/args"},
            ["a", "b"],
            "args",
            ["a", "b"],
        ),
        ({"path": "/spec/template/spec/containers/0/tty", "op": "add"}, True, "tty", True),
        (
            {"path": "/spec/template/spec/containers/0/x", "op": "add"},
            {"a": [None]},
            "x",
            {"a": [None]},
        ),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, None, "x", None),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, 2**63 - 1, "x", 2**63 - 1),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, 1.5, "x", 1.5),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, "", "x", ""),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, "on", "x", "on"),
        ({"path": "/spec/template/spec/containers/0/x", "op": "add"}, "é🎉\n", "x", "é🎉\n"),
    ],
)
def test_values_of_every_type(
    target: dict[str, Any], value: Any, path: str, expected: Any, repository: Repository
) -> None:
    selected = {"select": {"labelSelector": "app in (web)"}, **target}
    _repository(repository, _declared(_parameter("p", "d", selected)), {"p": value})
    container = _built(repository)["spec"]["template"]["spec"]["containers"][0]
    assert container[path] == expected
    assert type(container[path]) is type(expected)


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        ({"one": {"provides": ["db"]}, "two": {"requires": ["db"]}}, ""),
        ({"two": {"requires": ["db"]}, "one": {"provides": ["db"]}}, ""),
        ({"one": {"provides": ["db"]}, "two": {"provides": ["db"]}}, "both provide db"),
        ({"two": {"requires": ["db"]}}, "nothing that is composed provides it"),
        ({"one": {"provides": ["db"], "requires": ["db"]}}, ""),
    ],
)
def test_capabilities(
    components: dict[str, dict[str, Any]], expected: str, repository: Repository
) -> None:
    documents = {name: [_document("Parameters", spec)] for name, spec in components.items()}
    _repository(repository, _declared(_REPLICAS), components=documents)
    if expected:
        assert expected in _refused(repository)
    else:
        _built(repository)


_RULES: list[tuple[dict[str, Any], Any, bool]] = [
    ({"type": "string", "format": "hostname"}, "a.example.com", True),
    ({"type": "string", "format": "hostname"}, "a b", False),
    ({"type": "string", "format": "ipv4"}, "10.0.0.1", True),
    ({"type": "string", "format": "ipv4"}, "10.0.0.256", False),
    ({"type": "string", "format": "uri"}, "https://a.example.com/x", True),
    ({"type": "string", "format": "uri"}, "no uri", False),
    ({"type": "string", "format": "date"}, "2026-13-01", False),
    ({"type": "string", "pattern": "^/[a-z]*$"}, "/airflow", True),
    ({"type": "string", "pattern": "^/[a-z]*$"}, "airflow", False),
    ({"type": "integer"}, True, False),
    ({"type": "integer"}, "1", False),
    ({"type": "integer", "maximum": 2**53}, 2**53 + 1, False),
    ({"type": "boolean"}, "true", False),
    ({"enum": ["a", 1, None]}, None, True),
    ({"enum": ["a", 1]}, "b", False),
    ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "a"], False),
    ({"type": ["string", "null"]}, None, True),
    ({"$ref": "#/$defs/port", "$defs": {"port": {"type": "integer", "maximum": 65535}}}, 80, True),
    (
        {"$ref": "#/$defs/port", "$defs": {"port": {"type": "integer", "maximum": 65535}}},
        70000,
        False,
    ),
    ({"type": "object", "required": ["a"], "additionalProperties": False}, {"b": 1}, False),
]


@pytest.mark.parametrize(("schema", "value", "accepted"), _RULES)
def test_schemas(
    schema: dict[str, Any], value: Any, accepted: bool, repository: Repository
) -> None:
    target = _target("/spec/p", op="add")
    parameter = {"name": "p", "schema": schema, "required": True, "targets": [target]}
    _repository(repository, _declared(parameter), {"p": value})
    if accepted:
        assert _built(repository)["spec"]["p"] == value
    else:
        assert "[refused-value]" in _refused(repository)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://json.schemastore.org/package"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "other.json"},
        {"$ref": "#/$defs/missing"},
        {"type": "strin"},
        {"type": "string", "format": "no-such-format"},
        {"pattern": "("},
    ],
)
def test_schemas_that_cannot_be_used(schema: dict[str, Any], repository: Repository) -> None:
    """No network and no other file: a schema says all by itself."""
    _repository(
        repository, _declared({"name": "p", "schema": schema, "required": True}), {"p": "x"}
    )
    message = _refused(repository)
    assert "base/parameters.yaml:" in message
    assert "[bad-schema]" in message


def test_parameters_are_listed(repository: Repository) -> None:
    described = _parameter("host", "é", _target("/metadata/annotations/url"), type="string")
    missing = {"name": "must", "schema": {"type": "string", "format": "hostname"}, "required": True}
    shared = [_document("Values", {"parameters": {"port": 8080}})]
    _repository(
        repository,
        _declared(_REPLICAS, described, missing, _parameter("port", 80, enum=[80, 8080])),
        {"web.replicas": 3},
        {"env": shared},
    )
    text = repository.render("parameters", "clusters/a").out
    assert (
        "web.replicas: integer\n    How many.\n    value    3  (overlays/a/cluster.yaml:4:" in text
    )
    assert "value    é  (its default)" in text
    assert "must: string (hostname)\n    value    none; it is required" in text
    assert "port: 80 | 8080\n    value    8080  (components/env/all.yaml:4:" in text
    rows = {
        row["name"]: row for row in json.loads(repository.render("parameters", "a", "--json").out)
    }
    assert list(rows) == ["host", "must", "port", "web.replicas"]
    assert "value" not in rows["must"]
    assert rows["must"]["required"] is True
    replicas = rows["web.replicas"]
    assert (replicas["value"], replicas["default"], replicas["type"]) == (3, 2, "integer")
    assert replicas["description"] == "How many."
    assert (replicas["set"]["path"], replicas["set"]["line"]) == ("overlays/a/cluster.yaml", 4)
    assert replicas["declared"]["path"] == "base/parameters.yaml"
    assert replicas["targets"] == [
        {"select": {"kind": "Deployment", "name": "web"}, "path": "/spec/replicas", "op": "replace"}
    ]
    assert rows["host"]["set"] is None


def _unmatched(repository: Repository) -> None:
    wrong = _target("/spec/replicas", "wbe")
    only_b = _target("/data/x", "none") | {"select": {"kind": "ConfigMap"}}
    parameter = {**_REPLICAS, "targets": [_target("/spec/replicas"), wrong, only_b]}
    _repository(repository, _declared(parameter))
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: '1'}\n"
    text = _declared({**parameter, "schema": True, "default": "2"})
    repository.write(
        {
            "base/parameters.yaml": text,
            "overlays/b/kustomization.yaml": "resources: [../../base, c.yaml]\n",
            "overlays/b/c.yaml": config,
            "overlays/b/cluster.yaml": _cluster({}, "b"),
        }
    )


def test_targets_that_match_in_no_cluster_are_warned_of(repository: Repository) -> None:
    """Over all clusters together, and also when nothing had to be rendered."""
    _unmatched(repository)
    for arguments in (["clusters"], ["clusters"], ["clusters", "--check"], ["overlays/a", "b"]):
        message = repository.render(*arguments).err
        assert message.count("[unmatched-target]") == 1, arguments
        assert (
            "web.replicas: no cluster has an object that matches {kind: Deployment, name: wbe}"
            in message
        )
    assert "unmatched" not in repository.render("clusters/a").err


def test_a_corrected_target_is_not_warned_of_again(repository: Repository) -> None:
    _unmatched(repository)
    assert "[unmatched-target]" in repository.render("clusters").err
    text = repository.files()["base/parameters.yaml"].replace("wbe", "worker")
    repository.write({"base/parameters.yaml": text})
    assert "[unmatched-target]" not in repository.render("clusters").err


def test_all_that_is_wrong_is_said_at_once(repository: Repository) -> None:
    _repository(
        repository,
        _declared(_REPLICAS, _parameter("unused", 1, _target("/spec/replicas", "nobody"))),
        {"web.replicas": 0, "unused": 2, "web.replica": 1},
    )
    message = _refused(repository)
    for rule in ("refused-value", "unused-parameter", "unknown-parameter"):
        assert f"[{rule}]" in message
    assert "web.replicas" in message
