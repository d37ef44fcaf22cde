"""What a kustomization may reach."""

from __future__ import annotations

from typing import NamedTuple


class Policy(NamedTuple):
    """What is allowed while composing; the defaults keep to the files of the repository.

    `repository` is a real path (no symbolic links in it); `timeout` is in seconds for one
    run of the engine. `asked` are the permissions that the repository asks for in vain.
    """

    repository: str
    allow_outside: bool = False
    allow_remote: bool = False
    allow_helm: bool = False
    timeout: float = 120.0
    asked: tuple[str, ...] = ()

    def how_to_permit(self, name: str, otherwise: str) -> str:
        """The hint for what is not permitted; `otherwise` is that of who never asked for it."""
        if name not in self.asked:
            return otherwise
        return (
            f"the repository asks for allow-{name}, and you have not permitted it: render trust,"
            f" --allow-{name} or RENDER_ALLOW={name} does"
        )
