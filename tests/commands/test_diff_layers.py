"""`render diff` where a kustomization, or what feeds who syncs, changes what is synced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from history.gits import new_git
from history.shops import FLUX
from shop import shop as shop_files
from support import Repository

_PARENT = (
    FLUX.replace("name: a", "name: all").replace("./clusters/a", "./gitops") + "  patches: []\n"
)
_SOURCE = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.com/fleet", ref: {branch: main}}
"""
_SET = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators: [{git: {files: [{path: "fleet/**/config.json"}]}}]
  template: {spec: {project: shop, source: {path: "{{dir}}", targetRevision: "{{revision}}"}}}
"""
_PLUGGED = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec: {project: shop, source: {path: clusters/a, plugin: {name: render}}}
"""
_PLUGIN = """apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata: {name: render}
spec: {generate: {command: [render]}}
"""
_FED = FLUX + "  postBuild: {substituteFrom: [{kind: ConfigMap, name: values}]}\n"
_VALUES = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: values, namespace: flux-system}\n"
_COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
_LISTS = "resources: [a.yaml]\n"
_FAILING = ("diff", "HEAD", "--fail-on", "loses-data,outage,opens-access")
_CLAIM = "clusters/a/shop/persistentvolumeclaim-data.yaml"
_HOLDS = """apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


def _patch(kind: str = "Kustomization", /, **operation: object) -> str:
    return f"patches: [{{target: {{kind: {kind}}}, patch: '{json.dumps([operation])}'}}]\n"


_EVIL = _patch(op="add", path="/spec/patches", value=[{"patch": "evil"}])


class Case(NamedTuple):
    """What is committed, what then differs (an empty text removes a file), and what is said."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    told: str


_TOLD = {
    "a patch beside a syncer": Case(
        {"gitops/a.yaml": FLUX, "gitops/kustomization.yaml": _LISTS},
        {"gitops/kustomization.yaml": _LISTS + _EVIL},
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a patch in a file": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/kustomization.yaml": f"{_LISTS}patches: [{{path: patch.yaml}}]\n",
            "gitops/patch.yaml": FLUX,
        },
        {"gitops/patch.yaml": FLUX + "  targetNamespace: kube-system\n"},
        "Kustomization flux-system/a (spec: targetNamespace)",
    ),
    "a patch of what syncs a base": Case(
        {
            "gitops/base/a.yaml": FLUX,
            "gitops/base/kustomization.yaml": _LISTS,
            "gitops/prod/kustomization.yaml": "resources: [../base]\n",
        },
        {"gitops/prod/kustomization.yaml": "resources: [../base]\n" + _EVIL},
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a component": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/kustomization.yaml": _LISTS + "components: [../parts/x]\n",
            "parts/x/kustomization.yaml": _COMPONENT,
        },
        {"parts/x/kustomization.yaml": _COMPONENT + _EVIL},
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a replacement": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/v.yaml": _VALUES + "data: {to: kube-system}\n",
            "gitops/kustomization.yaml": "resources: [a.yaml, v.yaml]\n",
        },
        {
            "gitops/kustomization.yaml": "resources: [a.yaml, v.yaml]\n"
            "replacements:\n- source: {kind: ConfigMap, name: values, fieldPath: data.to}\n"
            "  targets:\n  - select: {kind: Kustomization}\n"
            "    fieldPaths: [spec.targetNamespace]\n    options: {create: true}\n",
        },
        "Kustomization flux-system/a (spec: targetNamespace)",
    ),
    "a patch of a source": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/s.yaml": _SOURCE,
            "gitops/kustomization.yaml": "resources: [a.yaml, s.yaml]\n",
        },
        {
            "gitops/kustomization.yaml": "resources: [a.yaml, s.yaml]\n"
            + _patch("GitRepository", op="replace", path="/spec/url", value="https://evil")
        },
        "GitRepository flux-system/fleet (spec: url)",
    ),
    "a path that only a patch gives": Case(
        {
            "gitops/a.yaml": FLUX.replace("./clusters/a", "./nowhere"),
            "gitops/kustomization.yaml": _LISTS
            + _patch(op="replace", path="/spec/path", value="clusters/a"),
        },
        {"gitops/a.yaml": FLUX.replace("./clusters/a", "./nowhere") + "  patches: [{patch: x}]\n"},
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a syncer in a file of another name": Case(
        {"gitops/kustomization.yaml": "resources: [v.yaml]\n", "gitops/v.yaml": _VALUES},
        {
            "gitops/kustomization.yaml": "resources: [v.yaml, a.txt]\n",
            "gitops/a.txt": FLUX + "  patches: [{patch: evil}]\n",
        },
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a patch that makes a syncer of something else": Case(
        {"gitops/kustomization.yaml": "resources: [v.yaml]\n", "gitops/v.yaml": _VALUES},
        {
            "gitops/kustomization.yaml": "resources: [v.yaml]\n"
            "patches:\n- target: {kind: ConfigMap}\n  options: {allowKindChange: true}\n"
            "  patch: |-\n"
            "    - {op: replace, path: /kind, value: Kustomization}\n"
            "    - {op: replace, path: /apiVersion, value: kustomize.toolkit.fluxcd.io/v1}\n"
            "    - {op: add, path: /spec, value: {path: clusters/a, patches: [{patch: evil}]}}\n",
        },
        "Kustomization flux-system/values (spec: patches)",
    ),
    "a kustomization that leaves out": Case(
        {"gitops/a.yaml": FLUX, "gitops/v.yaml": _VALUES},
        {"gitops/kustomization.yaml": "resources: [v.yaml]\n"},
        "Kustomization flux-system/a (not in: gitops/kustomization.yaml)",
    ),
    "one above that leaves out": Case(
        {"gitops/x/a.yaml": FLUX, "gitops/v.yaml": _VALUES},
        {"gitops/kustomization.yaml": "resources: [v.yaml]\n"},
        "Kustomization flux-system/a (not in: gitops/kustomization.yaml)",
    ),
    "one that goes": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/v.yaml": _VALUES,
            "gitops/kustomization.yaml": "resources: [v.yaml]\n",
        },
        {"gitops/kustomization.yaml": ""},
        "Kustomization flux-system/a (not in: gitops/kustomization.yaml)",
    ),
    "one that goes with its patch": Case(
        {"gitops/a.yaml": FLUX, "gitops/kustomization.yaml": _LISTS + _EVIL},
        {"gitops/kustomization.yaml": ""},
        "Kustomization flux-system/a (spec: patches)",
    ),
    "one that lists no more": Case(
        {"gitops/a.yaml": FLUX, "gitops/v.yaml": _VALUES, "gitops/kustomization.yaml": _LISTS},
        {"gitops/kustomization.yaml": "resources: [v.yaml]\n"},
        "Kustomization flux-system/a (not in: gitops/kustomization.yaml)",
    ),
    "one above that says what it was before": Case(
        {"gitops/a.yaml": FLUX},
        {
            "gitops/a.yaml": FLUX + "  targetNamespace: evil\n",
            "kustomization.yaml": "resources: [gitops/a.yaml]\n"
            + _patch(op="remove", path="/spec/targetNamespace"),
        },
        "Kustomization flux-system/a (spec: targetNamespace)",
    ),
    "one that cannot be composed": Case(
        {"gitops/a.yaml": FLUX, "gitops/kustomization.yaml": _LISTS},
        {"gitops/kustomization.yaml": _LISTS + "helmCharts: [{name: evil}]\n"},
        "gitops/kustomization.yaml (not composed, made of: gitops/a.yaml,"
        " gitops/kustomization.yaml)",
    ),
    "a file of one that cannot be composed": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/kustomization.yaml": "resources: [a.yaml, https://x.example.com/a.yaml]\n"
            "patches: [{path: patch.yaml}]\n",
            "gitops/patch.yaml": FLUX,
        },
        {"gitops/patch.yaml": FLUX + "  targetNamespace: kube-system\n"},
        "gitops/kustomization.yaml (not composed, made of: gitops/patch.yaml)",
    ),
    "patches of what syncs the syncers": Case(
        {"gitops/a.yaml": FLUX, "flux.yaml": _PARENT},
        {"flux.yaml": _PARENT.replace("patches: []", "patches: [{patch: evil}]")},
        "Kustomization flux-system/all (spec: patches)",
    ),
    "patches of what syncs a kustomization": Case(
        {
            "gitops/kustomization.yaml": "resources: [../base]\n",
            "base/kustomization.yaml": _LISTS,
            "base/a.yaml": FLUX,
            "flux.yaml": _PARENT,
        },
        {"flux.yaml": _PARENT.replace("patches: []", "patches: [{patch: evil}]")},
        "Kustomization flux-system/all (spec: patches)",
    ),
    "a kustomization above trees": Case(
        {"flux/a.yaml": FLUX.replace("./clusters/a", "./clusters")},
        {
            "clusters/kustomization.yaml": "resources: [a/shop/deployment-web.yaml]\n"
            "namePrefix: evil-\n"
        },
        "clusters/kustomization.yaml",
    ),
    "a patch of one above trees": Case(
        {
            "clusters/kustomization.yaml": "resources: [a/shop/deployment-web.yaml]\n"
            "patches: [{path: p.txt}]\n",
            "clusters/p.txt": "a: b\n",
        },
        {"clusters/p.txt": "a: c\n"},
        "clusters/kustomization.yaml (made of: clusters/p.txt)",
    ),
    "one elsewhere that leads into a tree": Case(
        {
            "deploy/a/kustomization.yaml": "resources:\n"
            "- ../../clusters/a/shop/deployment-web.yaml\n"
        },
        {
            "deploy/a/kustomization.yaml": "resources:\n"
            "- ../../clusters/a/shop/deployment-web.yaml\nnamePrefix: evil-\n"
        },
        "deploy/a/kustomization.yaml (made of: deploy/a/kustomization.yaml)",
    ),
    "who syncs one that leads into a tree": Case(
        {
            "deploy/a/kustomization.yaml": "resources:\n"
            "- ../../clusters/a/shop/deployment-web.yaml\n",
            "flux/a.yaml": FLUX.replace("./clusters/a", "./deploy/a"),
        },
        {
            "flux/a.yaml": FLUX.replace("./clusters/a", "./deploy/a")
            + "  patches: [{patch: evil}]\n"
        },
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a manifest beside trees": Case(
        {"flux/a.yaml": FLUX.replace("./clusters/a", "./clusters")},
        {"clusters/evil.yaml": _VALUES},
        "clusters/evil.yaml",
    ),
    "a value of a substitution": Case(
        {"gitops/a.yaml": _FED, "vars/v.yaml": _VALUES + "data: {IMAGE: web}\n"},
        {"vars/v.yaml": _VALUES + "data: {IMAGE: evil}\n"},
        "ConfigMap flux-system/values (data: IMAGE)",
    ),
    "a generated value of a substitution": Case(
        {
            "gitops/a.yaml": _FED,
            "gitops/kustomization.yaml": "resources: [a.yaml]\n"
            "generatorOptions: {disableNameSuffixHash: true}\n"
            "configMapGenerator: [{name: values, namespace: flux-system, envs: [v.env]}]\n",
            "gitops/v.env": "IMAGE=web\n",
        },
        {"gitops/v.env": "IMAGE=evil\n"},
        "ConfigMap flux-system/values (data: IMAGE)",
    ),
    "a value of a substitution in a tree": Case(
        {
            "gitops/a.yaml": _FED,
            "clusters/a/flux/configmap-values.yaml": _VALUES + "data: {IMAGE: web}\n",
        },
        {"clusters/a/flux/configmap-values.yaml": _VALUES + "data: {IMAGE: evil}\n"},
        "ConfigMap flux-system/values (data: IMAGE)",
    ),
    "a file of a generator": Case(
        {
            "gitops/set.yaml": _SET,
            "fleet/a/config.json": '{"dir": "clusters/a", "revision": "main"}',
        },
        {"fleet/a/config.json": '{"dir": "clusters/a", "revision": "evil"}'},
        "ApplicationSet argocd/all (files: fleet/a/config.json)",
    ),
    "a value of a substitution comes": Case(
        {"gitops/a.yaml": _FED},
        {"vars/v.yaml": _VALUES + "data: {IMAGE: evil}\n"},
        "ConfigMap flux-system/values (data: IMAGE)",
    ),
    "a value of a substitution goes": Case(
        {"gitops/a.yaml": _FED, "vars/v.yaml": _VALUES + "data: {IMAGE: web}\n"},
        {"vars/v.yaml": ""},
        "ConfigMap flux-system/values (data: IMAGE)",
    ),
    "a file of a generator goes": Case(
        {"gitops/set.yaml": _SET, "fleet/a/config.json": "{}"},
        {"fleet/a/config.json": ""},
        "ApplicationSet argocd/all (files: fleet/a/config.json)",
    ),
    "a component of who syncs": Case(
        {
            "gitops/a.yaml": FLUX + "  components: [../../parts/x]\n",
            "parts/x/kustomization.yaml": _COMPONENT,
        },
        {"parts/x/kustomization.yaml": _COMPONENT + _EVIL},
        "Kustomization flux-system/a (files: parts/x/kustomization.yaml)",
    ),
    "a source that comes": Case(
        {"gitops/a.yaml": FLUX},
        {"gitops/s.yaml": _SOURCE},
        "GitRepository flux-system/fleet (spec: ref, url)",
    ),
    "a plugin": Case(
        {"gitops/a.yaml": _PLUGGED, "gitops/plugin.yaml": _PLUGIN},
        {"gitops/plugin.yaml": _PLUGIN.replace("[render]", "[evil]")},
        "ConfigManagementPlugin render (spec: generate)",
    ),
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The shop with two clusters, rendered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shop = Repository(new_git(tmp_path / "repository").path)
    shop.write(shop_files("a", "b"))
    shop.render("clusters")
    return shop


def _header(shop: Repository) -> str:
    text = (shop.path / "clusters/a/shop/deployment-web.yaml").read_text()
    return "".join(text.splitlines(keepends=True)[:3])


def _change(shop: Repository, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    shop.write(dict(old))
    new_git(shop.path).commit()
    shop.write({path: text for path, text in new.items() if text})
    for path, text in new.items():
        if not text:
            (shop.path / path).unlink()


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("case", _TOLD.values(), ids=_TOLD)
def test_what_syncs_is_made_of_more(shop: Repository, case: Case) -> None:
    _change(shop, case.old, case.new)
    result = shop.run(*_FAILING)
    assert (case.told in result.err, result.code) == (True, 1), result.err
    assert shop.run(*_FAILING, "--json").code == 1


_SAME = {
    "a kustomization comes that changes nothing": Case(
        {"gitops/a.yaml": FLUX}, {"gitops/kustomization.yaml": _LISTS}, ""
    ),
    "one that cannot be composed stays": Case(
        {
            "gitops/a.yaml": FLUX,
            "gitops/kustomization.yaml": "resources: [a.yaml, https://x.example.com/a.yaml]\n",
            "other.yaml": "a: b\n",
        },
        {"other.yaml": "a: c\n"},
        "",
    ),
    "a patch of what syncs no tree": Case(
        {
            "gitops/a.yaml": FLUX.replace("./clusters/a", "./apps"),
            "gitops/kustomization.yaml": _LISTS,
        },
        {"gitops/kustomization.yaml": _LISTS + _EVIL},
        "",
    ),
    "a patch takes back what a syncer says": Case(
        {"gitops/a.yaml": FLUX, "gitops/kustomization.yaml": _LISTS},
        {
            "gitops/a.yaml": FLUX + "  targetNamespace: evil\n",
            "gitops/kustomization.yaml": _LISTS + _patch(op="remove", path="/spec/targetNamespace"),
        },
        "",
    ),
    "another syncer is listed": Case(
        {"gitops/a.yaml": FLUX, "gitops/kustomization.yaml": _LISTS},
        {
            "gitops/b.yaml": FLUX.replace("name: a", "name: b").replace("ers/a", "ers/b"),
            "gitops/kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
        },
        "",
    ),
    "a value of which nothing is substituted": Case(
        {"gitops/a.yaml": FLUX, "vars/v.yaml": _VALUES + "data: {IMAGE: web}\n"},
        {"vars/v.yaml": _VALUES + "data: {IMAGE: other}\n"},
        "",
    ),
    "a chart": Case(
        {"gitops/a.yaml": _PLUGGED.replace("path: clusters/a, plugin: {name: render}", "chart: x")},
        {"gitops/a.yaml": _PLUGGED.replace("path: clusters/a, plugin: {name: render}", "chart: y")},
        "",
    ),
}


@pytest.mark.parametrize("case", _SAME.values(), ids=_SAME)
def test_what_changes_nothing_fails_nothing(shop: Repository, case: Case) -> None:
    _change(shop, case.old, case.new)
    result = shop.run(*_FAILING)
    assert (result.code, result.err) == (0, "")


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("cut", ["", "helmCharts: [{name: x}]\n"])
def test_what_a_patch_lets_prune_is_pruned(shop: Repository, cut: str) -> None:
    """The file says that it does not; of what cannot be composed nobody knows."""
    header = _header(shop)
    files = {
        _CLAIM: header + _HOLDS,
        "gitops/a.yaml": FLUX.replace("prune: true", "prune: false"),
        "gitops/kustomization.yaml": _LISTS
        + cut
        + _patch(op="replace", path="/spec/prune", value=True),
    }
    _change(shop, files, {_CLAIM: ""})
    assert "loses-data: PersistentVolumeClaim shop/data in a" in shop.run(*_FAILING).out


def test_what_a_patch_lets_stay_stays(shop: Repository) -> None:
    header = _header(shop)
    files = {
        _CLAIM: header + _HOLDS,
        "gitops/a.yaml": FLUX,
        "gitops/kustomization.yaml": _LISTS + _patch(op="replace", path="/spec/prune", value=False),
    }
    _change(shop, files, {_CLAIM: ""})
    result = shop.run("diff", "HEAD")
    assert "it is not pruned, and stays" in result.out
