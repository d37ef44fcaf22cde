"""`render diff` where whoever syncs the trees makes something of them that no tree shows."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from history.gits import new_git
from history.shops import FLUX, edit
from shop import shop as shop_files
from support import Repository

_ARGO = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec:
  project: shop
  source: {repoURL: "https://git.example.com/fleet", path: clusters/a, directory: {recurse: true}}
  destination: {server: "https://kubernetes.default.svc"}
  syncPolicy: {automated: {prune: true}}
"""
_WEB = "clusters/a/shop/deployment-web.yaml"
_CLAIM = "clusters/a/shop/persistentvolumeclaim-data.yaml"
_HOLDS = """apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  namespace: shop
  annotations: {}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
_FAILING = ("diff", "HEAD", "--fail-on", "loses-data,outage,opens-access")
_OPEN = ("image: web:1", "image: web:1\n        securityContext: {privileged: true}")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The shop with two clusters, rendered and committed, and a claim in one of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shop = Repository(new_git(tmp_path / "repository").path)
    shop.write(shop_files("a", "b"))
    shop.render("clusters")
    ours = "".join((shop.path / _WEB).read_text().splitlines(keepends=True)[:3])
    shop.write({_CLAIM: ours + _HOLDS})
    return shop


def _commit(shop: Repository) -> None:
    new_git(shop.path).commit()


_SOURCE = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: flux-system}
spec: {interval: 1m, url: "https://git.example.com/fleet", ref: {branch: main}}
"""
_BOTH = f"{FLUX}---\n{_SOURCE}"
_API = "kustomize.toolkit.fluxcd.io/v1"
_PATCHED = FLUX + "  patches: [{patch: evil}]\n"
_LIST = "apiVersion: v1\nkind: List\nitems:\n- " + _PATCHED.replace("\n", "\n  ").rstrip() + "\n"
_B = _PATCHED.replace("name: a", "name: &b b") + "  namePrefix: *b\n"
_WAYS = {
    **{
        name: (FLUX, FLUX + f"  {name}: {value}\n", f"Kustomization flux-system/a (spec: {name})")
        for name, value in (
            ("components", "[../evil]"),
            ("images", "[{name: web, newName: evil}]"),
            ("patches", "[{patch: evil}]"),
            ("postBuild", "{substitute: {IMAGE: evil}}"),
            ("serviceAccountName", "admin"),
            ("targetNamespace", "kube-system"),
        )
    },
    "another source": (
        FLUX,
        FLUX.replace("fleet", "evil"),
        "Kustomization flux-system/a (spec: sourceRef)",
    ),
    **{
        f"another {name} of its source": (
            _BOTH,
            _BOTH.replace(*change),
            f"GitRepository flux-system/fleet (spec: {name})",
        )
        for name, change in (
            ("url", ("git.example.com", "evil.example.com")),
            ("ref", ("main", "evil")),
            ("ignore", ("ref:", "ignore: b, ref:")),
        )
    },
    "what Argo CD does now": (
        _ARGO,
        _ARGO + "operation: {sync: {revision: evil}}\n",
        "Application argocd/a (spec: operation)",
    ),
    "labels of its namespace": (
        _ARGO,
        _ARGO.replace(
            "{automated:", "{managedNamespaceMetadata: {labels: {x: privileged}}, automated:"
        ),
        "Application argocd/a (spec: syncPolicy.managedNamespaceMetadata)",
    ),
    "one of a List": ("", _LIST, "Kustomization flux-system/a (spec: patches)"),
    "one before another of its name": (
        FLUX,
        f"{_PATCHED}---\n{FLUX}",
        "Kustomization flux-system/a (spec: patches)",
    ),
    "one with an alias": ("", _B, "Kustomization flux-system/b (spec: namePrefix, patches)"),
    **{
        f"one {how}": (
            "",
            _PATCHED.replace(f"apiVersion: {_API}", written),
            "Kustomization flux-system/a (spec: patches)",
        )
        for how, written in (
            ("whose group is escaped", 'apiVersion: "kustomize.toolkit.fluxcd\\x2eio/v1"'),
            ("whose key is escaped", f'"api\\u0056ersion": {_API}'),
            ("of two lines", 'apiVersion:\n  "kustomize.toolkit.flux\\\n  cd.io\\/v1"'),
            (
                "of three lines",
                'apiVersion: "\\\n  kus\\\n  tomize.tool\\\n  kit.flux\\\n  cd.io/v1"',
            ),
            ("in base64", f"apiVersion: !!binary {base64.b64encode(_API.encode()).decode()}"),
        )
    },
    "another directory": (
        FLUX,
        FLUX.replace("clusters/a", "evil"),
        "Kustomization flux-system/a (it does not sync them any more)",
    ),
    "nobody": (FLUX, "", "Kustomization flux-system/a (it does not sync them any more)"),
    "all": (
        FLUX.replace("./clusters/a", "./"),
        FLUX.replace("./clusters/a", "./") + "  patches: [{patch: evil}]\n",
        "Kustomization flux-system/a (spec: patches)",
    ),
    "a second one": ("", FLUX + "  patches: [{patch: x}]\n", "flux-system/a (spec: patches)"),
    "a tool": (
        _ARGO,
        _ARGO.replace("directory: {recurse: true}", "plugin: {name: evil}"),
        "Application argocd/a (spec: source)",
    ),
    "a second one with a tool": (
        "",
        _ARGO.replace("directory: {recurse: true}", "kustomize: {images: [web=evil]}"),
        "Application argocd/a (spec: kustomize)",
    ),
    "another cluster": (
        _ARGO,
        _ARGO.replace("https://kubernetes.default.svc", "https://other.example.com"),
        "Application argocd/a (spec: destination)",
    ),
}


@pytest.mark.holds_off("lie")
def test_a_syncer_in_a_file_that_is_called_as_ours(shop: Repository) -> None:
    shop.write({"gitops/cluster.yaml": FLUX})
    _commit(shop)
    shop.write({"gitops/cluster.yaml": _PATCHED})
    assert "Kustomization flux-system/a (spec: patches)" in shop.run(*_FAILING).err


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize(("old", "new", "told"), _WAYS.values(), ids=_WAYS)
def test_another_way_to_sync_is_not_judged(shop: Repository, old: str, new: str, told: str) -> None:
    shop.write({"gitops/a.yaml": old or "a: b\n"})
    _commit(shop)
    shop.write({"gitops/a.yaml": new or "a: b\n"})
    result = shop.run(*_FAILING)
    assert result.code == 1
    assert "no tree differs" in result.out
    assert f"{told}: trees are synced in another way, and --fail-on cannot judge it" in result.err
    assert told in shop.run("diff", "HEAD").err
    assert shop.run(*_FAILING, "--json").code == 1
    assert shop.run(*_FAILING, "--", "b").code == (1 if "./\n" in old else 0)
    label = told.split(" (", maxsplit=1)[0]
    name = label if " " in label else f"Kustomization {label}"
    exception = f'[[exceptions]]\nimpact = "outage"\nobject = "{name}"\nreason = "read"\n'
    shop.write({"render.toml": exception})
    assert shop.run(*_FAILING).code == 0


_SAME = {
    "comes with its source": ("a: b\n", _BOTH),
    "source waits": (_BOTH, _BOTH.replace("interval: 1m", "interval: 5m")),
    "source goes": (_BOTH, FLUX),
    "comes a second time": (FLUX, f"{FLUX}---\n{FLUX.replace('./clusters/a', './clusters/b')}"),
    "comes": ("a: b\n", FLUX + "  serviceAccountName: flux\n"),
    "comes to Argo CD": ("a: b\n", _ARGO),
    "waits": (FLUX, FLUX.replace("1m", "5m") + "  wait: true\n"),
    "is suspended": (FLUX, FLUX + "  suspend: true\n"),
    "is not automated": (_ARGO, _ARGO.replace("{automated: {prune: true}}", "{}")),
    "is of another directory": (
        FLUX.replace("clusters/a", "apps"),
        FLUX.replace("clusters/a", "apps") + "  patches: [{patch: x}]\n",
    ),
}


@pytest.mark.parametrize(("old", "new"), _SAME.values(), ids=_SAME)
def test_the_same_way_fails_nothing(shop: Repository, old: str, new: str) -> None:
    shop.write({"gitops/a.yaml": old})
    _commit(shop)
    shop.write({"gitops/a.yaml": new})
    result = shop.run(*_FAILING)
    assert (result.code, result.err) == (0, "")


_LEAVING = {
    "Flux leaves it out": 'config.kubernetes.io/local-config: "true"',
    "whatever it says": 'config.kubernetes.io/local-config: ""',
    "blanks are something else": 'config.kubernetes.io/local-config: " false "',
    "Argo CD takes it for a hook": "argocd.argoproj.io/hook: PostDelete",
    "also one of Helm": "helm.sh/hook: test",
    "every change deletes it": 'argocd.argoproj.io/sync-options: "Replace=true,Force=true"',
}


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("annotation", _LEAVING.values(), ids=_LEAVING)
def test_an_annotation_by_which_a_claim_goes(shop: Repository, annotation: str) -> None:
    _commit(shop)
    edit(shop, _CLAIM, "annotations: {}", f"annotations: {{{annotation}}}")
    result = shop.run(*_FAILING)
    assert result.code == 1
    assert "loses-data: PersistentVolumeClaim shop/data in a" in result.out


_HEEDED = {  # by whom alone, as the other one does not know it
    'config.kubernetes.io/local-config: "true"': _ARGO,
    'config.kubernetes.io/local-config: "false"': "",
    "argocd.argoproj.io/hook: PostDelete": FLUX,
    'argocd.argoproj.io/sync-options: "Replace=true,Force=true"': FLUX,
}


@pytest.mark.parametrize(("annotation", "syncer"), _HEEDED.items())
def test_an_annotation_that_nobody_heeds(shop: Repository, annotation: str, syncer: str) -> None:
    shop.write({"gitops/a.yaml": syncer or "a: b\n"})
    _commit(shop)
    edit(shop, _CLAIM, "annotations: {}", f"annotations: {{{annotation}}}")
    assert shop.run(*_FAILING).code == 0


_ALONE = (
    "kustomize.toolkit.fluxcd.io/ssa: IfNotPresent",
    "kustomize.toolkit.fluxcd.io/ssa: Ignore",
    "kustomize.toolkit.fluxcd.io/reconcile: disabled",
)


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("annotation", _ALONE)
def test_nobody_is_known_who_leaves_it_alone(shop: Repository, annotation: str) -> None:
    """Argo CD applies it, and nothing tells that it is Flux who syncs."""
    _commit(shop)
    edit(shop, _WEB, "  name: web\n", f"  annotations: {{{annotation}}}\n  name: web\n")
    edit(shop, _WEB, *_OPEN)
    assert "opens-access: Deployment.apps shop/web" in shop.run(*_FAILING).out


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("annotation", _ALONE)
def test_what_was_left_alone_is_applied_at_last(shop: Repository, annotation: str) -> None:
    """Each of the two commits changes nothing that is harmful, by itself."""
    shop.write({"gitops/a.yaml": FLUX})
    before = (shop.path / _WEB).read_text()
    edit(shop, _WEB, "  name: web\n", f"  annotations: {{{annotation}}}\n  name: web\n")
    _commit(shop)
    edit(shop, _WEB, *_OPEN)
    assert "none: it stays as it is" in shop.run("diff", "HEAD").out
    assert shop.run(*_FAILING).code == 0
    _commit(shop)
    shop.write({_WEB: before.replace(*_OPEN)})
    assert "opens-access: Deployment.apps shop/web" in shop.run(*_FAILING).out


@pytest.mark.parametrize(
    ("written", "code"), [("web", 0), ("we*", 0), ("we?", 1), ("[vw]eb", 1), ("w[!a]*", 1)]
)
def test_an_exception_says_no_more_than_a_star(shop: Repository, written: str, code: int) -> None:
    _commit(shop)
    edit(shop, _WEB, *_OPEN)
    exception = f'impact = "opens-access"\nobject = "Deployment.apps shop/{written}"\n'
    shop.write({"render.toml": f'[[exceptions]]\n{exception}reason = "read"\n'})
    assert shop.run(*_FAILING).code == code
