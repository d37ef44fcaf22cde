"""Names of files that every system can hold."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import shop
from support import UNCHECKED, Repository

from renderer.kubernetes.kinds import BUILT_IN_GROUPS
from renderer.kubernetes.manifests import Manifest, ObjectRef
from renderer.kustomize.name_hash import name_hash
from renderer.tree.names import file_names

_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
}

_HASHES = st.sampled_from(["", "-ckcth7884c", "-h2k4m6t8b5"])
_NAMES = st.one_of(
    st.sampled_from(
        [
            *("web", "Web", "WEB", "a", "a.b", "a..b", "a.", ".a", "a ", " a", "a-", "-", "_", ""),
            *("con", "CON", "aux.yaml", "nul.", "com1", "LPT9.x", "_cluster", "_no-namespace"),
            *("system:node", "a:b", "a/b", "a\\b", "../../etc/passwd", "..", "*", "a?b", "<x>"),
            *("\u00e9", "e\u0301", "\u212a", "k", "\u0130", "i\u0307", "stra\u00dfe", "strasse"),
            *("x" * 253, "x" * 254, "\u20ac" * 84, "\u20ac" * 200, "\0", "a\nb", "\x1b[31m"),
            "web_0123456789",
        ]
    ),
    st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?", fullmatch=True),
    st.text(max_size=300),
)
_KINDS = st.one_of(
    st.sampled_from(
        ["Deployment", "deployment", "Con", "Secret", "ConfigMap", "X" * 250, "\u0130"]
    ),
    st.text(min_size=1, max_size=40),
)
_GROUPS = st.one_of(
    st.sampled_from(["", "apps", "batch", "example.com", "Example.com", "con", "a" * 253]),
    st.text(max_size=30),
)


@st.composite
def _manifests(draw: st.DrawFn) -> list[Manifest]:
    made = {}
    for _ in range(draw(st.integers(1, 8))):
        stem = draw(_NAMES)
        name = stem + draw(_HASHES)
        ref = ObjectRef(draw(_GROUPS), draw(_KINDS), draw(_NAMES), name)
        made[ref] = Manifest(ref, {}, stem)
    return list(made.values())


def _on_any_disk(path: str) -> str:
    """What a path is to a system that tells neither case nor Unicode forms apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


@settings(max_examples=300)
@given(_manifests(), st.randoms(use_true_random=False))
def test_names_are_safe_and_unique_and_do_not_depend_on_order(
    manifests: list[Manifest], shuffler: random.Random
) -> None:
    paths = file_names(manifests, {})
    assert len({_on_any_disk(path) for path in paths}) == len(paths), "two share a file"
    for path in paths:
        directory, name = path.split("/")
        for part in (directory, name):
            assert re.fullmatch(r"[a-z0-9_][a-z0-9._-]*", part), part
            assert len(part.encode()) <= 255
            assert not part.endswith(".")
            assert part.split(".")[0] not in _DEVICES
        assert name.endswith(".yaml")
        assert not name.startswith(".")
    shuffled = list(manifests)
    shuffler.shuffle(shuffled)
    assert dict(zip(_refs(shuffled), file_names(shuffled, {}), strict=True)) == dict(
        zip(_refs(manifests), paths, strict=True)
    )


def _refs(manifests: list[Manifest]) -> list[ObjectRef]:
    return [manifest.ref for manifest in manifests]


@settings(max_examples=200)
@given(_manifests())
def test_a_name_depends_only_on_the_manifests_that_would_share_it(
    manifests: list[Manifest],
) -> None:
    alone = [file_names([manifest], {})[0] for manifest in manifests]
    shared = Counter(alone)
    for manifest, path, own in zip(manifests, file_names(manifests, {}), alone, strict=True):
        if shared[own] == 1:
            assert path == own
        else:
            rivals = [one for one, same in zip(manifests, alone, strict=True) if same == own]
            assert path == file_names(rivals, {})[rivals.index(manifest)]


def _path(kind: str, name: str, namespace: str = "", group: str = "", stem: str = "") -> str:
    ref = ObjectRef(group, kind, namespace, name)
    return file_names([Manifest(ref, {}, stem or name)], {})[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (_path("Deployment", "web", "shop", "apps"), "shop/deployment-web.yaml"),
        (_path("Deployment", "web", "", "apps"), "_no-namespace/deployment-web.yaml"),
        (_path("Namespace", "shop"), "_cluster/namespace-shop.yaml"),
        (_path("Namespace", "shop", "shop"), "_cluster/namespace-shop.yaml"),
        (_path("Widget", "w", "shop", "example.com"), "shop/widget.example.com-w.yaml"),
        (_path("Widget", "w", "", "example.com"), "_cluster/widget.example.com-w.yaml"),
        (
            _path("HelmRelease", "x", "flux-system", "helm.toolkit.fluxcd.io"),
            "flux-system/helmrelease.helm.toolkit.fluxcd.io-x.yaml",
        ),
        (
            _path("ConfigMap", "a-ckcth7884c", "shop", stem="a"),
            "shop/configmap-a.yaml",
        ),
        (
            _path("ClusterRole", "system:x", "", "rbac.authorization.k8s.io")[:30],
            "_cluster/clusterrole-system-x_",
        ),
    ],
)
def test_where_a_manifest_goes(path: str, expected: str) -> None:
    assert path == expected


@pytest.mark.parametrize("namespace", ["con", "aux", "com1", "nul"])
def test_a_namespace_named_like_a_device(namespace: str) -> None:
    directory = _path("Service", "web", namespace).split("/")[0]
    assert re.fullmatch(rf"{namespace}_[0-9a-f]{{10}}", directory)


def test_groups_of_kubernetes_are_left_out_and_no_others() -> None:
    for group in BUILT_IN_GROUPS:
        assert _path("Thing", "x", "n", group) == "n/thing-x.yaml"
    assert _path("Thing", "x", "n", "apps.example.com") == "n/thing.apps.example.com-x.yaml"


def test_kinds_of_one_name_in_two_groups_stay_apart(repository: Repository) -> None:
    repository.write(shop())
    repository.write(
        {
            "render.toml": UNCHECKED,
            "overlays/a/kustomization.yaml": "resources: [../../base, ingress.yaml]\n",
            "overlays/a/ingress.yaml": """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: web, namespace: shop}
---
apiVersion: example.com/v1
kind: Ingress
metadata: {name: web, namespace: shop}
""",
        }
    )
    repository.render("clusters/a")
    names = sorted(path.name for path in (repository.path / "clusters/a/shop").glob("ingress*"))
    assert [re.sub("_[0-9a-f]{10}", "_DIGEST", name) for name in names] == [
        "ingress-web_DIGEST.yaml",
        "ingress-web_DIGEST.yaml",
        "ingress.example.com-web.yaml",
    ]
    assert repository.run("clusters/a", "--check").code == 0


def test_two_hashed_names_of_one_stem_are_two_files(repository: Repository) -> None:
    """A ConfigMap that was copied with its hash stands beside the one that is generated."""
    data = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"COLOR": "blue"}}
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../base, copied.yaml]\n",
            "overlays/a/copied.yaml": f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings-{name_hash(data)}, namespace: shop}}
data: {{COLOR: blue}}
""",
        }
    )
    repository.render("clusters/a")
    files = [*(repository.path / "clusters/a/shop").glob("configmap-settings*")]
    colors = [
        line for file in files for line in file.read_text().split() if line in ("red", "blue")
    ]
    assert sorted(colors) == ["blue", "red"]


def test_scopes_of_the_repositorys_own_definitions(repository: Repository) -> None:
    repository.write(shop())
    repository.write(
        {
            "render.toml": UNCHECKED,
            "crds/widgets.yaml": """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
""",
            "overlays/a/kustomization.yaml": "resources: [../../base, widget.yaml]\n",
            "overlays/a/widget.yaml": """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g}
""",
        }
    )
    repository.render("clusters/a")
    assert {path for path in repository.files("clusters/a") if "example.com" in path} == {
        "_no-namespace/widget.example.com-w.yaml",
        "_cluster/gadget.example.com-g.yaml",
    }
