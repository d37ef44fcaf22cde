"""Import every DAG file of a directory as Airflow does: exit code 1 and the reasons, if one fails.

It has an empty database: a file that asks for a connection or a variable while it is read fails; it
would slow down the dag-processor, which reads it again and again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main(directory: str) -> int:
    """Say what was found in the directory."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        }
        from airflow.dag_processing.dagbag import BundleDagBag  # reads the environment

        bag = BundleDagBag(directory, bundle_path=Path(directory), bundle_name="dags-folder")
    for file, error in sorted(bag.import_errors.items()):
        print(f"{file}: {error}", file=sys.stderr)
    print(f"{len(bag.dags)} DAGs, {len(bag.import_errors)} files that cannot be imported")
    return 1 if bag.import_errors or not bag.dags else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
