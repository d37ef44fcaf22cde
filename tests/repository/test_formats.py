"""Settings of every form that a page of ours has ever shown mean what they meant, or say what now.

What is here stays: a form that is no longer read is moved to those that say so.
"""

from __future__ import annotations

from typing import Any

import pytest
from support import Repository, write_tree

from renderer.repository.root import settings_of
from renderer.repository.settings import Settings, read_settings

_DEFAULT_TREES = [("overlays/{cluster}", "clusters/{cluster}", "", (), False)]
_SHARED = "[tool.other]\nx = 1\n"

# What was written, and what it meant: the settings that are not the defaults.
_READ: dict[str, tuple[str, dict[str, Any]]] = {
    "two lines": (
        'source = "apps/{app}/overlays/{cluster}"\noutput = "clusters/{cluster}/{app}"\n',
        {"trees": [("apps/{app}/overlays/{cluster}", "clusters/{cluster}/{app}", "", (), False)]},
    ),
    "permissions": (
        "allow-outside = true\nallow-remote = true\nallow-helm = true\n",
        {"asks_for": ("helm", "outside", "remote")},
    ),
    "permissions that are not asked for": ("allow-helm = false\n", {}),
    "timeout": ("timeout = 300\n", {"timeout": 300.0}),
    "one version of Kubernetes": ('kubernetes = "1.35"\n', {"kubernetes": (("*", "1.35"),)}),
    "versions by clusters": (
        'kubernetes = {prod = "1.34", "staging-*" = "1.35"}\n',
        {"kubernetes": (("prod", "1.34"), ("staging-*", "1.35"))},
    ),
    "checks": (
        'checks = {plain-secret = "warning"}\n',
        {"checks": (("plain-secret", "warning"),)},
    ),
    "a table of checks": (
        '[checks]\nmissing-secret = "error"\nabsent-field = "off"\n',
        {"checks": (("absent-field", "off"), ("missing-secret", "error"))},
    ),
    "exceptions": (
        '[[exceptions]]\nrule = "plain-secret"\nobject = "Secret shop/keys"\nreason = "a test"\n',
        {"exceptions": (("plain-secret", "Secret shop/keys", "a test", "", ""),)},
    ),
    "exceptions for impacts": (
        (
            '[[exceptions]]\nimpact = "rejected"\nobject = "Job.batch shop/*"\nreason = "a test"\n'
            "expires = 2026-12-31\n"
        ),
        {"exceptions": (("", "Job.batch shop/*", "a test", "rejected", "2026-12-31"),)},
    ),
    "entries": (
        """\
[[trees]]
source  = "apps/{app...}/{env}/{n}"
output  = "clusters/{cluster}/{app}"
cluster = "{env}-{n}"
where   = {env = ["prod", "test"], n = ["00", "01"]}

[[trees]]
source   = "apps/{app...}/{env}/base"
output   = "clusters/{cluster}/{app}"
cluster  = "{env}-{n}"
where    = {env = "prod", n = ["00", "01"]}
fallback = true
""",
        {
            "trees": [
                (
                    "apps/{app...}/{env}/{n}",
                    "clusters/{cluster}/{app}",
                    "{env}-{n}",
                    (("env", ("prod", "test")), ("n", ("00", "01"))),
                    False,
                ),
                (
                    "apps/{app...}/{env}/base",
                    "clusters/{cluster}/{app}",
                    "{env}-{n}",
                    (("env", ("prod",)), ("n", ("00", "01"))),
                    True,
                ),
            ]
        },
    ),
    "trees without manifests": ("allow-empty = true\n", {"allow_empty": True}),
}

# The rules that the first settings could choose, by their names then.
_FIRST_RULES = (
    *("claim-mismatch", "duplicate-identity", "exposed-secret", "function-skipped"),
    *("invalid-manifest", "missing-name", "missing-namespace", "missing-reference"),
    *("missing-secret", "placeholder", "plain-secret", "pod-security", "selector-mismatch"),
    *("unknown-key", "unknown-manifest-field", "unknown-port", "unknown-volume"),
    *("unmatched-selector", "unserved-version"),
)


def _read(directory: str) -> dict[str, Any]:
    """The settings that are not the defaults; trees by their fields."""
    settings = read_settings(settings_of(directory, directory))
    found = {
        name: value
        for name in Settings._fields
        if name not in ("file", "trees")
        and (value := getattr(settings, name)) != getattr(Settings(), name)
    }
    trees = [
        (one.source, one.output, one.cluster, one.where, one.fallback) for one in settings.trees
    ]
    return found if trees == _DEFAULT_TREES else {**found, "trees": trees}


@pytest.mark.parametrize("form", _READ)
def test_a_form_means_what_it_meant(repository: Repository, form: str) -> None:
    text, meaning = _READ[form]
    own = write_tree(repository.path / "own", {"render.toml": text})
    assert _read(own) == meaning
    text = text.replace("[[", "[[tool.render.").replace("\n[c", "\n[tool.render.c")
    text = text.replace("[checks]", "[tool.render.checks]")
    table = "" if text.startswith("[") else "[tool.render]\n"
    shared = write_tree(repository.path / "shared", {"pyproject.toml": _SHARED + table + text})
    assert _read(shared) == meaning


def test_the_first_rules_can_be_chosen(repository: Repository) -> None:
    lines = [f'{rule} = "warning"\n' for rule in _FIRST_RULES]
    directory = write_tree(repository.path, {"render.toml": f"[checks]\n{''.join(lines)}"})
    assert [rule for rule, _ in _read(directory)["checks"]] == [*_FIRST_RULES]


def test_a_form_that_is_no_more_says_what_there_is_now(repository: Repository) -> None:
    repository.write({"render.toml": 'timeout = 5\nengine = "/opt/kubectl"\n'})
    result = repository.run("list")
    assert result.code == 2
    assert result.err == (
        "error: render.toml:2:1: engine: a repository cannot choose the program that is run\n"
        "  hint: take it out; --engine, RENDER_ENGINE or your own ~/.config/renderer/config.toml"
        " choose one\n"
    )
