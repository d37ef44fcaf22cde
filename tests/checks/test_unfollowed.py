"""Names that kustomize does not follow in custom resources: which are told, and which are not."""

from __future__ import annotations

import re
import textwrap

import pytest
from support import UNCHECKED, Repository

_SETTINGS = UNCHECKED.replace('unfollowed-reference = "off"', 'unfollowed-reference = "error"')
_FOUND = re.compile(r"renamed (\S+ \S+) to (\S+), and did not follow it here")
_OBJECTS = """\
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
"""
_GENERATOR = """\
configMapGenerator: [{name: cfg, namespace: shop, literals: [A=1]}]
"""


def _check(repository: Repository, spec: str, about: str, base: str, overlay: str = "") -> str:
    """What is said of a custom resource beside the objects above, all below a prefix."""
    api_version, kind = about.split()
    custom = f"apiVersion: {api_version}\nkind: {kind}\n"
    custom += f"metadata: {{name: app, namespace: shop}}\nspec: {spec}\n"
    repository.write(
        {
            "render.toml": _SETTINGS,
            "base/objects.yaml": _OBJECTS,
            "base/custom.yaml": custom,
            "base/kustomization.yaml": f"resources: [objects.yaml, custom.yaml]\n{base}",
            "overlays/a/kustomization.yaml": f"resources: [../../base]\n{overlay}",
        }
    )
    return repository.run("clusters/a", "--check").err


_APP = "example.com/v1 App"


@pytest.mark.parametrize(
    ("about", "spec", "renamed"),
    [
        (_APP, "{envFrom: [{configMapRef: {name: cfg}}]}", "ConfigMap shop/cfg"),
        (_APP, "{db: {passwordSecretRef: {name: keys, key: a}}}", "Secret shop/keys"),
        (_APP, "{tls: {secretName: keys}}", "Secret shop/keys"),
        (_APP, "{volumes: [{name: v, configMap: {name: cfg}}]}", "ConfigMap shop/cfg"),
        (_APP, "{valuesFrom: [{kind: ConfigMap, name: cfg}]}", "ConfigMap shop/cfg"),
        (_APP, "{targetRef: {kind: Deployment, name: web}}", "Deployment.apps shop/web"),
        (
            "autoscaling.k8s.io/v1 VerticalPodAutoscaler",
            "{targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
            "Deployment.apps shop/web",
        ),
        (
            "keda.sh/v1alpha1 ScaledObject",
            "{scaleTargetRef: {name: web}}",
            "Deployment.apps shop/web",
        ),
        ("traefik.io/v1alpha1 IngressRoute", "{tls: {secretName: keys}}", "Secret shop/keys"),
        (
            "traefik.io/v1alpha1 IngressRoute",
            "{routes: [{kind: Rule, services: [{name: web, port: 80}]}]}",
            "Service shop/web",
        ),
    ],
)
def test_what_was_not_followed_is_mended_by_the_hint(
    about: str, spec: str, renamed: str, repository: Repository
) -> None:
    said = _check(repository, spec, about, _GENERATOR, "namePrefix: my-\n")
    assert [old for old, _ in _FOUND.findall(said)] == [renamed]
    hint = said.partition("under configurations:\n")[2].partition("\n1 cluster")[0]
    repository.write({"base/names.yaml": textwrap.dedent(hint)})
    base = f"{_GENERATOR}configurations: [names.yaml]\n"
    assert not _FOUND.search(_check(repository, spec, about, base, "namePrefix: my-\n"))


def test_names_in_another_namespace_are_not_followed(repository: Repository) -> None:
    path = "configMapRef/name"
    names = f"nameReference:\n- kind: ConfigMap\n  fieldSpecs: [{{kind: App, path: {path}}}]\n"
    about = "apiVersion: example.com/v1\nkind: App\nmetadata: {name: app}\n"
    repository.write(
        {
            "render.toml": _SETTINGS,
            "overlays/a/custom.yaml": f"{about}configMapRef: {{name: cfg}}\n",
            "overlays/a/names.yaml": names,
        }
    )
    kustomization = f"resources: [custom.yaml]\nconfigurations: [names.yaml]\n{_GENERATOR}"
    repository.write({"overlays/a/kustomization.yaml": kustomization})
    said = repository.run("clusters/a", "--check").err
    assert _FOUND.search(said)
    assert "let kustomization.yaml say namespace: shop;\n    and say in a file" in said
    repository.write({"overlays/a/kustomization.yaml": f"{kustomization}namespace: shop\n"})
    assert not _FOUND.search(repository.run("clusters/a", "--check").err)


@pytest.mark.parametrize(
    ("spec", "base", "overlay"),
    [
        pytest.param("{title: cfg, name: web}", _GENERATOR, "namePrefix: my-\n", id="no reference"),
        pytest.param(
            "{containers: [{name: web, ports: [{name: web}]}], volumes: [{name: cfg}]}",
            _GENERATOR,
            "namePrefix: my-\n",
            id="names of containers, ports and volumes",
        ),
        pytest.param("{secretName: cfg}", _GENERATOR, "namePrefix: my-\n", id="another kind"),
        pytest.param(
            "{targetRef: {apiVersion: example.com/v1, kind: Deployment, name: web}}",
            "",
            "namePrefix: my-\n",
            id="another group",
        ),
        pytest.param(
            "{secretRef: {name: keys, namespace: other}}",
            "",
            "namePrefix: my-\n",
            id="another namespace",
        ),
        pytest.param("{secretRef: {name: elsewhere}}", "", "namePrefix: my-\n", id="not there"),
        pytest.param("{secretName: keys}", "", "", id="not renamed"),
    ],
)
def test_what_is_no_former_name_is_not_told(
    spec: str, base: str, overlay: str, repository: Repository
) -> None:
    assert not _FOUND.search(_check(repository, spec, _APP, base, overlay))


def test_what_has_the_old_name_is_meant(repository: Repository) -> None:
    """Another kustomization brings a Secret that is called so."""
    other = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: shop}\n"
    repository.write({"other/keys.yaml": other})
    repository.write({"other/kustomization.yaml": "resources: [keys.yaml]\n"})
    repository.write({"middle/kustomization.yaml": "resources: [../base]\nnamePrefix: my-\n"})
    _check(repository, "{secretName: keys}", _APP, "")
    both = "resources: [../../middle, ../../other]\n"
    repository.write({"overlays/a/kustomization.yaml": both})
    assert not _FOUND.search(repository.run("clusters/a", "--check").err)
