"""The Pods of a rendered tree, whatever makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import yaml

STAYS = ("Deployment", "StatefulSet")


class Pod(NamedTuple):
    """A Pod of a rendered tree: the kind of what makes it, its component and its template."""

    kind: str
    component: str
    namespace: str
    labels: dict[str, str]
    spec: dict[str, Any]

    @property
    def main(self) -> dict[str, Any]:
        first: dict[str, Any] = self.spec["containers"][0]
        return first

    @property
    def is_airflow(self) -> bool:
        """Whether it stays, and is a process of Airflow."""
        return self.kind in STAYS and not self.is_foreign

    @property
    def is_foreign(self) -> bool:
        """Whether its program is not Airflow."""
        return "/airflow:" not in self.main["image"]

    @property
    def runs_tasks(self) -> bool:
        return "airflow.gitops/runs-tasks" in self.labels


def every_pod(objects: Iterable[Any]) -> Iterator[Pod]:
    """The Pods that the objects of a tree describe, that of a task, which is embedded, too."""
    for one in objects:
        kind, namespace = one["kind"], one["metadata"].get("namespace", "")
        text = one.get("data", {}).get("pod_template_file.yaml")
        if text:
            template = yaml.safe_load(text)
            metadata = template["metadata"]
            yield Pod("Pod", "task", metadata["namespace"], metadata["labels"], template["spec"])
        if kind in (*STAYS, "Job", "CronJob"):
            spec = one["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else one["spec"]
            template = spec["template"]
            labels = template["metadata"]["labels"]
            component = labels["app.kubernetes.io/component"]
            yield Pod(kind, component, namespace, labels, template["spec"])
