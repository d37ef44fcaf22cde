"""The Pods that Airflow's Kubernetes executor makes of the Pod template in a tree."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest
import yaml

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from e2e.api import Object
from e2e.trees import copy_repository

DAGS = Path(__file__).with_name("dags")
PREFIX = "AIRFLOW__KUBERNETES_EXECUTOR__"

# What stands in overlays/prod/kustomization.yaml instead of dags-git-sync, and its parameters.
DELIVERIES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "git-sync": (("dags-git-sync",), {}),
    "nfs": (("dags-nfs", "dags-nfs-workers"), {"nfs.dagsPath": "/export/airflow/dags"}),
}


class Made(NamedTuple):
    """A tree, and the Pods that Airflow makes of its template, by task."""

    tree: pods.Tree
    pods: dict[str, Object]

    @property
    def plain(self) -> Object:
        """The Pod of a task that asks for nothing."""
        return self.pods["plain"]


@pytest.fixture(scope="module", params=DELIVERIES)
def made(
    request: pytest.FixtureRequest, airflow: Airflow, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    components, parameters = DELIVERIES[request.param]
    tree = rendered(components, parameters, tmp_path_factory.mktemp("repository"))
    return Made(tree, made_of(tree, airflow))


def rendered(
    components: Sequence[str], parameters: Mapping[str, str], directory: Path
) -> pods.Tree:
    """The tree of overlays/prod with another delivery of DAGs."""
    repository = copy_repository(directory)
    file = directory / "overlays" / "prod" / "kustomization.yaml"
    line = "- ../../base/components/{}\n"
    text = file.read_text("utf-8")
    assert line.format("dags-git-sync") in text
    lines = "".join(line.format(name) for name in components)
    file.write_text(text.replace(line.format("dags-git-sync"), lines), "utf-8")
    if "dags-git-sync" not in components:
        cluster = file.with_name("cluster.yaml")
        told = cluster.read_text("utf-8").splitlines(keepends=True)
        cluster.write_text("".join(one for one in told if "  git." not in one), "utf-8")
    repository.set_parameters("prod", parameters)
    return pods.read(directory / "clusters" / "prod")


def made_of(tree: pods.Tree, airflow: Airflow) -> dict[str, Object]:
    """What Airflow's own command makes of a DAG in the environment of the tree's scheduler."""
    scheduler = tree.container("scheduler")
    home = airflow.home / "rendered"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    template = home / "pod_template_file.yaml"
    file = scheduler.environment[f"{PREFIX}POD_TEMPLATE_FILE"]
    assert file is not None
    template.write_text(scheduler.files[file], "utf-8")
    environment = {name: value for name, value in scheduler.environment.items() if value}
    here = {
        f"{PREFIX}POD_TEMPLATE_FILE": str(template),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    }
    command = ("kubernetes", "generate-dag-yaml", "probe", "--logical-date=2026-01-01")
    airflow.run(["airflow", *command, f"--output-path={home}"], environment | here)
    made = [yaml.safe_load(one.read_text("utf-8")) for one in home.rglob("*.yml")]
    return {one["metadata"]["labels"]["task_id"]: one for one in made}


@pytest.mark.proves("a task Pod runs the image of its tree", VERSION)
def test_it_runs_the_image_of_the_scheduler(made: Made) -> None:
    assert base(made.plain)["image"] == made.tree.container("scheduler").image


@pytest.mark.proves(
    "a task Pod is in the namespace of the executor, under an account of the tree", VERSION
)
def test_it_is_where_the_executor_looks_for_it_under_an_account_of_the_tree(made: Made) -> None:
    namespace = made.plain["metadata"]["namespace"]
    assert namespace == made.tree.container("scheduler").environment[f"{PREFIX}NAMESPACE"]
    accounts = made.tree.of_kind("ServiceAccount")
    assert (namespace, made.plain["spec"]["serviceAccountName"]) in accounts


@pytest.mark.proves("a task Pod runs its task", VERSION)
def test_it_runs_the_task(made: Made) -> None:
    assert base(made.plain)["args"][:3] == [
        "python",
        "-m",
        "airflow.sdk.execution_time.execute_workload",
    ]
    assert "command" not in base(made.plain)


@pytest.mark.proves("what a task Pod mounts and reads is in the tree", VERSION)
def test_what_it_mounts_is_there(made: Made) -> None:
    namespace = made.plain["metadata"]["namespace"]
    spec = made.plain["spec"]
    volumes = {one["name"]: one for one in spec["volumes"]}
    mounted = {mount["name"] for one in containers(made.plain) for mount in one["volumeMounts"]}
    assert mounted == volumes.keys()
    for volume in volumes.values():
        claim = volume.get("persistentVolumeClaim")
        if claim:
            assert (namespace, claim["claimName"]) in made.tree.of_kind("PersistentVolumeClaim")
    for one in containers(made.plain):
        for source in one.get("envFrom", []):
            assert (namespace, source["configMapRef"]["name"]) in made.tree.of_kind("ConfigMap")


@pytest.mark.proves("a task Pod finds its DAGs, for each delivery", VERSION)
def test_dags_are_where_the_task_looks_for_them(made: Made) -> None:
    (task,) = (one for one in made.tree.containers() if one.where.endswith("yaml, container base"))
    folder = PurePosixPath(task.environment["AIRFLOW__CORE__DAGS_FOLDER"] or "")
    (mount,) = (
        mount
        for mount in base(made.plain)["volumeMounts"]
        if PurePosixPath(mount["mountPath"]) in (folder, *folder.parents)
    )
    assert mount["readOnly"] is True
    filled = [
        one["name"]
        for one in made.plain["spec"].get("initContainers", [])
        if mount["name"] in {other["name"] for other in one["volumeMounts"]}
    ]
    (volume,) = (one for one in made.plain["spec"]["volumes"] if one["name"] == mount["name"])
    empty = "emptyDir" in volume
    assert empty == bool(filled)  # an empty directory is filled before the task starts


@pytest.mark.proves("tasks and schedulers look for DAGs at one place", VERSION)
def test_task_and_scheduler_look_for_dags_at_the_same_place(made: Made) -> None:
    folders = {
        one.environment["AIRFLOW__CORE__DAGS_FOLDER"]
        for one in made.tree.containers()
        if "AIRFLOW__CORE__DAGS_FOLDER" in one.environment
    }
    assert len(folders) == 1


BASE = "spec.containers.base"
OVERRIDDEN: dict[str, dict[str, Any]] = {
    "image": {f"{BASE}.image": "example.com/airflow:other"},
    # Airflow takes the resources of an override instead of the template's, not in addition.
    "memory": {
        f"{BASE}.resources.limits.memory": "2Gi",
        f"{BASE}.resources.requests.cpu": None,
        f"{BASE}.resources.requests.memory": None,
    },
    "variable": {f"{BASE}.env.TEAM.name": "TEAM", f"{BASE}.env.TEAM.value": "blue"},
    "account": {"spec.serviceAccountName": "other"},
    "volume": {
        f"{BASE}.volumeMounts.more.mountPath": "/more",
        f"{BASE}.volumeMounts.more.name": "more",
        "spec.volumes.more.emptyDir": {},
        "spec.volumes.more.name": "more",
    },
    "namespace": {"metadata.namespace": "other"},
}
OF_THE_TASK = ("task_id", "metadata.name", f"{BASE}.args")


@pytest.mark.proves("a task changes what it asks for of its Pod, and nothing else", VERSION)
@pytest.mark.parametrize("task", OVERRIDDEN)
def test_a_task_changes_what_it_asks_for_and_nothing_else(made: Made, task: str) -> None:
    before, after = (dict(leaves(one)) for one in (made.plain, made.pods[task]))
    different = {
        path: after.get(path)
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not path.endswith(OF_THE_TASK)
    }
    assert different == OVERRIDDEN[task]


@pytest.mark.proves("a task Pod keeps the labels by which network policies know it", VERSION)
@pytest.mark.parametrize("task", ["plain", *OVERRIDDEN])
def test_it_keeps_its_labels(made: Made, task: str) -> None:
    (template,) = (
        pod for label, pod in made.tree.pods() if label.endswith("pod_template_file.yaml")
    )
    labels = made.pods[task]["metadata"]["labels"]
    assert template["metadata"]["labels"].items() <= labels.items()


def containers(pod: Object) -> list[Object]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def base(pod: Object) -> Object:
    found: list[Object] = [one for one in pod["spec"]["containers"] if one["name"] == "base"]
    (container,) = found
    return container


def leaves(value: Any, path: str = "") -> Generator[tuple[str, Any]]:
    """Each leaf by its path; items of a list by their name, where they have one."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value):
        for one in value:
            yield from leaves(one, f"{path}.{one['name']}")
    else:
        yield path, value
