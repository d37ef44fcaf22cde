"""Write the tag and the digest of an image into kustomizations, and change nothing else of them.

    python set_image.py registry.example.com/airflow-dags TAG DIGEST FILE...

In each file that entry of `images:` is changed which has the image as its `newName`: its `newTag`,
its `digest`, or both, whichever it has. Exit code 1 and the reason where that cannot be done, and
then no file is changed. It needs PyYAML.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml

_FORMS = {"newTag": r"\w[\w.-]{0,127}", "digest": r"sha256:[0-9a-f]{64}"}


def changed(text: str, image: str, values: dict[str, str]) -> str:
    """The text with other values in the entry of an image; raises `ValueError` with the reason."""
    for key, form in _FORMS.items():
        if not re.fullmatch(form, values[key]):
            raise ValueError(f"{values[key]!r} is no {key}")
    wanted = yaml.safe_load(text)
    images = wanted.get("images") if isinstance(wanted, dict) else None
    entries = [one for one in images or () if isinstance(one, dict)]
    found = [one for one in entries if one.get("newName") == image]
    if len(found) != 1:
        raise ValueError(f"images has {len(found)} entries with newName: {image}; it takes one")
    (entry,) = found
    node = _items(yaml.compose(text))["images"].value[images.index(entry)]
    places = {key: value for key, value in _items(node).items() if key in values}
    if not places:
        raise ValueError(f"the entry of {image} has neither newTag nor digest")
    # From the end: what is before it stays at its place.
    for key, value in sorted(places.items(), key=lambda one: -one[1].start_mark.index):
        entry[key] = values[key]
        start, end = value.start_mark.index, value.end_mark.index
        text = text[:start] + json.dumps(values[key]) + text[end:]
    try:
        right = yaml.safe_load(text) == wanted
    except yaml.YAMLError:
        right = False
    if not right:  # it has no value, or one that an anchor shares with others
        raise ValueError(f"the entry of {image} cannot be changed by itself; write its values out")
    return text


def _items(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def main(image: str, tag: str, digest: str, *files: str) -> int:
    """Change all files, or none and say why."""
    texts = {}
    for file in files:
        try:
            text = Path(file).read_bytes().decode()
            texts[file] = changed(text, image, {"newTag": tag, "digest": digest})
        except (OSError, ValueError, yaml.YAMLError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 1
    for file, text in texts.items():
        Path(file).write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
