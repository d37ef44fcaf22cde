"""Plays Flux' source-controller, which cannot be built from Go modules as they are.

It keeps the contract of a GitRepository (Flux: "Source API", artifacts): what `spec.ref.branch`
of `spec.url` holds is packed as a tar archive, served, and written into `status.artifact` with
its digest. kustomize-controller, the real one, does the rest.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Self

from e2e.upstream import Upstream, run_git

if TYPE_CHECKING:
    from e2e.controlplane import ControlPlane

_SECONDS_BETWEEN_LOOKS = 0.3


class Source:
    """Watches the branch of one GitRepository, as long as the block runs."""

    def __init__(
        self, cluster: ControlPlane, upstream: Upstream, namespace: str, name: str
    ) -> None:
        self._cluster = cluster
        self._upstream = upstream
        self._place = ("gitrepository", name, f"--namespace={namespace}")
        self._published = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        if self.error:
            raise self.error

    def _watch(self) -> None:
        try:
            spec = json.loads(self._cluster.kubectl("get", *self._place, "-o", "json"))["spec"]
            while not self._stopped.wait(_SECONDS_BETWEEN_LOOKS):
                self._look(spec["url"], spec["ref"]["branch"])
        except Exception as error:
            self.error = error

    def _look(self, url: str, branch: str) -> None:
        """Ask the repository as every Git client does, and publish what is new."""
        answer = run_git(self._cluster.directory, "ls-remote", url, f"refs/heads/{branch}")
        commit = answer.partition("\t")[0]
        if not commit or commit == self._published:
            return
        mirror = self._cluster.directory / "mirror.git"
        if not mirror.exists():
            run_git(self._cluster.directory, "init", "--quiet", "--bare", str(mirror))
        run_git(mirror, "fetch", "--quiet", "--depth=1", url, branch)
        self._publish(branch, commit, _packed(mirror, commit))
        self._published = commit

    def _publish(self, branch: str, commit: str, content: bytes) -> None:
        path = f"/artifacts/{commit}.tar.gz"
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        revision = f"{branch}@sha1:{commit}"
        condition = {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": f"stored artifact for revision '{revision}'",
            "lastTransitionTime": now,
            "observedGeneration": 1,
        }
        status: dict[str, Any] = {
            "observedGeneration": 1,
            "conditions": [condition],
            "artifact": {
                "path": path.removeprefix("/"),
                "url": self._upstream.serve(path, content),
                "revision": revision,
                "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "lastUpdateTime": now,
                "size": len(content),
            },
        }
        patch = json.dumps({"status": status})
        self._cluster.kubectl(
            *("patch", *self._place, "--subresource=status", "--type=merge", "--patch", patch)
        )


def _packed(mirror: Any, commit: str) -> bytes:
    tar = subprocess.run(["git", "archive", commit], cwd=mirror, capture_output=True, check=True)
    return gzip.compress(tar.stdout, compresslevel=1, mtime=0)
