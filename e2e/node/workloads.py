"""Workloads of Airflow that are stopped for a while."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from e2e.fluxed import Flux


@contextlib.contextmanager
def scaled(flux: Flux, workload: str) -> Generator[None]:
    """No Pod of a workload (`deployment/NAME`) runs as long as the block does."""
    cluster = flux.cluster
    component = workload.rpartition("airflow-")[2]
    where = ("--namespace=airflow", workload)
    wanted = cluster.kubectl("get", *where, "--output=jsonpath={.spec.replicas}")
    selector = f"--selector=app.kubernetes.io/component={component}"
    gone = ("wait", "pod", "--namespace=airflow", "--for=delete", "--timeout=110s", selector)
    with flux.suspended():  # it would start them again, every ten minutes
        cluster.kubectl("scale", *where, "--replicas=0")
        try:
            cluster.kubectl(*gone)
            yield
        finally:
            cluster.kubectl("scale", *where, f"--replicas={wanted}")
    cluster.kubectl("rollout", "status", *where, "--timeout=110s")
