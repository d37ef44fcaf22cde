"""A release: the same objects under other names, so that they can stand beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.kubernetes.kinds import FIXED_NAMES
from renderer.kubernetes.manifests import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renderer.findings import Location
    from renderer.kubernetes.manifests import ObjectRef


class Release(NamedTuple):
    """What a cluster.yaml calls what is composed: a prefix of names, and other namespaces.

    `places` says where, by the namespace as composed; that of the prefix is at the empty string.
    """

    prefix: str = ""
    namespaces: Mapping[str, str] = {}  # never written to
    places: Mapping[str, Location] = {}

    @property
    def is_plain(self) -> bool:
        """Whether all names stay as they are composed."""
        return not self.prefix and not self.namespaces

    def namespace(self, name: str) -> str:
        return self.namespaces.get(name, name)

    def prefixes(self, ref: ObjectRef) -> bool:
        """Whether an object gets the prefix: those do not whose names say what they are."""
        return bool(self.prefix and ref.name) and ref.kind not in FIXED_NAMES

    def ref(self, ref: ObjectRef) -> ObjectRef:
        """The identity that an object as composed has in the release."""
        if (ref.group, ref.kind) == ("", "Namespace"):
            return ref._replace(name=self.namespace(ref.name))
        name = f"{self.prefix}{ref.name}" if self.prefixes(ref) else ref.name
        return ref._replace(namespace=self.namespace(ref.namespace), name=name)

    def manifest(self, manifest: Manifest) -> Manifest:
        """A manifest with its identity in the release; its data is as it was."""
        ref, stem = self.ref(manifest.ref), manifest.stem
        stem = ref.name if stem == manifest.ref.name else f"{self.prefix}{stem}"
        return Manifest(ref, manifest.data, stem)
