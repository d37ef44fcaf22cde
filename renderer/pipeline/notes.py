"""What is worth knowing of a tree, though nothing is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.patching.pointing import Path, format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from renderer.patching.final import Final

_QUOTED = " \\n"  # in a manifest's text: the end of a line that ends with a space, in quotes


def quoted_texts(finals: Iterable[Final]) -> Iterator[str]:
    """Says of each text that is quoted because a line of it ends with a space which line it is."""
    for final in finals:
        if _QUOTED in final.text:
            for path, text in _texts(final.manifest.data, ()):
                lines = text.split("\n")
                number = next((at for at, one in enumerate(lines, 1) if one.endswith(" ")), 0)
                if number:
                    place = f"{final.manifest.label} {format_path(path)}"
                    yield f"{place}: line {number} ends with a space, so this text is in quotes"


def _texts(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The strings of several lines in a manifest, with their paths."""
    if isinstance(node, str):
        if "\n" in node:
            yield path, node
    elif isinstance(node, (dict, list)):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _texts(value, (*path, key))
