"""Files of other formats than text that hold private keys."""

from __future__ import annotations

_ENDINGS = (".jks", ".p12", ".pfx", ".jceks", ".keystore", ".bcfks", ".kdbx", ".ppk")
_BEGINNINGS = (
    b"\xfe\xed\xfe\xed",  # Java key store
    b"\xce\xce\xce\xce",  # JCEKS
    b"\x03\xd9\xa2\x9a",  # KeePass
)
# They hold certificates.
_PUBLIC = ("trust", "cacert", "ca.")


def keystore(name: str, content: bytes) -> bool:
    """Whether a file is a store of keys: by its name, or by what it begins with."""
    name = name.lower()
    if any(word in name for word in _PUBLIC):
        return False
    return bool(content) and (name.endswith(_ENDINGS) or content.startswith(_BEGINNINGS))
