"""The committed trees on a control plane, and variants of them that `render` writes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.controlplane import ControlPlane, Object

ROOT = Path(__file__).parent.parent
CLUSTERS = sorted(path.name for path in (ROOT / "clusters").iterdir())
_WORKLOADS = "deployments,statefulsets,jobs,persistentvolumeclaims,persistentvolumes,pods"


class Running(NamedTuple):
    """A tree that runs: its cluster's name, and the control plane."""

    name: str
    cluster: ControlPlane

    def apply(self, repository: Path = ROOT) -> None:
        """Apply the tree of a repository; anything that is not plain success is an error."""
        answer = self.cluster.apply(repository / "clusters" / self.name)
        assert answer.code == 0, answer.err
        assert answer.err == ""


class Repository(NamedTuple):
    """A copy of this repository that a test may change."""

    path: Path

    def set_parameters(self, cluster: str, values: Mapping[str, Any]) -> None:
        """Set parameters in overlays/<cluster>/cluster.yaml, and render."""
        file = self.path / "overlays" / cluster / "cluster.yaml"
        text = file.read_text()
        for name, value in values.items():
            text = re.sub(rf"^    {re.escape(name)}:.*\n", "", text, flags=re.MULTILINE)
            text = text.replace("  parameters:\n", f"  parameters:\n    {name}: {value}\n")
        file.write_text(text)
        self.render(cluster)

    def render(self, cluster: str) -> None:
        """Run `render clusters/<cluster>`."""
        command = Path(sys.executable).with_name("render")
        done = subprocess.run(
            [command, f"clusters/{cluster}"], cwd=self.path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


def copy_repository(directory: Path) -> Repository:
    """Copy base, overlays and clusters into a directory."""
    for name in ("base", "overlays", "clusters"):
        shutil.copytree(ROOT / name, directory / name)
    return Repository(directory)


def settle(cluster: ControlPlane) -> None:
    """Wait until all workloads are ready, and the controllers have no more to write."""
    seen: list[dict[str, str]] = [{}]

    def settled() -> bool:
        objects = cluster.objects(_WORKLOADS)
        seen.append({one["metadata"]["uid"]: one["metadata"]["resourceVersion"] for one in objects})
        return not unready(objects) and seen[-2] == seen[-1]

    try:
        cluster.wait_for("ready workloads", settled, seconds=60)
    except Exception as error:
        error.add_note("\n".join(unready(cluster.objects(_WORKLOADS))))
        raise


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
        case "Deployment":
            wanted = one["spec"]["replicas"]
            counts = [status.get(f"{name}eplicas", 0) for name in ("r", "updatedR", "availableR")]
            observed = status.get("observedGeneration") == one["metadata"]["generation"]
            return "" if observed and counts == [wanted] * 3 else f"{counts} of {wanted}"
        case "StatefulSet":
            wanted = one["spec"]["replicas"]
            counts = [status.get(f"{name}eplicas", 0) for name in ("r", "updatedR", "readyR")]
            observed = status.get("observedGeneration") == one["metadata"]["generation"]
            return "" if observed and counts == [wanted] * 3 else f"{counts} of {wanted}"
        case "Job":
            return "" if conditions.get("Complete") == "True" else "not complete"
        case "PersistentVolumeClaim":
            return "" if status.get("phase") == "Bound" else f"{status.get('phase')}"
        case "Pod":
            fine = status.get("phase") == "Succeeded" or conditions.get("Ready") == "True"
            gone = "deletionTimestamp" in one["metadata"]
            return "is going" if gone else "" if fine else f"{status.get('phase')}"
    return ""
