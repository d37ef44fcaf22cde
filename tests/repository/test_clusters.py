"""Which clusters a repository has, and which of them are meant."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from shop import cluster_yaml, shop
from support import Repository

from renderer.repository.patterns import Pattern, TreePattern


def _written(repository: Repository) -> set[str]:
    """The clusters that have a tree."""
    top = repository.path / "clusters"
    return {path.relative_to(top).parent.parent.as_posix() for path in top.rglob("deployment-*")}


@pytest.mark.parametrize(
    ("directory", "argument", "expected"),
    [
        (".", "a", {"a"}),
        (".", "clusters/a", {"a"}),
        (".", "overlays/a", {"a"}),
        (".", "overlays/a/", {"a"}),
        (".", "./clusters/a", {"a"}),
        (".", "clusters//a", {"a"}),
        (".", "clusters", {"a", "ab", "b"}),
        (".", "overlays", {"a", "ab", "b"}),
        (".", ".", {"a", "ab", "b"}),
        ("overlays", "a", {"a"}),
        ("overlays", "clusters/a", {"a"}),
        ("overlays/b", "../a", {"a"}),
        ("overlays/b", ".", {"b"}),
        ("overlays/b", "./", {"b"}),
        ("overlays/b", "..", {"a", "ab", "b"}),
        ("overlays/b", "../..", {"a", "ab", "b"}),
        ("base", "b", {"b"}),
    ],
)
def test_choosing(
    repository: Repository, directory: str, argument: str, expected: set[str]
) -> None:
    repository.write(shop("a", "ab", "b"))
    result = repository.run(argument, directory=directory)
    assert result.code == 0, result.err
    assert _written(repository) == expected


def test_an_absolute_path_also_through_a_link(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop("a", "b"))
    repository.render(str(repository.path / "clusters/a"))
    assert _written(repository) == {"a"}
    (tmp_path / "link").symlink_to(repository.path)
    repository.render(str(tmp_path / "link/overlays/b"))
    assert _written(repository) == {"a", "b"}


def test_several_in_any_order_and_twice(repository: Repository) -> None:
    repository.write(shop("a", "b", "c"))
    result = repository.render("c", "clusters/a", "overlays/c")
    assert _written(repository) == {"a", "c"}
    assert [line.split(":")[0] for line in result.err.splitlines()[:2]] == [
        "clusters/a",
        "clusters/c",
    ]


@pytest.mark.parametrize("argument", ["", "nowhere", "clusters/nowhere", "/", "../..", "base"])
def test_an_unknown_cluster_writes_nothing(repository: Repository, argument: str) -> None:
    repository.write(shop("a"))
    result = repository.run(argument, "a")
    assert result.code == 2
    assert result.err.startswith("error: there is no cluster")
    assert not (repository.path / "clusters").exists()


def test_a_commands_name_wins(repository: Repository) -> None:
    repository.write(shop("list"))
    assert "overlays/list" in repository.render("list").out
    assert not (repository.path / "clusters").exists()
    repository.render("clusters/list")
    assert (repository.path / "clusters/list/shop/deployment-web.yaml").exists()


def test_from_elsewhere_with_repo(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop("a"))
    elsewhere = Repository(tmp_path)
    result = elsewhere.run("--repo", str(repository.path), "clusters/a")
    assert result.code == 0, result.err
    assert _written(repository) == {"a"}
    result = elsewhere.run("clusters/a", "--repo", "repository", "--check")
    assert result.code == 0, result.err
    result = elsewhere.run("clusters/a", "--repo", "nowhere")
    assert result.code == 2
    assert result.err == "error: --repo nowhere: there is no such directory\n"


def test_the_repository_is_found_by_git_settings_or_overlays(
    repository: Repository,
) -> None:
    inner = Repository(repository.path / "inner")
    inner.write(shop("a"))
    (repository.path / ".git").mkdir()
    result = inner.run("clusters/a", directory="base")
    assert result.code == 2, "the work tree above is the repository, and has no clusters"
    (inner.path / "render.toml").write_text("")
    assert inner.run("clusters/a", directory="base").code == 0
    assert _written(inner) == {"a"}


def test_outside_git(repository: Repository) -> None:
    repository.write(shop("a"))
    assert repository.run("clusters/a", directory="overlays/a").code == 0


_APPS = """\
[tool.render]
source = "apps/{app}/overlays/{cluster}"
output = "clusters/{cluster}/{app}"
"""


def _apps(*pairs: str) -> dict[str, str]:
    files = {path: text for path, text in shop().items() if path.startswith("base/")}
    files["pyproject.toml"] = _APPS
    for pair in pairs:
        app, cluster = pair.split("/")
        source = f"apps/{app}/overlays/{cluster}"
        files[f"{source}/kustomization.yaml"] = "resources: [../../../../base]\n"
        files[f"{source}/cluster.yaml"] = cluster_yaml(cluster)
    return files


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("prod/web", {"prod/web"}),
        ("clusters/prod", {"prod/web", "prod/shop"}),
        ("prod", {"prod/web", "prod/shop"}),
        ("apps/web", {"prod/web", "dev/web"}),
        ("apps/web/overlays/dev", {"dev/web"}),
        ("clusters", {"prod/web", "prod/shop", "dev/web"}),
    ],
)
def test_a_pattern_with_two_variables(
    repository: Repository, argument: str, expected: set[str]
) -> None:
    repository.write(_apps("web/prod", "web/dev", "shop/prod"))
    repository.render(argument)
    assert _written(repository) == expected


def test_a_list_has_also_what_cannot_be_read(repository: Repository) -> None:
    repository.write(shop("a", "b"))
    repository.write({"overlays/a/kustomization.yaml": "resources: [nowhere]\n"})
    result = repository.run("list")
    assert result.code == 1
    assert [line.split()[:1] for line in result.out.splitlines()] == [["NAME"], ["a"], ["b"]]
    assert "  cannot be read" in result.out.splitlines()[1]
    assert result.err.startswith(
        "overlays/a/kustomization.yaml:1:13: error: nowhere does not exist"
    )
    rows = json.loads(repository.run("list", "--json").out)
    assert [row["stack"] is None for row in rows] == [True, False]


def test_what_no_entry_covers_is_said_by_a_verbose_list(repository: Repository) -> None:
    repository.write(shop("a", "b"))
    repository.write({"render.toml": '[[trees]]\nwhere = {cluster = "a"}\n'})
    repository.write({"overlays/common/kustomization.yaml": ""})
    repository.write({"overlays/a/kustomization.yaml": "resources: [../../base, ../common]\n"})
    assert "covered" not in repository.render("list").out
    out = repository.render("list", "--verbose").out
    assert out.splitlines()[-1] == "not covered by the settings: overlays/b"
    assert "common" not in out
    broken = "resources: [nowhere, ../common, https://example.com/x.yaml]\n"
    repository.write({"overlays/a/kustomization.yaml": broken})
    result = repository.run("list", "--verbose")
    assert result.code == 1
    assert result.out.splitlines()[-1] == "not covered by the settings: overlays/b"
    assert "common" not in result.out


def test_a_source_without_a_kustomization_or_cluster_is_no_cluster(repository: Repository) -> None:
    repository.write(shop("a"))
    repository.write({"overlays/README.md": "x", "overlays/empty/README.md": "x"})
    repository.write({"overlays/.hidden/kustomization.yaml": ""})
    assert [line.split()[0] for line in repository.render("list").out.splitlines()[1:]] == ["a"]


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ('source = "overlays/{cluster}"\noutput = "out"', "has no {variable}, so that nothing"),
        ('source = "overlays"\noutput = "out"', "nothing says which cluster the tree is for"),
        ('source = "overlays/{x}"\noutput = "out/{y}"', "nothing gives {y} a value"),
        ('source = "../{cluster}"', "source = '../{cluster}' is not a path inside"),
        ('output = "/tmp/{cluster}"', "output = '/tmp/{cluster}' is not a path inside"),
        ('output = ""', "output = '' is not a path inside"),
        ('output = "a//{cluster}"', "output = 'a//{cluster}' is not a path inside"),
        ('output = "overlays/{cluster}"', "must be apart"),
        ('output = "Overlays/{cluster}"', "must be apart"),
        ('output = "overlays/{cluster}/rendered"', "must be apart"),
        ('output = "overlays/{cluster}/a/b"', "into the source overlays/a: what is edited"),
        ('output = "OVERLAYS/{cluster}/a"', "into the source overlays/a: what is edited"),
        ('output = "base/{cluster}"', "base/a would be written into base, which overlays/a is com"),
        ('output = "base/x/y/{cluster}"', "would be written into base, which overlays/a is com"),
        ('source = "over{x}/{cluster}"\noutput = "over{x}"', "must be apart"),
        ('output = "clusters/\\n{cluster}"', "holds a character that no path here may hold"),
        ('output = "clusters/{cluster}\\u0007"', "holds a character that no path here may hold"),
        ('output = "clusters/\\u202e{cluster}"', "holds a character that no path here may hold"),
        ('source = "overlays/\\t{cluster}"', "holds a character that no path here may hold"),
        ('output = "clusters\\\\{cluster}"', "holds a character that no path here may hold"),
        ('output = ".git/refs/heads/{cluster}"', "is in the directory of git itself"),
        ('output = "x/.GIT/{cluster}"', "is in the directory of git itself"),
        ('output = ".git./{cluster}"', "is in the directory of git itself"),
        ('output = "git~1/{cluster}"', "is in the directory of git itself"),
        ('source = ".git/{cluster}"', "is in the directory of git itself"),
        (
            '[[trees]]\nsource = "overlays/{cluster}"\noutput = "out/{env}"\nwhere = {env = "x"}\n',
            "output = 'out/{env}' is the same for every {cluster}, so that nothing would tell",
        ),
        (
            '[[trees]]\nsource = "overlays/{app}"\noutput = "out/{cluster}"\ncluster = "home"\n',
            "output = 'out/{cluster}' is the same for every {app}, so that nothing would tell",
        ),
        ('[[trees]]\ncluster = "x\\n{cluster}"\n', "holds characters that cannot be shown"),
        (
            '[[trees]]\noutput = "clusters/{cluster}/{n}"\nwhere = {n = ".."}\n',
            "clusters/a/.. cannot be the output of overlays/a: it is not a directory of its own",
        ),
        (
            '[[trees]]\noutput = "{cluster}/.{n}"\nwhere = {n = "Git"}\n',
            "a/.Git cannot be the output of overlays/a: it is not a directory of its own",
        ),
        (
            '[[trees]]\noutput = "clusters/{cluster}/{n}"\nwhere = {n = "\\u001bM"}\n',
            "cannot be the output of overlays/a: its name holds characters that cannot be shown",
        ),
    ],
)
def test_patterns_that_cannot_be(repository: Repository, settings_: str, message: str) -> None:
    repository.write(shop("a"))
    repository.write({"render.toml": settings_})
    before = repository.files()
    result = repository.run("a")
    assert result.code == (1 if "is com" in message else 2), result
    assert message in result.err
    assert repository.files() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prod", "prod"),
        ("\u00e9t\u00e9", "e\u0301te\u0301"),
        ("\u00c9T\u00c9", "e\u0301te\u0301"),
        ("stra\u00dfe", "STRASSE"),
        ("\u212a8s", "k8s"),
    ],
)
def test_outputs_that_are_one_directory_on_other_systems(
    repository: Repository, one: str, other: str
) -> None:
    repository.write(shop(one, other))
    result = repository.run("clusters")
    assert result.code == 2
    assert " would both be written to clusters/" in result.err
    assert "hint: some systems do not tell these names apart: rename one of the sources" in (
        result.err
    )
    assert not (repository.path / "clusters").exists()


def test_a_source_in_an_output(repository: Repository) -> None:
    repository.write(shop("a"))
    source = "Clusters/A/x"
    repository.write(
        {
            f"{source}/kustomization.yaml": "resources: [../../../base]\n",
            "render.toml": "[[trees]]\n[[trees]]\n"
            f'source = "{source}"\noutput = "apart"\ncluster = "x"\n',
        }
    )
    result = repository.run("overlays/a")
    assert result.code == 2
    assert result.err.startswith(
        "error: render.toml: trees[0]: the source Clusters/A/x is in clusters/a, an output: what is"
    )


def test_what_is_beside_and_above_outputs_may_be_edited(repository: Repository) -> None:
    """Flux's own kustomization lies above the trees that it lists."""
    repository.write(_apps("web/prod"))
    repository.write(
        {
            "clusters/prod/kustomization.yaml": "resources: [web]\n",
            "clusters/kustomization.yaml": "resources: [prod]\n",
            "kustomization.yaml": "resources: [clusters]\n",
        }
    )
    repository.render("clusters")


def test_outputs_that_meet(repository: Repository) -> None:
    repository.write(shop("a-b"))
    repository.write(
        {
            "overlays/a/b-c/kustomization.yaml": "",
            "overlays/a-b/c/kustomization.yaml": "",
            "render.toml": 'source = "overlays/{x}/{y}"\noutput = "clusters/{x}-{y}"\n',
        }
    )
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err == (
        "error: overlays/a/b-c and overlays/a-b/c would both be written to clusters/a-b-c\n"
        "  hint: make the output tell them apart, or leave one out with where = {...}\n"
    )


def test_a_tree_inside_another_names_both_entries(repository: Repository) -> None:
    repository.write(shop("prod"))
    repository.write(
        {
            "apps/stock/prod/kustomization.yaml": "",
            "render.toml": "[[trees]]\n"
            "[[trees]]\n"
            'source = "apps/{app}/{cluster}"\n'
            'output = "clusters/{cluster}/{app}"\n',
        }
    )
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err == (
        "error: overlays/prod and apps/stock/prod would both be written to clusters/prod, one as"
        " clusters/prod/stock (render.toml: trees[0] and render.toml: trees[1])\n"
        "  hint: make the output tell them apart, or leave one out with where = {...}\n"
    )


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\u2028b", "a\u202eb", "a\udcff", "a\tb"])
def test_a_directory_whose_name_no_header_can_hold(repository: Repository, name: str) -> None:
    repository.write(shop("a"))
    shutil.move(repository.path / "overlays/a", repository.path / "overlays" / name)
    result = repository.run("clusters")
    assert result.code == 2
    assert result.err.isascii()
    assert result.err.replace("\n", "").isprintable()
    assert not (repository.path / "clusters").exists()


@pytest.mark.parametrize("name", ["a b", "a'b", "\u00e9t\u00e9", "a#b", "a: b", "-a", "a%20"])
def test_a_directory_with_an_unusual_name(repository: Repository, name: str) -> None:
    files = shop("a")
    repository.write(files)
    shutil.move(repository.path / "overlays/a", repository.path / "overlays" / name)
    (repository.path / "overlays" / name / "cluster.yaml").write_text(
        files["overlays/a/cluster.yaml"].replace("name: a\n", f'name: "{name}"\n')
    )
    repository.render("clusters")
    assert repository.render(f"clusters/{name}", "--check").out == ""


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (TreePattern(), "clusters/eu"),
        (TreePattern("apps/{app}/{env}", "out/{env}/{app}", "{env}"), "out/eu"),
        (TreePattern("apps/{app}/{env}", "out/{app}/{env}", "{env}"), "out"),
        (TreePattern("apps/{app}/{env}", "out/{cluster}/{app}", "{env}"), "out/eu"),
        (TreePattern("apps/{app}/{env}", "out/{cluster}/{app}", "{env}-1"), "out"),
        (TreePattern("apps/{cluster}/{env}", "out/{cluster}/{env}", "{env}"), "out"),
        (TreePattern("apps/{app}", "out/{app}", "home"), "out"),
        (TreePattern("apps/{app}/{env}", "out/{env}/{app}"), ""),
    ],
)
def test_where_all_outputs_of_a_cluster_are(entry: TreePattern, found: str) -> None:
    assert Pattern(entry).output_of_cluster("eu") == found
