"""Runs where Airflow is installed: what its api-server answers to a GET of some paths.

Reads a JSON list of paths and writes the list of the answers' types, in the same order: the web
interface answers with a page (text/html) wherever nothing else does. The settings are
those of the environment, and the application is the one that `airflow api-server` serves.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Answer what stands on the standard input."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Airflow logs goes to the standard output
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    client = TestClient(create_app(), follow_redirects=False)
    answers = [client.get(path) for path in json.load(sys.stdin)]
    types = [one.headers["content-type"] if one.is_success else "none" for one in answers]
    json.dump(types, answer)
    answer.close()


if __name__ == "__main__":
    main()
