"""One task as most are, and one for each thing that a task may ask of its own Pod."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import dag, task
from kubernetes.client import models as k8s


def override(**spec: object) -> dict[str, k8s.V1Pod]:
    """What a task asks of its Pod, beside a container `base` that asks for nothing."""
    spec.setdefault("containers", [k8s.V1Container(name="base")])
    return {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(**spec))}


def of_base(**container: object) -> dict[str, k8s.V1Pod]:
    """What a task asks of the container in which it runs."""
    return override(containers=[k8s.V1Container(name="base", **container)])


OVERRIDES = {
    "plain": {},
    "image": of_base(image="example.com/airflow:other"),
    "memory": of_base(resources=k8s.V1ResourceRequirements(limits={"memory": "2Gi"})),
    "variable": of_base(env=[k8s.V1EnvVar(name="TEAM", value="blue")]),
    "account": override(service_account_name="other"),
    "volume": override(
        containers=[
            k8s.V1Container(
                name="base",
                volume_mounts=[k8s.V1VolumeMount(name="more", mount_path="/more")],
            )
        ],
        volumes=[k8s.V1Volume(name="more", empty_dir=k8s.V1EmptyDirVolumeSource())],
    ),
    "namespace": {"pod_override": k8s.V1Pod(metadata=k8s.V1ObjectMeta(namespace="other"))},
}


def nothing() -> None:
    """It is never run."""


@dag(dag_id="probe", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
def probe() -> None:
    """A task for each."""
    for name, config in OVERRIDES.items():
        task(task_id=name, executor_config=config)(nothing)()


probe()
