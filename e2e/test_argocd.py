"""The trees under a real Argo CD, with what `render bootstrap argocd` prints."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Mapping
from typing import NamedTuple

import pytest

from e2e import argo, scenarios
from e2e.argo import Application
from e2e.conftest import short_failure, started_or_fail
from e2e.controlplane import ControlPlane
from e2e.trees import CLUSTERS
from e2e.upstream import Upstream

ARGOCD = ("argocd", "kube-apiserver")


class Fleet(NamedTuple):
    """The clusters by their names, the one that Argo CD runs in, and what they are synced with."""

    home: ControlPlane
    clusters: Mapping[str, ControlPlane]
    upstream: Upstream


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Generator[Fleet]:
    """Every cluster of this repository, and one Argo CD that knows each by its name."""
    with contextlib.ExitStack() as stack:
        clusters = {name: stack.enter_context(started_or_fail()) for name in CLUSTERS}
        upstream = stack.enter_context(Upstream(tmp_path_factory.mktemp("argocd")))
        home = clusters[CLUSTERS[0]]
        with short_failure():
            argo.install(home, clusters)
        objects = upstream.bootstrap("argocd")
        home.kubectl("apply", "--server-side", "--filename=-", stdin=objects)
        yield Fleet(home, clusters, upstream)


@pytest.fixture
def staging(fleet: Fleet) -> Application:
    """The cluster with the most in it, in step with the last commit."""
    application = Application("staging", fleet.home, fleet.clusters["staging"], fleet.upstream)
    application.wait_synced(fleet.upstream.head)
    return application


@pytest.mark.proves("Argo CD: each committed tree becomes Synced and Healthy", *ARGOCD)
@pytest.mark.parametrize("name", CLUSTERS)
def test_every_tree_becomes_healthy(fleet: Fleet, name: str) -> None:
    application = Application(name, fleet.home, fleet.clusters[name], fleet.upstream)
    scenarios.everything_is_there(application)


@pytest.mark.proves("Argo CD: what `render bootstrap` prints has no unknown field", *ARGOCD)
def test_every_option_is_accepted(fleet: Fleet) -> None:
    server = "--server=https://kubernetes.default.svc"
    objects = fleet.upstream.bootstrap("argocd", "prod", server, "--project=p", "--interval=1h30m")
    dry = ("apply", "--server-side", "--dry-run=server", "--filename=-")
    answer = fleet.home.ask(*dry, stdin=objects)
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.proves("Argo CD: a commit arrives", *ARGOCD)
def test_a_commit_arrives(staging: Application) -> None:
    scenarios.a_commit_arrives(staging)


@pytest.mark.proves("Argo CD: what is removed is pruned, and what holds data stays", *ARGOCD)
def test_pruning(staging: Application) -> None:
    scenarios.a_removed_manifest_is_pruned(staging)


@pytest.mark.proves("Argo CD: a hand edit is repaired", *ARGOCD)
def test_a_hand_edit(staging: Application) -> None:
    scenarios.a_hand_edit_is_repaired(staging)


@pytest.mark.proves("Argo CD: foreign files beside ours live", *ARGOCD)
def test_foreign_files(staging: Application) -> None:
    scenarios.foreign_files_live(staging)


@pytest.mark.proves(
    "Argo CD: a commit that is refused changes nothing, and the next heals", *ARGOCD
)
@pytest.mark.parametrize(("replicas", "others_come"), [("many", False), ("-1", True)])
def test_a_refused_commit(staging: Application, replicas: str, others_come: bool) -> None:
    """What is of another type cannot even be compared, and stops the whole Application."""
    scenarios.a_refused_commit_changes_nothing_that_runs(staging, replicas, others_come=others_come)


@pytest.mark.proves("Argo CD: a rollout that hangs leaves what runs, and the next heals", *ARGOCD)
def test_a_rollout_that_hangs(staging: Application) -> None:
    scenarios.a_rollout_that_hangs_leaves_what_runs(staging)


@pytest.mark.proves("Argo CD: two versions and back by git revert, without a stuck Job", *ARGOCD)
def test_versions(fleet: Fleet, staging: Application) -> None:
    scenarios.versions_follow_each_other(staging)
    said = (fleet.home.directory / "argocd-application-controller.log").read_text()
    assert "immutable" not in said


@pytest.mark.proves(
    "Argo CD: the AppProject permits what is in the trees, and nothing else", *ARGOCD
)
def test_what_the_project_permits(staging: Application) -> None:
    intruders = {
        "ClusterRole": ("rbac.authorization.k8s.io/v1", {}),
        "ConfigMap": ("v1", {"namespace": "kube-system"}),
    }
    for kind, (api, where) in intruders.items():
        manifest = {"apiVersion": api, "kind": kind, "metadata": {"name": "intruder", **where}}
        path = staging.upstream.path / scenarios.tree(staging) / f"{kind.lower()}.yaml"
        path.write_text(json.dumps(manifest))
    message = staging.wait_refused(staging.upstream.commit("Bring intruders along"))
    assert "ClusterRole is not permitted in project platform" in message
    assert "namespace kube-system is not permitted in project 'platform'" in message
    for kind, (_, where) in intruders.items():
        namespace = where.get("namespace", "default")
        assert staging.cluster.ask("get", kind, "intruder", "-n", namespace).code != 0
    staging.wait_synced(staging.upstream.revert())


@pytest.mark.proves("Argo CD: a tree that is removed leaves what runs", *ARGOCD)
def test_a_removed_tree(fleet: Fleet, staging: Application) -> None:
    """The last test of this module: the Application is gone after it."""
    before = scenarios.workloads(staging)
    fleet.upstream.git("rm", "--quiet", "-r", "clusters/staging", "overlays/staging")
    fleet.upstream.commit("Give staging up")
    refresh = "argocd.argoproj.io/application-set-refresh=true"
    fleet.home.kubectl("annotate", "applicationset", "platform", "-n", argo.NAMESPACE, refresh)
    fleet.home.wait_for("removal of the Application", lambda: not staging.status(), 60)
    assert scenarios.workloads(staging) == before
