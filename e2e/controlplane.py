"""A real Kubernetes control plane for tests: etcd, API server, controllers, scheduler, kwok.

    with started() as cluster:
        cluster.apply("clusters/dev")
        cluster.kubectl("get", "pods", "--all-namespaces")
        cluster.wait_for("a ready API server", lambda: ..., seconds=30)
        cluster.programs.start("controller", [find("controller"), "--flag"], KUBECONFIG=...)

It is ready in a few seconds, listens on 127.0.0.1 only, keeps everything in a temporary
directory, and is gone when the block ends or this process is killed. Three nodes are played by
kwok: Pods are scheduled and become ready, those of Jobs complete, and nothing runs. Nobody
reads Secrets, so that Pods become ready without those they refer to.

The programs come from `make e2e-tools`; KUBERNETES=1.35 chooses another minor version.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from e2e.api import Api, Object
from e2e.certificates import openssl, write_self_signed
from e2e.programs import PortTakenError, Programs, free_ports
from e2e.tools import find
from renderer.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

_HERE = Path(__file__).parent
_ROOT = _HERE.parent
_ATTEMPTS = 3  # at finding ports that stay free until the programs listen on them
_KUBECTL_SECONDS = 120
_START_SECONDS = 120  # 3 to 6 on an idle machine
_CONTROLLER_MANAGER = "system:kube-controller-manager"
_SCHEDULER = "system:kube-scheduler"


Kind = TypeVar("Kind", bound="ControlPlane")


class Answer(NamedTuple):
    """What kubectl said, and its exit code."""

    code: int
    out: str
    err: str


def started() -> contextlib.AbstractContextManager[ControlPlane]:
    """A control plane that is ready; raises `ToolError` when it cannot be started."""
    return started_as(ControlPlane)


@contextlib.contextmanager
def started_as(kind: type[Kind]) -> Generator[Kind]:
    """A control plane of a kind."""
    with contextlib.ExitStack() as stack:
        for left in reversed(range(_ATTEMPTS)):
            try:
                cluster = stack.enter_context(_started_once(kind))
                break
            except PortTakenError:
                if not left:
                    raise
            except OSError as error:
                raise ToolError(
                    f"a control plane cannot be started: {error}",
                    hint=f"is there room in {tempfile.gettempdir()}? TMPDIR chooses another",
                ) from error
        yield cluster


@contextlib.contextmanager
def _started_once(kind: type[Kind]) -> Generator[Kind]:
    with Programs() as programs:
        cluster = kind(programs)
        with contextlib.closing(cluster.api):
            cluster.start()
            yield cluster


class ControlPlane:
    """A running cluster: kubectl on it, and programs beside it.

    `programs` runs more programs and holds the temporary directory; `kubeconfig` is a file for
    them that may do everything; `api` asks the API server without kubectl; `server` is its URL,
    `certificate` the file with which it is verified. A subclass may have other names in the
    certificate, a port of its choice, other users (and their groups), and other objects to begin
    with.
    """

    names = "IP:127.0.0.1"
    port = 0
    users: Mapping[str, str] = {
        "admin": "system:masters",
        _CONTROLLER_MANAGER: "",
        _SCHEDULER: "",
    }
    objects_file = _HERE / "cluster.yaml"

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self.directory = programs.directory
        self.certificate = self.directory / "server.crt"
        self._etcd_port, self._peer_port, free = free_ports(3)
        self._port = self.port or free
        self.server = f"https://127.0.0.1:{self._port}"
        self._tokens = {user: secrets.token_hex(16) for user in self.users}
        self.token = self._tokens["admin"]
        self._service_accounts_key = self.directory / "service-accounts.key"
        self.api = self.new_api()
        self.kubeconfig = self.write_kubeconfig("admin", self.token)

    def new_api(self) -> Api:
        """As `api`, for another thread: each needs a connection of its own."""
        return Api(self._port, self.token, self.certificate)

    def start(self) -> None:
        """Start everything and wait until Pods can be scheduled."""
        self.write_credentials()
        self._start_etcd()
        self._start_api_server()
        self.wait_for("ready API server", self._is_ready, _START_SECONDS)
        self.kubectl("apply", "--server-side", "--filename", str(self.objects_file))
        self._start_controllers()
        self.start_nodes()
        self.wait_for("ready node and ServiceAccount", self._has_controllers, _START_SECONDS)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl prints; it must succeed."""
        answer = self.ask(*arguments, stdin=stdin)
        assert answer.code == 0, f"kubectl {' '.join(arguments)}\n{answer.err}"
        return answer.out

    def ask(self, *arguments: str, stdin: str = "", kubeconfig: Path | None = None) -> Answer:
        """What kubectl answers, whatever its exit code; `kubeconfig` says as whom."""
        command = Path(sys.executable).with_name("kubectl")
        argv = [str(command), f"--kubeconfig={kubeconfig or self.kubeconfig}", *arguments]
        done = subprocess.run(
            argv,
            cwd=_ROOT,
            env=self.programs.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_KUBECTL_SECONDS,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def apply(self, *paths: str | Path) -> Answer:
        """Apply files or directories, as Flux and Argo CD do it: server-side."""
        files = [argument for path in paths for argument in ("--filename", str(path))]
        return self.ask("apply", "--server-side", "--recursive", *files)

    def objects(self, kinds: str) -> list[Object]:
        """All objects of some resources, in all namespaces: `pods,deployments.apps`."""
        return self.api.objects(kinds)

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Wait with a limit; raises `ToolError` that shows the logs."""
        self.programs.wait_for(what, ready, seconds)

    def log_in(self, namespace: str, service_account: str) -> Path:
        """A kubeconfig with a ServiceAccount's own token."""
        token = self.kubectl("create", "token", service_account, "--namespace", namespace).strip()
        return self.write_kubeconfig(f"{namespace}-{service_account}", token)

    def write_kubeconfig(self, user: str, token: str) -> Path:
        """A kubeconfig for a token: its path is `<user>.kubeconfig` in our directory."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "e2e",
                    "cluster": {
                        "server": self.server,
                        "certificate-authority": str(self.certificate),
                    },
                }
            ],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": user}}],
            "current-context": "e2e",
        }
        path = self.directory / f"{user}.kubeconfig"
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return path

    def log_in_user(self, user: str) -> Path:
        """A kubeconfig for one of `users`."""
        return self.write_kubeconfig(user, self._tokens[user])

    def write_credentials(self) -> None:
        """Write what programs need to know each other by."""
        write_self_signed(self.certificate, self.names)
        openssl("genpkey", "-algorithm", "RSA", "-out", str(self._service_accounts_key))
        lines = [
            f'{token},{user},{user},"{self.users[user]}"\n' for user, token in self._tokens.items()
        ]
        (self.directory / "tokens.csv").write_text("".join(lines))

    def api_server_flags(self) -> dict[str, Any]:
        """Those that depend on who is to reach the API server, and whom it is to reach."""
        return {
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "endpoint-reconciler-type": "none",  # 127.0.0.1 cannot be an endpoint
            "authorization-mode": "RBAC",
        }

    def start_nodes(self) -> None:
        """Start what makes Pods run: here kwok, which plays it."""
        flags = {"kubeconfig": self.kubeconfig, "manage-all-nodes": "true", "server-address": ""}
        stages = [f"--config={path}" for path in sorted(find("kwok-stages").iterdir())]
        self.programs.start("kwok", [find("kwok"), *flags_of(flags), *stages])

    def _start_etcd(self) -> None:
        client = f"http://127.0.0.1:{self._etcd_port}"
        peer = f"http://127.0.0.1:{self._peer_port}"
        flags = {
            "data-dir": self.directory / "etcd",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"default={peer}",
            "unsafe-no-fsync": "true",  # nobody needs the data after a crash
        }
        self.programs.start("etcd", [find("etcd"), *flags_of(flags)])
        self.wait_for("etcd", lambda: _answers(f"{client}/health"), _START_SECONDS)

    def _start_api_server(self) -> None:
        key = self._service_accounts_key
        flags = {
            **self.api_server_flags(),
            "etcd-servers": f"http://127.0.0.1:{self._etcd_port}",
            "secure-port": self._port,
            "cert-dir": self.directory / "certificates",
            "tls-cert-file": self.certificate,
            "tls-private-key-file": self.certificate.with_suffix(".key"),
            "token-auth-file": self.directory / "tokens.csv",
            "allow-privileged": "true",
            "service-cluster-ip-range": "10.96.0.0/16",
            "service-account-issuer": self.server,
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
        }
        self.programs.start("kube-apiserver", [find("kube-apiserver"), *flags_of(flags)])

    def _start_controllers(self) -> None:
        quick = {"kube-api-qps": 500, "kube-api-burst": 500, "leader-elect": "false"}
        controllers = {
            **quick,
            "kubeconfig": self.log_in_user(_CONTROLLER_MANAGER),
            "secure-port": 0,
            "use-service-account-credentials": "true",
            "service-account-private-key-file": self._service_accounts_key,
            "root-ca-file": self.certificate,
            "pvclaimbinder-sync-period": "1s",
            "node-monitor-period": "1s",
            "node-monitor-grace-period": "24h",  # a node that kwok plays does not die
            "flex-volume-plugin-dir": self.directory / "plugins",  # else a directory in /usr
        }
        scheduler = {**quick, "kubeconfig": self.log_in_user(_SCHEDULER), "secure-port": 0}
        for name, flags in (
            ("kube-controller-manager", controllers),
            ("kube-scheduler", scheduler),
        ):
            self.programs.start(name, [find(name), *flags_of(flags)])

    def _is_ready(self) -> bool:
        return _answers(f"{self.server}/readyz", self.certificate)

    def _has_controllers(self) -> bool:
        untainted = not any(node["spec"].get("taints") for node in self.objects("nodes"))
        return untainted and bool(self.objects("serviceaccounts"))


def flags_of(flags: dict[str, Any]) -> list[str]:
    """Flags as a command line has them."""
    return [f"--{name}={value}" for name, value in flags.items()]


def _answers(url: str, certificate: Path | None = None) -> bool:
    """Whether a server answers with success."""
    context = ssl.create_default_context(cafile=certificate) if certificate else None
    # Not through a proxy, whatever the environment says.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
