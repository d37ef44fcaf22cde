"""Every finding of a walk, with its whole message."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from renderer.errors import EXIT_NO
from renderer.findings import FindingsError
from renderer.kustomize.closure import Closure, ClosureReader, Policy

ROOT = "overlays/a"
K = "overlays/a/kustomization.yaml"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
ALLOW_REMOTE = "hint: copy it into the repository, or use --allow-remote"
ELSEWHERE = "is fetched from elsewhere, so that the same commit can give another result"
CHART = "is a Helm chart: helm would run, and may fetch it from anywhere [helm-chart]"
ALLOW_HELM = "hint: commit what `helm template` prints, or use --allow-helm"
EXTERNAL = "is a plugin that is a program or a container; the engine does not run it"
SPECIAL = "is a pipe, a socket or a device, not a file [special-file]"


def read(repository: str, **allow: Any) -> Closure:
    return ClosureReader(Policy(repository, **allow), None).read(f"{repository}/{ROOT}")


def refusal(repository: str, **allow: Any) -> str:
    with pytest.raises(FindingsError) as caught:
        read(repository, **allow)
    assert caught.value.exit_code == EXIT_NO
    return str(caught.value)


def alias_bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines) + "\n"


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "missing-file": (
        {K: "namePrefix: x\nresources:\n- depoyment.yaml\n", f"{ROOT}/deployment.yaml": CONFIG_MAP},
        (
            f"{K}:3:3: error: depoyment.yaml does not exist [missing-file]\n"
            "  in resources\n  hint: did you mean deployment.yaml?"
        ),
    ),
    "missing-directory": (
        {K: "components:\n- ../../bsae\n", "base/kustomization.yaml": ""},
        (
            f"{K}:2:3: error: ../../bsae does not exist [missing-directory]\n"
            "  in components\n  hint: did you mean base?"
        ),
    ),
    "missing-kustomization": (
        {K: "resources: [../../base]\n", "base/one.yaml": CONFIG_MAP},
        (
            f"{K}:1:13: error: ../../base has no kustomization.yaml [missing-kustomization]\n"
            "  in resources"
        ),
    ),
    "missing-kustomization-root": (
        {f"{ROOT}/one.yaml": CONFIG_MAP},
        f"{ROOT}: error: there is no kustomization.yaml in it [missing-kustomization]",
    ),
    "missing-root": (
        {"overlays/b/kustomization.yaml": ""},
        f"{ROOT}: error: does not exist [missing-directory]",
    ),
    "root-is-a-file": (
        {ROOT: ""},
        f"{ROOT}: error: is a file, not a directory [not-a-directory]",
    ),
    "two-kustomizations": (
        {K: "", f"{ROOT}/Kustomization": ""},
        (
            f"{ROOT}: error: there are kustomization.yaml and Kustomization; kustomize wants one"
            " [two-kustomizations]"
        ),
    ),
    "kustomization-not-yaml": (
        {K: "resources: [a\nb: {\n"},
        (
            f"{K}:2:2: error: not valid YAML: did not find expected ',' or ']' (while parsing a"
            " flow sequence) [bad-yaml]\n  hint: is a [ not closed?"
        ),
    ),
    "kustomization-not-a-mapping": (
        {K: "- a\n"},
        f"{K}:1:1: error: a kustomization must be a mapping [bad-yaml]",
    ),
    "kustomization-not-utf8": (
        {K: b"# caf\xe9\nresources: []\n"},
        f"{K}:1:6: error: this file is not UTF-8 text [bad-yaml]",
    ),
    "manifest-not-utf8": (
        {K: "resources: [one.yaml]\n", f"{ROOT}/one.yaml": b"a: caf\xe9\n"},
        f"{ROOT}/one.yaml:1:7: error: this file is not UTF-8 text [bad-yaml]",
    ),
    "alias-bomb": (
        {K: "resources: [one.yaml]\n", f"{ROOT}/one.yaml": alias_bomb()},
        (
            f"{ROOT}/one.yaml:6:36: error: its aliases expand to more than 1,000,000 values"
            " [unsafe-yaml]"
        ),
    ),
    "circular-alias": (
        {K: "patches: [{path: one.yaml}]\n", f"{ROOT}/one.yaml": "a: &a [*a]\n"},
        f"{ROOT}/one.yaml:1:8: error: the alias *a stands inside what it refers to [unsafe-yaml]",
    ),
    "nesting-of-100000": (
        {K: "resources: [one.yaml]\n", f"{ROOT}/one.yaml": "[" * 100_000},
        f"{ROOT}/one.yaml:1:201: error: nested more than 200 levels deep [unsafe-yaml]",
    ),
    "nesting-of-100000-in-kustomization": (
        {K: "[" * 100_000},
        f"{K}:1:201: error: nested more than 200 levels deep [unsafe-yaml]",
    ),
    "unknown-fields": (
        {
            K: "resource: [one.yaml]\nconfigMapGenerator:\n- name: a\n  file: [x]\n"
            "patches:\n- target: {names: x}\nzzz: 1\n"
        },
        (
            f"{K}:1:1: error: unknown field resource [unknown-field]\n"
            "  hint: did you mean resources?\n"
            f"{K}:4:3: error: unknown field configMapGenerator[0].file [unknown-field]\n"
            "  hint: did you mean files?\n"
            f"{K}:6:12: error: unknown field patches[0].target.names [unknown-field]\n"
            "  hint: did you mean name?\n"
            f"{K}:7:1: error: unknown field zzz [unknown-field]"
        ),
    ),
    "not-a-list": (
        {K: "resources: one.yaml\n"},
        f"{K}:1:12: error: resources must be a list [wrong-type]",
    ),
    "path-in-base64": (
        {K: "resources: [!!binary YQ==]\n"},
        f"{K}:1:13: error: resources: a path in base64 is not supported [wrong-type]",
    ),
    "path-with-nul": (
        {K: 'resources: ["a\\0b"]\n'},
        f"{K}:1:13: error: resources: a path with a NUL character is not supported [wrong-type]",
    ),
    "field-in-two-cases": (
        {K: "resources: []\nResources: []\n"},
        f"{K}:2:1: error: resources and Resources are the same field to kustomize [duplicate-key]",
    ),
    "remote": (
        {
            K: "resources:\n- https://example.com/x.yaml\n- github.com/o/r?ref=main\n"
            "- git@github.com:o/r.git\ncomponents: ['ssh://git@x/y/z?ref=1']\n"
            "configMapGenerator:\n- name: a\n  files: [x=HTTPS://x/y]\n"
        },
        "\n".join(
            f"{K}:{place}: error: {what} {ELSEWHERE} [remote-resource]\n"
            f"  in {field}\n  {ALLOW_REMOTE}"
            for place, what, field in (
                ("2:3", "https://example.com/x.yaml", "resources"),
                ("3:3", "github.com/o/r?ref=main", "resources"),
                ("4:3", "git@github.com:o/r.git", "resources"),
                ("5:14", "ssh://git@x/y/z?ref=1", "components"),
                ("8:11", "HTTPS://x/y", "configMapGenerator.files"),
            )
        ),
    ),
    "helm-chart": (
        {K: "helmCharts:\n- name: minecraft\n  repo: https://example.com\n"},
        f"{K}:2:3: error: minecraft {CHART}\n  in helmCharts\n  {ALLOW_HELM}",
    ),
    "helm-chart-old-field": (
        {K: "helmChartInflationGenerator:\n- chartName: minecraft\n"},
        f"{K}:2:3: error: minecraft {CHART}\n  in helmCharts\n  {ALLOW_HELM}",
    ),
    "helm-chart-in-plugin": (
        {
            K: "generators: [g.yaml]\n",
            f"{ROOT}/g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\n"
            "metadata: {name: g}\nname: minecraft\n",
        },
        f"{ROOT}/g.yaml:1:1: error: minecraft {CHART}\n  in helmCharts\n  {ALLOW_HELM}",
    ),
    "external-plugins": (
        {
            K: "transformers:\n- t.yaml\n- |-\n  apiVersion: x/v1\n  kind: Other\n"
            "  metadata: {name: a}\n",
            f"{ROOT}/t.yaml": "apiVersion: x/v1\nkind: Foo\nmetadata:\n  name: a\n"
            "  annotations:\n    config.kubernetes.io/function: 'exec: {path: ./a}'\n",
        },
        (
            f"{K}:3:3: error: Other {EXTERNAL} [external-plugin]\n  in kind\n"
            f"{ROOT}/t.yaml:1:1: error: Foo {EXTERNAL} [external-plugin]\n  in kind"
        ),
    ),
    "outside-the-repository": (
        {
            K: "resources: [../../../elsewhere, link, one.yaml]\n",
            "../elsewhere/kustomization.yaml": "",
            "../elsewhere/one.yaml": CONFIG_MAP,
            f"{ROOT}/link": Path("../../../elsewhere"),
            f"{ROOT}/one.yaml": Path("../../../elsewhere/one.yaml"),
        },
        "\n".join(
            f"{K}:1:{column}: error: {what} leads out of the repository [outside-repository]\n"
            "  in resources\n  hint: --allow-outside permits it"
            for column, what in ((13, "../../../elsewhere"), (33, "link"), (39, "one.yaml"))
        ),
    ),
    "outside-the-root": (
        {K: "resources: [../../one.yaml]\n", "one.yaml": CONFIG_MAP},
        (
            f"{K}:1:13: error: ../../one.yaml lies outside the directory of its kustomization;"
            " kustomize reads no file there [outside-root]\n  in resources\n"
            "  hint: give it a kustomization.yaml of its own and refer to that directory"
        ),
    ),
    "absolute-path": (
        {K: "resources: [/etc/passwd]\n"},
        (
            f"{K}:1:13: error: /etc/passwd is an absolute path, which is another file on another"
            " machine [absolute-path]\n  in resources"
        ),
    ),
    "loop": (
        {K: "resources: [../b]\n", "overlays/b/kustomization.yaml": "resources: [../a]\n"},
        (
            "overlays/b/kustomization.yaml:1:13: error: ../a closes a loop: overlays/a ->"
            " overlays/b -> overlays/a [directory-loop]\n  in resources"
        ),
    ),
    "loop-of-one": (
        {K: "resources: [.]\n"},
        (
            f"{K}:1:13: error: . closes a loop: overlays/a -> overlays/a [directory-loop]\n"
            "  in resources"
        ),
    ),
    "loop-by-parent": (
        {K: "resources: [../..]\n", "kustomization.yaml": ""},
        (
            f"{K}:1:13: error: ../.. contains the kustomization that refers to it"
            " [directory-loop]\n  in resources"
        ),
    ),
    "loop-by-parent-of-a-base": (
        {
            K: "resources: [../../base]\n",
            "base/kustomization.yaml": "resources: [../overlays]\n",
            "overlays/kustomization.yaml": "",
        },
        (
            f"{K}:1:13: error: ../../base leads back to a directory above it [directory-loop]\n"
            "  in resources"
        ),
    ),
    "directory-as-a-file": (
        {K: "patches: [{path: sub}]\n", f"{ROOT}/sub/one.yaml": ""},
        f"{K}:1:18: error: sub is a directory, not a file [not-a-file]\n  in patches.path",
    ),
    "file-as-a-directory": (
        {K: "components: [one.yaml]\n", f"{ROOT}/one.yaml": CONFIG_MAP},
        f"{K}:1:14: error: one.yaml is a file, not a directory [not-a-directory]\n  in components",
    ),
    "link-to-itself": (
        {K: "resources: [link]\n", f"{ROOT}/link": Path("link")},
        (
            f"{K}:1:13: error: link cannot be read (too many levels of symbolic links)"
            " [unreadable-file]\n  in resources"
        ),
    ),
    "all-at-once-in-base-and-overlay": (
        {
            K: "resources: [../../base, nope.yaml]\n",
            "base/kustomization.yaml": "resources: [never.yaml]\nfoo: bar\n",
        },
        (
            "base/kustomization.yaml:1:13: error: never.yaml does not exist [missing-file]\n"
            "  in resources\n"
            "base/kustomization.yaml:2:1: error: unknown field foo [unknown-field]\n"
            f"{K}:1:25: error: nope.yaml does not exist [missing-file]\n  in resources"
        ),
    ),
    "strange-lines": (
        {K: 'resources: ["a\\n::set-output name=x::\\e[31m"]\n'},
        (
            f"{K}:1:13: error: a YAML text in the place of a path does not exist [missing-file]\n"
            "  in resources"
        ),
    ),
    "strange-characters": (
        {K: 'resources: ["a\\r::set-output name=x::\\e[31m"]\n'},
        (
            f"{K}:1:13: error: 'a\\r::set-output name=x::\\x1b[31m' does not exist [missing-file]\n"
            "  in resources"
        ),
    ),
    "patch-in-the-place-of-its-path": (
        {K: "patches:\n- path: |-\n    - {op: add, path: /stringData/a, value: hunter2}\n"},
        (
            f"{K}:2:9: error: a YAML text in the place of a path does not exist [missing-file]\n"
            "  in patches.path"
        ),
    ),
    "option-of-helm": (
        {
            K: "helmCharts:\n- {name: x, releaseName: --post-renderer=./run.sh}\n",
            f"{ROOT}/charts/x": "",
        },
        (
            f"{K}:2:3: error: x {CHART}\n  in helmCharts\n  {ALLOW_HELM}\n"
            f"{K}:2:26: error: --post-renderer=./run.sh is what helm would take for an option"
            " [helm-chart]\n  in helmCharts.releaseName"
        ),
    ),
    "credentials-in-an-address": (
        {K: "resources: ['https://u:hunter2@example.com/x?token=hunter2']\n"},
        (
            f"{K}:1:13: error: https://HIDDEN@example.com/x?token=HIDDEN {ELSEWHERE}"
            f" [remote-resource]\n  in resources\n  {ALLOW_REMOTE}"
        ),
    ),
    "patch-in-the-place-of-a-mapping": (
        {K: "patches: ['{kind: Secret, stringData: {password: hunter2}}']\n"},
        (
            f"{K}:1:11: error: patches[0] must be a mapping with fields such as"
            " path, patch, target, options [wrong-type]"
        ),
    ),
    "value-in-the-place-of-a-file": (
        {K: "secretGenerator:\n- name: a\n  files: [password=hunter2]\n  envs: [TOKEN=hunter2]\n"},
        (
            f"{K}:3:11: error: what is named here does not exist [missing-file]\n"
            "  in secretGenerator.files\n"
            "  hint: a value belongs under literals:, as key=value\n"
            f"{K}:4:10: error: what is named here does not exist [missing-file]\n"
            "  in secretGenerator.envs\n"
            "  hint: a value belongs under literals:, as key=value"
        ),
    ),
    "patch-of-one-line-in-the-place-of-its-path": (
        {K: """patches:\n- path: '[{"op": "add", "path": "/data/a", "value": "hunter2"}]'\n"""},
        (
            f"{K}:2:9: error: a YAML text in the place of a path does not exist [missing-file]\n"
            "  in patches.path"
        ),
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_message(write: Any, case: str) -> None:
    files, expected = CASES[case]
    assert refusal(write(files)) == expected


def test_a_long_path_is_cut(write: Any) -> None:
    message = refusal(write({K: f"resources: [{'a' * 5000}]\n"}))
    assert message.startswith(f"{K}:1:13: error: {'a' * 200}... cannot be read (")


@pytest.fixture
def special(write: Any) -> Iterator[str]:
    repository: str = write({f"{ROOT}/keep": ""})
    os.mkfifo(f"{repository}/{ROOT}/pipe")
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/s")  # the path of a socket may have 108 bytes
        os.link(f"{short}/s", f"{repository}/{ROOT}/socket")
        yield repository


def test_pipes_and_sockets_are_not_waited_for(special: str) -> None:
    Path(special, K).write_text("resources: [pipe]\nconfigMapGenerator: [{files: [x=socket]}]\n")
    assert refusal(special) == (
        f"{K}:1:13: error: pipe {SPECIAL}\n  in resources\n"
        f"{K}:2:31: error: socket {SPECIAL}\n  in configMapGenerator.files"
    )


def test_a_kustomization_that_is_a_pipe(special: str) -> None:
    os.rename(f"{special}/{ROOT}/pipe", f"{special}/{K}")
    assert refusal(special) == f"{K}: error: {SPECIAL}"


def test_a_device(write: Any) -> None:
    repository = write({K: "resources: [zero]\n", f"{ROOT}/zero": Path("/dev/zero")})
    assert "zero leads out of the repository" in refusal(repository)
    assert refusal(repository, allow_outside=True) == (
        f"{K}:1:13: error: zero {SPECIAL}\n  in resources"
    )


def test_a_very_large_file(write: Any) -> None:
    repository = write({K: "configMapGenerator: [{files: [large]}]\n", f"{ROOT}/large": ""})
    os.truncate(f"{repository}/{ROOT}/large", 64 * 1024 * 1024 + 1)
    assert refusal(repository) == (
        f"{K}:1:31: error: large is larger than 64 MiB [large-file]\n  in configMapGenerator.files"
    )


def test_bases_without_end(write: Any) -> None:
    files = {f"b{n}/kustomization.yaml": f"resources: [../b{n + 1}]\n" for n in range(2000)}
    repository = write({K: "resources: [../../b0]\n", **files})
    assert refusal(repository) == (
        "b98/kustomization.yaml:1:13: error: ../b99 is base number 100 of a base"
        " [nested-too-deep]\n  in resources"
    )


def test_a_ref_that_git_would_take_for_an_option(write: Any) -> None:
    url = "https://github.com/o/r?ref=--upload-pack=touch"
    assert refusal(write({K: f"resources: ['{url}']\n"}), allow_remote=True) == (
        f"{K}:1:13: error: {url} has a ref that git would take for an option [remote-resource]\n"
        "  in resources"
    )


def test_a_chart_without_helm(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    repository = write({K: "helmCharts: [{name: minecraft}]\n"})
    assert refusal(repository, allow_helm=True) == (
        f"{K}:1:14: error: minecraft is a Helm chart, but helm is not in PATH [helm-chart]\n"
        "  in helmCharts"
    )


def test_a_chart_with_helm_is_read_and_never_kept(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "helm").write_text("#!/bin/sh\n")
    (tmp_path / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    repository = write(
        {
            K: "helmCharts: [{name: m, valuesFile: values.yaml}]\n",
            f"{ROOT}/values.yaml": "a: b\n",
            f"{ROOT}/charts/m/Chart.yaml": "name: m\n",
        }
    )
    closure = read(repository, allow_helm=True)
    assert not closure.pinned
    assert [path.rpartition("/")[2] for path in closure.files] == [
        "Chart.yaml",
        "kustomization.yaml",
        "values.yaml",
    ]


def test_warnings_do_not_refuse(write: Any) -> None:
    repository = write({K: "namePrefix: a-\nnamePrefix: b-\n---\nnamePrefix: c-\n"})
    assert [str(warning) for warning in read(repository).warnings] == [
        (
            f"{K}:2:1: warning: namePrefix is given twice: kustomize takes the last and says"
            " nothing [duplicate-key]"
        ),
        (
            f"{K}:4:1: warning: kustomize ignores all but the first document of a kustomization"
            " [ignored-document]"
        ),
    ]
