"""The committed trees on a control plane, and variants of them that `render` writes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.api import Object
    from e2e.controlplane import ControlPlane

ROOT = Path(__file__).parent.parent
CLUSTERS = sorted(path.name for path in (ROOT / "clusters").iterdir())
_PART_OF = "app.kubernetes.io/part-of"
_KINDS = "deployments,statefulsets,jobs,persistentvolumeclaims,poddisruptionbudgets,pods"

_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


class Running(NamedTuple):
    """A tree that runs: its cluster's name, and the control plane."""

    name: str
    cluster: ControlPlane

    def apply(self, repository: Path = ROOT) -> None:
        """Apply the tree of a repository; anything that is not plain success is an error."""
        answer = self.cluster.apply(repository / "clusters" / self.name)
        assert answer.code == 0, answer.err
        assert answer.err == ""

    def restore(self) -> None:
        """Apply the committed tree, remove what variants of it have left, and settle."""
        self.apply()
        settle(self.cluster)
        kinds = {"Job": "jobs", "ConfigMap": "configmaps"}  # their names follow content
        files = (ROOT / "clusters" / self.name).rglob("*.yaml")
        wanted = {label(yaml.safe_load(file.read_text())) for file in files}
        for one in self.cluster.objects(",".join(kinds.values())):
            ours = one["metadata"].get("labels", {}).get(_PART_OF) == "airflow"
            if ours and label(one) not in wanted:
                metadata = one["metadata"]
                where = ("--namespace", metadata["namespace"])
                self.cluster.kubectl("delete", kinds[one["kind"]], metadata["name"], *where)
        settle(self.cluster)


class Repository(NamedTuple):
    """A copy of this repository that a test may change."""

    path: Path
    overlays: str = "overlays"

    def set_parameters(self, cluster: str, values: Mapping[str, Any]) -> None:
        """Set parameters in overlays/<cluster>/cluster.yaml, and render."""
        file = self.path / self.overlays / cluster / "cluster.yaml"
        text = file.read_text()
        for name, value in values.items():
            text = re.sub(rf"^    {re.escape(name)}:.*\n", "", text, flags=re.MULTILINE)
            text = text.replace("  parameters:\n", f"  parameters:\n    {name}: {value}\n")
        file.write_text(text)
        self.render(cluster)

    def render(self, cluster: str) -> None:
        """Run `render clusters/<cluster>`."""
        self.run(f"clusters/{cluster}")

    def run(self, *arguments: str) -> str:
        """What `render` prints; it must succeed."""
        command = Path(sys.executable).with_name("render")
        done = subprocess.run(
            [command, *arguments], cwd=self.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copy_repository(directory: Path) -> Repository:
    """Copy base, overlays and clusters into a directory."""
    for name in ("base", "overlays", "clusters"):
        shutil.copytree(ROOT / name, directory / name)
    return Repository(directory)


def settle(cluster: ControlPlane) -> None:
    """Wait until everything is ready, and the controllers have written nothing for a second."""
    seen: dict[str, str] = {}
    since = time.monotonic()

    def settled() -> bool:
        nonlocal seen, since
        objects = cluster.objects(_KINDS)
        versions = {one["metadata"]["uid"]: one["metadata"]["resourceVersion"] for one in objects}
        if versions != seen:
            seen, since = versions, time.monotonic()
        return not unready(objects) and time.monotonic() - since >= 1

    try:
        cluster.wait_for("ready workloads", settled, seconds=90)
    except ToolError as error:
        problems = "\n".join(unready(cluster.objects(_KINDS)))
        raise AssertionError(f"not ready: {problems or 'changing still'}") from error


def unready(objects: list[Object]) -> list[str]:
    """What is not ready yet, and why, for those kinds that become ready.

    As `kubectl rollout status` and `kubectl wait` judge it.
    """
    judged = ((one, _problem(one)) for one in objects)
    return [f"{label(one)}: {problem}" for one, problem in judged if problem]


def label(one: Object) -> str:
    """`Kind namespace/name`."""
    metadata = one["metadata"]
    return f"{one['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def _problem(one: Object) -> str:
    status = one.get("status", {})
    conditions = {found["type"]: found["status"] for found in status.get("conditions", [])}
    match one["kind"]:
        case "Deployment" | "StatefulSet":
            wanted = one["spec"]["replicas"]
            counts = [status.get(name, 0) for name in _COUNTS]
            observed = status.get("observedGeneration") == one["metadata"]["generation"]
            return "" if observed and counts == [wanted] * len(counts) else f"{counts} of {wanted}"
        case "Job":
            return "" if conditions.get("Complete") == "True" else "not complete"
        case "PersistentVolumeClaim":
            return "" if status.get("phase") == "Bound" else f"{status.get('phase')}"
        case "PodDisruptionBudget":
            healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 1)
            return "" if healthy >= wanted else f"{healthy} of {wanted}"
        case "Pod":
            fine = status.get("phase") == "Succeeded" or conditions.get("Ready") == "True"
            gone = "deletionTimestamp" in one["metadata"]
            return "is going" if gone else "" if fine else f"{status.get('phase')}"
    return ""
