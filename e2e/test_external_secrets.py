"""`secrets-external` under the External Secrets Operator itself, with a store that it plays."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from e2e.conftest import started_or_fail
from e2e.controlplane import ControlPlane
from e2e.node import trees
from e2e.programs import free_ports
from e2e.tools import find
from e2e.trees import ROOT, Repository, copy_repository

ON = ("external-secrets", "kube-apiserver")
COMPONENTS = ("secrets-external", "secrets-external-celery")
OURS = ("airflow-keys", "airflow-database", "airflow-celery")
CLUSTER = "staging"
SECONDS = 60
_README = ROOT / "base/components/secrets-external/README.md"
_API = "/apis/external-secrets.io/v1/namespaces/airflow/externalsecrets"
_SECRETS = "/api/v1/namespaces/airflow/secrets"


class Store(NamedTuple):
    """A cluster with the operator, the rendered tree, and what is in the store."""

    cluster: ControlPlane
    repository: Repository
    entries: dict[str, dict[str, str]]

    def write(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Put entries into the store, by the names of Secrets: all that it has."""
        data = [
            {"key": f"airflow/{name}", "value": json.dumps(keys)} for name, keys in entries.items()
        ]
        store = {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ClusterSecretStore",
            "metadata": {"name": "vault"},
            "spec": {"provider": {"fake": {"data": data}}},
        }
        apply = ("apply", "--server-side", "--filename=-")
        self.cluster.kubectl(*apply, stdin=json.dumps(store))

    def secret(self, name: str) -> dict[str, str]:
        """The keys and values of a Secret; none while it is not there."""
        found = self.cluster.api.find(f"{_SECRETS}/{name}") or {}
        return {key: base64.b64decode(one).decode() for key, one in found.get("data", {}).items()}

    def ready(self, name: str) -> dict[str, Any]:
        """The condition Ready of an ExternalSecret."""
        found = self.cluster.api.find(f"{_API}/{name}") or {}
        conditions = found.get("status", {}).get("conditions", [])
        return next((one for one in conditions if one["type"] == "Ready"), {})

    def wait_synced(self, name: str) -> None:
        """Wait until an ExternalSecret says that its Secret has what the store has."""
        self.cluster.wait_for(name, lambda: self.ready(name).get("status") == "True", SECONDS)


def _expected(repository: Repository) -> dict[str, dict[str, str]]:
    rows = json.loads(repository.run("list", "--secrets", CLUSTER, "--json"))
    return {
        row["name"]: {key["name"]: f"{row['name']} {key['name']}" for key in row["keys"]}
        for row in rows
        if row["name"] in OURS
    }


def _render(directory: Path) -> Repository:
    repository = copy_repository(directory)
    file = directory / "overlays" / CLUSTER / "kustomization.yaml"
    lines = "".join(f"- ../../base/components/{name}\n" for name in COMPONENTS)
    file.write_text(file.read_text().replace("images:\n", f"{lines}images:\n"))
    repository.set_parameters(CLUSTER, {"secretStore.name": "vault"})
    return repository


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    repository = _render(tmp_path_factory.mktemp("repository"))
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(started_or_fail())
        answer = cluster.apply(find("external-secrets-crds"))
        assert answer.code == 0, answer.err
        names = ("externalsecrets", "clustersecretstores")
        crds = [f"crd/{name}.external-secrets.io" for name in names]
        cluster.kubectl("wait", "--for=condition=Established", *crds)
        metrics, live = free_ports(2)
        flags = (f"--metrics-addr=127.0.0.1:{metrics}", f"--live-addr=127.0.0.1:{live}")
        kubeconfig = str(cluster.kubeconfig)
        program = find("external-secrets")
        cluster.programs.start("external-secrets", [program, *flags], KUBECONFIG=kubeconfig)
        made = Store(cluster, repository, _expected(repository))
        made.write(made.entries)
        answer = cluster.apply(repository.path / "clusters" / CLUSTER)
        assert answer.code == 0, answer.err
        yield made


@pytest.mark.proves("External Secrets: the Secrets come with the keys that the tree expects", *ON)
def test_the_secrets_come(store: Store) -> None:
    assert set(store.entries) == set(OURS)
    for name, keys in store.entries.items():
        store.wait_synced(name)
        assert store.secret(name) == keys


@pytest.mark.proves("External Secrets: a changed value comes by the annotation of the README", *ON)
def test_a_changed_value(store: Store) -> None:
    store.wait_synced("airflow-keys")
    changed = {**store.entries["airflow-keys"], "jwt-secret": "another"}
    store.write({**store.entries, "airflow-keys": changed})
    time.sleep(2)
    assert store.secret("airflow-keys") == store.entries["airflow-keys"]
    found = re.search(r"^kubectl [^\n]* annotate .*$", _README.read_text(), re.MULTILINE)
    assert found
    trees.run(found[0], store.repository.path, trees.environment(store.cluster))
    store.cluster.wait_for("value", lambda: store.secret("airflow-keys") == changed, SECONDS)


@pytest.mark.proves("External Secrets: an entry that is missing is said, and the Secret stays", *ON)
def test_a_missing_entry(store: Store) -> None:
    store.wait_synced("airflow-celery")
    before = store.secret("airflow-celery")
    assert before
    store.write({name: store.entries[name] for name in store.entries if name != "airflow-celery"})
    where = ("externalsecret", "airflow-celery", "--namespace=airflow")
    store.cluster.kubectl("annotate", *where, "force-sync=missing", "--overwrite")
    store.cluster.wait_for(
        "refusal", lambda: store.ready("airflow-celery").get("status") == "False", SECONDS
    )
    assert store.ready("airflow-celery")["reason"] == "SecretSyncedError"
    events = store.cluster.kubectl("get", "events", "--namespace=airflow", "-o", "yaml")
    assert "Secret does not exist" in events
    assert store.secret("airflow-celery") == before


@pytest.mark.proves("External Secrets: a Secret stays when its ExternalSecret goes", *ON)
def test_a_secret_stays(store: Store) -> None:
    store.wait_synced("airflow-database")
    before = store.secret("airflow-database")
    owned = store.cluster.api.request("GET", f"{_SECRETS}/airflow-database")
    assert "ownerReferences" not in owned["metadata"]  # else the garbage collector takes it
    assert before
    store.cluster.kubectl("delete", "externalsecret", "airflow-database", "--namespace=airflow")
    time.sleep(2)
    assert store.secret("airflow-database") == before
