"""Which directories an entry of the settings takes for sources, and what becomes of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderer.errors import UsageError
from renderer.repository.patterns import Pattern, TreePattern, literal_prefix


def _found(path: Path, directories: str, **entry: Any) -> set[tuple[str, str, str]]:
    for directory in directories.split():
        (path / directory).mkdir(parents=True, exist_ok=True)
    entry["where"] = tuple((name, tuple(globs)) for name, globs in entry.get("where", {}).items())
    matches = Pattern(TreePattern(**entry)).find(str(path))
    return {(match.source, match.output, match.cluster) for match in matches}


def test_one_variable(tmp_path: Path) -> None:
    assert _found(tmp_path, "overlays/a overlays/b/inside overlays/.c other/d") == {
        ("overlays/a", "clusters/a", "a"),
        ("overlays/b", "clusters/b", "b"),
    }


def test_a_part_of_a_segment_and_the_same_variable_twice(tmp_path: Path) -> None:
    entry = {"source": "{app}/env-{env}/{app}-x", "output": "out/{env}/{app}", "cluster": "{env}"}
    assert _found(
        tmp_path, "shop/env-prod/shop-x shop/env-prod/web-x shop/prod/shop-x", **entry
    ) == {("shop/env-prod/shop-x", "out/prod/shop", "prod")}


def test_where_one_of_two_variables_ends(tmp_path: Path) -> None:
    entry = {"source": "{app}/{cluster}-{part}", "output": "out/{cluster}/{app}-{part}"}
    directories = "shop/eu-west-web-api shop/eu-west-- shop/us-web eu-west/eu-west-x"
    assert _found(tmp_path, directories, **entry, where={"cluster": ["eu-west", "us*"]}) == {
        ("shop/eu-west-web-api", "out/eu-west/shop-web-api", "eu-west"),
        ("shop/eu-west--", "out/eu-west/shop--", "eu-west"),
        ("shop/us-web", "out/us/shop-web", "us"),
        ("eu-west/eu-west-x", "out/eu-west/eu-west-x", "eu-west"),
    }
    entry = {"source": "{app}/{app}-{cluster}", "output": "out/{cluster}/{app}"}
    assert _found(tmp_path, "", **entry) == {("eu-west/eu-west-x", "out/x/eu-west", "x")}


def test_several_directories_are_one_variable(tmp_path: Path) -> None:
    entry = {
        "source": "apps/{app...}/{env}/{n}",
        "output": "clusters/{cluster}/{app}",
        "cluster": "{env}-{n}",
        "where": {"env": ["prod", "test"], "n": ["0?"]},
    }
    directories = "apps/shop/prod/00 apps/data/lake/test/01 apps/shop/dev/00 apps/shop/prod/base"
    assert _found(tmp_path, directories, **entry) == {
        ("apps/shop/prod/00", "clusters/prod-00/shop", "prod-00"),
        ("apps/data/lake/test/01", "clusters/test-01/data-lake", "test-01"),
    }


def test_one_source_for_several_clusters(tmp_path: Path) -> None:
    entry = {
        "source": "apps/{app...}/{env}/base",
        "output": "clusters/{cluster}/{app}",
        "cluster": "{env}-{n}",
        "where": {"n": ["00", "01"]},
    }
    assert _found(tmp_path, "apps/shop/prod/base", **entry) == {
        ("apps/shop/prod/base", "clusters/prod-00/shop", "prod-00"),
        ("apps/shop/prod/base", "clusters/prod-01/shop", "prod-01"),
    }


def test_which_clusters_there_are(tmp_path: Path) -> None:
    entry = {
        "source": "apps/{app}/{env}/base",
        "output": "clusters/{cluster}/{app}",
        "cluster": "{env}-{n}",
    }
    directories = "apps/shop/prod/base apps/shop/test/base"
    for globs, names in ((["!test-01"], "prod-00 prod-01 test-00"), (["*-00"], "prod-00 test-00")):
        where = {"n": ["00", "01"], "cluster": globs}
        found = _found(tmp_path, directories, **entry, where=where)
        assert {cluster for _, _, cluster in found} == set(names.split())


def test_a_repository_of_one_cluster(tmp_path: Path) -> None:
    entry = {"source": "apps/{app...}", "output": "rendered/{app}", "cluster": "home"}
    assert _found(tmp_path, "apps/media/jellyfin", **entry) == {
        ("apps/media", "rendered/media", "home"),
        ("apps/media/jellyfin", "rendered/media-jellyfin", "home"),
    }


def test_what_is_excluded(tmp_path: Path) -> None:
    entry = {"source": "overlays/{cluster}", "where": {"cluster": ["!*-old", "!x"]}}
    assert _found(tmp_path, "overlays/a overlays/a-old overlays/x", **entry) == {
        ("overlays/a", "clusters/a", "a")
    }
    entry["where"] = {"cluster": ["a*", "!*-old"]}
    assert _found(tmp_path, "overlays/b overlays/abc", **entry) == {
        ("overlays/a", "clusters/a", "a"),
        ("overlays/abc", "clusters/abc", "abc"),
    }


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "apps/a").mkdir(parents=True)
    (tmp_path / "apps/a/loop").symlink_to("..")
    entry = {"source": "apps/{app...}", "output": "rendered/{app}", "cluster": "home"}
    assert {source for source, _, _ in _found(tmp_path, "", **entry)} == {"apps/a", "apps/a/loop"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"source": "a/{x}", "output": "a/{x}"}, "source and output are both 'a/{x}'"),
        ({"source": "../{x}"}, "source = '../{x}' is not a path inside the repository"),
        ({"output": "/out/{cluster}"}, "output = '/out/{cluster}' is not a path inside"),
        ({"source": "a/x{app...}"}, "{app...} stands for whole directories"),
        ({"source": "{a...}/{b...}"}, "several {name...}"),
        ({"source": "a/{X}"}, "'{X}' holds a brace that is no variable"),
        ({"source": "a/{x...}", "output": "b/{x...}"}, "`...` is for source only"),
        ({"output": "clusters/{clutser}"}, "nothing gives {clutser} a value"),
        ({"source": "deploy", "output": "rendered"}, "nothing says which cluster"),
        ({"source": "apps/{app}", "output": "x/{app}", "cluster": "{env}"}, "{env} a value"),
        (
            {"source": "a/{x}", "output": "x/{x}/{n}", "cluster": "c", "where": (("n", ("0*",)),)},
            "where.n: '0*' is not a value",
        ),
    ],
)
def test_entries_that_cannot_be(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Pattern(TreePattern(**entry))
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("outputs", "count"),
    [
        (["clusters/{cluster}"], 1),
        (["clusters/{cluster}", "clusters/{cluster}-x"], 1),
        (["clusters/{cluster}", "trees/{cluster}"], 0),
        (["a/b/{cluster}", "a/c/{cluster}"], 1),
    ],
)
def test_what_all_outputs_begin_with(outputs: list[str], count: int) -> None:
    patterns = [Pattern(TreePattern(source="x/{cluster}", output=one)) for one in outputs]
    assert literal_prefix(patterns) == count


_NAMES = st.text("ab-", min_size=1, max_size=3)


@given(st.lists(st.tuples(_NAMES, _NAMES, _NAMES), min_size=1, max_size=5))
def test_a_source_gives_back_its_values(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("tree")
    entry = {"source": "s/{a...}/{b}/end", "output": "o/{a}/{b}", "cluster": "{b}"}
    directories = " ".join(f"s/{one}/{two}/{three}/end" for one, two, three in chosen)
    assert _found(path, directories, **entry) == {
        (f"s/{one}/{two}/{three}/end", f"o/{one}-{two}/{three}", three)
        for one, two, three in chosen
    }
