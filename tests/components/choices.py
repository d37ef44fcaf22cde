"""What a cluster can choose, row by row, for each executor: the legal choices of base/."""

from __future__ import annotations

from collections.abc import Iterator

# A choice is the components of one way to do something; `-workers` are for task Pods.
_DATA = {
    "celery": [
        (
            "broker-redis database-postgres database-backup results-postgres"
            " celery-autoscaling-keda secrets-generated secrets-generated-celery"
        ),
        (
            "broker-external database-external pgbouncer-external results-external"
            " secrets-external secrets-external-celery"
        ),
        "broker-redis database-postgres pgbouncer-postgres results-redis celery-autoscaling-hpa",
    ],
    "pods": [
        "database-postgres database-backup secrets-generated",
        "database-external pgbouncer-external secrets-external",
        "database-postgres pgbouncer-postgres",
    ],
}
_FILES = [
    "logs-ephemeral dags-git-sync git-github-app git-sync-metrics git-sync-alarm",
    "logs-ephemeral dags-git-server git-ca",
    "storage-nfs storage-nfs-workers dags-nfs dags-nfs-workers",
    "storage-nfs storage-nfs-workers dags-git-sync",
    "storage-claims storage-claims-workers dags-claim dags-claim-workers",
    "storage-dynamic dags-dynamic",
    "storage-dynamic dags-git-sync",
    "logs-ephemeral dags-image example-dags",
    "logs-ephemeral dags-bundle",
]
_ENTRIES = [
    "flower secrets-generated-flower",  # none; it stands where data has secrets-generated, too
    "ingress",
    "ingress ingress-tls flower flower-ingress",
    "ingress-traefik flower flower-ingress",
    "ingress-traefik ingress-traefik-tls sign-on-oidc",
    "ingress-gateway flower flower-gateway sign-on-ldap",
]
_CARE = [
    "log-groomer database-clean",
    "logs-remote logs-remote-workers",
    "metrics-statsd metrics-statsd-monitor",
]
_OTHERS = [
    "smoke-test smoke-test-workers",
    "env-production",
    "env-development first-user connection-mysql",
]

EXECUTORS = ("local", "celery", "kubernetes", "celery-kubernetes")
# Volumes of a class are in airflow only, where no task Pod is.
_NOT_WITH_TASK_PODS = ("storage-dynamic", "dags-dynamic")


def choices(executor: str) -> list[list[str]]:
    """The rows of an executor, each a list of ways to do one thing."""
    data = _DATA["celery" if "celery" in executor else "pods"]
    return [
        [_fitting(one, executor) for one in row if _fits(one, executor)]
        for row in (data, _FILES, _ENTRIES, _CARE, _OTHERS)
    ]


def cover() -> Iterator[tuple[str, str]]:
    """Clusters by name, as few as have every choice of every row with every executor."""
    for executor in EXECUTORS:
        rows = choices(executor)
        for number in range(max(map(len, rows))):
            chosen = " ".join(row[number % len(row)] for row in rows)
            yield f"{executor}-{number}", f"executor-{executor} {chosen}"


def has_task_pods(executor: str) -> bool:
    return "kubernetes" in executor


def _fits(choice: str, executor: str) -> bool:
    named = choice.split()
    return not (has_task_pods(executor) and any(one in named for one in _NOT_WITH_TASK_PODS))


def _fitting(choice: str, executor: str) -> str:
    named = choice.split()
    if "celery" not in executor:
        named = [one for one in named if "flower" not in one]
    if not has_task_pods(executor):
        named = [one for one in named if not one.endswith("-workers")]
    return " ".join(named)
