"""Airflow itself, and the trees that it is asked of."""

from __future__ import annotations

import pytest

from e2e.airflow.program import Airflow, installed
from e2e.conftest import short_failure


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow with an empty database."""
    with short_failure():
        program = installed(tmp_path_factory.mktemp("airflow"))
        program.run(["airflow", "db", "migrate"], {})
    return program
