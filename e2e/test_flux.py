"""The trees under Flux' own kustomize-controller, with what `render bootstrap flux` prints."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any

import pytest

from e2e import scenarios
from e2e.conftest import started_or_fail
from e2e.controlplane import ControlPlane
from e2e.fluxsource import Source
from e2e.programs import free_ports
from e2e.tools import find
from e2e.trees import CLUSTERS
from e2e.upstream import Upstream

FLUX = ("kustomize-controller", "kube-apiserver")
NAMESPACE = "flux-system"
KUSTOMIZATIONS = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations"
SECONDS = 180
one_cluster = pytest.mark.parametrize("flux", ["staging"], indirect=True)


class Flux:
    """A cluster with its Flux, pointed at the upstream repository."""

    def __init__(self, name: str, cluster: ControlPlane, upstream: Upstream) -> None:
        self.name, self.cluster, self.upstream = name, cluster, upstream
        self._place = ("kustomization", f"platform-{name}", f"--namespace={NAMESPACE}")

    def install(self) -> None:
        """What `flux install` brings, as far as syncing needs it."""
        self.cluster.kubectl("create", "namespace", NAMESPACE)
        for tool in ("flux-source-crds", "flux-kustomize-crds"):
            answer = self.cluster.apply(find(tool))
            assert answer.code == 0, answer.err
        kinds = ("gitrepositories.source", "kustomizations.kustomize")
        names = [f"crd/{kind}.toolkit.fluxcd.io" for kind in kinds]
        self.cluster.kubectl("wait", "--for=condition=Established", *names)
        metrics, health = free_ports(2)
        flags = [
            f"--metrics-addr=127.0.0.1:{metrics}",
            f"--health-addr=127.0.0.1:{health}",
            "--enable-leader-election=false",
        ]
        self.cluster.programs.start(
            "kustomize-controller",
            [find("kustomize-controller"), *flags],
            KUBECONFIG=str(self.cluster.kubeconfig),
            RUNTIME_NAMESPACE=NAMESPACE,
        )

    def bootstrap(self, *options: str) -> None:
        """What `render bootstrap flux` brings."""
        # A rollout that hangs keeps Flux from newer commits until this timeout is over.
        objects = self.upstream.bootstrap("flux", self.name, "--timeout", "20s", *options)
        self.cluster.kubectl("apply", "--server-side", "--filename=-", stdin=objects)

    def status(self) -> dict[str, Any]:
        found = self.cluster.api.find(f"{KUSTOMIZATIONS}/{self._place[1]}") or {}
        status: dict[str, Any] = found.get("status", {})
        return status

    def condition(self) -> dict[str, Any]:
        conditions = self.status().get("conditions", [])
        return next((one for one in conditions if one["type"] == "Ready"), {})

    def wait_synced(self, commit: str) -> None:
        def synced() -> bool:
            status, ready = self.status(), self.condition()
            revision = status.get("lastAppliedRevision", "")
            return revision.endswith(commit) and ready.get("status") == "True"

        self._wait("Ready", synced)

    def wait_refused(self, commit: str) -> str:
        def refused() -> bool:
            attempted = self.status().get("lastAttemptedRevision", "")
            return attempted.endswith(commit) and self.condition().get("status") == "False"

        self._wait("refusal", refused)
        return str(self.condition()["message"])

    def look(self) -> None:
        """As `flux reconcile kustomization` does it."""
        self._count = getattr(self, "_count", 0) + 1
        request = f"reconcile.fluxcd.io/requestedAt={self._count}"
        self.cluster.kubectl("annotate", "--overwrite", *self._place, request)

    def _wait(self, what: str, ready: Any) -> None:
        try:
            self.cluster.wait_for(f"{what} of Flux", ready, SECONDS)
        except Exception as error:
            error.add_note(f"Flux says: {self.condition().get('message')}")
            raise


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
