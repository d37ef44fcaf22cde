"""`render diff`: what merging does, in a repository: who syncs it, what is meant, exit codes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from commands.test_diff import edit, upgrade
from history.gits import Git, new_git
from support import Repository, read_world

SELECTOR = ("matchLabels: {app: web}", "matchLabels: {app: web, tier: web}")
LABELS = ("labels: {app: web}", "labels: {app: web, tier: web}")
FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/a, prune: true, sourceRef: {kind: GitRepository, name: x}}
"""
ARGO = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: x, path: clusters/a}
  destination: {name: a}
  syncPolicy: {automated: {prune: true}}
"""
CLAIM = """apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
MEANT = """
[[exceptions]]
impact = "loses-data"
object = "PersistentVolumeClaim shop/*"
reason = "the data was copied"
"""


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """The shop in one cluster, with a claim, rendered and committed on main."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    git = new_git(tmp_path / "repository")
    shop = Repository(git.path)
    shop.write({**read_world("shop"), "base/claim.yaml": CLAIM})
    edit(shop, "base/kustomization.yaml", "web.yaml,", "web.yaml, claim.yaml,")
    shop.render("clusters")
    git.commit(message="first")
    return git


@pytest.fixture
def shop(git: Git) -> Repository:
    return Repository(git.path)


def drop_claim(shop: Repository) -> None:
    edit(shop, "base/kustomization.yaml", "web.yaml, claim.yaml,", "web.yaml,")
    shop.render("clusters")


def test_what_hurts_comes_first(shop: Repository) -> None:
    upgrade(shop)
    drop_claim(shop)
    out = shop.render("diff").out
    assert out.partition("\nimages")[0] == (
        f"{out.splitlines()[0]}\n"
        "1 loses-data, 1 rolls-pods\n"
        "\n"
        "what merging does\n"
        "  loses-data: PersistentVolumeClaim shop/data in a\n"
        "    the claim is deleted, and its volume with all data, unless that is retained\n"
        "    hint: keep it; or copy the data first\n"
    )
    assert shop.render("diff", "--summary").out.endswith(
        "in 1 cluster: 1 loses-data, 1 rolls-pods\n"
    )


def test_a_class_in_another_tree_is_known(shop: Repository, git: Git) -> None:
    """What differs is judged by all that the cluster holds, also what does not differ."""
    kept = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\n"
    kept += "provisioner: x\nreclaimPolicy: Retain\n"
    edit(shop, "base/claim.yaml", "spec: {", "spec: {storageClassName: fast, ")
    shop.write({"base/class.yaml": kept})
    edit(shop, "base/kustomization.yaml", "claim.yaml,", "claim.yaml, class.yaml,")
    shop.render("clusters")
    git.commit()
    edit(shop, "base/kustomization.yaml", "claim.yaml,", "")
    shop.render("clusters")
    out = shop.render("diff", "HEAD").out
    assert "1 in-place" in out
    assert "its volume stays (Retain)" in out


@pytest.mark.parametrize(
    ("syncer", "old", "new", "note"),
    [
        (FLUX, "prune: true", "prune: true, suspend: true", "until it is resumed: Kustomization"),
        (ARGO, "{automated: {prune: true}}", "{}", "until somebody syncs it: Application"),
        (ARGO, "prune: true}", "prune: true, enabled: false}", "until somebody syncs it"),
    ],
)
def test_nothing_happens_until_somebody_acts(
    shop: Repository, syncer: str, old: str, new: str, note: str
) -> None:
    shop.write({"flux/sync.yaml": syncer})
    upgrade(shop)
    assert "note: nothing happens" not in shop.render("diff").out
    edit(shop, "flux/sync.yaml", old, new)
    assert f"note: nothing happens in a {note}" in shop.render("diff").out
    (row,) = json.loads(shop.render("diff", "--json").out)["held_back"]
    assert row["clusters"] == ["a"]


def test_what_is_not_pruned_stays(shop: Repository, git: Git) -> None:
    for syncer in (FLUX, ARGO):
        git.commit({"flux/sync.yaml": syncer.replace("prune: true", "prune: false")})
        drop_claim(shop)
        out = " ".join(shop.render("diff", "HEAD").out.split())
        assert "1 in-place" in out
        assert "it is not pruned, and stays, unmanaged" in out
        git.run("checkout", "--quiet", ".")


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize("syncer", [FLUX, ARGO])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("prune: true", "prune: false"),  # it prunes when it is told not to, or before
        ("", "prune: false"),  # nobody knows what has synced the tree until now
        ("prune: false", "prune: true"),
    ],
)
def test_what_stops_pruning_may_still_prune(
    shop: Repository, git: Git, syncer: str, before: str, after: str
) -> None:
    if before:
        git.commit({"flux/sync.yaml": syncer.replace("prune: true", before)})
    drop_claim(shop)
    shop.write({"flux/sync.yaml": syncer.replace("prune: true", after)})
    assert shop.run("diff", "HEAD", "--fail-on", "loses-data").code == 1


@pytest.mark.holds_off("lie")
def test_one_who_prunes_is_enough(shop: Repository, git: Git) -> None:
    other = FLUX.replace("prune: true", "prune: false").replace("name: shop", "name: example")
    assert other != FLUX.replace("prune: true", "prune: false")
    git.commit({"flux/sync.yaml": FLUX, "docs/example.yaml": other})
    drop_claim(shop)
    assert shop.run("diff", "HEAD", "--fail-on", "loses-data").code == 1


@pytest.mark.holds_off("lie")
@pytest.mark.parametrize(
    ("syncer", "annotation"),
    [
        (FLUX, "argocd.argoproj.io/sync-options: Prune=false"),
        (ARGO, "kustomize.toolkit.fluxcd.io/prune: disabled"),
        ("a: b\n", "argocd.argoproj.io/sync-options: Prune=false"),  # nobody is known
        ("a: b\n", "kustomize.toolkit.fluxcd.io/prune: disabled"),
        (f"{FLUX}---\n{ARGO}", "kustomize.toolkit.fluxcd.io/prune: disabled"),
    ],
)
def test_who_does_not_heed_an_annotation_prunes(
    shop: Repository, git: Git, syncer: str, annotation: str
) -> None:
    edit(shop, "base/claim.yaml", "{name: data,", f"{{name: data, annotations: {{{annotation}}},")
    shop.render("clusters")
    git.commit({"flux/sync.yaml": syncer})
    drop_claim(shop)
    assert shop.run("diff", "HEAD", "--fail-on", "loses-data").code == 1


def test_what_is_forced_is_made_anew(shop: Repository) -> None:
    shop.write({"flux/sync.yaml": FLUX})
    for old, new in (SELECTOR, LABELS):
        edit(shop, "base/web.yaml", old, new)
    shop.render("clusters")
    assert "rejected: Deployment.apps shop/web" in shop.render("diff").out
    edit(shop, "flux/sync.yaml", "prune: true", "prune: true, force: true")
    out = " ".join(shop.render("diff").out.split())
    assert "recreates: Deployment.apps shop/web in a /spec/selector cannot be changed, so" in out


def test_an_impact_can_fail(shop: Repository) -> None:
    drop_claim(shop)
    assert shop.run("diff").code == 0
    assert shop.run("diff", "--fail-on", "rejected,outage").code == 0
    result = shop.run("diff", "--fail-on", "rejected,loses-data")
    assert result.code == 1
    assert "loses-data" in result.out
    wrong = shop.run("diff", "--fail-on", "loses-date")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean loses-data?" in wrong.err


def test_an_impact_can_be_meant(shop: Repository) -> None:
    drop_claim(shop)
    shop.write({"render.toml": MEANT})
    result = shop.run("diff", "--fail-on", "loses-data")
    assert result.code == 0
    assert "it is meant to: the data was copied" in result.out
    shop.write({"render.toml": MEANT.replace("shop/*", "shop/other")})
    assert shop.run("diff", "--fail-on", "loses-data").code == 1


def test_an_exception_ends_with_the_day_of_the_last_commit(shop: Repository, git: Git) -> None:
    """Not with today: a commit has one verdict."""
    drop_claim(shop)
    day = git.run("log", "-1", "--format=%cI").decode()[:10]
    shop.write({"render.toml": f"{MEANT}expires = {day}\n"})
    assert shop.run("diff", "--fail-on", "loses-data").code == 0
    assert "expired" not in shop.run("check").err + shop.run("check").out
    shop.write({"render.toml": f"{MEANT}expires = 2001-01-01\n"})
    assert shop.run("diff", "--fail-on", "loses-data").code == 1
    assert (
        "the exception from loses-data for PersistentVolumeClaim shop/* held until 2001-01-01"
        in shop.run("check").out
    )


@pytest.mark.holds_off("lie")
def test_a_commit_that_says_it_is_old(shop: Repository, git: Git) -> None:
    drop_claim(shop)
    git.commit({"render.toml": f"{MEANT}expires = 2001-01-01\n"})
    commit = re.sub(rb"(committer .*> )\d+", rb"\g<1>946684800", git.run("cat-file", "-p", "HEAD"))
    old = git.run("hash-object", "-w", "-t", "commit", "--stdin", typed=commit).decode().strip()
    assert shop.run("diff", "HEAD~1", old, "--fail-on", "loses-data").code == 1


def test_an_exception_is_not_needed_once_it_is_merged(shop: Repository, git: Git) -> None:
    drop_claim(shop)
    shop.write({"render.toml": MEANT})
    assert "note" not in shop.run("diff").err
    assert "unneeded" not in shop.run("check").out
    git.commit()
    assert "note: nothing needs the exception from loses-data" in shop.run("diff").err


def test_a_cluster_that_goes(shop: Repository) -> None:
    shutil.copytree(shop.path / "overlays/a", shop.path / "overlays/b")
    edit(shop, "overlays/b/cluster.yaml", "name: a", "name: b")
    shop.render("clusters")
    Git(shop.path).commit()
    shutil.rmtree(shop.path / "overlays/b")
    shop.render("clusters", "--prune-clusters")
    out = shop.render("diff", "HEAD").out
    assert "loses-data: Namespace shop in b" in out
    assert "all that is in it is deleted" in out


ELSEWHERE = """
[[exceptions]]
rule = "missing-secret"
object = "Secret shop/*"
reason = "an operator makes it"
"""


def test_what_a_rule_does_not_hold_for_is_excused(shop: Repository) -> None:
    """A Secret that is made elsewhere is no outage, and no finding."""
    source = "{name: settings}\n        - secretRef: {name: key}"
    edit(shop, "base/web.yaml", "{name: settings}", source)
    shop.render("clusters")
    result = shop.run("diff", "HEAD", "--fail-on", "outage")
    assert result.code == 1
    assert "it refers to Secret shop/key, which is not among the manifests" in result.out
    shop.write({"render.toml": ELSEWHERE})
    result = shop.run("diff", "HEAD", "--fail-on", "outage")
    assert result.code == 0
    assert "it is meant to: an operator makes it" in result.out
    shop.write({"render.toml": ELSEWHERE.replace("an operator makes it", "password=hunter2Zq9")})
    for result in (shop.run("diff", "HEAD"), shop.run("diff", "HEAD", "--json")):
        assert "<hidden: it may hold a secret>" in result.out
        assert "hunter2Zq9" not in result.out
    shop.write({"render.toml": ELSEWHERE.replace("shop/*", "shop/other")})
    assert shop.run("diff", "HEAD", "--fail-on", "outage").code == 1


EXPECTS = """
  expects:
  - secret: {}
    keys: {{password: a password}}
"""


@pytest.mark.parametrize("name", ["key", "$(web.key)", "other"])
def test_a_secret_that_is_expected_is_no_outage(shop: Repository, name: str) -> None:
    source = "{name: settings}\n        - secretRef: {name: key}"
    edit(shop, "base/web.yaml", "{name: settings}", source)
    shop.render("clusters")
    parameters = (shop.path / "base/parameters.yaml").read_text()
    shop.write({"base/parameters.yaml": parameters + EXPECTS.format(name)})
    result = shop.run("diff", "HEAD", "--fail-on", "outage")
    assert result.code == (name == "other")
    said = "it is meant to: the Secret is expected, and made before"
    assert (said in result.out) == (name != "other")


EXTERNAL = """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: key, namespace: shop}
spec: {secretStoreRef: {name: vault}}
"""


def test_what_makes_a_secret_goes_though_it_is_expected(shop: Repository, git: Git) -> None:
    """The operator deletes the Secret with it."""
    source = "{name: settings}\n        - secretRef: {name: key}"
    edit(shop, "base/web.yaml", "{name: settings}", source)
    parameters = (shop.path / "base/parameters.yaml").read_text()
    shop.write(
        {
            "base/parameters.yaml": parameters + EXPECTS.format("key"),
            "overlays/a/key.yaml": EXTERNAL,
            "overlays/a/kustomization.yaml": "resources: [../../base, key.yaml]\n",
        }
    )
    shop.render("clusters")
    git.commit()
    shop.write({"overlays/a/kustomization.yaml": "resources: [../../base]\n"})
    shop.render("clusters")
    result = shop.run("diff", "HEAD", "--fail-on", "outage")
    assert result.code == 1
    assert "Deployment.apps shop/web still refers to it" in " ".join(result.out.split())


def by_hand(shop: Repository, kind: str, old: str, new: str) -> None:
    """An edit of a file in the tree of the cluster."""
    (path,) = (shop.path / "clusters/a").rglob(f"{kind}-*.yaml")
    edit(shop, str(path.relative_to(shop.path)), old, new)


def test_what_is_invalid_is_refused_also_where_it_is_forced(shop: Repository) -> None:
    shop.write({"flux/sync.yaml": FLUX.replace("prune: true", "prune: true, force: true")})
    by_hand(shop, "deployment", "  replicas: 1", "  replica: 2")
    out = " ".join(shop.render("diff", "HEAD").out.split())
    assert "1 rejected" in out
    assert "/spec/replica: unknown field replica hint: did you mean replicas?" in out


def test_pods_are_refused_by_the_label_in_the_tree(shop: Repository, git: Git) -> None:
    """The Namespace is found without the other files; what it said before does not count."""
    label = "pod-security.kubernetes.io/enforce: restricted"
    by_hand(shop, "namespace", "  name: shop\n", f"  labels:\n    {label}\n  name: shop\n")
    out = " ".join(shop.render("diff", "HEAD").out.split())
    assert "outage (predicted): Namespace shop in a it refuses new Pods of Deployment" in out
    git.commit()
    by_hand(shop, "deployment", "image: ", "tty: true\n        image: ")
    out = " ".join(shop.render("diff", "HEAD").out.split())
    assert "Pod Security restricted of Namespace shop refuses its Pods: allowPrivilege" in out
    assert "; those that run stay" in out
    assert "rolls-pods" not in out
