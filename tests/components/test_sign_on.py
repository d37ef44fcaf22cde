"""Who signs on with accounts of others: the api-server knows the provider, and nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from support import Repository

from components.stacks import manifests, pods, write_clusters

_STACKS = {"oidc": "celery", "ldap": "local"}


def _environment(pod: Any) -> dict[str, Any]:
    return {one["name"]: one for one in pod["spec"]["containers"][0].get("env", [])}


@pytest.mark.parametrize("kind", _STACKS)
def test_only_the_api_server_knows_the_provider(stacks: Repository, kind: str) -> None:
    objects = manifests(stacks, _STACKS[kind])
    found = {component: (pod, _environment(pod)) for component, pod in pods(objects)}
    knowing = {
        component
        for component, (_, environment) in found.items()
        if any(name.startswith("SIGN_ON_") for name in environment)
    }
    assert knowing == {"api-server"}
    pod, environment = found["api-server"]
    reference = environment["SIGN_ON_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "airflow-sign-on", "key": "password"}
    (mount,) = (
        one for one in pod["spec"]["containers"][0]["volumeMounts"] if one["name"] == "sign-on"
    )
    file = environment["AIRFLOW__FAB__CONFIG_FILE"]["value"]
    assert file == f"{mount['mountPath']}/webserver_config.py"
    (volume,) = (one for one in pod["spec"]["volumes"] if one["name"] == "sign-on")
    named = volume["configMap"]["name"]
    # Another file has another name, so that the api-server starts with it.
    assert named.startswith("airflow-sign-on-config-")
    (data,) = (one["data"] for one in objects if one["metadata"]["name"] == named)
    compile(data["webserver_config.py"], file, "exec")


@pytest.mark.parametrize(("kind", "port"), [("oidc", 443), ("ldap", 636)])
def test_the_way_out_is_to_the_provider(stacks: Repository, kind: str, port: int) -> None:
    (policy,) = (
        one["spec"]
        for one in manifests(stacks, _STACKS[kind])
        if (one["kind"], one["metadata"]["name"]) == ("NetworkPolicy", "airflow-sign-on")
    )
    assert policy["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "10.40.0.0/24"}}],
            "ports": [{"protocol": "TCP", "port": port}],
        }
    ]


def test_there_is_one_provider(repository: Repository) -> None:
    components = (
        "executor-local database-external storage-nfs dags-nfs ingress sign-on-ldap sign-on-oidc"
    )
    write_clusters(repository, {"c": components}, {})
    ran = repository.run("check")
    assert ran.code == 1
    assert "signOn.port is set to another value" in ran.out
