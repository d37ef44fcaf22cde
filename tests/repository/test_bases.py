"""A base that a pattern takes for a source is said to be one."""

from __future__ import annotations

import pytest
from support import Repository

_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\n"
_SETTINGS = 'source = "apps/{app}/{env}"\noutput = "clusters/{env}/{app}"\ncluster = "{env}"\n'


@pytest.fixture
def layered(repository: Repository) -> Repository:
    """An app with a base, and an overlay of it for production."""
    repository.write(
        {
            "render.toml": f"[[trees]]\n{_SETTINGS}",
            "apps/shop/base/kustomization.yaml": "resources: [web.yaml]\n",
            "apps/shop/base/web.yaml": _CONFIG,
            "apps/shop/prod/kustomization.yaml": "resources: [../base]\n",
        }
    )
    return repository


def test_a_base_is_no_cluster(layered: Repository) -> None:
    said = (
        "apps/shop/base: warning: this is a base of apps/shop/prod, and is taken for the cluster"
        " base [base-tree]\n"
        '  hint: leave it out by where = {env = "!base"}, in an entry [[trees]] of\n'
        '    source = "apps/{app}/{env}" and output = "clusters/{env}/{app}"\n'
    )
    assert said in layered.run("check").out
    assert said in layered.run("clusters").err
    assert said in layered.run("clusters").err, "also where nothing has changed"
    assert "base-tree" not in layered.run("check", "prod").out
    layered.write({"render.toml": f'[[trees]]\n{_SETTINGS}where = {{env = "!base"}}\n'})
    assert "base-tree" not in layered.run("check").out


def test_it_is_said_also_where_the_base_cannot_stand_alone(layered: Repository) -> None:
    layered.write({"apps/shop/base/kustomization.yaml": "resources: [nowhere.yaml]\n"})
    broken = layered.run("check")
    assert broken.code == 1
    assert "base-tree" not in broken.out, "nobody knows whether it is a base"
    layered.write(
        {
            "apps/shop/base/kustomization.yaml": "resources: [web.yaml]\n",
            "apps/shop/base/cluster.yaml": "apiVersion: nothing\n",
        }
    )
    broken = layered.run("check")
    assert broken.code == 1
    assert "[base-tree]" in broken.out


@pytest.mark.parametrize(
    "changed",
    [
        {"render.toml": f'[[trees]]\n{_SETTINGS}where = {{env = ["base", "prod"]}}\n'},
        {"apps/shop/prod/kustomization.yaml": "resources: [web.yaml]\n"},
    ],
    ids=["named", "not-composed"],
)
def test_what_is_meant_or_no_base_is_not_said(layered: Repository, changed: dict[str, str]) -> None:
    layered.write({"apps/shop/prod/web.yaml": _CONFIG, **changed})
    assert "base-tree" not in layered.run("check").out


def test_a_cluster_that_another_builds_on_is_one(repository: Repository) -> None:
    repository.write(
        {
            "overlays/prod/kustomization.yaml": "resources: [web.yaml]\n",
            "overlays/prod/web.yaml": _CONFIG,
            "overlays/staging/kustomization.yaml": "resources: [../prod]\n",
        }
    )
    assert repository.run("check").out == ""
