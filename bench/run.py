"""`make bench`: the targets for speed and memory, as ratios of what is measured in this run.

a  a fleet rendered from nothing, against kustomize doing the same work two at a time
b  the same again with nothing changed, against a plain read of every input and output
c  one cluster.yaml changed, against b
d  one cluster, warm and cold, against kustomize
e  peak memory of all processes together
f  one base file changed so that every composition rebuilds, against a
g  the cost of a cluster in small and large fleets
h  the start of the program
k  one call of the KRM function, against kustomize composing the same overlay
r  what differs between two commits, against git listing and printing the files that changed
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time

from lab import Lab
from targets import MEASUREMENTS, Plan, Row, check_equal

_LETTERS = "".join(letters for letters, _ in MEASUREMENTS)


def main() -> int:
    options = _options()
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    lab = Lab(tempfile.mkdtemp(prefix="bench-", dir=options.keep), options.clusters, options.stacks)
    started = time.monotonic()
    try:
        print(_table(_rows(lab, options)))
        print(f"\n{time.monotonic() - started:.0f} s; medians of wall time, interleaved runs")
    finally:
        if options.keep:
            print(f"the fleets are in {lab.directory}")
        else:
            shutil.rmtree(lab.directory, ignore_errors=True)
    return 0


def _rows(lab: Lab, options: argparse.Namespace) -> list[Row]:
    rows = [check_equal(lab)]
    sample = lab.fleet.clusters if options.full_baseline else options.sample
    for letters, measurement in MEASUREMENTS:
        wanted = options.only.intersection(letters)
        if wanted:
            found = measurement(lab, Plan(sample), wanted)
            print(_table(found), file=sys.stderr, flush=True)  # the rest takes minutes
            rows += found
    return sorted(rows, key=lambda row: row.target)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", type=_letters, default=set(_LETTERS), metavar="a,b", help="only these targets"
    )
    parser.add_argument("--clusters", type=int, default=1000, metavar="N", help="(1000)")
    parser.add_argument(
        "--stacks", type=int, default=10, metavar="N", help="different compositions (10)"
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=60,
        metavar="N",
        help="clusters of the baseline in each of three rounds (60)",
    )
    parser.add_argument(
        "--full-baseline", action="store_true", help="kustomize composes every cluster: minutes"
    )
    parser.add_argument("--keep", metavar="DIR", help="put the fleets here, and leave them there")
    return parser.parse_args()


def _letters(text: str) -> set[str]:
    letters = set(text.replace(",", ""))
    if not letters <= set(_LETTERS):
        raise argparse.ArgumentTypeError(f"the targets are {', '.join(sorted(_LETTERS))}")
    return letters


def _table(rows: list[Row]) -> str:
    met = {True: "yes", False: "NO", None: "-"}
    head = ("", "work", "target", "measured", "met", "how it was measured")
    cells = [head] + [
        (row.target, row.work, row.wanted, row.measured, met[row.met], row.how) for row in rows
    ]
    widths = [max(len(line[place]) for line in cells) for place in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


if __name__ == "__main__":
    sys.exit(main())
