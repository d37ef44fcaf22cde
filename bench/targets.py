"""The targets: each function measures some of them and says how."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import function
import history
import measure
from fleet import change_base, write_cluster
from lab import Lab
from measure import Cost, Runner, middle

_SHORT_RUNS = 9
_LONG_RUNS = 3
_ONE = 7  # the number of the cluster that is looked at alone
_TOLERANCE = 1.1  # what two measurements of the same may differ


@dataclass(frozen=True)
class Row:
    """One line of the table; `met` is None for what cannot be measured here."""

    target: str
    work: str
    measured: str
    wanted: str
    met: bool | None
    how: str


@dataclass(frozen=True)
class Plan:
    """How much is measured: the baseline's clusters in each of its runs, and all runs."""

    sample: int
    rounds: int = _LONG_RUNS


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _costs(cost: Cost) -> str:
    return f"{cost.wall:.2f} s, CPU {cost.cpu:.2f} s"


def check_equal(lab: Lab) -> Row:
    """Both ways give the same output, on a few clusters of every composition."""
    count = min(lab.fleet.clusters, 2 * lab.fleet.compositions)
    site = lab.site(count, baseline=range(count))
    found = {number: site.same_as_kustomize(number) for number in range(count)}
    wrong = sorted(site.fleet.name(number) for number, how in found.items() if how == "content")
    if wrong:
        raise SystemExit(f"render build and kustomize differ: {', '.join(wrong)}")
    moved = sum(how == "order" for how in found.values())
    measured = f"{count - moved} of {count} byte for byte"
    how = "render build of overlays/c = kubectl kustomize baseline/c"
    return Row("=", "the same output as kustomize", measured, "all", moved == 0, how)


def cold_and_base(lab: Lab, plan: Plan, wanted: set[str]) -> list[Row]:
    """a and f: everything from nothing, and everything again after a change of the base."""
    cold: list[Cost] = []
    based: list[Cost] = []
    baseline: list[Cost] = []
    for turn in range(plan.rounds):
        numbers = _sample(plan, lab.fleet.clusters, turn)
        site = lab.site(baseline=numbers)
        if "a" in wanted:
            _say(f"a. baseline, round {turn + 1} of {plan.rounds}")
            baseline.append(site.kustomize_all(numbers))
        _say(f"a. cold, round {turn + 1} of {plan.rounds}")
        cold.append(site.render())
        if "f" in wanted:
            _say(f"f. base changed, round {turn + 1} of {plan.rounds}")
            change_base(site.fleet)
            based.append(site.render())
    rows = [_cold_row(lab, plan, middle(cold), middle(baseline))] if baseline else []
    return rows + ([_base_row(middle(cold), middle(based))] if based else [])


def _sample(plan: Plan, count: int, turn: int) -> list[int]:
    """The clusters of one round of the baseline; each round takes others, if there are any."""
    size = min(plan.sample, count)
    return [(turn * size + place) % count for place in range(size)]


def _cold_row(lab: Lab, plan: Plan, ours: Cost, theirs: Cost) -> Row:
    count = lab.fleet.clusters
    sample = min(plan.sample, count)
    scale = count / sample
    ratio, cpu = theirs.wall * scale / ours.wall, theirs.cpu * scale / ours.cpu
    scaled = f", measured on {sample} and scaled" if sample < count else ""
    how = (
        f"{_costs(ours)}; xargs -P2 kubectl kustomize {theirs.wall * scale:.1f} s,"
        f" CPU {theirs.cpu * scale:.1f} s{scaled}"
    )
    return Row(
        "a", f"{count} clusters, cold", f"{ratio:.1f}x (CPU {cpu:.1f}x)", ">= 25x", ratio >= 25, how
    )


def _base_row(cold: Cost, based: Cost) -> Row:
    ratio, cpu = based.wall / cold.wall, based.cpu / cold.cpu
    measured = f"{ratio:.2f}x (CPU {cpu:.2f}x)"
    how = f"{_costs(based)}; cold {_costs(cold)}"
    return Row("f", "a base file changed, vs a", measured, "<= 2.5x", ratio <= 2.5, how)


def again(lab: Lab, wanted: set[str]) -> list[Row]:
    """b and c: nothing changed, and one cluster.yaml changed."""
    _say("b, c. preparing")
    site = lab.site()
    site.render()
    site.render()
    read: list[Cost] = []
    same: list[Cost] = []
    one: list[Cost] = []
    for turn in range(_SHORT_RUNS):
        _say(f"b, c. round {turn + 1} of {_SHORT_RUNS}")
        read.append(site.read())
        same.append(site.render())
        if "c" in wanted:
            number = (_ONE + turn) % site.fleet.clusters
            write_cluster(site.fleet, number, site_name=f"renamed-{turn}")
            one.append(site.render())
    rows = [_again_row(middle(same), middle(read))] if "b" in wanted else []
    return rows + ([_one_changed_row(middle(one), middle(same))] if one else [])


def _again_row(same: Cost, read: Cost) -> Row:
    ratio, cpu = same.wall / read.wall, same.cpu / read.cpu
    measured = f"{ratio:.2f}x (CPU {cpu:.2f}x)"
    how = f"{_costs(same)}; find | xargs cat {_costs(read)}"
    return Row("b", "nothing changed, vs a read", measured, "<= 0.6x", ratio <= 0.6, how)


def _one_changed_row(one: Cost, same: Cost) -> Row:
    ratio, cpu = one.wall / same.wall, one.cpu / same.cpu
    measured = f"{ratio:.2f}x (CPU {cpu:.2f}x)"
    how = f"{_costs(one)}; nothing changed {_costs(same)}"
    return Row("c", "one cluster.yaml changed, vs b", measured, "<= 1.5x", ratio <= 1.5, how)


def single(lab: Lab, clusters: int) -> list[Row]:
    """d: one cluster of a fleet of this size."""
    _say(f"d. one cluster of {clusters}")
    number = min(_ONE, clusters - 1)
    site = lab.site(clusters, baseline=[number])
    name = site.fleet.name(number)
    site.render(name)
    site.render(name)
    kustomize: list[Cost] = []
    runs: dict[str, list[Cost]] = {"same": [], "missing": [], "cold": []}
    for _ in range(_SHORT_RUNS):
        kustomize.append(site.kustomize(name))
        runs["same"].append(site.render(name))
        site.drop_output(name)
        runs["missing"].append(site.render(name))
        site.drop_output(name)
        site.forget()
        runs["cold"].append(site.render(name))
    them = middle(kustomize)
    texts = {"same": "warm, nothing to do", "missing": "warm, output deleted", "cold": "cold"}
    return [
        _single_row(f"one of {clusters}, {texts[kind]}", kind == "cold", middle(costs), them)
        for kind, costs in runs.items()
    ]


def _single_row(work: str, is_cold: bool, ours: Cost, theirs: Cost) -> Row:
    ratio, cpu = ours.wall / theirs.wall, ours.cpu / theirs.cpu
    wanted = "<= 1.5x" if is_cold else "< 1x"
    how = f"{_costs(ours)}; kubectl kustomize {_costs(theirs)}"
    met = ratio <= 1.5 if is_cold else ratio < 1
    return Row("d", work, f"{ratio:.2f}x (CPU {cpu:.2f}x)", wanted, met, how)


def memory(lab: Lab) -> list[Row]:
    """e: the peak of all processes together, sampled while a and b run once more."""
    if not measure.can_watch():
        return [Row("e", "peak memory", "not measured", "<= 200 MB", None, "no smaps_rollup here")]
    rows = []
    site = lab.site()
    for work in ("cold", "nothing changed"):
        _say(f"e. memory, {work}")
        cost = site.runner.run(site.command(), watch=measure.session_memory)
        size = cost.memory / 1e6
        how = "PSS of all processes, sampled every 20 ms"
        rows.append(
            Row("e", f"peak memory, {work}", f"{size:.0f} MB", "<= 200 MB", size <= 200, how)
        )
    return rows


def growth(lab: Lab) -> list[Row]:
    """g: the cost of a cluster in fleets of growing size."""
    middle_size = lab.fleet.clusters
    sizes = [max(1, middle_size // 10), middle_size, middle_size * 5]
    costs: dict[int, Cost] = {}
    for size in sizes:
        runs = []
        for turn in range(3 if size < middle_size else 2 if size == middle_size else 1):
            _say(f"g. {size} clusters, run {turn + 1}")
            runs.append(lab.site(size).render())
        costs[size] = middle(runs)
    each = [costs[size].wall / size * 1000 for size in sizes]
    cpu = [costs[size].cpu / size * 1000 for size in sizes]
    measured = " / ".join(f"{one:.2f}" for one in each) + " ms"
    met = all(after <= before * _TOLERANCE for before, after in pairwise(each))
    how = "cold, a cluster; CPU " + " / ".join(f"{one:.2f}" for one in cpu) + " ms"
    work = " / ".join(map(str, sizes)) + " clusters"
    return [Row("g", work, measured, "does not grow", met, how)]


def help_text(lab: Lab) -> list[Row]:
    """The start: `render --help` against a Python that does nothing."""
    _say("render --help")
    runner = Runner(lab.directory, lab.directory)
    ours, bare = [], []
    for _ in range(_SHORT_RUNS):
        bare.append(runner.run([sys.executable, "-c", "pass"]))
        ours.append(runner.run([measure.binary("render"), "--help"]))
    more = middle(ours).cpu - middle(bare).cpu
    how = f"{_costs(middle(ours))}; python -c pass {_costs(middle(bare))}"
    row = Row("h", "render --help, over Python", f"+{more:.3f} s CPU", "<= 0.1 s", more <= 0.1, how)
    return [row]


def krm(lab: Lab) -> list[Row]:
    """k: one call of `render-krm`, as kustomize makes it."""
    _say("k. the KRM function")
    found = function.costs(lab.site(1), 0)
    bare = found.pop("bare")
    rows = []
    for work, ours in found.items():
        ratio, cpu = ours.wall / bare.wall, ours.cpu / bare.cpu
        measured = f"{ratio:.2f}x (CPU {cpu:.2f}x)"
        how = f"{_costs(ours)}; kubectl kustomize and python -c pass {_costs(bare)}"
        text = f"render-krm, {work}" if work == "transformer" else f"render-krm, generator, {work}"
        rows.append(Row("k", text, measured, "<= 1.3x", ratio <= 1.3, how))
    return rows


def review(lab: Lab) -> list[Row]:
    """r: `render diff` of two commits, and of the working tree where one cluster changed."""
    _say("r. render diff")
    count = lab.fleet.clusters
    found = history.costs(lab.site())
    one = found.pop("one")
    rows = [
        _review_row(f"render diff, {count} clusters, 10 distinct changes", found["ten"], most=3),
        _review_row(f"render diff, {count} distinct changes", found["each"], most=20),
    ]
    more = one.ours.cpu - one.git.cpu
    how = f"{_costs(one.ours)}; git diff --raw {_costs(one.git)}"
    work = f"render diff, one cluster of {count} changed"
    rows.append(Row("r", work, f"+{more:.3f} s CPU", "<= 0.5 s", more <= 0.5, how))
    peak = max(one.memory, *(some.memory for some in found.values())) / 1e6
    measured, met = (f"{peak:.0f} MB", peak <= 500) if peak else ("not measured", None)
    return [*rows, Row("r", "render diff, peak memory", measured, "<= 500 MB", met, "PSS")]


def _review_row(work: str, found: history.Compared, most: float) -> Row:
    ratio = found.ours.cpu / found.git.cpu
    how = f"{_costs(found.ours)}; git diff --raw and cat-file --batch {_costs(found.git)}"
    return Row("r", work, f"CPU {ratio:.1f}x", f"<= {most}x", ratio <= most, how)


Measurement = Callable[[Lab, Plan, set[str]], list[Row]]

# In the order of the table: the letters that each measurement answers.
MEASUREMENTS: list[tuple[str, Measurement]] = [
    ("af", cold_and_base),
    ("bc", lambda lab, _, wanted: again(lab, wanted)),
    ("d", lambda lab, *_: single(lab, 1) + single(lab, lab.fleet.clusters)),
    ("e", lambda lab, *_: memory(lab)),
    ("g", lambda lab, *_: growth(lab)),
    ("h", lambda lab, *_: help_text(lab)),
    ("k", lambda lab, *_: krm(lab)),
    ("r", lambda lab, *_: review(lab)),
]
