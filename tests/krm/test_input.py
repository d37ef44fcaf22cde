"""Input that `render krm` cannot use: nothing on stdout, exit 1, one clear error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from krm.resource_lists import OURS, config, recorded, resource_list
from shop import cluster_yaml, shop, spawn
from support import Repository, Result

Call = Callable[..., Result]

_RENDER = config("Render", cluster="a")
_BOMB = b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 10))
    for name in range(ord("b"), ord("k"))
)
_WRONG = {
    "empty": (b"", "stdin is empty"),
    "blank": (b" \n---\n\n", "stdin is empty"),
    "text": (b"hello", "stdin holds no ResourceList"),
    "list": (b"[1]", "stdin holds no ResourceList"),
    "not-yaml": (b"a: [", "stdin:2:1: not valid YAML"),
    "not-utf-8": (b"a: \xff\xfe", "stdin:1:4: this file is not UTF-8 text"),
    "nul": (b"a: \0", "NUL characters"),
    "alias-bomb": (_BOMB, "aliases expand to more than"),
    "alias": (b"a: &a 1\nb: *a\n", "alias"),
    "deep": (b"[" * 100_000, "nested more than"),
    "key": (b"{1: a}", "a mapping key that is not a string"),
    "several": (resource_list(_RENDER) + b"\n---\n" + resource_list(_RENDER), "2 documents"),
    "another-kind": (b"{apiVersion: v1, kind: List}", "stdin holds a List, no ResourceList"),
    "another-version": (
        resource_list(_RENDER).replace(b"io/v1", b"io/v1beta1"),
        "the ResourceList is of config.kubernetes.io/v1beta1",
    ),
    "no-version": (b"{kind: ResourceList}", "the ResourceList is without an apiVersion"),
    "no-config": (resource_list(None), "the ResourceList has no functionConfig"),
    "config-not-mapping": (resource_list([1]), "a functionConfig that is no mapping"),
    "config-no-metadata": (
        resource_list({"apiVersion": OURS, "kind": "Render"}),
        "functionConfig of the ResourceList (Render) has no metadata",
    ),
    "another-function": (
        resource_list({**_RENDER, "kind": "Rendr"}),
        "Rendr a /kind: error: the kind is Rendr, not Render or Cluster [wrong-kind]",
    ),
    "another-group": (
        resource_list({**_RENDER, "apiVersion": "renderer.gitops/v1"}),
        "Render a /apiVersion: error: this apiVersion is not renderer.gitops/v1alpha1",
    ),
    "items-not-list": (
        resource_list(_RENDER).replace(b'"items": []', b'"items": {}'),
        "the items of the ResourceList must be a list",
    ),
    "item-not-mapping": (resource_list(_RENDER, "S3cret"), "items[0] of the ResourceList is no ma"),
    "item-without-kind": (
        resource_list(_RENDER, {"apiVersion": "v1"}),
        "items[0] of the ResourceList has no kind",
    ),
    "item-annotations": (
        resource_list(
            _RENDER, {"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": [1]}}
        ),
        "annotations must be a mapping",
    ),
    "render-nothing": (resource_list(config("Render")), "names either a cluster or a source"),
    "render-both": (
        resource_list(config("Render", cluster="a", source="b")),
        "names either a cluster or a source",
    ),
    "unknown-cluster": (
        resource_list(config("Render", cluster="b")),
        "Render a /spec/cluster: error: there is no cluster b [unknown-cluster]",
    ),
    "unknown-field": (
        resource_list(config("Render", clutser="a")),
        (
            "Render a /spec/clutser: error: unknown field clutser in /spec [unknown-field]\n"
            "  hint: did you mean cluster?"
        ),
    ),
    "source-outside": (
        resource_list(config("Render", source="../..")),
        "Render a /spec/source: error: the repository holds no directory '../..'",
    ),
    "source-absolute": (resource_list(config("Render", source="/")), "holds no directory '/'"),
    "source-missing": (
        resource_list(config("Render", source="overlays/b")),
        "there is no directory 'overlays/b' [missing-directory]",
    ),
    "cluster-without-objects": (resource_list(config("Cluster")), "[no-objects]"),
    "unknown-parameter": (
        recorded("hashes", parameters={"hsot": "x"}),
        (
            "Cluster a /spec/parameters/hsot: error: unknown parameter hsot [unknown-parameter]\n"
            "  hint: did you mean host?\n"
            "Cluster a /spec/parameters: error: the required parameter host is not set"
            " under spec.parameters (declared at Parameters web /spec/parameters/0/name)"
            " [missing-parameter]"
        ),
    ),
    "patch-in-a-string": (
        recorded("hashes", patches=[{"target": {"kind": "Pod"}, "patch": "- {op: ad, path: /a}"}]),
        "Cluster a /spec/patches/0/patch /0/op: error: ad is no operation [bad-operation]",
    ),
}


@pytest.mark.parametrize("case", [*_WRONG])
def test_bad_input(case: str, repository: Repository, call: Call) -> None:
    repository.write(shop())
    source, message = _WRONG[case]
    result = call(source)
    assert message in result.err
    assert (result.code, result.out) == (1, "")
    assert "internal error" not in result.err
    assert "S3cret" not in result.err


def test_findings_of_a_cluster_stop_the_generator(repository: Repository, call: Call) -> None:
    repository.write({**shop(), "overlays/a/cluster.yaml": cluster_yaml("a", more="    x: 1\n")})
    result = call(resource_list(_RENDER))
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("overlays/a/cluster.yaml:8:5: error: unknown parameter x")


def test_huge_input(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renderer.krm.resource_list.LARGEST", 2 * 1024 * 1024)
    result = call(b"a: " + b"x" * (3 * 1024 * 1024))
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: stdin holds more than 2 MiB\n"


def test_stdin_is_a_terminal(repository: Repository) -> None:
    main, terminal = os.openpty()
    result = spawn(repository.path, "krm", stdin=terminal)
    os.close(main)
    os.close(terminal)
    assert (result.returncode, result.stdout) == (2, "")
    assert "stdin is a terminal" in result.stderr
    assert "render krm --help" in result.stderr


def test_stdin_is_closed(repository: Repository) -> None:
    result = spawn(repository.path, "krm", before=["sh", "-c", 'exec "$@" <&-', "sh"])
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: stdin is closed\n")


def test_stdout_is_closed(repository: Repository) -> None:
    """Nothing printed with exit code 0 would be taken for an answer."""
    repository.write(shop())
    result = spawn(
        repository.path,
        "krm",
        before=["sh", "-c", 'exec "$@" >&-', "sh"],
        input=resource_list(_RENDER).decode(),
    )
    assert result.returncode == 1
    assert result.stderr.startswith("error: stdout is closed\n")


@pytest.mark.parametrize(
    ("source", "code"), [(resource_list(_RENDER), 0), (b"", 1), (resource_list(None), 1)]
)
def test_script_is_the_command(source: bytes, code: int, repository: Repository) -> None:
    repository.write(shop())
    said = []
    for command in (["render", "krm"], ["render-krm"]):
        program = Path(sys.executable).with_name(command[0])
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=repository.path,
            input=source,
            capture_output=True,
            check=False,
        )
        said.append((ran.returncode, ran.stdout, ran.stderr))
    assert said[0] == said[1]
    assert (said[0][0], said[0][1] == b"") == (code, code != 0)


def test_help_teaches(repository: Repository) -> None:
    text = repository.run("krm", "--help").out
    for part in ("kind: Render", "generators:", "transformers:", "--enable-exec", "render-krm"):
        assert part in text
    assert "krm" in repository.run("--help").out


def test_the_generator_refuses_patches_of_our_documents(
    repository: Repository, call: Callable[..., Result]
) -> None:
    """The transformer needs no such rule: kustomize hands them over as it has patched them."""
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../base]\npatches:\n"
            "- target: {kind: Parameters}\n"
            '  patch: \'[{"op": "remove", "path": "/spec/parameters/0/default"}]\'\n'
        }
    )
    result = call(resource_list(_RENDER))
    assert (result.code, result.out) == (1, "")
    assert "overlays/a/kustomization.yaml:3:3: error: a patch cannot change" in result.err
