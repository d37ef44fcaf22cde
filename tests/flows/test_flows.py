"""Nothing that Airflow needs is closed by network policies, and nothing else is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import pytest
from components.stacks import STACKS, write_stacks
from support import PROJECT, Repository

from flows.changing import changed
from flows.parties import HOMES, manifests_in, parties
from flows.reach import Party, Ranges, common, may_receive, may_send, union
from flows.table import PAGE, Flows, Row, components_of, flows_of, needed, wider
from renderer.impacts.access.network_effort import POLICY
from renderer.impacts.access.policies import Policy, policy_of
from renderer.kubernetes.manifests import Manifest

_CLUSTERS = sorted(path.name for path in (PROJECT / "clusters").iterdir())


class Tree(NamedTuple):
    """What a rendered tree consists of, and the components that its overlay composes."""

    manifests: list[Manifest]
    components: frozenset[str]

    @property
    def policies(self) -> list[Manifest]:
        return [one for one in self.manifests if (one.ref.group, one.ref.kind) == POLICY]


def _tree(repository: Path, name: str) -> Tree:
    overlay = repository / "overlays" / name
    return Tree(manifests_in(repository / "clusters" / name), frozenset(components_of(overlay)))


@pytest.fixture(scope="module", params=[*_CLUSTERS, *STACKS])
def tree(request: pytest.FixtureRequest, stacks: Repository) -> Tree:
    """The committed trees, and others."""
    name = cast("str", request.param)
    return _tree(PROJECT if name in _CLUSTERS else stacks.path, name)


class Wanted(NamedTuple):
    """What the tables say of a tree: as a whole, to its senders, and to its receivers."""

    flows: Flows
    sent: Flows
    received: Flows


def differences(
    policies: Sequence[Policy], everybody: Sequence[Party], wanted: Wanted
) -> Iterator[str]:
    """What is closed and needed, or open and in no table: as a whole, and on each side alone.

    Each side alone, because what one of them closes hides what the other one opens.
    """
    for source in everybody:
        for destination in everybody:
            if not {source.namespace, destination.namespace} & {*HOMES}:
                continue
            pair = (source.name, destination.name)
            sent = may_send(policies, source, destination)
            received = may_receive(policies, source, destination)
            judged = [("", common(sent, received), wanted.flows)]
            if source.namespace in HOMES:
                judged.append((", as its sender is told", sent, wanted.sent))
            if destination.namespace in HOMES:
                judged.append((", as its receiver is told", received, wanted.received))
            for side, is_open, by_pair in judged:
                for word, ranges in _compared(is_open, by_pair.get(pair, ())):
                    yield f"{word}: {source.name} to {destination.name}, {_said(ranges)}{side}"


def _wanted(rows: Sequence[Row], everybody: Sequence[Party], components: frozenset[str]) -> Wanted:
    flows = flows_of(rows, everybody, components)
    return Wanted(flows, flows_of(rows, everybody, components, to_all=True), flows)


def _compared(is_open: Ranges, wanted: Ranges) -> Iterator[tuple[str, Ranges]]:
    both = common(is_open, wanted)
    if both != wanted:
        yield "closed", wanted
    if both != is_open:
        yield "open", is_open


def _said(ranges: Ranges) -> str:
    return " and ".join(map(str, ranges))


def _of(tree: Tree, rows: Sequence[Row]) -> set[str]:
    everybody = parties(tree.manifests)
    wanted = _wanted(rows, everybody, tree.components)
    return set(differences([policy_of(one) for one in tree.policies], everybody, wanted))


def test_nothing_needed_is_closed_and_nothing_else_is_open(tree: Tree) -> None:
    assert _of(tree, [*needed(), *wider()]) == set()


def test_no_component_is_left_out(stacks: Repository) -> None:
    overlays = [PROJECT / "overlays" / name for name in _CLUSTERS]
    overlays += [stacks.path / "overlays" / name for name in STACKS]
    composed = {name for overlay in overlays for name in components_of(overlay)}
    assert composed >= {path.name for path in (PROJECT / "base" / "components").iterdir()}


def test_each_row_has_a_source() -> None:
    links = dict(re.findall(r"^\[([\w-]+)\]: (https://\S+)$", PAGE, re.MULTILINE))
    reason = ""
    for row in needed():
        reason = reason if row.reason == "the same" else row.reason
        named = re.findall(r"\[([\w-]+)\]", reason)
        assert named, row
        assert {*named} <= links.keys()


def test_no_row_is_too_much(stacks: Repository) -> None:
    """Each source and destination of a row says of some tree what no other row says, too."""
    trees = [_tree(PROJECT, name) for name in _CLUSTERS]
    trees += [_tree(stacks.path, name) for name in STACKS]
    seen = [(parties(tree.manifests), tree.components) for tree in trees]
    for rows in (needed(), wider()):
        single = [
            row._replace(sources=(source,), destinations=(destination,))
            for row in rows
            for source in row.sources
            for destination in row.destinations
        ]
        for at, one in enumerate(single):
            rest = [*single[:at], *single[at + 1 :]]
            assert any(flows_of(rest, *tree) != flows_of(single, *tree) for tree in seen), one


def test_ports_move_by_parameter(repository: Repository) -> None:
    ports = {"dns.port": 5353, "database.port": 6432, "kubernetes.apiPort": 8443}
    write_stacks(repository, ports)
    repository.render("clusters/kubernetes-nfs")
    tree = _tree(repository.path, "kubernetes-nfs")
    moved = {53: 5353, 5432: 6432, 6443: 8443}
    rows = [
        row._replace(
            ports=union(
                one._replace(
                    first=moved.get(one.first, one.first), last=moved.get(one.last, one.last)
                )
                for one in row.ports
            )
        )
        for row in [*needed(), *wider()]
    ]
    assert _of(tree, rows) == set()
    assert _of(tree, [*needed(), *wider()])


# Policies that say nothing new beside a component: the Kubernetes API is at 443 anywhere, as an
# object store is.
_COVERED = {"airflow-remote-logs": "task-pods"}


def test_whatever_changes_in_a_policy_is_noticed(tree: Tree) -> None:
    rows = [*needed(), *wider()]
    everybody = parties(tree.manifests)
    wanted = _wanted(rows, everybody, tree.components)
    tried = 0
    for policy in tree.policies:
        if _COVERED.get(policy.ref.name) in tree.components:
            continue
        others = [policy_of(one) for one in tree.policies if one is not policy]
        assert any(differences(others, everybody, wanted)), f"without {policy.ref.name}"
        for what, spec in changed(policy.data["spec"]):
            data = {**policy.data, "spec": spec}
            policies = [*others, policy_of(policy._replace(data=data))]
            assert any(differences(policies, everybody, wanted)), f"{policy.ref.name}: {what}"
            tried += 1
    assert tried >= 20
