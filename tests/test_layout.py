"""Names of files that every system can hold, and which clusters a repository has."""

from __future__ import annotations

import random
import re
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import cluster_yaml, shop
from support import UNCHECKED, Repository

from renderer.hashing import name_hash
from renderer.kinds import BUILT_IN_GROUPS
from renderer.layout.files import file_names
from renderer.manifests import Manifest, ObjectRef

# ---------------------------------------------------------------------------------------
# Names of files

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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=200, deadline=None)
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


# ---------------------------------------------------------------------------------------
# Clusters


def _written(repository: Repository) -> set[str]:
    """The clusters that have a tree."""
    top = repository.path / "clusters"
    return {path.relative_to(top).parent.parent.as_posix() for path in top.rglob("deployment-*")}


@pytest.mark.parametrize(
    ("directory", "argument", "expected"),
    [
        (".", "a", {"a"}),
        (".", "clusters/a", {"a"}),
        (".", "overlays/a", {"a"}),
        (".", "overlays/a/", {"a"}),
        (".", "./clusters/a", {"a"}),
        (".", "clusters//a", {"a"}),
        (".", "clusters", {"a", "ab", "b"}),
        (".", "overlays", {"a", "ab", "b"}),
        (".", ".", {"a", "ab", "b"}),
        ("overlays", "a", {"a"}),
        ("overlays", "clusters/a", {"a"}),
        ("overlays/b", "../a", {"a"}),
        ("overlays/b", ".", {"b"}),
        ("overlays/b", "./", {"b"}),
        ("overlays/b", "..", {"a", "ab", "b"}),
        ("overlays/b", "../..", {"a", "ab", "b"}),
        ("base", "b", {"b"}),
    ],
)
def test_choosing(
    repository: Repository, directory: str, argument: str, expected: set[str]
) -> None:
    repository.write(shop("a", "ab", "b"))
    result = repository.run(argument, directory=directory)
    assert result.code == 0, result.err
    assert _written(repository) == expected


def test_an_absolute_path_also_through_a_link(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop("a", "b"))
    repository.render(str(repository.path / "clusters/a"))
    assert _written(repository) == {"a"}
    (tmp_path / "link").symlink_to(repository.path)
    repository.render(str(tmp_path / "link/overlays/b"))
    assert _written(repository) == {"a", "b"}


def test_several_in_any_order_and_twice(repository: Repository) -> None:
    repository.write(shop("a", "b", "c"))
    result = repository.render("c", "clusters/a", "overlays/c")
    assert _written(repository) == {"a", "c"}
    assert [line.split(":")[0] for line in result.err.splitlines()[:2]] == [
        "clusters/a",
        "clusters/c",
    ]


@pytest.mark.parametrize("argument", ["", "nowhere", "clusters/nowhere", "/", "../..", "base"])
def test_an_unknown_cluster_writes_nothing(repository: Repository, argument: str) -> None:
    repository.write(shop("a"))
    result = repository.run(argument, "a")
    assert result.code == 2
    assert result.err.startswith("error: there is no cluster")
    assert not (repository.path / "clusters").exists()


def test_a_commands_name_wins(repository: Repository) -> None:
    repository.write(shop("list"))
    assert "overlays/list" in repository.render("list").out
    assert not (repository.path / "clusters").exists()
    repository.render("clusters/list")
    assert (repository.path / "clusters/list/shop/deployment-web.yaml").exists()


def test_from_elsewhere_with_repo(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop("a"))
    elsewhere = Repository(tmp_path)
    result = elsewhere.run("--repo", str(repository.path), "clusters/a")
    assert result.code == 0, result.err
    assert _written(repository) == {"a"}
    result = elsewhere.run("clusters/a", "--repo", "repository", "--check")
    assert result.code == 0, result.err
    result = elsewhere.run("clusters/a", "--repo", "nowhere")
    assert result.code == 2
    assert result.err == "error: --repo nowhere: there is no such directory\n"


def test_the_repository_is_found_by_git_settings_or_overlays(
    repository: Repository,
) -> None:
    inner = Repository(repository.path / "inner")
    inner.write(shop("a"))
    (repository.path / ".git").mkdir()
    result = inner.run("clusters/a", directory="base")
    assert result.code == 2, "the work tree above is the repository, and has no clusters"
    (inner.path / "render.toml").write_text("")
    assert inner.run("clusters/a", directory="base").code == 0
    assert _written(inner) == {"a"}


def test_outside_git(repository: Repository) -> None:
    repository.write(shop("a"))
    assert repository.run("clusters/a", directory="overlays/a").code == 0


_APPS = """\
[tool.render]
source = "apps/{app}/overlays/{cluster}"
output = "clusters/{cluster}/{app}"
"""


def _apps(*pairs: str) -> dict[str, str]:
    files = {path: text for path, text in shop().items() if path.startswith("base/")}
    files["pyproject.toml"] = _APPS
    for pair in pairs:
        app, cluster = pair.split("/")
        source = f"apps/{app}/overlays/{cluster}"
        files[f"{source}/kustomization.yaml"] = "resources: [../../../../base]\n"
        files[f"{source}/cluster.yaml"] = cluster_yaml(cluster)
    return files


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("prod/web", {"prod/web"}),
        ("clusters/prod", {"prod/web", "prod/shop"}),
        ("prod", {"prod/web", "prod/shop"}),
        ("apps/web", {"prod/web", "dev/web"}),
        ("apps/web/overlays/dev", {"dev/web"}),
        ("clusters", {"prod/web", "prod/shop", "dev/web"}),
    ],
)
def test_a_pattern_with_two_variables(
    repository: Repository, argument: str, expected: set[str]
) -> None:
    repository.write(_apps("web/prod", "web/dev", "shop/prod"))
    repository.render(argument)
    assert _written(repository) == expected


def test_a_source_without_a_kustomization_or_cluster_is_no_cluster(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.write({"overlays/README.md": "x", "overlays/empty/README.md": "x"})
    repository.write({"overlays/.hidden/kustomization.yaml": ""})
    assert [line.split()[0] for line in repository.render("list").out.splitlines()[1:]] == ["a"]


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ('source = "overlays/{cluster}"\noutput = "out"', "only in one of them: cluster"),
        ('source = "overlays"\noutput = "out"', "at least one"),
        ('source = "../{cluster}"', "source = '../{cluster}' is not a path inside"),
        ('output = "/tmp/{cluster}"', "output = '/tmp/{cluster}' is not a path inside"),
        ('output = ""', "output = '' is not a path inside"),
        ('output = "a//{cluster}"', "output = 'a//{cluster}' is not a path inside"),
        ('output = "overlays/{cluster}"', "must be apart"),
    ],
)
def test_patterns_that_cannot_be(repository: Repository, settings_: str, message: str) -> None:
    repository.write(shop("a"))
    repository.write({"render.toml": settings_})
    before = repository.files()
    result = repository.run("a")
    assert result.code == 2, result
    assert message in result.err
    assert repository.files() == before


def test_outputs_that_meet(repository: Repository) -> None:
    repository.write(shop("a-b"))
    repository.write(
        {
            "overlays/a/b-c/kustomization.yaml": "",
            "overlays/a-b/c/kustomization.yaml": "",
            "render.toml": 'source = "overlays/{x}/{y}"\noutput = "clusters/{x}-{y}"\n',
        }
    )
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err == (
        "error: overlays/a-b/c and overlays/a/b-c would both be written to clusters/a-b-c\n"
        "  hint: make the output pattern of [tool.render] tell them apart\n"
    )


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\u2028b", "a\u202eb", "a\udcff", "a\tb"])
def test_a_directory_whose_name_no_header_can_hold(repository: Repository, name: str) -> None:
    repository.write(shop("a"))
    shutil.move(repository.path / "overlays/a", repository.path / "overlays" / name)
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err.isascii()
    assert result.err.replace("\n", "").isprintable()
    assert not (repository.path / "clusters").exists()


@pytest.mark.parametrize("name", ["a b", "a'b", "\u00e9t\u00e9", "a#b", "a: b", "-a", "a%20"])
def test_a_directory_with_an_unusual_name(repository: Repository, name: str) -> None:
    files = shop("a")
    repository.write(files)
    shutil.move(repository.path / "overlays/a", repository.path / "overlays" / name)
    (repository.path / "overlays" / name / "cluster.yaml").write_text(
        files["overlays/a/cluster.yaml"].replace("name: a\n", f'name: "{name}"\n')
    )
    repository.render("clusters")
    assert repository.render(f"clusters/{name}", "--check").out == ""
