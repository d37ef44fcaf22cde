"""The probe of dag-processor and triggerer: what it says of what the database has."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.loading import load


class _OperationalError(Exception):
    """As SQLAlchemy's, with a password in its text."""


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Callable[[str, str], int]]:
    """The program, for a database with a heartbeat of so many seconds ago, with none, or that
    fails; SQLAlchemy is Airflow's, not ours."""

    def of(latest: Any) -> Callable[[str, str], int]:
        def execute(_statement: object, asked: dict[str, str]) -> SimpleNamespace:
            assert asked == {"job_type": "TriggererJob", "hostname": "10.0.0.7"}
            return SimpleNamespace(scalar=lambda: None if latest is None else _ago(latest))

        def connect() -> Any:
            if isinstance(latest, Exception):
                raise latest
            return nullcontext(SimpleNamespace(execute=execute))

        stub = SimpleNamespace(
            text=str,
            create_engine=lambda _url, **_: SimpleNamespace(connect=connect),
            exc=SimpleNamespace(OperationalError=_OperationalError),
        )
        monkeypatch.setitem(sys.modules, "sqlalchemy", stub)
        module = load("probes/heartbeat.py")
        monkeypatch.setattr(module.socket, "gethostbyname", lambda _name: "10.0.0.7")
        return cast("Callable[[str, str], int]", module.main)

    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://x")
    return of


def _ago(seconds: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("latest", "ready", "alive", "said"),
    [
        (9, 0, 0, "the last heartbeat of TriggererJob on 10.0.0.7 is "),
        (600, 1, 1, "the last heartbeat of TriggererJob on 10.0.0.7 is 6"),
        (None, 1, 1, "no TriggererJob runs on 10.0.0.7\n"),
        (_OperationalError("password"), 1, 0, "the database does not answer\n"),
    ],
    ids=["beats", "silent", "not started", "no database"],
)
def test_exit_codes(
    probe: Callable[[Any], Callable[[str, str], int]],
    capsys: pytest.CaptureFixture[str],
    latest: Any,
    ready: int,
    alive: int,
    said: str,
) -> None:
    main = probe(latest)
    assert (main("ready", "TriggererJob"), main("alive", "TriggererJob")) == (ready, alive)
    assert capsys.readouterr().out.startswith(said)
