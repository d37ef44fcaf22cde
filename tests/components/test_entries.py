"""Airflow's addresses agree with each other and with the entry, at a root and below a path."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import pytest
from support import Repository

from components.stacks import manifests, write_clusters

_EXECUTORS = {
    "local": "executor-local database-postgres logs-ephemeral dags-git-sync",
    "celery": "executor-celery broker-redis database-postgres results-postgres logs-ephemeral"
    " dags-git-sync",
    "kubernetes": "executor-kubernetes database-postgres logs-ephemeral dags-git-sync",
    "both": "executor-celery-kubernetes broker-redis database-postgres results-postgres"
    " logs-ephemeral dags-git-sync",
}
_ENTRIES = {
    "none": "",
    "ingress": "ingress",
    "ingress-tls": "ingress ingress-tls",
    "traefik": "ingress-traefik",
    "traefik-tls": "ingress-traefik ingress-traefik-tls",
    "gateway": "ingress-gateway",
}
_PATHS = ["", "/data/air-flow"]
_HOST = "data.example.com"


class Entry(NamedTuple):
    """The objects of a tree by kind and name, and what its overlay says."""

    objects: dict[tuple[str, str], Any]
    entry: str
    path: str

    def data(self, name: str) -> dict[str, str]:
        return cast("dict[str, str]", self.objects["ConfigMap", name]["data"])


@pytest.fixture(params=_ENTRIES)
def entries(request: pytest.FixtureRequest, repository: Repository) -> list[Entry]:
    """An entry at every path, with every executor."""
    entry = cast("str", request.param)
    clusters, paths = {}, {}
    for executor, components in _EXECUTORS.items():
        for number, path in enumerate(_PATHS):
            name = f"{executor}-{number}"
            clusters[name] = f"{components} {_ENTRIES[entry]}"
            paths[name] = path
    write_clusters(repository, clusters, {name: {"web.path": path} for name, path in paths.items()})
    ran = repository.run("clusters")
    assert ran.code == 0, ran.err
    checked = repository.run("check")
    assert checked.out + checked.err == f"{len(clusters)} clusters: 0 errors, 0 warnings\n"
    return [Entry(_objects(repository, name), entry, path) for name, path in paths.items()]


def _objects(repository: Repository, cluster: str) -> dict[tuple[str, str], Any]:
    found = manifests(repository, cluster)
    return {(one["kind"], _stem(one["metadata"]["name"])): one for one in found}


def _stem(name: str) -> str:
    """A name without the hash of its content, of which this test has one."""
    return name.rpartition("-")[0] if name.startswith("airflow-config-") else name


def test_addresses_entry_and_probes_agree(entries: list[Entry]) -> None:
    for one in entries:
        _check_addresses(one)
        _check_entry(one)
        _check_api_server(one)


def _check_addresses(one: Entry) -> None:
    scheme = "https" if one.entry.endswith("tls") else "http"
    host = "localhost:8080" if one.entry == "none" else _HOST
    assert one.data("airflow-config")["AIRFLOW__API__BASE_URL"] == f"{scheme}://{host}{one.path}"
    (told,) = {
        one.data(name)["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
        for kind, name in one.objects
        if kind == "ConfigMap" and name in ("airflow-config", "airflow-task-config")
    }
    assert urlsplit(told).path == f"{one.path}/execution/"
    assert urlsplit(told).hostname == "airflow-api-server.airflow.svc"


def _check_entry(one: Entry) -> None:
    """All of the path is led to Airflow, under the host that browsers know."""
    ingress = one.objects.get(("Ingress", "airflow"))
    route = one.objects.get(("HTTPRoute", "airflow"))
    assert (ingress is None) == (one.entry in ("none", "gateway"))
    assert (route is None) == (one.entry != "gateway")
    if ingress:
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        assert rule["host"] == _HOST
        assert _leads_to(path["pathType"], path["path"]) == one.path
        tls = [{"hosts": [_HOST], "secretName": "data-example-com-tls"}]
        assert ingress["spec"].get("tls", []) == (tls if one.entry.endswith("tls") else [])
    if route:
        assert route["spec"]["hostnames"] == [_HOST]
        (match,) = route["spec"]["rules"][0]["matches"]
        assert _leads_to(match["path"]["type"], match["path"]["value"]) == one.path


def _leads_to(kind: str, path: str) -> str:
    """The path all of which is led to; only a type that compares part by part wants a slash."""
    if kind == "ImplementationSpecific":
        assert not path.endswith("/")
        return path
    assert kind in ("Prefix", "PathPrefix")
    assert path.endswith("/")
    return path.removesuffix("/")


def _check_api_server(one: Entry) -> None:
    """Probes ask what answers below every path; a proxy is believed where there is one."""
    pod = one.objects["Deployment", "airflow-api-server"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    asked = {container[f"{probe}Probe"]["httpGet"]["path"] for probe in _PROBES}
    assert asked == {"/api/v2/monitor/health"}
    proxied = one.entry != "none"
    assert ("--proxy-headers" in container["args"]) == proxied
    assert ("FORWARDED_ALLOW_IPS" in one.data("airflow-config")) == proxied


_PROBES = ("startup", "readiness", "liveness")
_TRAEFIK = {"c": f"{_EXECUTORS['both']} ingress-traefik ingress-traefik-tls"}


@pytest.mark.parametrize("path", ["airflow", "/airflow/", "/", "//", "/a b", "/a//b"])
def test_a_path_has_one_form(repository: Repository, path: str) -> None:
    write_clusters(repository, _TRAEFIK, {"c": {"web.path": path}})
    ran = repository.run("check", "c")
    assert ran.code == 1
    assert "web.path" in ran.out


def test_a_host_has_to_be_said_behind_an_entry(repository: Repository) -> None:
    write_clusters(repository, _TRAEFIK, {"c": {"web.host": None}})
    ran = repository.run("check", "c")
    assert "web.scheme needs the value of web.host" in ran.out
    assert "give web.host a value" in ran.out


_SECOND = "airflow.example.net"


@pytest.mark.parametrize(
    ("components", "kind", "operations"),
    [
        (
            "ingress ingress-tls",
            "Ingress",
            [
                {"op": "copy", "from": "/spec/rules/0", "path": "/spec/rules/-"},
                {"op": "replace", "path": "/spec/rules/1/host", "value": _SECOND},
                {"op": "add", "path": "/spec/tls/0/hosts/-", "value": _SECOND},
            ],
        ),
        (
            "ingress-gateway",
            "HTTPRoute",
            [{"op": "add", "path": "/spec/hostnames/-", "value": _SECOND}],
        ),
    ],
)
def test_further_hosts_are_patches(
    repository: Repository, components: str, kind: str, operations: list[dict[str, str]]
) -> None:
    clusters = {"c": f"{_EXECUTORS['both']} {components}"}
    patch = {"target": {"kind": kind, "name": "airflow"}, "patch": operations}
    write_clusters(repository, clusters, {"c": {"web.path": "/airflow"}}, [patch])
    ran = repository.run("clusters/c")
    assert ran.code == 0, ran.err
    objects = _objects(repository, "c")
    config = objects["ConfigMap", "airflow-config"]["data"]
    assert urlsplit(config["AIRFLOW__API__BASE_URL"]).hostname == _HOST  # the first
    spec = objects[kind, "airflow"]["spec"]
    if kind == "Ingress":
        first, second = spec["rules"]
        assert second == {**first, "host": _SECOND}
        assert spec["tls"][0]["hosts"] == [_HOST, _SECOND]
    else:
        assert spec["hostnames"] == [_HOST, _SECOND]


def test_any_host_is_a_rule_without_one(repository: Repository) -> None:
    operations = [
        {"op": "copy", "from": "/spec/rules/0", "path": "/spec/rules/-"},
        {"op": "remove", "path": "/spec/rules/1/host"},
    ]
    patch = {"target": {"kind": "Ingress", "name": "airflow"}, "patch": operations}
    write_clusters(repository, {"c": f"{_EXECUTORS['both']} ingress"}, {"c": {}}, [patch])
    ran = repository.run("clusters/c")
    assert ran.code == 0, ran.err
    first, second = _objects(repository, "c")["Ingress", "airflow"]["spec"]["rules"]
    assert {**second, "host": _HOST} == first
