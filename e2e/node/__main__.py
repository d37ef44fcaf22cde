"""Runs Airflow in real Pods, with one executor after the other: `make e2e-node`.

    python -m e2e.node [--long [--again]] [local] [celery] [kubernetes] [celery-kubernetes] [laptop]
    python -m e2e.node --only test_git.py [--only ...] [EXECUTOR ...]

Each executor gets a machine of its own (`e2e.node.namespaces`), and so does overlays/local, as
`laptop`; there the claims are tried, and after a failure the others get another one. `--long` tries
those too that take minutes each: what is proven is remembered, and as long as nothing of it changes
only the rest is tried, unless `--again` says so. `--only` tries a file of claims, with what takes
minutes, on all executors that it is for. It ends with a table, and with 1 if anything in it
is not proven.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING

from e2e.node import machine, namespaces, plan, results
from e2e.node.kept import say
from e2e.tools import KUBERNETES
from renderer.errors import EXIT_INTERRUPTED, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Run = Callable[[str, Mapping[str, Path]], None]


def main(arguments: Sequence[str]) -> int:
    """Try the claims on some executors, or on all."""
    parser = argparse.ArgumentParser(prog="python -m e2e.node", allow_abbrev=False)
    parser.add_argument("executors", nargs="*", metavar="EXECUTOR", help=", ".join(plan.NAMES))
    parser.add_argument("--long", action="store_true", help="also what takes minutes each")
    parser.add_argument("--again", action="store_true", help="also what is proven")
    parser.add_argument("--only", action="append", metavar="FILE", help="of e2e/node/claims")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.executors if name not in plan.NAMES]:
        parser.error(f"no executor {unknown[0]}; there are {', '.join(plan.NAMES)}")
    files = [one.file for one in plan.CLAIMS]
    if unknown := [name for name in asked.only or () if name not in files]:
        parser.error(f"no claims {unknown[0]}; there are {', '.join(files)}")
    columns = {}
    with_long = asked.long or bool(asked.only)
    for name in asked.executors or plan.NAMES:
        if claims := plan.planned(name, with_long=with_long, only=asked.only or ()):
            columns[name] = plan.places(name, claims)
    try:
        say(machine.check())
        for name, places in columns.items():
            if asked.again or not with_long:
                _forget(places.values())
            prove(name, places, _on_a_machine)
    except ToolError as error:
        print(f"error: {error.message}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    found = {name: results.of_places(places) for name, places in columns.items()}
    print("\n".join(results.table(found)))
    return 0 if results.all_proven(found) else 1


def prove(executor: str, places: Mapping[str, Path], run: Run) -> None:
    """Try the claims of an executor that are not proven, on as many machines as it takes.

    What failed before is tried after the rest; where a machine proves nothing, no other is tried.
    """
    before = results.of_places(places)
    waiting = [file for file, found in before.items() if not (found and found.is_proven)]
    waiting.sort(key=lambda file: before[file] is not None)
    _forget(places[file] for file in waiting)
    while waiting:
        run(executor, {file: places[file] for file in waiting})
        found = results.of_places({file: places[file] for file in waiting})
        waiting = [file for file, one in found.items() if one is None]
        if not any(one and one.is_proven for one in found.values()):
            return


def _forget(places: Iterable[Path]) -> None:
    for path in places:
        path.unlink(missing_ok=True)


def _on_a_machine(executor: str, places: Mapping[str, Path]) -> None:
    started = time.monotonic()
    say(f"{executor}: a node, and Airflow on it")
    where = {str(plan.DIRECTORY / file): str(path) for file, path in places.items()}
    options = ("-p", "no:cacheprovider", f"--executor={executor}", f"--results={json.dumps(where)}")
    argv = [sys.executable, "-m", "pytest", *options, *where]
    environment = {name: value for name, value in os.environ.items() if name != KUBERNETES}
    code = namespaces.run(argv, environment)
    say(f"{executor}: ended with {code} after {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
