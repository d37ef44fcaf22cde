"""Flower serves below its prefix, and lets in who has the Secret."""

from __future__ import annotations

import base64
import http.client
import time
import urllib.error
import urllib.request

import pytest

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow
from e2e.programs import free_ports
from e2e.trees import ROOT

SECRET = "admin:not-a-secret"
SECONDS_TO_START = 120


def _status(url: str, user: str = "") -> int:
    """The status of an answer; 0 where nobody listens."""
    header = f"Basic {base64.b64encode(user.encode()).decode()}"
    request = urllib.request.Request(url, headers={"Authorization": header} if user else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


@pytest.mark.proves("Flower is below its prefix, and lets in who has the Secret", VERSION)
def test_flower(airflow: Airflow) -> None:
    container = pods.read(ROOT / "clusters/local").container("flower")
    environment = {name: text for name, text in container.environment.items() if text is not None}
    assert container.environment["AIRFLOW__CELERY__FLOWER_BASIC_AUTH"] is None
    environment["AIRFLOW__CELERY__FLOWER_BASIC_AUTH"] = SECRET
    environment["AIRFLOW__CELERY__BROKER_URL"] = "memory://"
    (port,) = free_ports(1)
    environment["AIRFLOW__CELERY__FLOWER_PORT"] = str(port)
    (command,) = container.commands
    top = f"http://127.0.0.1:{port}"
    below = f"{top}{environment['AIRFLOW__CELERY__FLOWER_URL_PREFIX']}"
    with airflow.running(command, environment):
        deadline = time.monotonic() + SECONDS_TO_START
        while _status(f"{below}/healthcheck") != http.client.OK:  # what its probes ask
            assert time.monotonic() < deadline, "Flower does not start"
            time.sleep(1)
        assert _status(f"{below}/") == http.client.UNAUTHORIZED
        assert _status(f"{below}/", "admin:wrong") == http.client.UNAUTHORIZED
        assert _status(f"{below}/", SECRET) == http.client.OK
        assert _status(f"{top}/", SECRET) == http.client.NOT_FOUND
