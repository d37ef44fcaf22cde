"""Workers that an autoscaler takes over: those that Git had the number of, and the number since."""

from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
from typing import TYPE_CHECKING

from e2e.node import pods, trees
from e2e.node.trouble import told
from e2e.trees import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path
    from typing import Any

    from e2e.fluxed import Flux
    from e2e.node.cluster import NodeControlPlane
    from e2e.upstream import Upstream

BEFORE = 2
"""How many workers there are before an autoscaler is asked."""

_WORKERS = "/apis/apps/v1/namespaces/airflow/statefulsets/airflow-worker"
_AUTOSCALERS = "/apis/autoscaling/v2/namespaces/airflow/horizontalpodautoscalers"
_PAGE = ROOT / "base/README.md"
_SECONDS = 400
_SECONDS_TO_GO = 800  # a worker waits ten minutes for its tasks


@contextlib.contextmanager
def two_workers(synced: Flux, executor: str, values: Mapping[str, Any]) -> Generator[None]:
    """The tree with two workers, which Git has the number of; then what there was before."""
    before, node = synced.upstream.head, synced.cluster
    with told(node):
        wanted = {"celery.workers": BEFORE, **values}
        synced.wait_synced(trees.set_parameters(synced.upstream, executor, wanted))
        pods.wait_ready(node, "worker", BEFORE, _SECONDS)
    yield
    with told(node):
        synced.wait_synced(synced.upstream.back_to(before))
        pods.wait_ready(node, "worker", 1, _SECONDS_TO_GO)


def hand_over(synced: Flux) -> None:
    """Run the commands of base/README.md, for as many workers as there are."""
    pattern = r"^```sh\n(kubectl apply [^`]*=handover .*?)^```$"
    found = re.search(pattern, _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    text, count = re.subn(r"replicas: \d+", f"replicas: {BEFORE}", found[1])
    assert count == 1
    trees.run(text, synced.upstream.path, trees.environment(synced.cluster))


def autoscale(upstream: Upstream, executor: str, component: str, most: int) -> str:
    """Commit an autoscaler that makes at most so many workers, and give the commit's id."""
    components, values = [trees.DAGS, component], {"autoscaling.maxWorkers": most}
    unset = ["celery.workers"]
    return trees.replace(upstream, executor, trees.DAGS, components, values, unset=unset)


def sync_again(synced: Flux) -> None:
    """Have Flux apply what is in Git once more, and wait until it has."""

    def handled() -> str:
        return str(synced.status().get("lastHandledReconcileAt"))

    before = handled()
    synced.look()
    synced.cluster.wait_for("another sync", lambda: handled() != before, _SECONDS)


@contextlib.contextmanager
def watched(node: NodeControlPlane, path: Path) -> Generator[None]:
    """Write each number of workers that is wanted, and is, into a file while the block runs."""
    environment = trees.environment(node)
    kubectl = f"{environment['PATH'].partition(':')[0]}/kubectl"
    argv = [kubectl, "get", "statefulset/airflow-worker", "--namespace=airflow", "--watch"]
    shown = "--output=jsonpath={.spec.replicas} {.status.replicas}{'\\n'}"
    with path.open("wb") as output:
        watching = subprocess.Popen([*argv, shown], env=environment, stdout=output)
    node.wait_for("a number of workers", lambda: bool(path.read_text()))
    try:
        yield
    finally:
        watching.kill()
        watching.wait()


def seen(path: Path) -> set[int]:
    """The numbers in such a file, wanted or there."""
    return {int(one) for one in path.read_text().split()}


def wanted(path: Path) -> list[int]:
    """The numbers in such a file that were wanted, one after the other."""
    numbers = (int(line.split()[0]) for line in path.read_text().splitlines())
    return [number for number, _ in itertools.groupby(numbers)]


def owners(node: NodeControlPlane) -> set[str]:
    """Who owns the number of workers that is wanted.

    Flux among them, though Git has it no more: it writes only what a dry run changes.
    """
    managed = node.api.request("GET", _WORKERS)["metadata"]["managedFields"]
    return {one["manager"] for one in managed if "f:replicas" in one["fieldsV1"].get("f:spec", {})}


def is_active(node: NodeControlPlane, name: str) -> bool:
    """Whether a HorizontalPodAutoscaler is there, and has the metrics that it asks for."""
    found = node.api.find(f"{_AUTOSCALERS}/{name}") or {}
    conditions = found.get("status", {}).get("conditions", [])
    return any(one["type"] == "ScalingActive" and one["status"] == "True" for one in conditions)
