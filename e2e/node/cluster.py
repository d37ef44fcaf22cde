"""A control plane with one real node: kubelet, containerd, kube-proxy and CoreDNS.

    with started_as(NodeControlPlane) as cluster:  # inside of `e2e.node.namespaces`
        cluster.apply("clusters/dev")

Pods run, in networks of their own. Each is joined to the node by a veth pair (the CNI plugin ptp)
rather than by a bridge, so that every packet between Pods is routed, and the rules of kube-proxy
see it. Images come from archives, never from a registry.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any

from e2e.certificates import write_signed
from e2e.controlplane import ControlPlane, flags_of
from e2e.node import debian, machine
from e2e.node.images import AT_THE_START, COREDNS, PAUSE
from e2e.node.roots import write_image
from e2e.tools import find

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from e2e.node.images import Image
    from e2e.programs import Programs

ADDRESS = "10.10.0.1"
"""Of the node: the API server and servers of a test can be reached there from Pods."""

PODS = "10.244.0.0/16"
"""The addresses of Pods."""

VOLUMES = Path("/run/volumes")
"""The directories behind volumes, in the node's own /run: `storage.yaml` names them."""

# Outside of the directory that is removed with the control plane, for Pods still run and have
# mounts here: they and their files go with the whole machine.
_CONTAINERD, _KUBELET_ROOT = Path("/run/node/containerd"), Path("/run/node/kubelet")
_HERE = Path(__file__).parent
_NAME = "node"
_DNS = "10.96.0.10"
_SOCKET = Path("/run/containerd/containerd.sock")
_KUBELET, _PROXY = f"system:node:{_NAME}", "system:kube-proxy"
_FRONT_PROXY = "front-proxy-client"
_START_SECONDS = 120


class NodeControlPlane(ControlPlane):
    """A running cluster whose Pods run."""

    names = f"IP:127.0.0.1,IP:{ADDRESS},IP:10.96.0.1,DNS:kubernetes.default.svc"
    port = 6443  # as custom has it: policies name it
    users: Mapping[str, str] = {**ControlPlane.users, _KUBELET: "system:nodes", _PROXY: ""}
    objects_file = _HERE / "storage.yaml"

    def __init__(self, programs: Programs) -> None:
        super().__init__(programs)
        self._packages = debian.unpacked()

    def write_credentials(self) -> None:
        """Also those by which API server, kubelet and the servers of other APIs know each other."""
        super().write_credentials()
        for name, subject in (
            ("kubelet", f"/O=system:nodes/CN={_KUBELET}"),
            ("kubelet-client", "/O=system:masters/CN=kube-apiserver"),
            ("front-proxy-client", f"/CN={_FRONT_PROXY}"),
        ):
            write_signed(
                self.directory / f"{name}.crt",
                subject=subject,
                names=f"IP:{ADDRESS}",
                authority=self.certificate,
            )

    def api_server_flags(self) -> dict[str, Any]:
        """Pods reach it at the node's address; it reaches kubelet, and Pods that serve an API.

        https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
        """
        return {
            "bind-address": "0.0.0.0",
            "advertise-address": ADDRESS,
            "authorization-mode": "Node,RBAC",
            "kubelet-certificate-authority": self.certificate,
            "kubelet-client-certificate": self.directory / "kubelet-client.crt",
            "kubelet-client-key": self.directory / "kubelet-client.key",
            "kubelet-preferred-address-types": "InternalIP",
            "proxy-client-cert-file": self.directory / "front-proxy-client.crt",
            "proxy-client-key-file": self.directory / "front-proxy-client.key",
            "requestheader-client-ca-file": self.certificate,
            "requestheader-allowed-names": _FRONT_PROXY,
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        }

    def start_nodes(self) -> None:
        """Start the node, and wait until Pods can be run and find each other by name."""
        _add_network()
        self._start_containerd()
        for image in AT_THE_START:
            self.import_image(image)
        self._start_kubelet()
        self._start_proxy()
        self.wait_for("ready node", self._has_ready_node, _START_SECONDS)
        text = (_HERE / "coredns.yaml").read_text().replace("IMAGE", COREDNS.full_name)
        self.kubectl("apply", "--server-side", "--filename=-", stdin=text)
        rolled = ("rollout", "status", "deployment/coredns", "--namespace=kube-system")
        self.kubectl(*rolled, f"--timeout={_START_SECONDS}s")

    @contextlib.contextmanager
    def closed_to_pods(self, port: int) -> Generator[None]:
        """No Pod reaches a port of the node as long as the block runs."""
        rule = ("INPUT", "--source", PODS, "--protocol", "tcp", "--dport", str(port))
        self.iptables("--insert", *rule, "--jump", "REJECT")
        try:
            yield
        finally:
            self.iptables("--delete", *rule, "--jump", "REJECT")

    def iptables(self, *arguments: str) -> None:
        """Change the packet filter of the node; it must succeed."""
        environment = debian.environment(self._packages)
        argv = [str(self._packages / "usr/sbin/iptables"), *arguments]
        subprocess.run(argv, env=environment, check=True)

    def restore_iptables(self, text: str) -> None:
        """Replace chains of the packet filter of the node, all at once; others stay."""
        environment = debian.environment(self._packages)
        argv = [str(self._packages / "usr/sbin/iptables-restore"), "--noflush"]
        subprocess.run(argv, env=environment, input=text, text=True, check=True)

    def import_image(self, image: Image) -> None:
        """Give the node an image, so that Pods can name it."""
        ctr = str(self._packages / "usr/bin/ctr")
        argv = [ctr, "--namespace=k8s.io", "images", "import", "-"]
        environment = {**os.environ, **debian.environment(self._packages)}
        with subprocess.Popen(argv, env=environment, stdin=PIPE, stdout=DEVNULL) as importing:
            assert importing.stdin
            with importing.stdin as archive:
                write_image(image, archive, self.directory)
        assert importing.returncode == 0, f"{image.full_name} cannot be imported"

    def _start_containerd(self) -> None:
        plugins = self.directory / "net.d"
        plugins.mkdir()
        (plugins / "10-pods.conflist").write_text(json.dumps(_cni()))
        text = (_HERE / "containerd.toml").read_text()
        values = {
            "ROOT": _CONTAINERD,
            "SOCKET": _SOCKET,
            "PAUSE": PAUSE.full_name,
            "RESTRICT": str(not machine.may_lower_oom_score()).lower(),
            "CNI_PLUGINS": debian.cni_plugins(self._packages),
            "CNI_CONFIGURATION": plugins,
            "RUNC": self._packages / "usr/sbin/runc",
        }
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        file = self.directory / "containerd.toml"
        file.write_text(text)
        program = self._packages / "usr/bin/containerd"
        environment = debian.environment(self._packages)
        self.programs.start("containerd", [program, "--config", file], **environment)
        self.wait_for("containerd", _SOCKET.exists, _START_SECONDS)

    def _start_kubelet(self) -> None:
        resolver = self.directory / "resolv.conf"
        resolver.write_text("")  # nothing outside of the cluster has a name
        config = _kubelet_config(self.directory, self.certificate, resolver)
        flags = {
            "config": self._write("kubelet.json", config),
            "kubeconfig": self.log_in_user(_KUBELET),
            "root-dir": _KUBELET_ROOT,
            "hostname-override": _NAME,
            "node-ip": ADDRESS,
        }
        environment = debian.environment(self._packages)
        self.programs.start("kubelet", [find("kubelet"), *flags_of(flags)], **environment)

    def _start_proxy(self) -> None:
        config = {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clusterCIDR": PODS,
            "hostnameOverride": _NAME,
            "clientConnection": {"kubeconfig": str(self.log_in_user(_PROXY))},
            "conntrack": {"maxPerCore": 0, "min": 0},  # the limits are the machine's
        }
        flags = {"config": self._write("proxy.json", config)}
        environment = debian.environment(self._packages)
        self.programs.start("kube-proxy", [find("kube-proxy"), *flags_of(flags)], **environment)

    def _write(self, name: str, config: dict[str, Any]) -> Path:
        path = self.directory / name
        path.write_text(json.dumps(config))
        return path

    def _has_ready_node(self) -> bool:
        conditions = [
            condition
            for node in self.objects("nodes")
            for condition in node.get("status", {}).get("conditions", [])
        ]
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _add_network() -> None:
    """The node's address, on a bridge that nothing else is joined to, and a way for the rest."""
    for arguments in (
        ("link", "add", "node0", "type", "bridge"),
        ("address", "add", f"{ADDRESS}/24", "dev", "node0"),
        ("link", "set", "node0", "up"),
        ("route", "add", "default", "dev", "node0"),
    ):
        subprocess.run(["ip", *arguments], check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _cni() -> dict[str, Any]:
    ipam = {
        "type": "host-local",
        "subnet": PODS,
        "dataDir": "/run/cni",
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [{"type": "ptp", "ipMasq": False, "ipam": ipam}],
    }


def _kubelet_config(directory: Path, certificate: Path, resolver: Path) -> dict[str, Any]:
    """https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(directory / "kubelet.crt"),
        "tlsPrivateKeyFile": str(directory / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": True,
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [_DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(resolver),
        "volumePluginDir": str(directory / "volume-plugins"),
        "oomScoreAdj": 0,
        # The disk is that of the machine, which may be nearly full: nothing is removed for that.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
    }
