"""Findings as text: each once, with the trees that it is about, and of many alike the first."""

from __future__ import annotations

import json

from support import Repository

from renderer.findings import Finding, Location
from renderer.reports.text import Style
from renderer.reports.verdicts import findings_text, in_trees, told_once
from renderer.repository.trees import Tree

_PLAIN = Style(color=False)


def _tree(name: str, cluster: str = "") -> Tree:
    return Tree(
        name=name,
        source=f"overlays/{name}",
        output=f"clusters/{name}",
        names=(name,),
        cluster=cluster or name,
    )


def _text(*found: tuple[Tree | None, Finding], every: bool = False) -> list[str]:
    return findings_text(told_once(found), _PLAIN, every=every).splitlines()


def test_a_finding_says_which_trees_it_is_about() -> None:
    one, other = _tree("dev"), _tree("prod")
    base = Finding.error("bad-yaml", "no", Location("base/a.yaml", 1, 2))
    bare = Finding.error("bad-yaml", "no")
    of_object = Finding.warning("plain-secret", "no", object="Secret shop/a", hint="encrypt it")
    assert _text((one, base)) == [
        "base/a.yaml:1:2: error: no [bad-yaml]",
        "  in the cluster dev",
    ]
    assert _text((one, base), (other, base))[1:] == ["  in the clusters dev, prod"]
    for path in ("overlays/dev/cluster.yaml", "overlays/dev", "clusters/dev/a.yaml"):
        said = Finding.error("bad-yaml", "no", Location(path))
        assert _text((one, said)) == [f"{path}: error: no [bad-yaml]"]
    assert _text((one, bare)) == ["overlays/dev: error: no [bad-yaml]"]
    assert _text((None, bare)) == ["error: no [bad-yaml]"]
    assert _text((one, of_object), (other, of_object)) == [
        "warning: no [plain-secret]",
        "  in Secret shop/a",
        "  hint: encrypt it",
        "  in the clusters dev, prod",
    ]


def test_a_message_between_trees_does_not_name_them_twice() -> None:
    one, other = _tree("prod/a", "prod"), _tree("prod/b", "prod")
    shared = Finding.warning("shared-object", "Namespace x is in the trees prod/a and prod/b: ...")
    assert len(_text((one, shared), (other, shared))) == 1


def test_names_of_trees_fit_80_columns() -> None:
    trees = [_tree(f"production/{'x' * 20}-{number}", "production") for number in range(9)]
    lines = in_trees(trees).splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert text.startswith(f"in the trees {trees[0].name}, {trees[1].name}, ")
    assert text.endswith(f"{trees[4].name} and 4 more")


def _missing(number: int) -> Finding:
    name = f"Secret shop/web-{number}"
    message = f"{name} is not among the manifests; Deployment.apps shop/web{number} refers to it"
    return Finding.warning("missing-secret", message, object=name)


def test_many_alike_are_shown_by_the_first_ones_and_a_count() -> None:
    tree = _tree("dev")
    few = [(tree, _missing(number)) for number in range(20)]
    assert len(_text(*few)) == 20
    many = [*few, (tree, _missing(20))]
    shown = _text(*many)
    assert shown[:5] == [f"overlays/dev: {one}" for _, one in many[:5]]
    assert shown[5:] == [
        "overlays/dev: warning: 16 more like these [missing-secret]",
        "  hint: --verbose shows each of them",
    ]
    assert len(_text(*many, every=True)) == 21


def test_a_hint_of_several_lines_is_shown_once_for_those_alike() -> None:
    tree = _tree("dev")
    many = [
        (tree, _missing(0)._replace(hint="did you mean web?")),
        (tree, _missing(4)._replace(hint="write:\nanother")),
        *(
            (tree, _missing(number)._replace(hint=f"write:\nSecret shop/web-{number}"))
            for number in (1, 2, 3)
        ),
    ]
    other = tree, Finding.error("missing-key", "no key a", hint="write:\nit")
    shown = _text(*many, other)
    hints = "\n".join(shown).split("hint: ")[1:]
    assert [hint.partition("\noverlays")[0] for hint in hints] == [
        "did you mean web?",
        "write:\n    another",
        "write:\n    Secret shop/web-1",
        "write:\n    it",
    ]
    assert len(_text(*many, other, every=True)) == len(shown) + 4


def test_what_says_something_else_is_never_hidden() -> None:
    """Another field, parameter or severity is another message, whatever the rule."""
    tree = _tree("dev")
    rule = "unknown-manifest-field"
    many = [
        (
            tree,
            Finding.error(rule, "unknown field replica", object=f"Deployment.apps a/web{number}"),
        )
        for number in range(30)
    ]
    other = tree, Finding.error(rule, "unknown field imagePullPolicies", object="Pod a/b")
    weaker = tree, Finding.warning(rule, "unknown field replica", object="Pod a/b")
    shown = _text(*many, other, weaker)
    assert sum("unknown field replica " in line and ": error" in line for line in shown) == 5
    assert "25 more like these" in shown[10]
    assert "imagePullPolicies" in shown[12]
    assert "warning: unknown field replica" in shown[14]


def test_json_and_verbose_have_all(repository: Repository) -> None:
    names = [f"Secret shop/s{number}" for number in range(30)]
    volumes = ", ".join(
        f"{{name: v{number}, secret: {{secretName: s{number}}}}}" for number in range(30)
    )
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [pod.yaml]\n",
            "overlays/a/pod.yaml": (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n"
                "  containers: [{name: web, image: r.example.com/web:1}]\n"
                f"  volumes: [{volumes}]\n"
            ),
        }
    )
    rows = json.loads(repository.run("check", "--json").out)
    assert [row["object"] for row in rows] == sorted(names)
    shown = repository.run("check")
    assert shown.out.count("[missing-secret]") == 6
    assert "25 more like these [missing-secret]" in shown.out
    assert shown.err == "1 cluster: 0 errors, 30 warnings\n"
    assert repository.run("check", "--verbose").out.count("[missing-secret]") == 30
    assert "25 more like these" in repository.run("clusters").err
    assert repository.run("clusters", "--verbose").err.count("[missing-secret]") == 30
