"""What merging does, case by case: the worst that happens to the object, and why."""

from __future__ import annotations

import pytest

from impacts.cases import CASES, CLAIM, DEPLOYMENT, Case
from impacts.clusters import judged
from impacts.refused import REFUSED, Refused
from renderer.changes.comparing import Comparer, FilePair
from renderer.checks.schema import Schemas
from renderer.impacts.immutable import IMMUTABLE
from renderer.impacts.judging import judge
from renderer.impacts.model import ClusterObjects, Impact, Sides, Syncer
from renderer.impacts.validity import Validity
from renderer.rules import IMPACTS


@pytest.mark.parametrize("case", CASES, ids=[one.name for one in CASES])
def test_what_merging_does(case: Case) -> None:
    after = case.before.replace(case.what, case.by) if case.what else ""
    assert after != case.before
    (one,) = judged(case.before, after, case.beside)
    worst = one.consequences[0]
    assert (worst.impact.value, worst.reason) == (case.impact, worst.reason), one
    assert case.says in worst.reason
    assert "canary" not in repr(one)


@pytest.mark.parametrize("case", REFUSED, ids=[f"{one.kind} {one.field}" for one in REFUSED])
def test_what_is_refused(case: Refused) -> None:
    """Each field of the table, and what the table lets through."""
    (one,) = judged(case.before, case.after, case.beside)
    worst = one.consequences[0]
    assert (worst.impact.value == "rejected") is case.is_refused, one
    if case.is_refused:
        assert worst.reason == f"/{case.field} cannot be changed"
        assert worst.hint


@pytest.mark.parametrize(
    ("text", "syncers", "impact"),
    [
        (CLAIM, {}, "loses-data"),
        (DEPLOYMENT, {}, "recreates"),
        (CLAIM, {"one": [Syncer("x")], "two": [Syncer("x"), Syncer("y")]}, "none"),
        (CLAIM, {"one": [Syncer("x")], "two": [Syncer("y")]}, "loses-data"),
        (CLAIM, {"one": [Syncer("x", prunes=False)], "two": [Syncer("y")]}, "in-place"),
    ],
)
def test_a_move_to_another_tree(text: str, syncers: dict[str, list[Syncer]], impact: str) -> None:
    """Who prunes the old one may be faster than who takes it over."""
    moved = [FilePair("one", "a", text.encode(), None), FilePair("two", "b", None, text.encode())]
    changes = Comparer(Schemas()).changes(moved)
    nothing = ClusterObjects(list)
    (one,) = judge(changes, Sides(nothing, nothing, "1.36", Validity(), syncers))
    assert one.impact.value == impact
    assert one.consequences[0].is_predicted is (impact not in ("none", "in-place"))


def test_every_field_that_cannot_be_changed_has_a_case() -> None:
    tried = {(one.kind, one.field) for one in REFUSED if one.is_refused}
    left = [
        (rule.kind, path)
        for rule in IMMUTABLE
        for path in rule.paths
        if not any(kind == rule.kind and covers(path, field) for kind, field in tried)
    ]
    assert left == []


def covers(path: str, field: str) -> bool:
    """Whether the field of a case is at or below the path of a rule."""
    steps, rule = field.split("/"), path.replace("io/storage", "io~1storage").split("/")
    pairs = zip(rule, steps, strict=False)
    return len(steps) >= len(rule) and all(one in ("*", other) for one, other in pairs)


def test_settings_and_options_know_the_words() -> None:
    assert tuple(impact.value for impact in Impact) == IMPACTS


@pytest.mark.parametrize(("text", "impact"), [(CLAIM, "loses-data"), (DEPLOYMENT, "outage")])
def test_an_owner_that_is_not_there(text: str, impact: str) -> None:
    """The garbage collector looks for the uid, and deletes what is owned by nobody."""
    owned = text.replace(
        "namespace: shop}", "namespace: shop, ownerReferences: [{kind: Pod, name: a, uid: b}]}", 1
    )
    assert owned != text
    (one,) = judged(text, owned)
    assert one.impact.value == impact
    assert judged(owned, text)[0].impact.value != impact
