"""A real Argo CD: its servers beside a control plane, and the clusters that it knows."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from e2e.programs import free_ports
from e2e.tools import find
from e2e.upstream import BRANCH, need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from e2e.controlplane import ControlPlane
    from e2e.upstream import Upstream

NAMESPACE = "argocd"
_APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications"
_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SECONDS = 300  # four control planes start at once, and Argo CD reads all that they serve
_SECONDS_BETWEEN_LOOKS = 5


def install(
    home: ControlPlane, clusters: Mapping[str, ControlPlane], *, path: str = "", plugin: str = ""
) -> None:
    """What Argo CD's own manifests bring, as far as syncing needs it, and a Secret per cluster.

    `path` is the PATH of the programs that build manifests; `plugin` is the directory of a
    config management plugin's plugin.yaml, whose server then runs, too. Raises `ToolError`
    where redis is missing.
    """
    redis = need("redis-server", "redis-server")
    home.kubectl("create", "namespace", NAMESPACE)
    manifests = find("argocd-manifests")
    for pattern in ("*-crd.yaml", "argocd-*.yaml"):
        for manifest in sorted(manifests.glob(pattern)):
            home.kubectl("apply", "--server-side", "-n", NAMESPACE, "-f", str(manifest))
    names = [
        f"crd/{kind}.argoproj.io" for kind in ("applications", "applicationsets", "appprojects")
    ]
    home.kubectl("wait", "--for=condition=Established", *names)
    secrets = [_cluster_secret(name, cluster) for name, cluster in clusters.items()]
    key = {"server.secretkey": base64.b64encode(b"not secret: nobody logs in").decode()}
    patch = json.dumps({"data": key})
    home.kubectl("patch", "secret", "argocd-secret", "-n", NAMESPACE, "-p", patch)
    home.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(_list(secrets)))
    building = {"PATH": path} if path else {}
    if plugin:
        sockets = home.directory / "cmp"
        sockets.mkdir()
        building["ARGOCD_PLUGINSOCKFILEPATH"] = str(sockets)
        _server(home, "cmp-server", ["--config-dir-path", plugin], building)
    _start(home, redis, building)


def _start(home: ControlPlane, redis: str, building: dict[str, str]) -> None:
    redis_port, repo_port, *others = free_ports(7)
    local = [f"127.0.0.1:{port}" for port in others]
    options = ["--bind", "127.0.0.1", "--port", str(redis_port), "--save", "", "--appendonly", "no"]
    home.programs.start("redis-server", [redis, *options])
    shared = ["--redis", f"127.0.0.1:{redis_port}"]
    repo = f"127.0.0.1:{repo_port}"
    repo_server = [
        *("--address", "127.0.0.1", "--port", str(repo_port), "--disable-tls"),
        *("--metrics-address", "127.0.0.1", "--metrics-port", str(others[3])),
    ]
    controller = [
        *("--repo-server", repo, "--repo-server-plaintext", "--metrics-port", str(others[4])),
        *("--namespace", NAMESPACE, "--self-heal-timeout-seconds", "1"),
    ]
    sets = [
        *("--argocd-repo-server", repo, "--repo-server-plaintext"),
        *("--metrics-addr", local[0], "--probe-addr", local[1], "--webhook-addr", local[2]),
        *("--namespace", NAMESPACE, "--enable-leader-election=false"),
    ]
    _server(home, "repo-server", [*repo_server, *shared], building)
    _server(home, "application-controller", [*controller, *shared])
    _server(home, "applicationset-controller", sets)


def _server(
    home: ControlPlane, name: str, flags: list[str], environment: Mapping[str, str] | None = None
) -> None:
    """One program is every server: it looks at the name that it is called by."""
    own = home.directory / name
    own.mkdir()
    home.programs.start(
        f"argocd-{name}",
        [find("argocd"), *flags],
        ARGOCD_ASK_PASS_SOCK=str(own / "ask-pass.sock"),  # else one in /tmp, for all users
        ARGOCD_BINARY_NAME=f"argocd-{name}",
        ARGOCD_FAKE_IN_CLUSTER="true",
        ARGOCD_GPG_ENABLED="false",
        KUBECONFIG=str(home.kubeconfig),
        TMPDIR=str(own),
        **(environment or {}),
    )


def _cluster_secret(name: str, cluster: ControlPlane) -> dict[str, Any]:
    """As `argocd cluster add --name NAME` writes it."""
    authority = base64.b64encode(cluster.certificate.read_bytes()).decode()
    config = {"bearerToken": cluster.token, "tlsClientConfig": {"caData": authority}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {"name": name, "server": cluster.server, "config": json.dumps(config)},
    }


def _list(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": items}


class Application:
    """One Application: an Argo CD at home, at work on a cluster."""

    def __init__(
        self, name: str, home: ControlPlane, cluster: ControlPlane, upstream: Upstream
    ) -> None:
        self.name, self.cluster, self.upstream = name, cluster, upstream
        self._home = home
        self._place = ("application", f"platform-{name}", f"--namespace={NAMESPACE}")
        self._looked = 0.0

    def status(self) -> dict[str, Any]:
        found = self._home.api.find(f"{_APPLICATIONS}/{self._place[1]}") or {}
        status: dict[str, Any] = found.get("status", {})
        return status

    def wait_synced(self, commit: str) -> None:
        """Wait until the Application is Synced and Healthy at a commit."""

        def synced() -> bool:
            _play_ingress_controller(self.cluster)
            status = self.status()
            sync, health = status.get("sync", {}), status.get("health", {})
            operation = status.get("operationState", {})
            done = (sync.get("revision"), sync.get("status"), health.get("status"))
            return (*done, operation.get("phase")) == (commit, "Synced", "Healthy", "Succeeded")

        self._wait("Synced and Healthy", synced)

    def wait_refused(self, commit: str) -> str:
        """Wait until a commit cannot be compared or applied, and give Argo CD's words."""
        said = ""

        def refused() -> bool:
            nonlocal said
            status = self.status()
            operation = status.get("operationState", {})
            tried = operation.get("syncResult", {}).get("revision") == commit
            failed = operation.get("phase") in ("Failed", "Error") or operation.get("retryCount")
            errors = [
                one["message"]
                for one in status.get("conditions", [])
                if one["type"].endswith("Error")
            ]
            if tried and failed:
                results = operation["syncResult"].get("resources", [])
                details = [one["message"] for one in results if one.get("status") == "SyncFailed"]
                said = " ".join([operation["message"], *details])
            # Where nothing could be built, Argo CD knows the branch and not the commit.
            elif errors and status["sync"]["revision"] in (commit, BRANCH):
                said = " ".join(errors)
            return bool(said)

        self._wait("refusal", refused)
        return said

    def look(self) -> None:
        """As a Git server's webhook does it, and the button in the user interface."""
        self._looked = time.monotonic()
        request = "argocd.argoproj.io/refresh=normal"
        self._home.ask("annotate", "--overwrite", *self._place, request)

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        def looked_and_ready() -> bool:
            if time.monotonic() - self._looked > _SECONDS_BETWEEN_LOOKS:
                self.look()
            return ready()

        self._looked = 0.0
        try:
            self._home.wait_for(f"{what} Application", looked_and_ready, _SECONDS)
        except Exception as error:
            error.add_note(f"Argo CD says: {json.dumps(_summary(self.status()), indent=1)}")
            raise


def _play_ingress_controller(cluster: ControlPlane) -> None:
    """Argo CD takes an Ingress for healthy when its controller has written an address."""
    for one in (cluster.api.find(_INGRESSES) or {})["items"]:
        if not one["status"].get("loadBalancer"):
            name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
            patch = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})
            flags = ("--subresource=status", "--type=merge", "--patch", patch)
            cluster.kubectl("patch", "ingress", name, "-n", namespace, *flags)


def _summary(status: dict[str, Any]) -> dict[str, Any]:
    operation = status.get("operationState", {})
    return {
        "sync": {key: status.get("sync", {}).get(key) for key in ("status", "revision")},
        "health": status.get("health"),
        "conditions": status.get("conditions"),
        "operation": {key: operation.get(key) for key in ("phase", "message", "retryCount")},
        "resources": [
            one
            for one in status.get("resources", [])
            if one.get("status") != "Synced"
            or one.get("health", {}).get("status", "Healthy") != "Healthy"
        ],
    }
