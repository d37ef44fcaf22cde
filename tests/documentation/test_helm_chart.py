"""docs/helm-chart.md names what is there, and has each key of the chart's values."""

from __future__ import annotations

import re

import yaml
from support import PROJECT

PAGE = (PROJECT / "docs" / "helm-chart.md").read_text()
BASE = PROJECT / "base"
_PATH = re.compile(r"`((?:base|docs|images|overlays)/[\w./-]*)`")
_SETTING = re.compile(r"`([a-z][a-zA-Z]*\.[a-zA-Z]+)`")

# The keys at the top of values.yaml of chart 1.22.
KEYS = """
    affinity airflowConfigAnnotations airflowHome airflowLocalSettings airflowPodAnnotations
    airflowVersion allowJobLaunching allowPodLaunching apiSecretAnnotations apiSecretKey
    apiSecretKeySecretName apiServer cleanup config containerLifecycleHooks createUserJob
    dagProcessor dags data databaseCleanup defaultAirflowDigest defaultAirflowRepository
    defaultAirflowTag elasticsearch enableBuiltInSecretEnvVars enableServiceLinks env executor
    extraConfigMaps extraEnv extraEnvFrom extraSecrets fernetKey fernetKeySecretAnnotations
    fernetKeySecretName flower fullnameOverride gid imagePullSecrets images ingress jwtSecret
    jwtSecretAnnotations jwtSecretName kerberos labels limits logs migrateDatabaseJob
    multiNamespaceMode nameOverride networkPolicies nodeSelector opensearch otelCollector
    pgbouncer podTemplate ports postgresql priorityClasses quotas rbac redis registry
    revisionHistoryLimit scheduler schedulerName secret securityContext securityContexts statsd
    tolerations topologySpreadConstraints triggerer uid useStandardNaming volumeMounts volumes
    webserver webserverSecretAnnotations webserverSecretKey webserverSecretKeySecretName workers
"""


def _rows() -> list[tuple[list[str], str]]:
    """The keys of each row of the tables of values, and what is said of them."""
    section = PAGE.partition("\n## Its values\n")[2]
    lines = [line.strip("| ").split(" | ", 1) for line in section.splitlines() if line[:3] == "| `"]
    return [(re.findall(r"`([^`]+)`", keys), said) for keys, said in lines]


def test_every_key_says_what_became_of_it() -> None:
    told = [key.partition(".")[0] for keys, _ in _rows() for key in keys]
    assert sorted({key for key in told if key not in ("celery", "kubernetes")}) == KEYS.split()
    assert all(said for _, said in _rows())


def test_no_key_is_told_of_twice() -> None:
    told = [key for keys, _ in _rows() for key in keys if key not in ("celery", "kubernetes")]
    assert sorted(set(told)) == sorted(told)


def test_files_are_there() -> None:
    paths = _PATH.findall(PAGE)
    assert len(paths) > 40
    assert [path for path in paths if not (PROJECT / path).exists()] == []


def test_parameters_are_there() -> None:
    documents = [yaml.safe_load(path.read_text()) for path in BASE.rglob("parameters.yaml")]
    there = {
        one["name"] for document in documents for one in document["spec"].get("parameters", [])
    }
    named = {name for _, said in _rows() for name in _SETTING.findall(said)}
    keys = {key for keys, _ in _rows() for key in keys}
    assert len(named) > 25
    assert named - there - keys - {"spec.namePrefix"} == set()


def test_what_is_not_there_yet_is_not_there() -> None:
    """A component that is called as a key has its row."""
    there = {path.name.replace("-", "") for path in (BASE / "components").iterdir()}
    for keys, said in _rows():
        if said.startswith("not there yet: "):
            assert [key for key in keys if key.lower() in there] == []
