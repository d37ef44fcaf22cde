"""Entries of kustomizations that select nothing: said where it is true, and only there."""

from __future__ import annotations

import re
import textwrap

import pytest
from shop import cluster_yaml
from support import Files, Repository, checking

_APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {tier: front}}
spec:
  template:
    spec:
      initContainers: [{name: init, image: "r.example.com/init:1"}]
      containers: [{name: web, image: "r.example.com:5000/web:1"}]
"""
_BOOK = (
    "apiVersion: example.com/v1\nkind: Book\nmetadata: {name: book}\nspec: {engine: 'r/engine:1'}\n"
)
_OVERLAY, _SIBLING = "overlays/a/kustomization.yaml", "overlays/b/kustomization.yaml"
_BASE, _PART = "base/kustomization.yaml", "part/kustomization.yaml"
_SCALE = "patch: '- {op: add, path: /spec/replicas, value: 2}'"
_WEB = "patches: [{target: {kind: Deployment, name: web}, " + _SCALE + "}]\n"
_WBE = _WEB.replace("web", "wbe")
_COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def _plain(text: str) -> dict[str, str]:
    return {_OVERLAY: "resources: [app.yaml]\n" + text, "overlays/a/app.yaml": _APP}


def _based(base: str, overlay: str) -> dict[str, str]:
    return {
        _BASE: "resources: [app.yaml]\n" + base,
        "base/app.yaml": _APP,
        _OVERLAY: "resources: [../../base]\n" + overlay,
    }


_REPLACE = "{sourceValue: x, targets: [{select: %s, fieldPaths: [metadata.annotations.tier]}]}"

_TARGET = "target: {kind: Deployment, name: web}\n"


def _transformer(kind: str, text: str) -> str:
    return f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t}}\n{text}"


# What a kustomization holds, and what is said of it.
SAID: dict[str, tuple[Files, list[str]]] = {
    "patch": (
        _plain(_WBE),
        [
            (
                "overlays/a/kustomization.yaml:2:11: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "patch of an unknown kind": (
        _plain(_WEB.replace("Deployment", "StatefulSet")),
        [
            (
                "overlays/a/kustomization.yaml:2:11: warning: {kind: StatefulSet, name: web}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: there is no StatefulSet"
            ),
        ],
    ),
    "pattern as in a shell": (
        _plain(_WEB.replace("name: web", "name: w*b")),
        [
            (
                "overlays/a/kustomization.yaml:2:11: warning: {kind: Deployment, name: w*b}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: names are regular expressions: write w.*b"
            ),
        ],
    ),
    "patchesJson6902": (
        _plain(
            "patchesJson6902:\n- {target: {version: v1, kind: Deployment, name: wbe}, "
            + _SCALE
            + "}\n"
        ),
        [
            (
                "overlays/a/kustomization.yaml:3:3: warning:"
                " {version: v1, kind: Deployment, name: wbe} matches no object of any cluster"
                " [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "labels": (
        _plain(_WEB.replace("kind: Deployment, name: web", 'labelSelector: "app=web"')),
        [
            (
                "overlays/a/kustomization.yaml:2:11: warning: {labelSelector: app=web}"
                " matches no object of any cluster [unmatched-kustomize-patch]"
            ),
        ],
    ),
    "image": (
        _plain("images:\n- name: r.example.com:5000/wbe\n  newTag: '2'\n"),
        [
            (
                "overlays/a/kustomization.yaml:3:3: warning: r.example.com:5000/wbe"
                " is no image of any cluster [unmatched-image]\n"
                "  hint: did you mean r.example.com:5000/web?"
            ),
        ],
    ),
    "a patch of another namespace": (
        _plain(_WEB.replace("name: web}", "name: web, namespace: shop}")),
        ["  hint: the namespace of what has this kind and name is default\n"],
    ),
    "a patch of another group": (
        _plain(_WEB.replace("{kind: Deployment, name: web}", "{group: example.com, name: .*}")),
        ["  hint: the group of what has this kind and name is apps\n"],
    ),
    "an image beside components that say nothing else": (
        _based("", "components: [../../part, ../../more]\n")
        | {
            _PART: f"{_COMPONENT}{_WEB}",
            "more/kustomization.yaml": f"{_COMPONENT}images: [{{name: wbe, newTag: '2'}}]\n",
        },
        ["more/kustomization.yaml:3:10: warning: wbe is no image of any cluster"],
    ),
    "replacement": (
        _plain("replacements:\n- " + _REPLACE % "{kind: Deployment, name: wbe}" + "\n"),
        [
            (
                "overlays/a/kustomization.yaml:3:30: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-replacement]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "replacement in a file": (
        _plain("replacements: [{path: r.yaml}]\n")
        | {"overlays/a/r.yaml": "- " + _REPLACE % "{kind: Deployment, name: wbe}" + "\n"},
        [
            (
                "overlays/a/r.yaml:1:30: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-replacement]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "a configuration": (
        _plain("configurations: [c.yaml]\n")
        | {
            "overlays/a/c.yaml": "images:\n- {kind: Bok, path: spec/engine}\nnameReference:\n"
            "- kind: Book\n  fieldSpecs: [{kind: Deployment, path: a}, {kind: Pag, path: a}]\n"
        },
        [
            "overlays/a/c.yaml:2:3: warning: Bok is no kind that anything here knows",
            "overlays/a/c.yaml:4:3: warning: Book is no kind that anything here knows",
            "overlays/a/c.yaml:5:45: warning: Pag is no kind that anything here knows",
        ],
    ),
    "a configuration of a component": (
        _based("", "components: [../../part]\n")
        | {
            _SIBLING: "resources: [../../base]\ncomponents: [../../part]\n",
            _PART: f"{_COMPONENT}configurations: [c.yaml]\n",
            "part/c.yaml": "images:\n- {kind: Bok, path: spec/engine}\n",
        },
        ["part/c.yaml:2:3: warning: Bok is no kind that anything here knows"],
    ),
    "a transformer": (
        _plain("transformers: [t.yaml]\n")
        | {
            "overlays/a/t.yaml": _transformer("PatchTransformer", f"{_TARGET}{_SCALE}\n")
            + "---\n"
            + _transformer("PatchTransformer", f"{_TARGET}{_SCALE}\n")
            .replace("web}", "wbe}")
            .replace("name: t}", "name: u}")
        },
        [
            (
                "overlays/a/t.yaml:7:1: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "a transformer of operations, in the kustomization": (
        _plain(
            "transformers:\n- |\n"
            + textwrap.indent(
                _transformer(
                    "PatchJson6902Transformer", _TARGET + _SCALE.replace("patch", "jsonOp") + "\n"
                ).replace("web}", "wbe}"),
                "  ",
            )
        ),
        [
            (
                "overlays/a/kustomization.yaml:3:3: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "a transformer of replacements": (
        _plain("transformers: [t.yaml]\n")
        | {
            "overlays/a/t.yaml": _transformer(
                "ReplacementTransformer",
                "replacements:\n- path: r.yaml\n- "
                + _REPLACE % "{kind: Deployment, name: web}"
                + "\n- "
                + _REPLACE % "{kind: Deployment, name: wbe}"
                + "\n",
            ),
            "overlays/a/r.yaml": "- " + _REPLACE % "{kind: Deployment, name: bew}" + "\n",
        },
        ["overlays/a/r.yaml:1:30: warning: ", "overlays/a/t.yaml:7:30: warning: "],
    ),
    "a base of two clusters": (
        _based(_WBE, "") | {_SIBLING: "resources: [../../base]\nnamePrefix: b-\n"},
        [
            (
                "base/kustomization.yaml:2:11: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "a component": (
        _based("", "components: [../../part]\n") | {_PART: _COMPONENT + _WBE},
        [
            (
                "part/kustomization.yaml:3:11: warning: {kind: Deployment, name: wbe}"
                " matches no object of any cluster [unmatched-kustomize-patch]\n"
                "  hint: did you mean web?"
            ),
        ],
    ),
    "one of several": (
        _plain(_WEB.rstrip("]\n") + ", " + _WBE.removeprefix("patches: [")),
        [
            "overlays/a/kustomization.yaml:2:",
        ],
    ),
    "overlays with equal content": (
        _based("", _WBE) | {_SIBLING: "resources: [../../base]\n" + _WBE},
        [
            "overlays/a/kustomization.yaml:2:11: warning: {kind: Deployment, name: wbe}",
            "overlays/b/kustomization.yaml:2:11: warning: {kind: Deployment, name: wbe}",
        ],
    ),
}

_EMPTY = {"render.toml": "allow-empty = true\n"}
_DELETE = (
    "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment,"
    " metadata: {name: web}, $patch: delete}'}]\n"
)
_IMAGE = "images: [{name: r.example.com:5000/web, newTag: '2'}]\n"
_OTHER_IMAGE = (
    "patches: [{target: {kind: Deployment}, patch: '- {op: replace,"
    " path: /spec/template/spec/containers/0/image, value: other}'}]\n"
)

# What looks as if it matched nothing in what came out, and is right.
SILENT: dict[str, Files] = {
    "a patch that renames": _plain(
        "patches: [{target: {kind: Deployment, name: web}, options: {allowNameChange: true},"
        " patch: '- {op: replace, path: /metadata/name, value: site}'}]\n"
    ),
    "a patch that changes the kind": _plain(
        "patches: [{target: {kind: Deployment, name: web}, options: {allowKindChange: true},"
        " patch: '- {op: replace, path: /kind, value: DaemonSet}'}]\n"
    ),
    "a patch after one that renames": _plain(
        "patches: [{target: {kind: Deployment, name: web}, options: {allowNameChange: true},"
        " patch: '- {op: replace, path: /metadata/name, value: site}'}, "
        + _WEB.removeprefix("patches: [")
    ),
    "an inner prefix": _based(
        "namePrefix: in-\n", _WEB.replace("web", "in-web") + "namePrefix: out-\n"
    ),
    "the name before an inner prefix": _based("namePrefix: in-\n", _WEB + "namePrefix: out-\n"),
    "a prefix by a transformer": _based("transformers: [p.yaml]\n" + _WEB, "")
    | {
        "base/p.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\n"
        "prefix: x-\nfieldSpecs: [{path: metadata/name}]\n"
    },
    "a file that is filled later": _plain("")
    | {
        "overlays/a/kustomization.yaml": "resources: [app.yaml, controllers.yaml]\n" + _WBE,
        "overlays/a/controllers.yaml": "---\n  # This manifest was not generated yet.\n\n",
    },
    "a file that is filled later, in a base": _based("", _WBE)
    | {
        _BASE: "resources: [app.yaml, controllers.yaml]\n",
        "base/controllers.yaml": "# written by flux bootstrap\n",
    },
    "an object that is deleted later": _based(_WEB, _DELETE) | _EMPTY,
    "an object that a component deletes": _based("", "components: [../../part, ../../more]\n")
    | {_PART: _COMPONENT + _WEB, "more/kustomization.yaml": _COMPONENT + _DELETE}
    | _EMPTY,
    "an annotation that is taken away": _based(
        _WEB.replace("kind: Deployment, name: web", 'annotationSelector: "tier=front"'),
        "patches: [{target: {kind: Deployment},"
        " patch: '- {op: remove, path: /metadata/annotations}'}]\n",
    ),
    "a local object": {
        _OVERLAY: "resources: [app.yaml, local.yaml]\n" + _WEB.replace("web", "tool"),
        "overlays/a/app.yaml": _APP,
        "overlays/a/local.yaml": _APP.replace("name: web,", "name: tool,").replace(
            "tier: front", 'config.kubernetes.io/local-config: "true"'
        ),
    },
    "an image of an init container": _plain(
        "images: [{name: r.example.com/init, digest: 'sha256:aa'}]\n"
    ),
    "an image that gets another name": _plain(
        "images: [{name: 'r.example.com:5000/web', newName: other.example.com/web}]\n"
    ),
    "images one after another": _plain(
        "images: [{name: 'r.example.com:5000/web', newName: b}, "
        "{name: b, newName: c, newTag: '3'}]\n"
    ),
    "an image with its tag": _plain("images: [{name: 'r.example.com/init:1', newTag: '2'}]\n"),
    "an image by a pattern": _plain("images: [{name: 'r.example.com:5000/.*', newTag: '3'}]\n"),
    "an image that a later patch replaces": _based(_IMAGE, _OTHER_IMAGE),
    "an image that a component replaces": _based("", "components: [../../part, ../../more]\n")
    | {_PART: _COMPONENT + _IMAGE, "more/kustomization.yaml": _COMPONENT + _OTHER_IMAGE},
    "an image of a patch": _based("", "components: [../../part]\n")
    | {
        _PART: _COMPONENT + _OTHER_IMAGE + "images: [{name: other, newName: new, newTag: '1'}]\n",
    },
    "an image of a custom resource": {
        _OVERLAY: "resources: [book.yaml]\nconfigurations: [c.yaml]\n"
        "images: [{name: r/engine, newTag: '2'}]\n",
        "overlays/a/book.yaml": _BOOK,
        "overlays/a/c.yaml": "images: [{path: spec/engine, kind: Book}]\n",
    },
    "a generated name": {
        _OVERLAY: "configMapGenerator: [{name: cfg, literals: [A=b]}]\nreplacements:\n- "
        + _REPLACE % "{kind: ConfigMap, name: cfg}, options: {create: true}"
        + "\n",
    },
    "a target that rejects": _plain(
        "replacements:\n- " + _REPLACE % "{kind: Deployment}, reject: [{name: other}]" + "\n"
    ),
    "a component that matches in one of two clusters": _based("", "components: [../../part]\n")
    | {
        _PART: _COMPONENT + _WEB,
        "other/kustomization.yaml": "resources: [book.yaml]\n",
        "other/book.yaml": _BOOK,
        _SIBLING: "resources: [../../other]\ncomponents: [../../part]\n",
    },
    "a configuration of a component for one of two clusters": {
        _PART: f"{_COMPONENT}configurations: [c.yaml]\n",
        "part/c.yaml": "images:\n- {kind: Book, path: spec/engine}\n",
        _OVERLAY: "resources: [app.yaml]\ncomponents: [../../part]\n",
        "overlays/a/app.yaml": _APP,
        _SIBLING: "resources: [book.yaml]\ncomponents: [../../part]\n",
        "overlays/b/book.yaml": _BOOK,
    },
    "a configuration for what is deleted": _plain(
        "configurations: [c.yaml]\n"
        + _DELETE.replace("apps/v1, kind: Deployment", "example.com/v1, kind: Book")
    )
    | {
        "overlays/a/app.yaml": f"{_APP}---\n{_BOOK}".replace("name: book", "name: web"),
        "overlays/a/c.yaml": "images:\n- {kind: Book, path: spec/engine}\n- {path: a/b}\n",
    },
    "a configuration for what is defined": _plain("configurations: [c.yaml]\n")
    | {
        "overlays/a/c.yaml": "images:\n- {kind: Book, path: spec/engine}\n",
        "crds/book.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: books.example.com}\nspec: {group: example.com, scope: Namespaced,"
        " names: {kind: Book, plural: books}, versions: [{name: v1, served: true}]}\n",
    },
    "an object to merge": _plain(
        "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},"
        " spec: {replicas: 2}}'}]\n"
    ),
    "a transformer after one that renames": _plain("transformers: [t.yaml]\n")
    | {
        "overlays/a/t.yaml": _transformer(
            "PatchTransformer",
            _TARGET + "options: {allowNameChange: true}\n"
            "patch: '- {op: replace, path: /metadata/name, value: site}'\n",
        )
        + "---\n"
        + _transformer("PatchTransformer", f"{_TARGET}{_SCALE}\n").replace("name: t}", "name: u}")
    },
    "an image that a transformer replaces": _plain(_IMAGE + "transformers: [t.yaml]\n")
    | {
        "overlays/a/t.yaml": _transformer(
            "PatchTransformer",
            f"{_TARGET}patch: '- {{op: replace, path: /spec/template/spec/containers/0/image,"
            " value: other}'\n",
        )
    },
    "a target without a field": _plain("patches: [{target: {}, " + _SCALE + "}]\n"),
    "repeated and merged keys": _plain(
        "x: &x {kind: Deployment}\n".replace("x: &x", "metadata: &x").replace(
            "{kind: Deployment}", "{name: web}"
        )
        + "patches:\n- target: {<<: *x, kind: Deployment}\n  options: {allowNameChange: true}\n"
        "  patch: '- {op: replace, path: /metadata/name, value: site}'\n"
    ),
}

# Only these rules: the objects need not be ones that a cluster takes.
_SETTINGS = checking(
    "unmatched-configuration",
    "unmatched-image",
    "unmatched-kustomize-patch",
    "unmatched-replacement",
)


@pytest.mark.parametrize("case", SAID)
@pytest.mark.parametrize("command", [("clusters",), ("check",)], ids=" ".join)
def test_what_selects_nothing_is_said(
    case: str, command: tuple[str, ...], repository: Repository
) -> None:
    files, expected = SAID[case]
    repository.write({"render.toml": _SETTINGS, **files})
    for _ in range(2):  # the second time, nothing has to be rendered
        result = repository.render(*command)
        said = result.out + result.err
        assert said.count("[unmatched-") == len(expected), said
        for message in expected:
            assert message in said


@pytest.mark.parametrize("case", SILENT)
def test_what_is_right_is_not(case: str, repository: Repository) -> None:
    repository.write({"render.toml": _SETTINGS, **SILENT[case]})
    for _ in range(2):
        result = repository.render("clusters")
        assert "[unmatched-" not in result.err


def test_settings_choose(repository: Repository) -> None:
    """The tree is written all the same; an exception names what the entry selects."""
    rule = "unmatched-kustomize-patch"
    settings = _SETTINGS.replace(f'{rule} = "warning"', f'{rule} = "error"')
    repository.write({"render.toml": settings, **_plain(_WBE)})
    result = repository.run("clusters")
    assert (result.code, result.err.count("error: {kind: Deployment, name: wbe}")) == (1, 1)
    exception = f'[[exceptions]]\nrule = "{rule}"\nobject = "*name: wbe}}"\nreason = "later"\n'
    repository.write({"render.toml": settings + exception})
    assert "warning" not in repository.render("clusters").err
    repository.write(_plain(_WEB))
    assert "[unneeded-exception]" in repository.render("clusters").err


@pytest.mark.parametrize("command", ["clusters/a", "clusters/a --check", "check a"])
def test_one_cluster_is_told_what_is_known_of_all(command: str, repository: Repository) -> None:
    """What others compose too is told once it is known that it matches nothing there either."""

    def said() -> int:
        result = repository.run(*command.split())
        return (result.out + result.err).count("[unmatched-")

    repository.write({"render.toml": _SETTINGS, **SAID["a base of two clusters"][0]})
    assert said() == 0
    assert repository.render("clusters").err.count("[unmatched-") == 1
    assert said() == 1
    repository.write({"overlays/b/more.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"})
    repository.write({_SIBLING: "resources: [../../base, more.yaml]\n"})
    assert said() == 0
    repository.write({_BASE: "resources: [app.yaml]\n" + _WEB})
    assert said() == 0
    assert "[unmatched-" not in repository.render("clusters").err


@pytest.mark.parametrize("command", ["clusters/a", "check a"])
@pytest.mark.parametrize("case", ["patch", "image", "replacement"])
def test_one_cluster_alone_is_told_of_its_own(
    case: str, command: str, repository: Repository
) -> None:
    """Nobody else composes it; of what another one has, nothing is said."""
    files, (expected,) = SAID[case]
    repository.write({"render.toml": _SETTINGS, **files})
    repository.write({_SIBLING: "resources: [app.yaml]\n" + _WBE, "overlays/b/app.yaml": _APP})
    result = repository.render(*command.split())
    assert expected in result.out + result.err
    assert (result.out + result.err).count("[unmatched-") == 1


def test_one_source_of_two_trees(repository: Repository) -> None:
    settings = """\
[[trees]]
source = "overlays/{app}"
output = "clusters/{cluster}/{app}"
cluster = "{n}"
where = {n = ["1", "2"]}
"""
    repository.write({"render.toml": settings, **_plain(_WBE)})
    result = repository.run("check")
    assert result.out.count("[unmatched-kustomize-patch]") == 1


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        pytest.param({_SIBLING: "resources: [../../base]\nimages: 1\n"}, [], id="not understood"),
        pytest.param({_SIBLING: "resources: [../../bsae]\n"}, [], id="leads nowhere"),
        pytest.param(
            {_SIBLING: "resources: [../../base]\npatches: [{path: no.yaml}]\n"},
            [_OVERLAY],
            id="lacks a file",
        ),
        pytest.param(
            {_SIBLING: "resources: [../../base]\npatches: [{patch: '{a: b}'}]\n"},
            [_OVERLAY],
            id="refused by kustomize",
        ),
        pytest.param(
            {_SIBLING: "resources: [../../other]\npatches: [{path: no.yaml}]\n"}
            | {"other/kustomization.yaml": "resources: []\n"},
            [_BASE, _OVERLAY],
            id="shares nothing",
        ),
        pytest.param(
            {_SIBLING: "resources: [../../base]\n"}
            | {"overlays/b/cluster.yaml": cluster_yaml("b")},
            [_BASE, _OVERLAY],
            id="composed, and refused later",
        ),
    ],
)
def test_what_a_broken_tree_may_need_is_not_said(
    broken: Files, expected: list[str], repository: Repository
) -> None:
    files = _based(_WBE, _WBE.replace("wbe", "bew"))
    repository.write({"render.toml": _SETTINGS, **files, **broken})
    for _ in range(2):
        result = repository.run("clusters")
        assert result.code == 1
        assert re.findall(r"(\S+?):\d+:\d+: .* \[unmatched-kustomize", result.err) == expected
