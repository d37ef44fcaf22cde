"""Pod Security, as the library of the admission itself decides it, to the word.

Its Go module carries Pods for each control, those that pass and those that fail; they stay
there. More Pods are made here, and those of the committed trees are asked about too.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.build import go_command, go_environment
from e2e.conftest import short_failure
from renderer.checks.pods import embedded_pods, pod_of
from renderer.checks.podsecurity import pod_violations
from renderer.kubernetes.manifests import Manifest, object_ref

HERE = Path(__file__).parent
LEVELS = ("baseline", "restricted")
MODULE = "k8s.io/pod-security-admission"

_CONTEXT: dict[str, list[Any]] = {
    "allowPrivilegeEscalation": [True, False],
    "appArmorProfile": [{"type": one} for one in ("RuntimeDefault", "Localhost", "Unconfined", "")],
    "capabilities": [
        {"add": [], "drop": ["ALL"]},
        {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
        {"add": ["CHOWN", "SYS_TIME", "KILL"], "drop": ["KILL", "ALL"]},
        {"add": ["SYS_ADMIN"]},
        {"drop": ["all"]},
    ],
    "privileged": [True, False],
    "procMount": ["Default", "Unmasked", "Other"],
    "runAsNonRoot": [True, False],
    "runAsUser": [0, 1, 50000],
    "seLinuxOptions": [
        {"type": "container_t"},
        {"type": "container_engine_t", "level": "s0"},
        {"type": "spc_t", "user": "u"},
        {"role": "r"},
    ],
    "seccompProfile": [{"type": one} for one in ("RuntimeDefault", "Localhost", "Unconfined", "")],
    "windowsOptions": [{"hostProcess": True}, {"hostProcess": False}, {}],
}
_POD_CONTEXT: dict[str, list[Any]] = {
    **{
        field: _CONTEXT[field]
        for field in (
            "appArmorProfile",
            "runAsNonRoot",
            "runAsUser",
            "seLinuxOptions",
            "seccompProfile",
            "windowsOptions",
        )
    },
    "sysctls": [
        [{"name": "net.ipv4.tcp_rmem", "value": "1"}],
        [
            {"name": "kernel.msgmax", "value": "1"},
            {"name": "net.ipv4.tcp_syncookies", "value": "1"},
        ],
        [{"name": "a", "value": "1"}, {"name": "b", "value": "1"}],
    ],
}
_HANDLERS: list[Any] = [
    {"httpGet": {"port": 1, "host": "one.example.com"}},
    {"tcpSocket": {"port": 1, "host": "two.example.com"}},
    {"httpGet": {"port": 1}},
    {"tcpSocket": {"port": 1, "host": ""}},
]
_CONTAINER: dict[str, list[Any]] = {
    "ports": [
        [{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 443}],
        [{"containerPort": 1, "hostPort": 8}],
        [{"containerPort": 1, "hostPort": 0}],
        [{"containerPort": 1}],
    ],
    "livenessProbe": _HANDLERS,
    "readinessProbe": _HANDLERS,
    "startupProbe": _HANDLERS,
    "lifecycle": [{"postStart": one, "preStop": two} for one in _HANDLERS for two in _HANDLERS],
}
_SPEC: dict[str, list[Any]] = {
    "hostNetwork": [True, False],
    "hostPID": [True, False],
    "hostIPC": [True, False],
    "hostUsers": [True, False],
    "os": [{"name": "windows"}, {"name": "linux"}],
}
_VOLUMES: list[Any] = [
    *({one: {}} for one in ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image")),
    *({one: {}} for one in ("persistentVolumeClaim", "projected", "secret")),
    {"hostPath": {"path": "/"}},
    *({one: {}} for one in ("gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs")),
    *({one: {}} for one in ("iscsi", "glusterfs", "rbd", "flexVolume", "cinder", "cephfs")),
    *({one: {}} for one in ("flocker", "fc", "azureFile", "vsphereVolume", "quobyte")),
    *({one: {}} for one in ("azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO")),
    {"storageos": {}},
]
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PROFILES = ("runtime/default", "localhost/mine", "unconfined", "")


def go(*arguments: str, stdin: str = "") -> str:
    """What the go command prints in the module that pins the real programs."""
    with short_failure():
        program = go_command(HERE)
    done = subprocess.run(
        [program, *arguments],
        cwd=HERE,
        env=go_environment(),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def fixtures() -> Path:
    """The directory of the Pods that the Go module carries."""
    return Path(json.loads(go("mod", "download", "-json", MODULE))["Dir"], "test", "testdata")


def newest(directory: Path) -> Path:
    """The directory of the newest policy version."""
    versions = [one for one in directory.iterdir() if re.fullmatch(r"v1\.\d+", one.name)]
    return max(versions, key=lambda one: int(one.name.partition(".")[2]))


def read(path: Path) -> Manifest:
    return manifest(yaml.safe_load(path.read_text()))


def manifest(data: dict[str, Any]) -> Manifest:
    ref = object_ref(data)
    return Manifest(ref, data, ref.name)


def said(one: Manifest, level: str) -> list[str]:
    """What we say, without the words before what the admission says."""
    return [found.message.partition(": ")[2] for found in pod_violations(one, level)]


def answers(questions: list[tuple[Manifest, str]]) -> list[list[str]]:
    """What the admission says of Pods, each for a level."""
    asked = []
    for one, level in questions:
        pod = pod_of(one)
        assert pod
        asked.append({"level": level, "metadata": pod.metadata, "spec": pod.spec})
    answered: list[list[str]] = json.loads(go("run", "./podsecurity", stdin=json.dumps(asked)))
    return answered


def same(questions: list[tuple[Manifest, str]]) -> tuple[int, int]:
    """How many Pods pass and how many fail, when all are judged as the admission does."""
    expected = answers(questions)
    for (one, level), words in zip(questions, expected, strict=True):
        assert said(one, level) == words, one.data
    failed = sum(map(bool, expected))
    return len(questions) - failed, failed


@pytest.mark.proves("Pod Security decides as Kubernetes' own Pods for it expect")
@pytest.mark.parametrize("level", LEVELS)
def test_every_pod_of_the_newest_version(fixtures: Path, level: str) -> None:
    directory = newest(fixtures / level)
    passing = sorted((directory / "pass").glob("*.yaml"))
    failing = sorted((directory / "fail").glob("*.yaml"))
    assert len(passing) > 10
    assert len(failing) > 30
    assert [path.name for path in passing if said(read(path), level)] == []
    assert [path.name for path in failing if not said(read(path), level)] == []


@pytest.mark.proves("Pod Security speaks as k8s.io/pod-security-admission does: its own Pods")
def test_every_pod_of_every_version_to_the_word(fixtures: Path) -> None:
    pods = [read(path) for path in sorted(fixtures.glob("*/v1.*/*/*.yaml"))]
    assert len(pods) > 1000
    # Pods of one version are those of the one before, mostly: each is asked about once.
    distinct = list({json.dumps(one.data, sort_keys=True): one for one in pods}.values())
    assert min(same([(one, level) for one in distinct for level in LEVELS])) > 50


@pytest.mark.proves("Pod Security speaks as k8s.io/pod-security-admission does: made Pods")
def test_made_pods_to_the_word() -> None:
    made = random.Random(36)
    pods = [manifest(make_pod(made)) for _ in range(2000)]
    assert min(same([(one, level) for one in pods for level in LEVELS])) > 100


@pytest.mark.proves("Pod Security speaks as k8s.io/pod-security-admission does: committed trees")
def test_committed_pods_to_the_word() -> None:
    files = (HERE.parent / "clusters").rglob("*.yaml")
    manifests = [read(path) for path in sorted(files)]
    manifests += [pod for one in manifests for pod in embedded_pods(one)]
    pods = [one for one in manifests if pod_of(one)]
    assert same([(one, "restricted") for one in pods])[1] == 0


def make_pod(made: random.Random) -> dict[str, Any]:
    """A Pod that is right, or wrong in a few ways."""
    share = made.choice((0.05, 0.2, 0.5))

    def some(fields: dict[str, list[Any]]) -> dict[str, Any]:
        return {field: made.choice(of) for field, of in fields.items() if made.random() < share}

    right = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        **({"runAsNonRoot": True} if made.random() < 0.5 else {}),
    }
    containers = [
        {
            "name": name,
            "image": "none",
            "securityContext": {**right, **some(_CONTEXT)},
            **some(_CONTAINER),
        }
        for name in ("one", "two", "three")
    ]
    if made.random() < share / 2:
        del containers[0]["securityContext"]
    annotations = {
        f"{_APPARMOR}{name}": made.choice(_PROFILES)
        for name in ("one", "two")
        if made.random() < share / 2
    }
    context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "made", "annotations": annotations},
        "spec": {
            "initContainers": containers[:1],
            "containers": containers[1:2],
            "ephemeralContainers": containers[2:],
            "securityContext": {**context, **some(_POD_CONTEXT)} if made.random() < 0.9 else None,
            "volumes": [
                {"name": f"v{index}", **made.choice(_VOLUMES)}
                for index in range(made.choice((0, 0, 1, 3)))
            ],
            **some(_SPEC),
        },
    }
