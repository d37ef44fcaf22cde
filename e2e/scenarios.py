"""What whoever syncs a cluster must do: the same stories, told to Flux and to Argo CD.

Each begins and ends with a cluster that is in step with the last commit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from e2e.trees import label, settle

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.api import Object
    from e2e.controlplane import ControlPlane
    from e2e.upstream import Upstream

_DEPLOYMENT = "deployment/airflow-api-server"
_SECONDS = 120
KEPT = ("persistentvolumes", "persistentvolumeclaims", "namespaces")
_REMOVED = (
    *("networkpolicy", "poddisruptionbudget"),
    *("persistentvolume", "persistentvolumeclaim", "namespace"),
)


class Syncer(Protocol):
    """Flux or Argo CD, at work on one cluster of the upstream repository."""

    name: str
    cluster: ControlPlane
    upstream: Upstream

    def wait_synced(self, commit: str) -> None:
        """Wait until it says that the cluster is what this commit says, and healthy."""

    def wait_refused(self, commit: str) -> str:
        """Wait until it says that this commit cannot be applied, and give its words."""

    def look(self) -> None:
        """Make it compare the cluster now, not only after its interval."""


def tree(syncer: Syncer) -> str:
    """The directory of the cluster's tree."""
    return f"clusters/{syncer.name}"


def everything_is_there(syncer: Syncer) -> None:
    """Each file of the tree is an object of the cluster, and all of them are ready."""
    syncer.wait_synced(syncer.upstream.head)
    settle(syncer.cluster)
    wanted = len([*syncer.upstream.path.joinpath(tree(syncer)).rglob("*.yaml")])
    names = syncer.cluster.kubectl("get", "-R", "-f", _absolute(syncer), "-o", "name").split()
    assert len(names) == wanted


def a_commit_arrives(syncer: Syncer) -> None:
    """A changed parameter: its ConfigMap is a new one, and the workloads read it."""
    syncer.upstream.repository.set_parameters(syncer.name, {"log.level": "WARNING"})
    syncer.wait_synced(syncer.upstream.commit("Log warnings only"))
    settle(syncer.cluster)
    (config,) = _config_maps(syncer)
    assert config["data"]["AIRFLOW__LOGGING__LOGGING_LEVEL"] == "WARNING"
    assert config["metadata"]["name"] in json.dumps(_deployment(syncer)["spec"])


def a_removed_manifest_is_pruned(syncer: Syncer) -> None:
    """What is gone from the tree goes from the cluster, but not what holds data."""
    kept = _uids(syncer, *KEPT)
    pruned = _uids(syncer, "networkpolicies", "poddisruptionbudgets")
    files = [
        path
        for path in syncer.upstream.path.joinpath(tree(syncer)).rglob("*.yaml")
        if path.name.startswith(_REMOVED)
    ]
    assert {path.name.partition("-")[0] for path in files} == {*_REMOVED}
    assert len(pruned) > 4
    for path in files:
        path.unlink()
    syncer.wait_synced(syncer.upstream.commit("Remove policies, budgets, volumes, namespaces"))
    assert _uids(syncer, "networkpolicies", "poddisruptionbudgets") == {}
    assert _uids(syncer, *KEPT) == kept
    syncer.wait_synced(syncer.upstream.revert())
    assert _uids(syncer, "networkpolicies", "poddisruptionbudgets").keys() == pruned.keys()
    assert _uids(syncer, *KEPT) == kept


def a_hand_edit_is_repaired(syncer: Syncer) -> None:
    """A field that we set, and an object that is gone, are as committed again."""
    replicas = _deployment(syncer)["spec"]["replicas"]
    syncer.cluster.kubectl("scale", _DEPLOYMENT, "-n", "airflow", f"--replicas={replicas + 2}")
    syncer.cluster.kubectl("delete", "service", "airflow-api-server", "-n", "airflow")
    syncer.look()

    def repaired() -> bool:
        service = syncer.cluster.ask("get", "service", "airflow-api-server", "-n", "airflow")
        return service.code == 0 and _deployment(syncer)["spec"]["replicas"] == replicas

    syncer.cluster.wait_for("repair of what was changed by hand", repaired, _SECONDS)
    syncer.wait_synced(syncer.upstream.head)


def foreign_files_live(syncer: Syncer) -> None:
    """Files of others beside ours: `render` leaves them, and they are synced like ours."""
    name = "somebody-elses"
    path = _put_config_map(syncer, "flux-system/config-map.yaml", name)
    # As `flux bootstrap` writes it: a kustomization that lists what is beside it.
    path.with_name("kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [config-map.yaml]\n"
    )
    syncer.wait_synced(syncer.upstream.commit("Put a file of our own beside the rendered ones"))
    (before,) = [uid for one, uid in _uids(syncer, "configmaps").items() if one.endswith(name)]
    syncer.upstream.repository.set_parameters(syncer.name, {"log.level": "ERROR"})
    assert path.exists()
    syncer.wait_synced(syncer.upstream.commit("Log errors only"))
    assert before in _uids(syncer, "configmaps").values()


def a_refused_commit_changes_nothing_that_runs(
    syncer: Syncer, replicas: str, *, others_come: bool
) -> None:
    """A manifest that the API server refuses, beside another; the next good commit heals."""
    settle(syncer.cluster)
    pods = _uids(syncer, "pods")
    name = "beside-a-refused-one"
    _put_config_map(syncer, "beside.yaml", name)
    path = f"{tree(syncer)}/airflow/deployment-airflow-api-server.yaml"
    syncer.upstream.edit(path, r"(?m)^  replicas: .*", f"  replicas: {replicas}")
    message = syncer.wait_refused(syncer.upstream.commit(f"Ask for {replicas}"))
    assert "replicas" in message
    there = syncer.cluster.ask("get", "configmap", name, "-n", "airflow").code == 0
    assert there == others_come
    assert _uids(syncer, "pods") == pods
    syncer.wait_synced(syncer.upstream.revert())
    settle(syncer.cluster)
    assert _uids(syncer, "pods") == pods


def a_rollout_that_hangs_leaves_what_runs(syncer: Syncer) -> None:
    """Pods that Pod Security refuses: the old ones serve on, and the next good commit heals."""
    settle(syncer.cluster)
    pods = _uids(syncer, "pods")
    path = f"{tree(syncer)}/airflow/deployment-airflow-api-server.yaml"
    syncer.upstream.edit(path, r"runAsNonRoot: true", "runAsNonRoot: false")
    syncer.upstream.commit("Run as root")

    def hangs() -> bool:
        status = _deployment(syncer)["status"]
        kinds = {one["type"]: one["status"] for one in status.get("conditions", ())}
        return kinds.get("ReplicaFailure") == "True"

    syncer.look()
    syncer.cluster.wait_for("a rollout that hangs", hangs, _SECONDS)
    servers = [one for one in pods if "airflow-api-server" in one]
    assert {one: _uids(syncer, "pods").get(one) for one in servers} == {
        one: pods[one] for one in servers
    }
    syncer.wait_synced(syncer.upstream.revert())
    settle(syncer.cluster)
    assert _uids(syncer, "pods") == pods


def versions_follow_each_other(syncer: Syncer) -> None:
    """Another image: the migration is a new Job. A revert brings the old one back."""
    (first,) = _migrations(syncer)
    version = "3.3.99"
    syncer.upstream.edit(
        f"overlays/{syncer.name}/kustomization.yaml", 'newTag: ".*"', f'newTag: "{version}"'
    )
    syncer.upstream.repository.render(syncer.name)
    syncer.wait_synced(syncer.upstream.commit("Take another version"))
    settle(syncer.cluster)
    (second,) = _migrations(syncer)
    assert second != first
    assert f":{version}" in json.dumps(_deployment(syncer)["spec"])
    syncer.wait_synced(syncer.upstream.revert())
    settle(syncer.cluster)
    assert _migrations(syncer) == [first]
    assert version not in json.dumps(_deployment(syncer)["spec"])


def _put_config_map(syncer: Syncer, place: str, name: str) -> Path:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "airflow"},
    }
    path = syncer.upstream.path / tree(syncer) / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(manifest))
    return path


def workloads(syncer: Syncer) -> dict[str, str]:
    """The ids of everything that runs, or that holds data."""
    return _uids(syncer, "deployments", "statefulsets", "services", "configmaps", "pods", *KEPT)


def _absolute(syncer: Syncer) -> str:
    return str(syncer.upstream.path / tree(syncer))


def _deployment(syncer: Syncer) -> Any:
    printed = syncer.cluster.kubectl("get", _DEPLOYMENT, "-n", "airflow", "-o", "json")
    return json.loads(printed)


def _config_maps(syncer: Syncer) -> list[Object]:
    return [
        one
        for one in syncer.cluster.objects("configmaps")
        if one["metadata"]["namespace"] == "airflow"
        and one["metadata"]["name"].startswith("airflow-config-")
    ]


def _migrations(syncer: Syncer) -> list[str]:
    names = [one["metadata"]["name"] for one in syncer.cluster.objects("jobs")]
    return [name for name in names if name.startswith("airflow-migrate-")]


def _uids(syncer: Syncer, *kinds: str) -> dict[str, str]:
    """The ids of the objects that are not being deleted."""
    return {
        label(one): one["metadata"]["uid"]
        for one in syncer.cluster.objects(",".join(kinds))
        if "deletionTimestamp" not in one["metadata"]
    }
