"""The files with the schemas of Kubernetes' own kinds are whole, for every minor version."""

from __future__ import annotations

import re

import pytest
from support import PROJECT

from renderer.checks import KUBERNETES
from renderer.checks.schema.definitions import SchemaTable
from renderer.checks.schema.formats import FORMATS
from renderer.kubernetes.kinds import BUILT_IN_GROUPS

DATA = PROJECT / "renderer" / "checks" / "schema" / "data"


def test_there_is_a_file_for_each_minor_version() -> None:
    assert sorted(path.name for path in DATA.iterdir()) == [f"{minor}.txt" for minor in KUBERNETES]


@pytest.mark.parametrize("minor", KUBERNETES)
def test_every_name_leads_to_a_definition(minor: str) -> None:
    text = (DATA / f"{minor}.txt").read_text()
    names = [line.partition("\t")[0] for line in text.splitlines()[1:]]
    assert names == sorted(set(names))
    references = set(re.findall(r'"\$ref":"([^"]+)"', text))
    definitions = SchemaTable(minor)
    roots = {name for kinds in definitions.served.values() for name in kinds.values()}
    assert references | roots == set(names)
    for name in names:
        assert definitions[name]
    formats = set(re.findall(r'"format":"([^"]+)"', text))
    assert formats - {"double"} <= FORMATS.keys()


@pytest.mark.parametrize("minor", KUBERNETES)
def test_the_groups_are_those_whose_scopes_are_known(minor: str) -> None:
    groups = {version.rpartition("/")[0] for version in SchemaTable(minor).served}
    assert groups <= BUILT_IN_GROUPS


def test_only_what_is_needed_is_parsed() -> None:
    definitions = SchemaTable(KUBERNETES[-1])
    assert len(definitions) == 0
    assert definitions["api.core.v1.ConfigMap"]["type"] == "object"
    assert len(definitions) == 1
