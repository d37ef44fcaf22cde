"""What kustomizations and plugin files refer to: each text is parsed once, and kept by content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renderer.kustomize.parsed import Parsed

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self._parsed: dict[tuple[str, bytes], Parsed] = {}

    def kustomization(self, digest: bytes, source: bytes) -> Parsed:
        """What a kustomization refers to, and selects."""
        return self._remembered("kustomization", digest, lambda: source)

    def plugins(self, found: Found) -> Parsed:
        """What a file of plugin configurations refers to, and selects."""
        return self._of_file("plugins", found)

    def selectors(self, what: str, found: Found) -> Parsed:
        """What a file of replacements, or of configurations, selects."""
        return self._of_file(what, found)

    def _of_file(self, what: str, found: Found) -> Parsed:
        return self._remembered(what, found.digest, lambda: self._files.load(found.real)[1])

    def _remembered(self, what: str, digest: bytes, load: Callable[[], bytes]) -> Parsed:
        parsed = self._parsed.get((what, digest))
        if parsed is None:
            parsed = self._parsed[what, digest] = self._parse(what, digest, load)
        return parsed

    def _parse(self, what: str, digest: bytes, load: Callable[[], bytes]) -> Parsed:
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
        parsed = parse[what](load())
        if self._cache:
            self._cache.put("references", key, parsed.to_json())
        return parsed
