"""Runs Airflow in real Pods, with one executor after the other: `make e2e-node`.

    python -m e2e.node [--long] [local] [celery] [kubernetes] [celery-kubernetes]

Each executor gets a machine of its own (`e2e.node.namespaces`), on which the claims are tried;
`--long` tries those too that take minutes each. It ends with a table, and with 1 if anything in it
is not proven.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from e2e.node import machine, namespaces, results
from e2e.node.kept import say
from e2e.node.trees import EXECUTORS
from e2e.tools import KUBERNETES
from renderer.errors import EXIT_INTERRUPTED, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLAIMS = Path(__file__).parent / "claims"
_FILES = ("test_pods.py", "test_airflow.py")
_LONG, _LONG_FILES = "--long", ("test_symptoms.py",)


def main(arguments: Sequence[str]) -> int:
    """Try the claims on some executors, or on all."""
    files = (*_FILES, *_LONG_FILES) if _LONG in arguments else _FILES
    executors = [name for name in arguments if name != _LONG]
    unknown = [name for name in executors if name not in EXECUTORS]
    if unknown:
        print(f"error: no executor {unknown[0]}; there are {', '.join(EXECUTORS)}", file=sys.stderr)
        return 2
    try:
        say(machine.check())
        columns = {name: _try(name, files) for name in executors or EXECUTORS}
    except ToolError as error:
        print(f"error: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    print("\n".join(results.table(columns)))
    return 0 if results.all_proven(columns) else 1


def _try(executor: str, files: Sequence[str]) -> dict[str, results.Result]:
    started = time.monotonic()
    say(f"{executor}: a node, and Airflow on it")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "results.json")
        options = ("-p", "no:cacheprovider", f"--executor={executor}", f"--results={file}")
        claims = [str(_CLAIMS / name) for name in files]
        argv = [sys.executable, "-m", "pytest", *options, *claims]
        environment = {name: value for name, value in os.environ.items() if name != KUBERNETES}
        code = namespaces.run(argv, environment)
        found = results.read(file)
    say(f"{executor}: ended with {code} after {time.monotonic() - started:.0f} s")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
