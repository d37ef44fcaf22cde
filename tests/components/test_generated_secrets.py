"""The Job of secrets-generated adds keys that are not there, and may touch no other Secret."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
import yaml
from support import PROJECT, Repository

from components.loading import load

DIRECTORY = PROJECT / "base/components/secrets-generated"
PROGRAM = "components/secrets-generated/generate.py"
LISTS = [DIRECTORY / "core.json", *sorted(DIRECTORY.parent.glob("secrets-generated-*/*.json"))]


class Cluster:
    """Secrets by name, asked and patched as the API does; `printed` keeps what was patched."""

    def __init__(self, **secrets: dict[str, str]) -> None:
        self.secrets = {name: dict(keys) for name, keys in secrets.items()}
        self.patches: list[tuple[str, dict[str, Any]]] = []

    def ask(self, name: str, patch: dict[str, Any] | None = None) -> dict[str, Any]:
        keys = self.secrets.setdefault(name, {})
        if patch:
            assert patch["metadata"] == {"resourceVersion": f"version of {name}"}
            assert not patch["data"].keys() & keys.keys(), "it changes what is there"
            self.patches.append((name, patch))
            keys |= {key: base64.b64decode(one).decode() for key, one in patch["data"].items()}
        data = {key: base64.b64encode(one.encode()).decode() for key, one in keys.items()}
        found: dict[str, Any] = {"metadata": {"resourceVersion": f"version of {name}"}}
        return found | ({"data": data} if data else {})


def _wanted() -> list[dict[str, str]]:
    return [one for path in LISTS for one in json.loads(path.read_text())]


def test_what_is_not_there_is_added() -> None:
    cluster = Cluster()
    added = load(PROGRAM).fill_in(_wanted(), cluster.ask)
    assert len(added) == len(_wanted())
    made = cluster.secrets
    assert len(base64.urlsafe_b64decode(made["airflow-keys"]["fernet-key"])) == 32
    password = made["airflow-postgres"]["password"]
    assert re.fullmatch("[0-9a-f]{64}", password)
    assert made["airflow-database"]["connection"] == (
        f"postgresql+psycopg2://airflow:{password}@airflow-postgres:5432/airflow"
    )
    assert made["airflow-redis"]["password"] in made["airflow-celery"]["broker-url"]
    assert made["airflow-results"]["password"] in made["airflow-celery"]["result-backend"]
    assert re.fullmatch("admin:[0-9a-f]{64}", made["airflow-flower"]["basic-auth"])
    values = [value for keys in made.values() for value in keys.values()]
    assert len({*values}) == len(values)


def test_what_is_there_stays_and_is_used() -> None:
    cluster = Cluster(**{"airflow-postgres": {"password": "given"}, "airflow-keys": {"more": "x"}})
    module = load(PROGRAM)
    module.fill_in(_wanted(), cluster.ask)
    assert cluster.secrets["airflow-postgres"] == {"password": "given"}
    assert ":given@" in cluster.secrets["airflow-database"]["connection"]
    assert cluster.secrets["airflow-keys"]["more"] == "x"
    before = json.dumps(cluster.secrets)
    assert module.fill_in(_wanted(), cluster.ask) == []
    assert json.dumps(cluster.secrets) == before


def test_no_value_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, module = Cluster(), load(PROGRAM)
    fill_in = module.fill_in
    monkeypatch.setattr(module, "fill_in", lambda wanted: fill_in(wanted, cluster.ask))
    module.main()
    printed = capsys.readouterr().out
    assert printed.startswith("added: airflow-keys/fernet-key, ")
    assert not any(one in printed for keys in cluster.secrets.values() for one in keys.values())
    module.main()
    assert capsys.readouterr().out == "everything is there\n"


def test_the_tree_declares_what_the_job_may_change(stacks: Repository) -> None:
    tree = stacks.path / "clusters/celery-generated/airflow"
    objects = [yaml.safe_load(path.read_text()) for path in tree.glob("*.yaml")]
    declared = {one["metadata"]["name"] for one in objects if one["kind"] == "Secret"}
    assert declared == {one["secret"] for one in _wanted()}
    (role,) = (one for one in objects if (one["kind"], _name(one)) == ("Role", "airflow-secrets"))
    (rule,) = role["rules"]
    assert {*rule["resourceNames"]} == declared
    assert rule["verbs"] == ["get", "patch"]
    for one in objects:
        if one["kind"] == "Secret":
            assert not {"data", "stringData"} & one.keys()
            annotations = one["metadata"]["annotations"]
            assert annotations["kustomize.toolkit.fluxcd.io/ssa"] == "IfNotPresent"
            assert annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
            assert "Prune=false" in annotations["argocd.argoproj.io/sync-options"]


def test_nothing_is_left_to_be_made(stacks: Repository) -> None:
    for stack in ("celery-generated", "celery-vault"):
        rows = json.loads(stacks.render("list", "--secrets", stack, "--json").out)
        left = {one["name"] for one in rows if not one["made_by"] and not one["optional"]}
        assert left == ({"airflow-redis"} if stack == "celery-vault" else set())


def _name(data: dict[str, Any]) -> str:
    return str(data["metadata"]["name"])


def test_every_list_is_delivered(stacks: Repository) -> None:
    tree = stacks.path / "clusters/celery-generated"
    (delivered,) = tree.rglob("configmap-airflow-secrets.yaml")
    data = yaml.safe_load(delivered.read_text())["data"]
    assert {path.name for path in LISTS} == {name for name in data if name.endswith(".json")}
