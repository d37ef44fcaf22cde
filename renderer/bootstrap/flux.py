"""What points the Flux of one cluster at its trees: a GitRepository and Kustomizations.

Each cluster runs its own Flux, which knows nothing of the others. Fields: Flux' API
reference, source.toolkit.fluxcd.io/v1 and kustomize.toolkit.fluxcd.io/v1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.bootstrap.trees import checked_name, named
from renderer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renderer.bootstrap.remote import Remote
    from renderer.bootstrap.trees import RenderedTree

_DRIFT_INTERVAL = "10m"  # how often what runs is compared and repaired, without a commit
_RETRY_INTERVAL = "1m"


class FluxOptions(NamedTuple):
    """What people may choose; durations are as Go writes them ("10m", "1h30m").

    `depends_on` are Kustomizations, as "name" or "namespace/name".
    """

    name: str | None = None
    namespace: str = "flux-system"
    interval: str = "1m"
    timeout: str = "10m"
    git_secret: str | None = None
    depends_on: tuple[str, ...] = ()
    service_account: str | None = None
    decryption: str | None = None
    decryption_secret: str | None = None


def flux_objects(
    remote: Remote, trees: Iterable[RenderedTree], options: FluxOptions
) -> list[dict[str, Any]]:
    """The objects for one cluster, whose trees these are.

    Raises UsageError for bad names, and for an ssh address without a key, which
    source-controller refuses (fluxcd/pkg, git: AuthOptions.Validate).
    """
    if remote.url.startswith("ssh://") and not options.git_secret:
        raise UsageError(
            f"Flux needs a key to fetch from {remote.url}",
            hint="name the Secret that holds it with --git-secret, or a public address with"
            " --url https://...",
        )
    source = checked_name(options.name or remote.name, "the GitRepository", option="--name")
    objects = [_git_repository(source, remote, options)]
    for name, tree in named(trees, source, "a Kustomization", option="--name").items():
        objects.append(_kustomization(name, source, f"./{remote.prefix}{tree.path}", options))
    return objects


def _git_repository(name: str, remote: Remote, options: FluxOptions) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "interval": options.interval,
        "ref": {"branch": remote.branch},
        "timeout": "1m",
        "url": remote.url,
    }
    if options.git_secret:
        spec["secretRef"] = {"name": options.git_secret}
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": options.namespace},
        "spec": spec,
    }


def _kustomization(name: str, source: str, path: str, options: FluxOptions) -> dict[str, Any]:
    spec: dict[str, Any] = {
        # Never delete and create again what cannot be changed: that may be data.
        "force": False,
        "interval": _DRIFT_INTERVAL,
        "path": path,
        "prune": True,
        "retryInterval": _RETRY_INTERVAL,
        "sourceRef": {"kind": "GitRepository", "name": source},
        "timeout": options.timeout,
        # Ready when everything in the tree is: there is nothing to list in healthChecks.
        "wait": True,
    }
    others = [one for one in options.depends_on if one not in (name, f"{options.namespace}/{name}")]
    if others:
        spec["dependsOn"] = [_reference(one) for one in others]
    if options.service_account:
        spec["serviceAccountName"] = options.service_account
    if options.decryption:
        spec["decryption"] = {"provider": options.decryption}
        if options.decryption_secret:
            spec["decryption"]["secretRef"] = {"name": options.decryption_secret}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": options.namespace},
        "spec": spec,
    }


def _reference(name: str) -> dict[str, str]:
    namespace, _, name = name.rpartition("/")
    return {"name": name, "namespace": namespace} if namespace else {"name": name}
