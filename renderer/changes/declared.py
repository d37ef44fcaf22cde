"""The fields that parameters write whose values are declared secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.patching.pointing import PointerError, resolve
from renderer.patching.selecting import SelectorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.kubernetes.manifests import Manifest
    from renderer.parameters.model import Target
    from renderer.patching.pointing import Path, Pointer

_APPENDED = "-"  # the step of a pointer to what comes behind the last item


class SecretFields(NamedTuple):
    """What knows, by their targets, the fields of any object that hold a declared secret."""

    targets: tuple[Target, ...] = ()

    def of(self, manifest: Manifest) -> list[Path]:
        """The paths that are there; of an item that was appended somewhere, that of the list."""
        return [*dict.fromkeys(self._paths(manifest))]

    def _paths(self, manifest: Manifest) -> Iterator[Path]:
        for target in self.targets:
            try:
                if target.select.matches(manifest):
                    yield resolve(manifest.data, _there(target.pointer))
            except (PointerError, SelectorError):
                continue  # it is not there, or nobody could have rendered it

    def are_in(self, manifests: Iterable[Manifest]) -> bool:
        """Whether any of the objects has such a field."""
        return any(map(self.of, manifests))


NO_SECRETS = SecretFields()


def _there(pointer: Pointer) -> Pointer:
    if pointer.steps[-1] == _APPENDED:
        return pointer._replace(steps=pointer.steps[:-1])
    return pointer
