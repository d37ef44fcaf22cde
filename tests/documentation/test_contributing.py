"""What CONTRIBUTING and the forms around the code name is there, and works as they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support import PROJECT, Repository, parse_txtar

import renderer

PAGE = (PROJECT / "CONTRIBUTING.md").read_text()
MAKEFILE = (PROJECT / "Makefile").read_text()
GITHUB = PROJECT / ".github"
TARGETS = {*re.findall(r"^([a-z][\w-]*):", MAKEFILE, re.MULTILINE)}
PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), PROJECT / "base" / "README.md"]
# Lines of Markdown, without what stands between fences.
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def test_every_make_target_is_explained() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    helped = re.findall(r'@echo "make ([\w-]+) ', MAKEFILE)
    assert {*phony.split()} == {*helped, "help"} == TARGETS
    assert TARGETS - {*re.findall(r"^\| `make ([\w-]+)` \|", PAGE, re.MULTILINE)} == {
        *("help", "clean", "render", "e2e-tools", "e2e-node-tools")
    }


def test_every_make_target_that_is_named_is_there() -> None:
    texts = [path.read_text() for path in (*PAGES, GITHUB / "pull_request_template.md")]
    named = re.findall(r"(?:`|^\$ |, )make ([a-z][\w-]*)", "\n".join(texts), re.MULTILINE)
    assert len(named) > 10
    assert {*named} - TARGETS == set()


def test_every_path_that_is_named_is_there() -> None:
    named = re.findall(r"`(?:\.venv/bin/python -m pytest )?([\w.*-]+/[\w.*/-]*)`", PAGE)
    paths = [path for path in named if "..." not in path and not path.startswith(".venv")]
    assert len(paths) > 20
    assert [path for path in paths if not [*PROJECT.glob(path)]] == []


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCED.sub("", page.read_text())):
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", file.read_text()), re.MULTILINE)
            assert anchor in map(_anchor, headings), target


def test_the_example_of_a_golden_case_works(repository: Repository) -> None:
    (example,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    files = parse_txtar(example)
    assert files.pop("expected") == ""
    command = str(files.pop("command"))
    repository.write(files)
    result = repository.run(*command.split())
    assert result.code == 2
    assert "unknown setting outptu\n  hint: did you mean output?" in result.err


def test_the_workflow_runs_on_the_oldest_python() -> None:
    jobs = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())["jobs"]
    (oldest,) = re.findall(r'requires-python = ">=(.*)"', (PROJECT / "pyproject.toml").read_text())
    assert jobs["ci"]["strategy"]["matrix"]["python"][0] == oldest


def test_dependabot_looks_at_every_go_module() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    looked_at = [
        directory
        for update in updates
        if update["package-ecosystem"] == "gomod"
        for directory in update.get("directories", [update.get("directory")])
    ]
    modules = [f"/{path.parent.relative_to(PROJECT)}" for path in PROJECT.glob("e2e/**/go.mod")]
    assert sorted(looked_at) == sorted(modules)


def test_the_forms_of_issues_are_complete() -> None:
    forms = [path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"]
    assert len(forms) == 3
    for form in map(yaml.safe_load, (path.read_text() for path in forms)):
        assert {"name", "description", "body"} <= form.keys()
        ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
        assert len({*ids}) == len(ids)


def test_the_version_has_its_changes() -> None:
    log = (PROJECT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(.*?)\](?: - \d{4}-\d\d-\d\d)?$", log, re.MULTILINE)
    assert versions[:2] == ["Unreleased", renderer.__version__]
