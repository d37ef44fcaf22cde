"""The real programs that the e2e tests run, built from Go modules: `make e2e-tools`.

Each is one line in a table. It is built once, into a directory of the user's cache whose name
is a digest of the go.mod and go.sum that pin it; a program that is found there is complete,
because it is built elsewhere and then renamed. The directory may be removed at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from renderer.errors import ToolError

_HERE = Path(__file__).parent
_REQUIREMENT = re.compile(r"^\s*(?:require\s+)?(\S+)\s+(v\S+)(?:\s*//.*)?$", re.MULTILINE)
_GO_VERSION = re.compile(r"^go\s+(\S+)$", re.MULTILINE)
_SECONDS_BETWEEN_LINES = 30

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


Tool = Program | Files


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
        Files("argocd-manifests", "argocd", "github.com/argoproj/argo-cd/v3", _ARGOCD_MANIFESTS),
    )


_KWOK_STAGES = (
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/pod/fast/pod-*.yaml",
)

_FLUX_CRDS = ("config/crd/bases/*.yaml",)
_ARGOCD_MANIFESTS = ("manifests/crds/*-crd.yaml", "manifests/base/config/argocd-*.yaml")


def find(name: str) -> Path:
    """Where a tool is: the program, or the directory with the files of a module.

    Raises `ToolError` when it has not been built.
    """
    tool = _tool(name)
    place = _place(tool)
    if not place.exists():
        raise ToolError(f"{name} {version(name)} is not built", hint="run: make e2e-tools")
    return place / name if isinstance(tool, Program) else place


def version(name: str) -> str:
    """The pinned version of a tool's module."""
    return _version(_tool(name))


def main() -> int:
    """Build what is missing, and say how it goes."""
    try:
        build_missing(table(os.environ.get(KUBERNETES, "")))
    except ToolError as error:
        print(f"error: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def build_missing(tools: tuple[Tool, ...]) -> None:
    """Build those tools that are not in the cache; raises `ToolError` at the first failure."""
    missing = [tool for tool in tools if not _place(tool).exists()]
    for number, tool in enumerate(missing, 1):
        _say(f"building {tool.name} {_version(tool)} ({number} of {len(missing)})")
        started = time.monotonic()
        _build(tool, _go(tool))
        _say(f"{tool.name} is built after {time.monotonic() - started:.0f} s")
    _say(f"{len(tools)} tools are in {cache()}")


def cache() -> Path:
    """The directory that holds every built tool."""
    home = os.environ.get(
        "XDG_CACHE_HOME", ""
    )  # a relative one is to be ignored, says the standard
    base = home if os.path.isabs(home) else os.path.expanduser("~/.cache")
    return Path(base, "renderer-e2e")


def _build(tool: Tool, go: str) -> None:
    """Build beside the final place and rename: what is at the final place is always whole."""
    place = _place(tool)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=place.parent) as directory:
        whole = Path(directory, "whole")
        whole.mkdir()
        if isinstance(tool, Program):
            _compile(tool, go, whole / tool.name)
        else:
            _copy(tool, go, whole)
        try:
            whole.rename(place)
        except OSError:
            if not place.exists():  # else another build was faster
                raise


def _compile(tool: Program, go: str, result: Path) -> None:
    ldflags = f"-s -w {tool.ldflags.format(version=_version(tool))}"
    argv = [go, "build", "-trimpath", "-mod=readonly", "-buildvcs=false"]
    _run_go(tool, [*argv, "-ldflags", ldflags, "-o", str(result), tool.package])


def _copy(tool: Files, go: str, result: Path) -> None:
    printed = _run_go(tool, [go, "mod", "download", "-json", tool.module])
    source = Path(json.loads(printed)["Dir"])
    for pattern in tool.patterns:
        found = sorted(source.glob(pattern))
        if not found:
            raise ToolError(
                f"{tool.module} {_version(tool)} has no {pattern}", hint="correct e2e/tools.py"
            )
        for path in found:
            shutil.copyfile(path, result / path.name)


def _run_go(tool: Tool, argv: list[str]) -> str:
    """What a command of Go prints; every now and then a line says that it is still running."""
    log = _place(tool).with_suffix(".log")
    started = time.monotonic()
    with log.open("w") as errors, tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            argv, cwd=_HERE / tool.directory, env=_environment(), stdout=output, stderr=errors
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(_SECONDS_BETWEEN_LINES)
                except subprocess.TimeoutExpired:
                    _say(f"{tool.name}: {time.monotonic() - started:.0f} s")
        finally:
            process.kill()
            process.wait()
        output.seek(0)
        printed = output.read()
    if process.returncode != 0:
        raise ToolError(
            f"{tool.name} {_version(tool)} could not be built: {_last_line(log)}",
            hint=f"read {log}, then: make e2e-tools (Go needs its module proxy, and 5 GB of disk)",
        )
    log.unlink()
    return printed


def _go(tool: Tool) -> str:
    """The go command, if there is one that is new enough for a tool's go.mod."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")  # where Go installs
    text = (_HERE / tool.directory / "go.mod").read_text()
    found = _GO_VERSION.search(text)
    wanted = found[1] if found else ""
    hint = f"install Go {wanted} or newer (https://go.dev/dl) and put its go command on PATH"
    if go is None:
        raise ToolError("Go is needed to build the programs for e2e tests", hint=hint)
    # In the directory of the go.mod: there Go says whether it is new enough.
    asked = subprocess.run(
        [go, "list", "-m"],
        cwd=_HERE / tool.directory,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        last = asked.stderr.strip().splitlines()[-1:] or ["no message"]
        raise ToolError(f"{go} does not do for {tool.name}: {last[0]}", hint=hint)
    return go


def _environment() -> dict[str, str]:
    """Static programs, and no flags of the user's in them."""
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}


def _tool(name: str) -> Tool:
    tools = table(os.environ.get(KUBERNETES, ""))
    return next(tool for tool in tools if tool.name == name)


def _version(tool: Tool) -> str:
    """The version of the module that a package is in: the longest path that it begins with."""
    wanted = tool.package if isinstance(tool, Program) else tool.module
    pinned = _REQUIREMENT.findall((_HERE / tool.directory / "go.mod").read_text())
    fitting = [found for found in pinned if f"{wanted}/".startswith(f"{found[0]}/")]
    return str(max(fitting)[1])


def _place(tool: Tool) -> Path:
    """The directory of a tool in the cache: another when what it is made of changes."""
    digest = hashlib.sha256(repr((tool, sys.platform, platform.machine())).encode())
    for name in ("go.mod", "go.sum"):
        digest.update((_HERE / tool.directory / name).read_bytes())
    return cache() / f"{tool.name}-{digest.hexdigest()[:16]}"


def _kubernetes_directory(minor: str) -> str:
    default = _version(Program("", ".", "k8s.io/kubernetes")).removeprefix("v")
    if not minor or default.startswith(f"{minor}."):
        return "."
    directory = f"kubernetes-{minor}"
    if not (_HERE / directory / "go.mod").exists():
        others = sorted(path.parent.name for path in _HERE.glob("kubernetes-*/go.mod"))
        known = [name.removeprefix("kubernetes-") for name in others]
        raise ToolError(
            f"there is no Kubernetes {minor} among the tools",
            hint=f"{KUBERNETES} may be {', '.join([*known, default.rpartition('.')[0]])}",
        )
    return directory


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no message"


def _say(text: str) -> None:
    print(f"e2e-tools: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
