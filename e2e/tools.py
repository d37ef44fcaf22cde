"""The real programs that the e2e tests run, built from Go modules: `make e2e-tools`.

Each is one line in a table. It is built once (`e2e.build`), into a directory of the user's cache
whose name holds a digest of the go.mod and go.sum that pin it. The directory may be removed at
any time.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
from pathlib import Path
from typing import NamedTuple

from renderer.errors import ToolError

_HERE = Path(__file__).parent
_REQUIREMENT = re.compile(r"^\s*(?:require\s+)?(\S+)\s+(v\S+)(?:\s*//.*)?$", re.MULTILINE)

KUBERNETES = "KUBERNETES"
"""The variable that chooses another minor version of Kubernetes: 1.35, for instance."""


class Program(NamedTuple):
    """A main package: its name, the go.mod directory (below e2e/) that pins it, its import path.

    `{version}` in `ldflags` is the pinned version of the package's module.
    """

    name: str
    directory: str
    package: str
    ldflags: str = ""


class Files(NamedTuple):
    """Files that a Go module carries (CRDs, for instance), by glob patterns within it."""

    name: str
    directory: str
    module: str
    patterns: tuple[str, ...]


class Own(NamedTuple):
    """A main package of ours, beside its go.mod, made of one module."""

    name: str
    directory: str
    module: str
    ldflags: str = ""


Tool = Program | Files | Own


def table(kubernetes: str = "") -> tuple[Tool, ...]:
    """Every tool; `kubernetes` is a minor version that has a directory, or nothing."""
    pinned = _kubernetes_directory(kubernetes)
    version = "-X k8s.io/component-base/version.gitVersion={version}"
    return (
        Program("etcd", ".", "go.etcd.io/etcd/server/v3"),
        Program("kube-apiserver", pinned, "k8s.io/kubernetes/cmd/kube-apiserver", version),
        Program(
            "kube-controller-manager",
            pinned,
            "k8s.io/kubernetes/cmd/kube-controller-manager",
            version,
        ),
        Program("kube-scheduler", pinned, "k8s.io/kubernetes/cmd/kube-scheduler", version),
        Files("kubernetes-manifests", pinned, "k8s.io/kubernetes", ("**/*.yaml",)),
        Program("kwok", ".", "sigs.k8s.io/kwok/cmd/kwok"),
        Files("kwok-stages", ".", "sigs.k8s.io/kwok", _KWOK_STAGES),
        Program(
            "kustomize",
            "kustomize",
            "sigs.k8s.io/kustomize/kustomize/v5",
            "-X sigs.k8s.io/kustomize/api/provenance.version={version}",
        ),
        Program("kustomize-controller", "flux", "github.com/fluxcd/kustomize-controller"),
        Files("flux-kustomize-crds", "flux", "github.com/fluxcd/kustomize-controller", _FLUX_CRDS),
        Files("flux-source-crds", "flux-source", "github.com/fluxcd/source-controller", _FLUX_CRDS),
        Program("argocd", "argocd", "github.com/argoproj/argo-cd/v3/cmd"),
        Program("dyff", "dyff", "github.com/homeport/dyff/cmd/dyff"),
        Program("registry", "registry", "github.com/distribution/distribution/v3/cmd/registry"),
        Program("actionlint", "actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
        Program("external-secrets", "external-secrets", _EXTERNAL_SECRETS),
        Files("external-secrets-crds", "external-secrets", _EXTERNAL_SECRETS, _SECRETS_CRDS),
        Files("argocd-manifests", "argocd", "github.com/argoproj/argo-cd/v3", _ARGOCD_MANIFESTS),
    )


def node_table() -> tuple[Tool, ...]:
    """What the tests on a real node need: some of `table`, and the programs of the node."""
    version = "-X k8s.io/component-base/version.gitVersion={version}"
    return (
        *(tool for tool in table() if tool.name in _BESIDE_A_NODE),
        Program("kubelet", ".", "k8s.io/kubernetes/cmd/kubelet", version),
        Program("kube-proxy", ".", "k8s.io/kubernetes/cmd/kube-proxy", version),
        Own("coredns", "coredns", "github.com/coredns/coredns"),
        Program("metrics-server", "metrics-server", f"{_METRICS_SERVER}/cmd/metrics-server"),
        Files("metrics-server-manifests", "metrics-server", _METRICS_SERVER, ("manifests/base/*",)),
        Program("keda", "keda", f"{_KEDA}/cmd/operator"),
        Program("keda-adapter", "keda", f"{_KEDA}/cmd/adapter"),
        Files("keda-manifests", "keda", _KEDA, _KEDA_MANIFESTS),
        Files("keda-adapter-manifests", "keda", _KEDA, ("config/metrics-server/[!k]*.yaml",)),
    )


_BESIDE_A_NODE = {
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("kustomize-controller", "flux-kustomize-crds", "flux-source-crds"),
}

_METRICS_SERVER, _KEDA = "sigs.k8s.io/metrics-server", "github.com/kedacore/keda/v2"
_KEDA_MANIFESTS = (
    "config/crd/bases/*.yaml",
    "config/general/namespace.yaml",
    "config/service_account/service_account.yaml",
    "config/rbac/role*.yaml",
    "config/manager/[!k]*.yaml",
)

_KWOK_STAGES = (
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/pod/fast/pod-*.yaml",
)

_FLUX_CRDS = ("config/crd/bases/*.yaml",)
# The last one that go.mod can name: later ones are made of modules that only their repository has.
_EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets"
_SECRETS_CRDS = ("config/crds/bases/*external-secrets.io_*.yaml",)
_ARGOCD_MANIFESTS = ("manifests/crds/*-crd.yaml", "manifests/base/config/argocd-*.yaml")


def find(name: str) -> Path:
    """Where a tool is: the program, or the directory with the files of a module.

    Raises `ToolError` when it has not been built.
    """
    tool = _tool(name)
    if not is_built(tool):
        target = "e2e-tools" if tool in table() else "e2e-node-tools"
        raise ToolError(f"{name} {version(name)} is not built", hint=f"run: make {target}")
    return place(tool) if isinstance(tool, Files) else place(tool) / name


def version(name: str) -> str:
    """The pinned version of a tool's module."""
    return pinned_version(_tool(name))


def is_built(tool: Tool) -> bool:
    """Whether a tool is in the cache, as far as that can be seen without running it."""
    if isinstance(tool, Files):
        return place(tool).exists()
    program = place(tool) / tool.name
    return os.access(program, os.X_OK) and program.stat().st_size > 0


def remedy(path: Path) -> str:
    """What helps against a damaged program: one of the cache is built anew."""
    if path.is_relative_to(cache()):
        return f"To build it anew: rm -r {path.parent} && make e2e-tools"
    return f"Install {path} anew"


def cache() -> Path:
    """The directory that holds every built tool."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # A relative one is to be ignored: https://specifications.freedesktop.org/basedir-spec
    base = home if os.path.isabs(home) else os.path.expanduser("~/.cache")
    return Path(base, "renderer-e2e")


def pinned_version(tool: Tool) -> str:
    """The version of the module that a package is in: the longest path that it begins with."""
    wanted = tool.package if isinstance(tool, Program) else tool.module
    pinned = _REQUIREMENT.findall((_HERE / tool.directory / "go.mod").read_text())
    fitting = [found for found in pinned if f"{wanted}/".startswith(f"{found[0]}/")]
    return str(max(fitting)[1])


def place(tool: Tool) -> Path:
    """The directory of a tool in the cache: another when what it is made of changes."""
    digest = hashlib.sha256(repr((tool, sys.platform, platform.machine())).encode())
    sources = ("main.go",) if isinstance(tool, Own) else ()
    for name in ("go.mod", "go.sum", *sources):
        digest.update((_HERE / tool.directory / name).read_bytes())
    return cache() / f"{tool.name}-{digest.hexdigest()[:16]}"


def _tool(name: str) -> Tool:
    tools = (*table(os.environ.get(KUBERNETES, "")), *node_table())
    return next(tool for tool in tools if tool.name == name)


def _kubernetes_directory(minor: str) -> str:
    default = pinned_version(Program("", ".", "k8s.io/kubernetes")).removeprefix("v")
    newest = default.rpartition(".")[0]
    if minor in ("", newest):
        return "."
    directory = f"kubernetes-{minor}"
    if not (_HERE / directory / "go.mod").exists():
        others = sorted(path.parent.name for path in _HERE.glob("kubernetes-*/go.mod"))
        known = [name.removeprefix("kubernetes-") for name in others]
        raise ToolError(
            f"there is no Kubernetes {minor} among the tools",
            hint=f"{KUBERNETES} may be {', '.join([*known, newest])}",
        )
    return directory
