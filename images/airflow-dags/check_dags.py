"""Import every DAG file of a directory as Airflow does: exit code 1 and the reasons, if one fails.

So it is where there is no DAG at all. The database is empty: a file that asks for a connection or a
variable while it is read fails; it would slow down the dag-processor, which reads it often.
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
    problems = [f"{file}: {error}" for file, error in sorted(bag.import_errors.items())]
    if not bag.dags and not problems:
        # DAG_DISCOVERY_SAFE_MODE: Airflow does not open the others.
        problems = [f"{directory}: no DAG; a file of DAGs has the words dag and airflow in it"]
    print(f"{len(bag.dags)} DAGs, {len(bag.import_errors)} files that cannot be imported")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
