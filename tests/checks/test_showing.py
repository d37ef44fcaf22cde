"""What a failed test, or a patch that changes nothing, may say of the value that is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import UNCHECKED, Repository

from renderer.checks.secrets.showing import may_show

_CANARY = "hunter2-Zq9"
_WEB = "/spec/template/spec/containers/0"


def _pod(**container: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "web", **container}]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": spec}}}


def _map(kind: str = "ConfigMap", api: str = "v1", **data: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "data": data}


@pytest.mark.parametrize(
    ("data", "path", "shown"),
    [
        (_pod(image="web:1"), f"{_WEB}/image", '"web:1"'),
        (_pod(stdin=True), f"{_WEB}/stdin", "true"),
        (_pod(resources={"limits": {"cpu": 2}}), f"{_WEB}/resources/limits/cpu", "2"),
        (_pod(env=[{"name": "LEVEL", "value": "info"}]), f"{_WEB}/env/0/value", '"info"'),
        (_map(LEVEL="info"), "/data/LEVEL", '"info"'),
        (_map(LEVEL=None), "/data/LEVEL", "null"),
        (_map("Thing", "example.com/v1", size=3), "/data/size", "3"),
        # Only what type it has: by its kind, its name, what stands beside it, or what it is.
        (_map("Secret", a=_CANARY), "/data/a", "another string"),
        (_map("Secret", a=5), "/data/a", "a number"),
        (_map("SealedSecret", "bitnami.com/v1alpha1", a=_CANARY), "/data/a", "another string"),
        (_map("Thing", "example.com/v1", a=_CANARY), "/data/a", "another string"),
        (_map(PASSWORD=_CANARY), "/data/PASSWORD", "another string"),
        (_map(auth={"api-key": _CANARY}), "/data/auth/api-key", "another string"),
        (_map(token={"a": _CANARY}), "/data/token/a", "another string"),
        (_map(**{".pgpass": f"h:5432:*:u:{_CANARY}"}), "/data/.pgpass", "another string"),
        (_map(x=f"password={_CANARY}"), "/data/x", "another string"),
        (_map(x=f"postgres://me:{_CANARY}@db/x"), "/data/x", "another string"),
        (_map(x=f"https://{_CANARY}@example.com"), "/data/x", "another string"),
        (_map(x=f"first\n{_CANARY}\n"), "/data/x", "another string"),
        (_map(x="4f1b6c0d9e8a7b6c5d4e3f2a"), "/data/x", "another string"),
        (_map(x="a b c d " * 20), "/data/x", "another string"),
        (_map(x={"y": _CANARY}), "/data/x", "a mapping"),
        (_pod(env=[{"name": "DB_PW", "value": _CANARY}]), f"{_WEB}/env/0/value", "another string"),
        (_pod(env=[{"name": "PIN_TOKEN", "value": 5}]), f"{_WEB}/env/0/value", "a number"),
        (_pod(args=["-u", "root", f"-p{_CANARY}"]), f"{_WEB}/args/2", "another string"),
        (_pod(args=[_CANARY]), f"{_WEB}/args", "a list"),
    ],
)
def test_a_failed_test_says_what_is_there(
    data: dict[str, Any], path: str, shown: str, repository: Repository
) -> None:
    data["metadata"] = {"name": "web"}
    result = _patched(repository, data, {"op": "test", "path": path, "value": "another"})
    assert f": error: test failed: {path} is {shown} [failed-test]\n  in {data['kind']}" in result
    assert _CANARY not in result


@pytest.mark.parametrize(
    ("data", "shown"), [(_map(x="info"), '"info", which'), (_map("Secret", x=_CANARY), "what")]
)
def test_a_patch_that_changes_nothing_says_what_is_there(
    data: dict[str, Any], shown: str, repository: Repository
) -> None:
    data["metadata"] = {"name": "web"}
    operation = {"op": "replace", "path": "/data/x", "value": data["data"]["x"]}
    result = _patched(repository, data, operation)
    assert f"warning: the patch writes {shown} is there already [no-change]\n" in result
    assert _CANARY not in result


def _patched(repository: Repository, data: dict[str, Any], operation: dict[str, Any]) -> str:
    """What is said where an operation is applied to the only object."""
    spec = {"patches": [{"target": {"kind": data["kind"]}, "patch": [operation]}]}
    repository.write(
        {
            "render.toml": UNCHECKED,
            "overlays/a/kustomization.yaml": "resources: [web.yaml]\n",
            "overlays/a/web.yaml": json.dumps(data),
            "overlays/a/cluster.yaml": "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\n"
            f"metadata: {{name: a}}\nspec: {json.dumps(spec)}\n",
        }
    )
    return repository.run("build", "overlays/a").err


def test_what_a_parameter_for_a_secret_wrote_is_not_shown() -> None:
    data = _map(LEVEL=_CANARY)
    assert may_show(data, ("data", "LEVEL"), ["web.level"])
    assert not may_show(data, ("data", "LEVEL"), ["web.level", "web.adminPassword"])
