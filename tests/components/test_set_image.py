"""What images/airflow-dags/set_image.py changes of a kustomization, and what it refuses."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import PROJECT

_SCRIPT = PROJECT / "images" / "airflow-dags" / "set_image.py"
_IMAGE = "registry.example.com/airflow-dags"
_TAG = "0a" * 20
_DIGEST = "sha256:" + "1b" * 32
_BEFORE = """\
# newTag: "3.3.2" is not an entry
resources: [../../base]
images:
- {name: postgres, newTag: "15.1"} # another newTag
- name: apache/airflow # registry.example.com/airflow-dags, too
  newName: registry.example.com/airflow-dags
ENTRY
- name: statsd
  newName: registry.example.com/airflow-dags-statsd
  newTag: v1
  digest: sha256:00
"""
# What the entry has before and after.
_ENTRIES = {
    "a tag": ("  newTag: old # who runs", f'  newTag: "{_TAG}" # who runs'),
    "a tag that is a number": ("  newTag: 1.10", f'  newTag: "{_TAG}"'),
    "a digest": ("  digest: 'sha256:22'", f'  digest: "{_DIGEST}"'),
    "both": (
        '  digest: sha256:22\n  newTag:   "old"',
        f'  digest: "{_DIGEST}"\n  newTag:   "{_TAG}"',
    ),
    "with carriage returns": ("  newTag: old\r", f'  newTag: "{_TAG}"\r'),
}
_ENTRY = f"{{name: apache/airflow, newName: {_IMAGE}, newTag: old}}"
_REFUSED = {
    "no images": ("resources: []\n", "images has 0 entries with newName"),
    "not ours": ("images: [{name: apache/airflow, newTag: old}]\n", "has 0 entries with newName"),
    "twice": (f"images:\n- {_ENTRY}\n- {_ENTRY}\n", "has 2 entries with newName"),
    "neither": (f"images: [{{name: a, newName: {_IMAGE}}}]\n", "has neither newTag nor digest"),
    "shared": (
        f"images: [{{name: a, newTag: &t old}}, {{name: b, newName: {_IMAGE}, newTag: *t}}]\n",
        "cannot be changed by itself",
    ),
    "inherited": (
        f"x: &x {{newTag: old}}\nimages: [{{<<: *x, name: b, newName: {_IMAGE}}}]\n",
        "has neither newTag nor digest",
    ),
    "no value": (
        f"images:\n- name: a\n  newName: {_IMAGE}\n  newTag:\n",
        "cannot be changed by itself",
    ),
    "no mapping": ("- images\n", "has 0 entries"),
    "an entry of nothing": ("images: [null, 5]\n", "has 0 entries"),
    "no YAML": ("images: [\n", "expected the node content"),
    "two documents": ("a: 1\n---\nb: 1\n", "single document"),
}


def _set_image(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", _SCRIPT, *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", _ENTRIES)
def test_only_the_entry_is_changed(name: str, tmp_path: Path) -> None:
    before, after = (_BEFORE.replace("ENTRY", one).encode() for one in _ENTRIES[name])
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file in files:
        file.write_bytes(before)
    for _ in range(2):  # a second time nothing is left to do
        done = _set_image(_IMAGE, _TAG, _DIGEST, *files)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert [file.read_bytes() for file in files] == [after, after]


@pytest.mark.parametrize("name", _REFUSED)
def test_what_cannot_be_changed_is_refused_and_stays(name: str, tmp_path: Path) -> None:
    text, reason = _REFUSED[name]
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(f"images: [{_ENTRY}]\n")
    bad.write_text(text)
    done = _set_image(_IMAGE, _TAG, _DIGEST, good, bad)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{bad}: ")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert (good.read_text(), bad.read_text()) == (f"images: [{_ENTRY}]\n", text)


@pytest.mark.parametrize(
    ("tag", "digest", "reason"),
    [("", _DIGEST, "'' is no newTag"), (_TAG, "", "'' is no digest"), ("a b", _DIGEST, "'a b'")],
)
def test_a_step_that_gave_nothing_changes_nothing(
    tag: str, digest: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "kustomization.yaml"
    file.write_text(f"images: [{_ENTRY}]\n")
    done = _set_image(_IMAGE, tag, digest, file)
    assert (done.returncode, reason in done.stderr) == (1, True)
    assert file.read_text() == f"images: [{_ENTRY}]\n"


def test_it_says_how_it_is_called() -> None:
    done = _set_image(_IMAGE)
    assert done.returncode == 1
    assert "set_image.py registry.example.com/airflow-dags TAG DIGEST FILE..." in done.stderr


def test_the_template_builds_on_what_the_overlays_pin() -> None:
    directory = _SCRIPT.parent
    (pinned,) = re.findall(r"^ARG BASE=(\S+)", (directory / "Dockerfile").read_text(), re.MULTILINE)
    overlay = yaml.safe_load((PROJECT / "overlays/prod/kustomization.yaml").read_text())
    (image,) = overlay["images"]
    assert pinned == f"docker.io/{image['name']}:{image['newTag']}"
    assert yaml.safe_load((directory / "workflow.yaml").read_text())["env"]["BASE"] == pinned
    assert f"BASE={pinned}" in (directory / "README.md").read_text()
