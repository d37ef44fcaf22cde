"""Parameters that are built in: the texts that name what a release calls something else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Repository, read_world

from renderer.yamldoc.reading import read_stream

_HEAD = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"
_RELEASE = "namePrefix: second-, namespaces: {shop: b}"
_URL = "http://$(name.prefix)web.$(namespaces.shop).svc"
_TARGET = {"select": {"kind": "ConfigMap"}, "path": "/data/COLOR"}
_PATH = {
    "name": "web.path",
    "schema": {"type": "string"},
    "default": "/x",
    "targets": [{**_TARGET, "value": f"{_URL}$(web.path)"}],
}
_BUILT_IN = {"name": "name.prefix", "targets": [{**_TARGET, "value": _URL}]}


def _write(repository: Repository, *parameters: dict[str, Any], spec: str = "") -> None:
    document = {
        "apiVersion": "renderer.gitops/v1alpha1",
        "kind": "Parameters",
        "metadata": {
            "name": "texts",
            "annotations": {"config.kubernetes.io/local-config": "true"},
        },
        "spec": {"parameters": parameters},
    }
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    repository.write(
        read_world("shop")
        | {
            "c/kustomization.yaml": f"{component}resources: [parameters.yaml]\n",
            "c/parameters.yaml": json.dumps(document),
            "overlays/a/kustomization.yaml": "resources: [../../base]\ncomponents: [../../c]\n",
            "overlays/a/cluster.yaml": f"{_HEAD}spec: {{{spec}}}\n",
        }
    )


def _color(repository: Repository) -> str:
    built: list[Any] = [*read_stream(repository.render("build", "overlays/a").out)]
    return str(next(one["data"]["COLOR"] for one in built if one["kind"] == "ConfigMap"))


_HOST = "parameters: {web.host: shop.example.com}"


@pytest.mark.parametrize(
    ("release", "text"),
    [
        ("", "http://web.shop.svc"),
        (f", {_RELEASE}", "http://second-web.b.svc"),
        (", namespaces: {shop: b}", "http://web.b.svc"),
        (", namePrefix: second-", "http://second-web.shop.svc"),
    ],
)
def test_a_text_says_what_the_release_says(release: str, text: str, repository: Repository) -> None:
    _write(repository, _BUILT_IN, spec=_HOST + release)
    assert _color(repository) == text


def test_a_parameter_of_a_component_writes_over_it(repository: Repository) -> None:
    _write(repository, _PATH, _BUILT_IN, spec=f"{_HOST}, {_RELEASE}")
    assert _color(repository) == "http://second-web.b.svc/x"
    _write(repository, _BUILT_IN, _PATH, spec=f"{_HOST}, {_RELEASE}")
    assert _color(repository) == "http://second-web.b.svc/x"


def test_without_that_parameter_it_is_left(repository: Repository) -> None:
    unused = "parameters: {web.host: shop.example.com, web.path: null}"
    _write(repository, _PATH, _BUILT_IN, spec=f"{unused}, {_RELEASE}")
    assert _color(repository) == "http://second-web.b.svc"


def test_a_patch_may_write_the_field(repository: Repository) -> None:
    patch = "{op: replace, path: /data/COLOR, value: mine}"
    patches = f"patches: [{{target: {{kind: ConfigMap, name: settings}}, patch: [{patch}]}}]"
    _write(repository, _BUILT_IN, spec=f"{_HOST}, {_RELEASE}, {patches}")
    assert _color(repository) == "mine"


def test_it_is_not_listed_among_what_can_be_set(repository: Repository) -> None:
    _write(repository, _BUILT_IN, spec=f"{_HOST}, {_RELEASE}")
    assert "name.prefix" not in repository.render("parameters", "a").out


def test_a_name_that_a_parameter_wrote_stays(repository: Repository) -> None:
    """Also where an object of the tree is called so: what a patch wrote follows."""
    account = {
        "name": "web.account",
        "schema": {"type": "string"},
        "default": "web",
        "targets": [
            {
                "select": {"kind": "Deployment"},
                "path": "/spec/template/spec/serviceAccountName",
                "op": "add",
            }
        ],
    }
    _write(repository, account, spec=f"{_HOST}, {_RELEASE}")
    accounts = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n"
    kustomization = "resources: [../../base, account.yaml]\ncomponents: [../../c]\n"
    repository.write(
        {"overlays/a/account.yaml": accounts, "overlays/a/kustomization.yaml": kustomization}
    )

    def used() -> Any:
        built: list[Any] = [*read_stream(repository.render("build", "overlays/a").out)]
        (found,) = (one for one in built if one["kind"] == "Deployment")
        return found["spec"]["template"]["spec"]["serviceAccountName"]

    assert used() == "web"
    unused = "parameters: {web.host: shop.example.com, web.account: null}"
    patch = "{op: add, path: /spec/template/spec/serviceAccountName, value: web}"
    patches = f"patches: [{{target: {{kind: Deployment}}, patch: [{patch}]}}]"
    repository.write(
        {"overlays/a/cluster.yaml": f"{_HEAD}spec: {{{unused}, {_RELEASE}, {patches}}}\n"}
    )
    assert used() == "second-web"
