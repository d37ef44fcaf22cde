"""The table that `make e2e-node` ends with."""

from __future__ import annotations

from pathlib import Path

from e2e.node.results import FAILED, PROVEN, Result, Results, all_proven, read, table, write

READY = "everything is Ready by its own probes, and more words than fit"
LOGS = Results({"logs": Result(PROVEN, 1)})


def test_the_table_has_a_row_for_each_claim_and_a_column_for_each_executor() -> None:
    both = Results({READY: Result(PROVEN, 99.6), "logs": Result(PROVEN, 1)})
    columns = {
        "local": {"test_a.py": both, "test_b.py": None},
        "celery": {
            "test_a.py": Results({READY: Result(FAILED, 7)}, {"a kill": 4.4}),
            "test_b.py": None,
            "test_c.py": LOGS._replace(claims={"only there": Result(PROVEN, 2)}),
        },
    }
    assert table(columns) == [
        "                                            local             celery",
        "everything is Ready by its own probes, and  proven 100 s      FAILED 7 s",
        "  more words than fit",
        "logs                                        proven 1 s        -",
        "test_b.py                                   -                 -",
        "only there                                                    proven 2 s",
        "celery: a kill: 4 s",
    ]


def test_a_claim_that_was_not_tried_is_not_proven() -> None:
    assert all_proven({"local": {"test_a.py": LOGS}, "celery": {"test_a.py": LOGS}})
    assert all_proven({"local": {"test_a.py": LOGS}, "celery": {}})
    assert not all_proven({"local": {"test_a.py": LOGS}, "celery": {"test_a.py": None}})
    failed = LOGS._replace(claims={**LOGS.claims, READY: Result(FAILED, 1)})
    assert not all_proven({"local": {"test_a.py": failed}})
    assert not all_proven({"local": {"test_a.py": Results()}})
    assert not all_proven({"local": {}})


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results = Results({READY: Result(PROVEN, 0.5)}, {"a kill": 4})
    write(tmp_path / "new" / "results.json", results)
    assert read(tmp_path / "new" / "results.json") == results
    assert read(tmp_path / "none") is None
