"""The table that `make e2e` ends with."""

from types import SimpleNamespace as Report

from e2e.proofs import table

FILE, PROGRAMS = "e2e/test_apply.py", "Kubernetes v1.36.3, kwok v0.8.0"
LONG = "a promise of very many words " * 6


def reports(promise: str, count: int) -> list[Report]:
    return [Report(user_properties=[("proves", (promise, FILE, PROGRAMS))])] * count


def test_the_worst_result_of_each_promise_is_shown() -> None:
    stats = {
        "passed": [*reports("a tree applies", 3), *reports("it is pruned", 2)],
        "failed": reports("it is pruned", 1),
    }
    assert table(stats) == [
        "",
        "e2e/test_apply.py: on Kubernetes v1.36.3, kwok v0.8.0",
        "  proven (3)   a tree applies",
        "  FAILED       it is pruned",
    ]


def test_a_terminal_is_wide_enough() -> None:
    lines = table({"error": reports(LONG, 100)})
    assert len(lines) > 3
    assert max(map(len, lines)) <= 80


def test_where_nothing_ran_there_is_no_table() -> None:
    assert table({}) == []
