"""The table that `make e2e-node` ends with."""

from __future__ import annotations

from pathlib import Path

from e2e.node.results import FAILED, PROVEN, Result, all_proven, read, table, write

READY = "everything is Ready by its own probes, and more words than fit"


def test_the_table_has_a_row_for_each_claim_and_a_column_for_each_executor() -> None:
    columns = {
        "local": {READY: Result(PROVEN, 99.6), "logs": Result(PROVEN, 1)},
        "celery": {READY: Result(FAILED, 7)},
    }
    assert table(columns) == [
        "                                            local             celery",
        "everything is Ready by its own probes, and  proven 100 s      FAILED 7 s",
        "  more words than fit",
        "logs                                        proven 1 s        -",
    ]


def test_a_claim_that_was_not_tried_is_not_proven() -> None:
    proven = {"logs": Result(PROVEN, 1)}
    assert all_proven({"local": proven, "celery": proven})
    assert not all_proven({"local": proven, "celery": {}})
    assert not all_proven({"local": {"logs": Result(FAILED, 1)}})
    assert not all_proven({"local": {}})


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results = {READY: Result(PROVEN, 0.5)}
    write(tmp_path / "results", results)
    assert read(tmp_path / "results") == results
    assert read(tmp_path / "none") == {}
