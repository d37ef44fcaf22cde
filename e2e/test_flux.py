"""The trees under Flux' own kustomize-controller, with what `render bootstrap flux` prints."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import pytest

from e2e import scenarios
from e2e.conftest import started_or_fail
from e2e.fluxed import NAMESPACE, Flux
from e2e.fluxsource import Source
from e2e.trees import CLUSTERS
from e2e.upstream import Upstream

FLUX = ("kustomize-controller", "kube-apiserver")
one_cluster = pytest.mark.parametrize("flux", ["staging"], indirect=True)


@pytest.fixture(scope="module", params=CLUSTERS)
def flux(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Flux]:
    """A cluster in step with the first commit of an upstream of its own."""
    name = str(request.param)
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(started_or_fail())
        upstream = stack.enter_context(Upstream(tmp_path_factory.mktemp(name)))
        running = Flux(name, cluster, upstream)
        running.install()
        running.bootstrap()
        stack.enter_context(Source(cluster, upstream, NAMESPACE, "platform"))
        running.wait_synced(upstream.head)
        yield running


@pytest.mark.proves("Flux: each committed tree becomes Ready", *FLUX)
def test_every_tree_becomes_ready(flux: Flux) -> None:
    scenarios.everything_is_there(flux)


@pytest.mark.proves("Flux: what `render bootstrap` prints has no unknown field", *FLUX)
@one_cluster
def test_every_option_is_accepted(flux: Flux) -> None:
    objects = flux.upstream.bootstrap(
        *("flux", "prod", "--git-secret=deploy-key", "--service-account=shop", "--branch=b/1"),
        *("--depends-on=infrastructure", "--depends-on=crds/crds"),
        *("--decryption=sops", "--decryption-secret=sops-age", "--interval=1h30m"),
    )
    dry = ("apply", "--server-side", "--dry-run=server", "--filename=-")
    answer = flux.cluster.ask(*dry, stdin=objects)
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.proves("Flux: a commit arrives", *FLUX)
@one_cluster
def test_a_commit_arrives(flux: Flux) -> None:
    scenarios.a_commit_arrives(flux)


@pytest.mark.proves("Flux: what is removed is pruned, and what holds data stays", *FLUX)
@one_cluster
def test_pruning(flux: Flux) -> None:
    scenarios.a_removed_manifest_is_pruned(flux)


@pytest.mark.proves("Flux: a hand edit is repaired", *FLUX)
@one_cluster
def test_a_hand_edit(flux: Flux) -> None:
    scenarios.a_hand_edit_is_repaired(flux)


@pytest.mark.proves("Flux: foreign files beside ours live", *FLUX)
@one_cluster
def test_foreign_files(flux: Flux) -> None:
    scenarios.foreign_files_live(flux)


@pytest.mark.proves("Flux: a commit that is refused changes nothing, and the next heals", *FLUX)
@pytest.mark.parametrize("replicas", ["many", "-1"])
@one_cluster
def test_a_refused_commit(flux: Flux, replicas: str) -> None:
    scenarios.a_refused_commit_changes_nothing_that_runs(flux, replicas, others_come=False)


@pytest.mark.proves("Flux: a field that Kubernetes does not know is no error for it", *FLUX)
@one_cluster
def test_an_unknown_field(flux: Flux) -> None:
    path = f"{scenarios.tree(flux)}/airflow/deployment-airflow-api-server.yaml"
    flux.upstream.edit(path, r"(?m)^  replicas:", "  replica: 7\n  replicas:")
    flux.wait_synced(flux.upstream.commit("Misspell a field"))
    flux.wait_synced(flux.upstream.revert())


@pytest.mark.proves("Flux: with a ServiceAccount of its own it has the rights of that", *FLUX)
@one_cluster
def test_a_service_account(flux: Flux) -> None:
    flux.cluster.kubectl("create", "serviceaccount", "nobody", "-n", NAMESPACE)
    flux.bootstrap("--service-account", "nobody")
    assert "orbidden" in flux.wait_refused(flux.upstream.head)
    flux.bootstrap()
    flux.wait_synced(flux.upstream.head)


@pytest.mark.proves("Flux: a rollout that hangs leaves what runs, and the next heals", *FLUX)
@one_cluster
def test_a_rollout_that_hangs(flux: Flux) -> None:
    scenarios.a_rollout_that_hangs_leaves_what_runs(flux)


@pytest.mark.proves("Flux: two versions and back by git revert, without a stuck Job", *FLUX)
@one_cluster
def test_versions(flux: Flux) -> None:
    scenarios.versions_follow_each_other(flux)
    said = (flux.cluster.directory / "kustomize-controller.log").read_text()
    assert "immutable" not in said
