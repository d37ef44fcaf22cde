"""Flux' own kustomize-controller on a control plane, with what `render bootstrap flux` prints."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from e2e.programs import free_ports
from e2e.tools import find

if TYPE_CHECKING:
    from collections.abc import Generator

    from e2e.controlplane import ControlPlane
    from e2e.upstream import Upstream

NAMESPACE = "flux-system"
_KUSTOMIZATIONS = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations"


class Flux:
    """A cluster with its Flux, pointed at the upstream repository.

    A rollout that hangs keeps Flux from newer commits until its timeout is over (as Flux writes a
    duration); nobody waits longer than `seconds` for what Flux is to do.
    """

    def __init__(
        self,
        name: str,
        cluster: ControlPlane,
        upstream: Upstream,
        *,
        timeout: str = "20s",
        seconds: float = 180,
    ) -> None:
        self.name, self.cluster, self.upstream = name, cluster, upstream
        self._timeout, self._seconds = timeout, seconds
        self._count = 0  # how often it was told to look
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
        timeout = ("--timeout", self._timeout)
        objects = self.upstream.bootstrap("flux", self.name, *timeout, *options)
        self.cluster.kubectl("apply", "--server-side", "--filename=-", stdin=objects)

    def uninstall(self) -> None:
        """Remove what is synced, as `flux delete kustomization` does; Flux itself stays."""
        self.cluster.kubectl("delete", *self._place, "--wait=false")
        path = f"{_KUSTOMIZATIONS}/{self._place[1]}"
        self._wait("end", lambda: self.cluster.api.find(path) is None)

    @contextlib.contextmanager
    def suspended(self) -> Generator[None]:
        """As `flux suspend kustomization`: what is changed by hand stays meanwhile."""
        self._patch({"suspend": True})
        try:
            yield
        finally:
            self._patch({"suspend": False})

    def status(self) -> dict[str, Any]:
        """What the Kustomization says; nothing before it is there."""
        found = self.cluster.api.find(f"{_KUSTOMIZATIONS}/{self._place[1]}") or {}
        status: dict[str, Any] = found.get("status", {})
        return status

    def condition(self) -> dict[str, Any]:
        """Its condition Ready; nothing before it has one."""
        conditions = self.status().get("conditions", [])
        return next((one for one in conditions if one["type"] == "Ready"), {})

    def wait_synced(self, commit: str) -> None:
        """Wait until a commit is applied, and all of it is ready."""

        def synced() -> bool:
            status, ready = self.status(), self.condition()
            revision = status.get("lastAppliedRevision", "")
            return revision.endswith(commit) and ready.get("status") == "True"

        self._wait("Ready", synced)

    def wait_refused(self, commit: str) -> str:
        """Wait until a commit is refused, and give the reason."""

        def refused() -> bool:
            attempted = self.status().get("lastAttemptedRevision", "")
            return attempted.endswith(commit) and self.condition().get("status") == "False"

        self._wait("refusal", refused)
        return str(self.condition()["message"])

    def look(self) -> None:
        """As `flux reconcile kustomization` does it."""
        self._count += 1
        request = f"reconcile.fluxcd.io/requestedAt={self._count}"
        self.cluster.kubectl("annotate", "--overwrite", *self._place, request)

    def _patch(self, spec: dict[str, Any]) -> None:
        patch = json.dumps({"spec": spec})
        self.cluster.kubectl("patch", *self._place, "--type=merge", "--patch", patch)

    def _wait(self, what: str, ready: Any) -> None:
        try:
            self.cluster.wait_for(f"{what} of Flux", ready, self._seconds)
        except Exception as error:
            error.add_note(f"Flux says: {self.condition().get('message')}")
            raise
