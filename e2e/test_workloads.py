"""What becomes of the committed trees: real controllers, nodes that kwok plays."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from e2e.api import Object
from e2e.trees import Running, copy_repository, settle

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
ENFORCE = "pod-security.kubernetes.io/enforce"
KINDS = "deployments,statefulsets,jobs"
Pods = dict[str, Object]


@pytest.mark.proves("every workload, Job and claim of a tree becomes ready", *CONTROL_PLANE)
def test_everything_becomes_ready(running: Running) -> None:
    """The fixture waits for it; here: that it was all there, and nothing beside it."""
    assert names(running.cluster.objects(KINDS)) == names(
        one for one in manifests(running) if f"{one['kind'].lower()}s" in KINDS.split(",")
    )
    claims = running.cluster.objects("persistentvolumeclaims")
    for claim in claims:  # each to the volume that it asks for
        wanted = claim["metadata"]["annotations"].get("pv.kubernetes.io/bound-by-controller")
        assert wanted or claim["spec"]["volumeName"] in names(manifests(running))
    for budget in running.cluster.objects("poddisruptionbudgets"):
        assert budget["status"]["expectedPods"] > 0, budget["metadata"]["name"]


@pytest.mark.proves("Pod Security restricted accepts every Pod of a tree", *CONTROL_PLANE)
def test_pods_are_created_under_pod_security(running: Running) -> None:
    created = pods(running).values()
    namespaces = running.cluster.objects("namespaces")
    enforced = {
        one["metadata"]["name"]: one["metadata"]["labels"].get(ENFORCE) for one in namespaces
    }
    assert {enforced[pod["metadata"]["namespace"]] for pod in created} == {"restricted"}
    wanted = sum(one["spec"].get("replicas", 1) for one in running.cluster.objects(KINDS))
    assert len(created) == wanted > 0


@pytest.mark.proves("Pod Security restricted accepts the Pods of tasks", *CONTROL_PLANE)
def test_the_pod_template_is_accepted(running: Running) -> None:
    """A Pod of the Kubernetes executor is text in a ConfigMap: created as the scheduler does."""
    templates = [
        yaml.safe_load(text)
        for one in running.cluster.objects("configmaps")
        for key, text in one["data"].items()
        if key == "pod_template_file.yaml"
    ]
    assert len(templates) == (running.name == "prod")
    for pod in templates:
        scheduler = running.cluster.log_in("airflow", "airflow-scheduler")
        create = ("create", "--filename=-", "--namespace=airflow-workers")
        answer = running.cluster.ask(*create, stdin=json.dumps(pod), kubeconfig=scheduler)
        assert (answer.code, answer.err) == (0, "")
        settle(running.cluster)
        running.cluster.kubectl("delete", "pod", "airflow-task", "--namespace=airflow-workers")


@pytest.mark.proves("Pod Security restricted refuses a privileged Pod", "kube-apiserver")
@pytest.mark.parametrize("namespace", ["airflow", "airflow-workers"])
def test_a_privileged_pod_is_refused(running: Running, namespace: str) -> None:
    container = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "privileged"},
        "spec": {"containers": [container]},
    }
    command = ("create", "--filename=-", "--dry-run=server", "--namespace")
    refused = running.cluster.ask(*command, namespace, stdin=json.dumps(pod))
    assert 'violates PodSecurity "restricted:latest": privileged' in refused.err
    assert running.cluster.ask(*command, "default", stdin=json.dumps(pod)).code == 0


@pytest.mark.proves("rendering again without a change rolls nothing", *CONTROL_PLANE)
def test_an_unchanged_render_rolls_nothing(running: Running, tmp_path: Path) -> None:
    before = pods(running)
    repository = copy_repository(tmp_path)
    for file in (tmp_path / "clusters" / running.name).rglob("*.yaml"):
        file.unlink()
    repository.render(running.name)
    running.apply(tmp_path)
    settle(running.cluster)
    assert pods(running).keys() == before.keys()


@pytest.mark.proves("a scale changes no template and no running Pod", *CONTROL_PLANE)
def test_a_scale_rolls_nothing(running: Running, tmp_path: Path) -> None:
    before, templates = pods(running), template_owners(running)
    repository = copy_repository(tmp_path)
    repository.set_parameters(running.name, {"scheduler.replicas": 4, "api.replicas": 5})
    running.apply(tmp_path)
    settle(running.cluster)
    after = pods(running)
    assert before.keys() < after.keys()
    assert template_owners(running) == templates
    running.restore()
    assert len(pods(running)) == len(before)


@pytest.mark.proves("a changed setting rolls exactly the Pods that read it", *CONTROL_PLANE)
def test_a_changed_setting_rolls_its_readers(running: Running, tmp_path: Path) -> None:
    before = pods(running)
    readers = {uid for uid, pod in before.items() if "airflow-config-" in json.dumps(pod["spec"])}
    repository = copy_repository(tmp_path)
    repository.set_parameters(running.name, {"log.level": "WARNING"})
    running.apply(tmp_path)
    settle(running.cluster)
    after = pods(running)
    jobs = {uid for uid, pod in before.items() if owner(pod).startswith("Job ")}
    assert readers - jobs  # else nothing would be shown
    assert before.keys() - after.keys() == readers - jobs  # the Pod of a Job is history
    assert readers - jobs < before.keys() - jobs or running.name == "prod"
    changed = {workload(before[uid]) for uid in readers}
    assert {workload(after[uid]) for uid in after.keys() - before.keys()} == changed
    running.restore()


def pods(running: Running) -> Pods:
    """The Pods of a cluster by uid."""
    return {pod["metadata"]["uid"]: pod for pod in running.cluster.objects("pods")}


def owner(pod: Object) -> str:
    (reference,) = pod["metadata"]["ownerReferences"]
    return f"{reference['kind']} {reference['name']}"


def workload(pod: Object) -> str:
    """What a Pod is one of, by the label that the building blocks give it."""
    return str(pod["metadata"]["labels"]["app.kubernetes.io/component"])


def template_owners(running: Running) -> set[str]:
    """ReplicaSets with Pods, and revisions of StatefulSets: one for each template."""
    sets = [one for one in running.cluster.objects("replicasets") if one["spec"]["replicas"]]
    return names(sets) | names(running.cluster.objects("controllerrevisions"))


def manifests(running: Running) -> list[Object]:
    files = Path("clusters", running.name).rglob("*.yaml")
    return [yaml.safe_load(file.read_text()) for file in files]


def names(objects: Iterable[Object]) -> set[str]:
    return {one["metadata"]["name"] for one in objects}
