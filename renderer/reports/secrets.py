"""The Secrets that a cluster expects, as a script of commands and as rows."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from renderer.counting import counted
from renderer.reports.rows import location_row
from renderer.reports.text import WIDTH, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renderer.kubernetes.expected import ExpectedKey, ExpectedSecret
    from renderer.pipeline.contracts import Contract, Contracted

_FILES = (
    "Each --from-file reads a file that is called like its key: of what has one line, without a"
    " newline at the end (printf %s, not echo)."
)


def secret_row(one: Contracted) -> dict[str, Any]:
    """The row of a Secret that is expected."""
    secret = one.secret
    return {
        "namespace": secret.ref.namespace or None,
        "name": secret.ref.name,
        "type": secret.type or None,
        "optional": secret.is_optional,
        "keys": [
            {"name": key.name, "description": key.description, "command": key.command or None}
            for key in secret.keys
        ],
        "made_by": one.made_by or None,
        "declared": location_row(secret.location),
    }


def contract_text(cluster: str, contract: Contract) -> str:
    """Commands that make what nothing among the manifests makes, each with what it is for.

    No command has a secret in it: values are printed by commands within, or read from files. What
    is optional is commented out. All is for a shell, and fits a terminal of 80 columns as far as
    what documents say does.
    """
    open_ = [one.secret for one in contract.secrets if not one.made_by]
    made = [one for one in contract.secrets if one.made_by]
    wanted = sum(not one.is_optional for one in open_)
    lines = wrapped(f"{cluster} expects {counted(wanted, 'Secret')} before the first sync.", "# ")
    if any(not key.command for one in open_ for key in one.keys):
        lines += wrapped(_FILES, "# ")
    for name in dict.fromkeys(one.ref.namespace for one in open_):
        if name in contract.namespaces:
            lines.append(f"kubectl apply -f {shlex.quote(contract.namespaces[name])}")
    for one in sorted(open_, key=lambda one: one.is_optional):
        lines += ["", *_described(one), *_command(one)]
    if made:
        lines += ["", "# Made by what is among the manifests:"]
        lines += [line for one in made for line in wrapped(_maker(one), "#   ", "#     ")]
    return "\n".join(lines) + "\n"


def _maker(one: Contracted) -> str:
    made = str(one.secret.ref)
    return made if one.made_by == made else f"{made}, by {one.made_by}"


def _described(one: ExpectedSecret) -> Iterator[str]:
    optional = ", optional" if one.is_optional else ""
    yield from wrapped(f"{one.ref} ({one.location}){optional}", "# ", "#   ")
    for key in one.keys:
        if key.description:
            yield from wrapped(f"{key.name}: {key.description}", "#   ", "#     ")


def _command(one: ExpectedSecret) -> Iterator[str]:
    namespace = f"-n {one.ref.namespace} " if one.ref.namespace else ""
    head = [f"kubectl {namespace}create secret generic {one.ref.name}"]
    head += [f"  --type={one.type}"] if one.type else []
    text = " \\\n".join([*head, *map(_option, one.keys)])
    for line in text.splitlines():
        yield f"# {line}" if one.is_optional else line


def _option(key: ExpectedKey) -> str:
    """The option that sets a key; a command is on the same line where it fits."""
    if not key.command:
        return f"  --from-file={key.name}"
    first, command = f'  --from-literal={key.name}="$(', key.command.strip()
    if "\n" not in command and len(f'{first}{command})" \\') <= WIDTH:
        return f'{first}{command})"'
    lines = "\n".join(f"    {line}" for line in command.splitlines())
    return f'{first}\n{lines}\n  )"'
