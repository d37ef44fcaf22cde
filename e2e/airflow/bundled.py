"""Runs where Airflow is installed: brings a DAG bundle, as a process does that reads DAGs.

    bundled.py NAME [VERSION]

Writes `{"version": COMMIT, "dags": {PATH: TEXT}}`: what is in the bundle at this version, or at its
newest one.
"""

from __future__ import annotations

import json
import os
import sys

from airflow.dag_processing.bundles.manager import DagBundlesManager


def main(name: str, version: str | None = None) -> None:
    """Bring the bundle and say what it holds."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Airflow logs goes to the standard output
    bundle = DagBundlesManager().get_bundle(name=name, version=version)
    bundle.initialize()
    found = bundle.get_current_version()
    dags = {path.name: path.read_text("utf-8") for path in bundle.path.glob("*.py")}
    json.dump({"version": found.version if found else None, "dags": dags}, answer)
    answer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
