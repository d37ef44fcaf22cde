"""Runs where Airflow is installed: how many connections of a database many clients have.

    pooled.py CLIENTS URL

Opens so many connections, all at once, asks something in each, and writes the number of different
processes of the database that have answered.
"""

from __future__ import annotations

import contextlib
import sys

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool


def main(count: str, url: str) -> None:
    """Ask, and say how many have answered."""
    engine = create_engine(url, poolclass=NullPool)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(engine.connect()) for _ in range(int(count))]
        answers = set()
        for client in clients:
            answers.add(client.execute(text("SELECT pg_backend_pid()")).scalar())
            client.commit()
    print(len(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
