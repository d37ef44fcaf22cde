"""Two releases of base/ in one cluster: nothing of the second names the first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
import yaml
from support import Repository, write_tree

from components.stacks import STACKS, write_stacks

_TREES = """
[[tool.render.trees]]
source = "overlays/{cluster}"
output = "clusters/{cluster}/first"

[[tool.render.trees]]
source = "second/{cluster}"
output = "clusters/{cluster}/second"
"""
_NAMESPACES = {"airflow": "b", "airflow-workers": "b-workers"}
_APART = {"labels": [{"pairs": {"app.kubernetes.io/instance": "NAME"}, "includeSelectors": True}]}


def _both(repository: Repository, release: dict[str, Any], *, first: str = "", second: str) -> None:
    """Each stack twice in its cluster; the words are put into the kustomizations as JSON."""
    write_stacks(repository)
    settings = (repository.path / "pyproject.toml").read_text()
    claims = settings[settings.index("[[tool.render.exceptions]]") :]
    for namespace, other in release.get("namespaces", {}).items():
        claims = claims.replace(
            f"PersistentVolumeClaim {namespace}/", f"PersistentVolumeClaim {other}/"
        )
    claims = claims if claims not in settings else ""
    files = {"pyproject.toml": settings + claims + _TREES}
    for stack in STACKS:
        source = repository.path / "overlays" / stack
        kustomization = json.loads((source / "kustomization.yaml").read_text())
        cluster = json.loads((source / "cluster.yaml").read_text())
        if (source / "ca.crt").exists():
            files[f"second/{stack}/ca.crt"] = (source / "ca.crt").read_text()
        for name, more in (("overlays", first), ("second", second)):
            composed = json.dumps(kustomization | json.loads(more or "{}"))
            files[f"{name}/{stack}/kustomization.yaml"] = composed
        cluster["spec"] |= release
        files[f"second/{stack}/cluster.yaml"] = json.dumps(cluster)
    write_tree(repository.path, files)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Every stack in namespaces of its own, beside the one that is called as it is composed."""
    repository = Repository(tmp_path_factory.mktemp("releases"))
    _both(repository, {"namePrefix": "second-", "namespaces": _NAMESPACES}, second="{}")
    ran = repository.run("clusters")
    assert ran.code == 0, ran.err
    return repository


def test_nothing_is_wrong_with_any(rendered: Repository) -> None:
    checked = rendered.run("check")
    assert checked.out + checked.err == f"{2 * len(STACKS)} trees: 0 errors, 0 warnings\n"


def _objects(repository: Repository, stack: str, release: str) -> list[dict[str, Any]]:
    directory = repository.path / "clusters" / stack / release
    return [yaml.safe_load(path.read_text()) for path in sorted(directory.rglob("*.yaml"))]


def _strings(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, str):
        yield path, node
        if path[-1].endswith(".yaml"):  # a manifest that is embedded
            yield from _strings(yaml.safe_load(node), path)
        return
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in items:
        yield from _strings(value, (*path, str(key)))


def _is_apart(path: tuple[str, ...]) -> bool:
    """Whether a field does not name an object of the tree: Airflow is called so in every release,
    and so are the paths of a store and the groups of alarms; the lists of secrets-generated leave
    out the prefix, which their script has."""
    is_outside = path[-2:] == ("extract", "key") or path[-4:-2] == ("spec", "groups")
    is_script = path[-1].endswith((".py", ".json"))
    return is_outside or is_script or path[-1].startswith("app.kubernetes.io/")


_UNIQUE = re.compile(r"airflow-.+|default-deny")  # other names are words, too


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_of_the_second_names_the_first(rendered: Repository, stack: str) -> None:
    first = [one["metadata"] for one in _objects(rendered, stack, "first")]
    names = {name for one in first for name in (one["name"], one.get("namespace")) if name}
    names |= {re.sub("-[a-z0-9]{10}$", "", name) for name in names}
    unique = {name for name in names if _UNIQUE.fullmatch(name)}
    assert len(unique) > 15
    for one in _objects(rendered, stack, "second"):
        for path, text in _strings(one):
            if not _is_apart(path):
                assert unique.isdisjoint(re.split("[^A-Za-z0-9-]+", text)), (one["kind"], path)
                assert not re.search(r"\.airflow(-workers)?\b", text.replace("\n", " ")), path
            if path[-1] == "namespace" or path[-1] == "kubernetes.io/metadata.name":
                assert text not in _NAMESPACES, (one["kind"], path)


_FORMERLY = {new: old for old, new in _NAMESPACES.items()}


def _formerly(node: Any) -> Any:
    """What would stand there under the names as composed, without hashes."""
    if isinstance(node, dict):
        return {key: _formerly_in(key, value) for key, value in node.items()}
    return [_formerly(one) for one in node] if isinstance(node, list) else _text(node)


def _formerly_in(key: str, value: Any) -> Any:
    if key.endswith(".yaml") and isinstance(value, str):  # a manifest that is embedded
        return _formerly(yaml.safe_load(value))
    return _formerly(value)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = _FORMERLY.get(value, value).replace("second-", "")
    value = value.replace(".b.svc", ".airflow.svc")
    value = value.replace('{namespace="b"', '{namespace="airflow"')
    value = value.replace('"namespace": "b-workers"', '"namespace": "airflow-workers"')
    return re.sub(r"(airflow-[a-z-]+)-[a-z0-9]{10}", r"\1", value)


@pytest.mark.parametrize("stack", STACKS)
def test_the_second_is_the_first_under_other_names(rendered: Repository, stack: str) -> None:
    def identity(one: Any) -> tuple[str, str, str]:
        about = one["metadata"]
        return one["kind"], about.get("namespace", ""), about["name"]

    first, second = (
        sorted(map(_formerly, _objects(rendered, stack, release)), key=identity)
        for release in ("first", "second")
    )
    assert first == second


def _named(text: str, name: str) -> str:
    return text.replace("NAME", name)


def _without_namespaces() -> str:
    deleted = [
        {
            "patch": json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "metadata": {"name": name},
                    "$patch": "delete",
                }
            )
        }
        for name in _NAMESPACES
    ]
    return json.dumps(_APART | {"patches": deleted})


def test_both_in_one_namespace(repository: Repository) -> None:
    """With a label that tells them apart only what task Pods share is wrong."""
    apart = json.dumps(_APART)
    _both(
        repository,
        {"namePrefix": "second-"},
        first=_named(apart, "first"),
        second=_named(_without_namespaces(), "second"),
    )
    found = _checked(repository)
    assert {(one["rule"], one["object"]) for one in found} == {
        ("exclusive-capability", "task-pods airflow-workers")
    }
    assert {one["tree"].partition("/")[0] for one in found} == {
        stack for stack, components in STACKS.items() if "kubernetes" in components.split()[0]
    }


def _checked(repository: Repository) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(repository.run("check", "--json").out))


def test_without_a_label_selectors_cross(repository: Repository) -> None:
    plain = json.dumps({"patches": json.loads(_without_namespaces())["patches"]})
    _both(repository, {"namePrefix": "second-"}, second=plain)
    rules = {one["rule"] for one in _checked(repository)}
    assert rules == {"crossed-selector", "exclusive-capability"}


@pytest.mark.parametrize("stack", STACKS)
def test_its_secrets_are_its_own(rendered: Repository, stack: str) -> None:
    """Each is expected as often as there are releases, but for those that parameters name."""
    names = json.loads(rendered.render("list", "--secrets", f"{stack}/second", "--json").out)
    found = {(one["namespace"], one["name"]) for one in names}
    second = {one for one in found if one[0] in _FORMERLY}
    assert second
    assert {(_FORMERLY[space], name.removeprefix("second-")) for space, name in second} == (
        found - second
    )
    named = {name for _, name in second if not name.startswith("second-")}
    assert named <= {"data-example-com-tls"}


def test_commands_name_what_the_release_does(rendered: Repository) -> None:
    listed = rendered.render("list", "--secrets", "celery/second").out
    (command,) = re.findall(
        r"kubectl -n b create secret generic second-airflow-database.*?\n\n", listed, re.DOTALL
    )
    assert "@second-airflow-postgres:5432" in command
    assert "kubectl -n b get secret second-airflow-postgres" in command
    assert "$(name" not in listed
    assert "$(namespaces" not in listed
