"""Write into the README of each component what its directory declares.

    make docs

What stands above the heading `Declared` is written by hand. A component without a page gets one
that begins with the comment at the top of its kustomization.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from tools.components import BASE, composed, documents
from tools.policies import ways

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADING = "\n## Declared\n"
_OWN = "renderer.gitops/"


def main() -> None:
    """Write the pages."""
    for directory in directories():
        page = directory / "README.md"
        text = page.read_text("utf-8") if page.exists() else _beginning(directory)
        page.write_text(with_declared(text, directory), "utf-8")


def directories() -> list[Path]:
    """The directories of all components."""
    return sorted(path.parent for path in BASE.glob("components/*/kustomization.yaml"))


def with_declared(page: str, directory: Path) -> str:
    """A page with the part below the heading as the directory gives it."""
    by_hand = page.partition(_HEADING)[0].rstrip("\n")
    declared = "".join(_declared(directory))
    return f"{by_hand}\n{_HEADING}{declared}" if declared else f"{by_hand}\n"


def _beginning(directory: Path) -> str:
    text = (directory / "kustomization.yaml").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return f"# {directory.name}\n\n" + "".join(f"{line}\n" for line in lines)


def _declared(directory: Path) -> Iterator[str]:
    facts = [(name, said) for name, said in _facts(directory) if said]
    if facts:
        yield "\n| | |\n|---|---|\n"
        yield from (f"| {name} | {said} |\n" for name, said in facts)
    parameters = list(_parameters(directory))
    if parameters:
        yield "\n| parameter | default | meaning |\n|---|---|---|\n"
        yield from (f"| `{name}` | {default} | {said} |\n" for name, default, said in parameters)


def _facts(directory: Path) -> Iterator[tuple[str, str]]:
    specs = _specs(directory, "Parameters")
    provides = _all(specs, "provides")
    requires = {name: _providers(name) for name in _all(specs, "requires") if name not in provides}
    yield "provides", ", ".join(f"`{name}`" for name in provides)
    yield "requires", "; ".join(f"`{name}`: {others}" for name, others in requires.items())
    yield "consists of", ", ".join(_link(path.name) for path in composed(directory))
    yield "adds", ", ".join(f"{kind} `{name}`" for kind, name in _objects(directory))
    yield "Secrets", "; ".join(_secret(one) for one in _all(specs, "expects"))
    opened = ways(directory, _all(specs, "parameters"))
    yield "opens", "; ".join(dict.fromkeys(opened))
    settled = _settled(directory).items()
    yield "sets", ", ".join(f"`{name}`: `{_written(value)}`" for name, value in settled)


def _parameters(directory: Path) -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each that the component, or one that it composes, declares."""
    settled = {
        name: value
        for spec in reversed(_specs(directory, "Values"))
        for name, value in spec["parameters"].items()
    }
    for spec in _specs(directory, "Parameters"):
        for one in spec.get("parameters", []):
            if "schema" in one:
                default = settled.get(one["name"], one.get("default"))
                if one.get("required") and one["name"] not in settled:
                    said = "**required**"
                else:
                    said = "none" if default is None else f"`{_written(default)}`"
                yield one["name"], said, one["description"].replace("|", "\\|")


def _written(value: object) -> str:
    """A scalar as a cluster would write it."""
    return str(value) if value and not isinstance(value, bool) else json.dumps(value)


def _settled(directory: Path) -> dict[str, Any]:
    """What the component itself sets of the parameters of others."""
    own = directory / "values.yaml"
    if not own.exists():
        return {}
    declared = {name for name, _, _ in _parameters(directory)}
    values = yaml.safe_load(own.read_text("utf-8"))["spec"]["parameters"]
    return {
        name: value for name, value in values.items() if not {name} & declared and value is not None
    }


def _specs(directory: Path, kind: str) -> list[dict[str, Any]]:
    return [one["spec"] for one in documents(directory) if one["kind"] == kind]


def _all(specs: list[dict[str, Any]], field: str) -> list[Any]:
    return [one for spec in specs for one in spec.get(field, [])]


def _providers(capability: str) -> str:
    return ", ".join(_link(name) for name in _capabilities().get(capability, []))


@cache
def _capabilities() -> dict[str, list[str]]:
    """By capability the components that a cluster can list for it."""
    inner = {path.name for one in directories() for path in composed(one)}
    found: dict[str, list[str]] = {}
    for path in directories():
        for one in _all(_specs(path, "Parameters"), "provides"):
            if path.name not in inner:
                found.setdefault(one, []).append(path.name)
    return found


def _link(name: str) -> str:
    return f"[{name}](../{name}/README.md)"


def _objects(directory: Path) -> Iterator[tuple[str, str]]:
    """Kind and name of what its files make, those of network policies aside."""
    for path in sorted(directory.rglob("*.yaml")):
        document = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(document, dict) or "kind" not in document:
            continue
        is_own = document["apiVersion"].startswith(_OWN)
        if not is_own and "metadata" in document and document["kind"] != "NetworkPolicy":
            yield document["kind"], document["metadata"]["name"]


def _secret(expected: dict[str, Any]) -> str:
    keys = ", ".join(f"`{key}`" for key in expected["keys"])
    optional = ", optional" if expected.get("optional") else ""
    return f"`{expected['secret']}` ({keys}{optional})"


if __name__ == "__main__":
    main()
