"""`render bootstrap flux|argocd`: what points a controller at the trees, printed or written."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

from renderer.bootstrap.argocd import ArgoCDOptions, Outputs, argocd_objects
from renderer.bootstrap.durations import seconds
from renderer.bootstrap.flux import FluxOptions, flux_objects
from renderer.bootstrap.remote import find_remote
from renderer.bootstrap.trees import RenderedTree, checked_name, trees_of
from renderer.errors import UsageError
from renderer.kubernetes.names import is_subdomain
from renderer.reports.text import summary_line
from renderer.repository.trees import choose
from renderer.tree.header import BOOTSTRAP, bootstrap_header
from renderer.tree.locking import locked
from renderer.tree.planning import plan_tree
from renderer.tree.writing import carry_out
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renderer.bootstrap.remote import Remote
    from renderer.repository.workspace import Workspace

    Objects = Sequence[dict[str, Any]]

_DIRECTORY = "gitops"


def flux(
    space: Workspace,
    arguments: Sequence[str],
    options: FluxOptions,
    *,
    url: str | None,
    branch: str | None,
    write_files: bool,
) -> None:
    """Prints the objects for the Flux of one cluster, or writes those of each cluster."""
    _check_flux(options)
    remote = find_remote(space.repository, url, branch)
    by_cluster: dict[str, list[RenderedTree]] = {}
    for tree in _trees(space, arguments):
        by_cluster.setdefault(tree.cluster, []).append(tree)
    if len(by_cluster) > 1 and not write_files:
        raise UsageError(
            "each cluster runs a Flux of its own, and these are for"
            f" {len(by_cluster)} clusters: {', '.join(by_cluster)}",
            hint="name one of them, or use --write for a directory each",
        )
    objects = {
        cluster: flux_objects(remote, trees, options) for cluster, trees in by_cluster.items()
    }
    if not write_files:
        (ours,) = objects.values()
        _print(ours)
        return
    _write(
        space.repository,
        {
            f"flux/{cluster}": (_command("flux", [cluster], url, remote, options), ours)
            for cluster, ours in objects.items()
        },
    )


def argocd(
    space: Workspace,
    arguments: Sequence[str],
    options: ArgoCDOptions,
    *,
    url: str | None,
    branch: str | None,
    write_files: bool,
) -> None:
    """Prints the objects for an Argo CD that syncs the clusters, or writes them."""
    checked_name(options.namespace, "a namespace", option="--namespace")
    seconds(options.interval)
    remote = find_remote(space.repository, url, branch)
    trees = _trees(space, arguments)
    everything = len(trees) == len(space.trees)
    objects = argocd_objects(remote, trees, _outputs(space, everything=everything), options)
    if not write_files:
        _print(objects)
        return
    names = [] if everything else sorted({tree.cluster for tree in trees})
    command = _command("argocd", names, url, remote, options)
    _write(space.repository, {"argocd": (command, objects)})


def _outputs(space: Workspace, *, everything: bool) -> Outputs | None:
    """The form of all output directories, where Argo CD can tell the cluster from it."""
    if len(space.patterns.entries) > 1:
        return None
    (pattern,) = space.patterns.entries
    is_segment = pattern.cluster in pattern.output
    segment = pattern.cluster if is_segment else "{cluster}"
    if segment not in pattern.output or (pattern.entry.cluster and segment != pattern.cluster):
        return None
    return Outputs(pattern.output, pattern.output.index(segment), everything)


def _trees(space: Workspace, arguments: Sequence[str]) -> list[RenderedTree]:
    chosen = space.some_trees
    if arguments:
        chosen = choose(chosen, arguments, space.repository, os.getcwd())
    return trees_of(space.repository, space.patterns, space.trees, chosen)


def _check_flux(options: FluxOptions) -> None:
    checked_name(options.namespace, "a namespace", option="--namespace")
    seconds(options.interval)
    seconds(options.timeout)
    for name, option in (
        (options.git_secret, "--git-secret"),
        (options.decryption_secret, "--decryption-secret"),
        (options.service_account, "--service-account"),
    ):
        if name is not None and not is_subdomain(name):
            raise UsageError(f"{option} {name}: no object in Kubernetes can have this name")
    for one in options.depends_on:
        namespace, slash, name = one.rpartition("/")
        if slash:
            checked_name(namespace, "a namespace", option="--depends-on")
        if not is_subdomain(name):
            raise UsageError(f"--depends-on {one}: no Kustomization can have this name")
    if options.decryption not in (None, "sops"):
        raise UsageError(f"Flux cannot decrypt {options.decryption}", hint="--decryption sops")
    if options.decryption_secret and not options.decryption:
        raise UsageError("--decryption-secret needs --decryption sops")


def _command(
    engine: str,
    clusters: Sequence[str],
    url: str | None,
    remote: Remote,
    options: FluxOptions | ArgoCDOptions,
) -> str:
    """The command that writes the same again; what is not said in it is the default."""
    words = ["render", "bootstrap", engine, *clusters]
    if url is not None:
        words += ["--url", remote.url]
    words += ["--branch", remote.branch]  # always: another clone may know another default
    for name, default in options._field_defaults.items():
        value = getattr(options, name)
        if value != default:
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{name.replace('_', '-')}", one]
    return shlex.join([*words, "--write"])


def _print(objects: Objects) -> None:
    sys.stdout.write("---\n".join(map(write, objects)))


def _write(repository: str, directories: Mapping[str, tuple[str, Objects]]) -> None:
    """Writes one file for each object; what else is in a directory and not ours stays.

    `directories` below gitops/ come with the command that writes them, for the header.
    """
    with contextlib.ExitStack() as locks:
        plans = []
        for path, (command, objects) in directories.items():
            output, whose = f"{_DIRECTORY}/{path}", path.replace("/", " ")
            files = _files(bootstrap_header(whose, command), objects)
            alone = locks.enter_context(locked(repository, output, writing=True))
            plan = plan_tree(repository, output, BOOTSTRAP + whose, files)
            plans.append((output, plan, alone, len(files)))
        for output, plan, alone, manifests in plans:
            carry_out(repository, output, plan, alone=alone)
            counts = [(verb, plan.count(verb)) for verb in ("added", "changed", "removed")]
            counts.append(("unchanged", plan.unchanged))
            print(summary_line(output, manifests, counts, dry=False), file=sys.stderr)


def _files(header: str, objects: Objects) -> dict[str, bytes]:
    return {
        f"{one['kind'].lower()}-{one['metadata']['name']}.yaml": (header + write(one)).encode()
        for one in objects
    }
