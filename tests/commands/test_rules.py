"""`render rules`: what every rule is about, also where there is no repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support import PROJECT, Repository

from renderer.reports.plain import plain_text
from renderer.rules import RULES, explanation

_FENCED = "    "


def test_all_are_listed_with_severity_and_summary(repository: Repository) -> None:
    lines = repository.render("rules").out.splitlines()
    assert lines[0] == "compose: what kustomize is given"
    assert "  missing-secret          warning  a Secret that is referred to is not there" in lines
    assert {line.split()[0] for line in lines if line.startswith("  ")} == set(RULES)
    assert max(map(len, lines)) <= 80


def test_all_as_json(repository: Repository) -> None:
    rows = json.loads(repository.render("rules", "--json").out)
    assert [row["rule"] for row in rows] == [*RULES]
    assert rows[0] == {
        "rule": "absolute-path",
        "stage": "compose",
        "severity": "error",
        "choosable": False,
        "summary": "a path begins with /",
    }


def test_one_is_explained(repository: Repository) -> None:
    assert (
        repository.render("rules", "plain-secret").out
        == """\
plain-secret: a Secret is not encrypted

stage verify: the manifests; the settings choose severities and exceptions
severity error

A Secret with a value that is secret and is not encrypted by SOPS: one whose
name says so, that has the form of one, that is not written as names are
(`k3Yx9Q`, `hunter2`, `web!`), or that is four words in lower case and more.
Beside what SOPS encrypted any value is, in doubt. None are:

- nothing, and what something else fills in: `${VAR}` of Flux, `<path:...>` and
  `{{ ... }}`; a default (`${VAR:=word}`) is a value;
- who, where, which and how, where its name says so (`username`, `host`,
  `AZURE_CLIENT_ID`, `region`, `storageClass`), addresses of mail, a path, a URL
  that gives no access, a small number or a duration;
- words where their own name says nothing of them (`greeting: hello`), the
  values of examples (`my-value`, `AWS_SECRET_ACCESS_KEY: my-aws-access-key`),
  images, public keys of SSH;
- a docker configuration without a login (`{}`), a certificate, a document
  (`.md`), comments, a text without a line that is a key, and words where the
  key of a certificate is to be put;
- a file of settings in which nothing is secret, by the list of exposed-secret.

A file that SOPS encrypted may be a value of `data`, as a secretGenerator with
`files:` makes it: Flux looks for such files and decrypts them. Elsewhere it
would hand them on as they are, so that is an error that says why: in
`stringData`, and line by line, as a secretGenerator with `envs:` makes it.

To mend it, create the Secret in the cluster and only refer to it, let an
ExternalSecret or SealedSecret make it, or encrypt it with SOPS for Flux to
decrypt.

    apiVersion: v1
    kind: Secret
    metadata: {name: web-keys, namespace: shop}
    stringData: {key: changeme}

    error: this Secret would be committed in plain text (base64 hides nothing) [plain-secret]
      in Secret shop/web-keys
      hint: create it in the cluster and refer to it, use an ExternalSecret, or encrypt it with SOPS

The settings can make it an error, a warning or off, and name exceptions:

    [tool.render.checks] # of pyproject.toml; [checks] in render.toml
    plain-secret = "error"
"""
    )


def test_one_as_json(repository: Repository) -> None:
    row = json.loads(repository.render("rules", "pod-security", "--json").out)
    assert row["explanation"] == explanation(RULES["pod-security"])
    row = json.loads(repository.render("rules", "no-change", "--json").out)
    assert row["severity"] == "warning"
    assert row["explanation"] is None


@pytest.mark.parametrize("name", RULES)
def test_each_fits_a_terminal_but_for_what_is_quoted(repository: Repository, name: str) -> None:
    lines = repository.render("rules", name).out.splitlines()
    assert lines[0] == f"{name}: {RULES[name].summary}"
    ours = [line for line in lines if not line.startswith(_FENCED)]
    assert [line for line in ours if len(line) > 80] == []
    assert [line for line in ours if "](" in line or line.startswith("```")] == []


def test_prose_is_filled_and_what_is_fenced_is_not() -> None:
    text = "Some\nwords, [a page](page.md)\nand <https://example.com/>.\n\n"
    text += "- one " + "word " * 20 + "\n  more\n- two\n\n```yaml\na:\n  b: 1\n```\n"
    words = ["word"] * 20
    assert plain_text(text) == (
        "Some words, a page and https://example.com/.\n\n"
        f"- one {' '.join(words[:15])}\n  {' '.join(words[15:])} more\n- two\n\n"
        "    a:\n      b: 1\n"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [("missing-secrets", "did you mean missing-secret?"), ("x", "render rules lists them")],
)
def test_no_such_rule(repository: Repository, name: str, hint: str) -> None:
    result = repository.run("rules", name)
    assert result.code == 2
    assert result.err == f"error: there is no rule {name}\n  hint: {hint}\n"


def test_names_are_completed(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "render rules missing-s", "COMP_CWORD": "2"}
    completed = subprocess.run(
        [sys.executable, "-m", "renderer"],
        cwd=tmp_path,
        env={**os.environ, "_RENDER_COMPLETE": "complete_bash", **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.stdout.split() == ["missing-schema", "missing-select", "missing-secret"]


def test_the_package_alone_explains(tmp_path: Path) -> None:
    build = "from flit_core import buildapi; import sys; print(buildapi.build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    with zipfile.ZipFile(tmp_path / built.stdout.strip()) as wheel:
        wheel.extractall(tmp_path / "installed")
    ran = subprocess.run(
        [sys.executable, "-m", "renderer", "rules", "placeholder"],
        cwd=tmp_path / "installed",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "To mend it, add a target for the field" in ran.stdout
