"""What kustomizations and plugin files refer to: each text is parsed once, and kept by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.kustomize.parsed import Parsed

if TYPE_CHECKING:
    from renderer.cache import Cache
    from renderer.kustomize.files import Files, Found

# In the key of whatever is kept: goes up when reading a kustomization, or checking a file,
# gives another result for the same bytes.
FORMAT = "6"


class Parses:
    """Parsed references, by the digest of the file that holds them."""

    def __init__(self, files: Files, cache: Cache | None) -> None:
        self._files = files
        self._cache = cache
        self._kustomizations: dict[bytes, Parsed] = {}
        self._plugins: dict[bytes, Parsed] = {}
        self._selectors: dict[tuple[str, bytes], Parsed] = {}

    def kustomization(self, digest: bytes, source: bytes) -> Parsed:
        """Read what a kustomization refers to, or remember it."""
        parsed = self._kustomizations.get(digest)
        if parsed is None:
            parsed = self._kustomizations[digest] = self._parse("kustomization", digest, source)
        return parsed

    def plugins(self, found: Found) -> Parsed:
        """Read what a file of plugin configurations refers to, or remember it."""
        parsed = self._plugins.get(found.digest)
        if parsed is None:
            _, source = self._files.load(found.real)
            parsed = self._plugins[found.digest] = self._parse("plugins", found.digest, source)
        return parsed

    def selectors(self, what: str, found: Found) -> Parsed:
        """Read what a file of replacements, or of configurations, selects, or remember it."""
        parsed = self._selectors.get((what, found.digest))
        if parsed is None:
            _, source = self._files.load(found.real)
            parsed = self._selectors[what, found.digest] = self._parse(what, found.digest, source)
        return parsed

    def _parse(self, what: str, digest: bytes, source: bytes) -> Parsed:
        key = f"{FORMAT}-{what}-{digest.hex()}"
        kept = self._cache.get("references", key) if self._cache else None
        if kept is not None and (parsed := Parsed.from_json(kept)) is not None:
            return parsed
        from renderer.kustomize import reading

        parse = {
            "kustomization": reading.parse_kustomization,
            "plugins": reading.parse_plugins,
            "replacements": reading.parse_replacements,
            "configurations": reading.parse_configurations,
        }
        parsed = parse[what](source)
        if self._cache:
            self._cache.put("references", key, parsed.to_json())
        return parsed
