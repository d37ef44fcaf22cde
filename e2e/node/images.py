"""The images that the node runs: built here, for no registry of images is needed or asked.

What stands in for an official image has its interface as far as `base/` uses it: the user, the
directories, the variables. Airflow is the real one, from its packages; so are PostgreSQL,
PgBouncer, Redis, RabbitMQ, OpenLDAP and MariaDB (which plays a database that a DAG asks), from
Debian's. git-sync is none: `image_files/git_sync_double.py` says what it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from e2e.node.oci import Run

REGISTRY = "e2e.test"
"""The host in the names of the images; nobody is asked for it."""

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE.parent.parent / "requirements"
SUITE = "bookworm"
"""Debian 12, whose Python is 3.11: what the wheels of Airflow are chosen for."""


class Image(NamedTuple):
    """A root file system and how to run it.

    `packages` are Debian's (none: the root is empty), `before` and `commands` are run in the root
    by a shell before and after their installation, and `wheels` is a file of pinned Python
    packages, installed into an environment in /opt/venv. All this is one layer; the other has
    `files` from `image_files/`, and `programs` (see `e2e.tools`, `e2e.node.debian`) in the root.
    `over` is an image whose first layer is laid over that of this one.
    """

    name: str
    tag: str
    run: Run
    packages: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    programs: tuple[str, ...] = ()
    wheels: Path | None = None
    over: Image | None = None

    @property
    def full_name(self) -> str:
        """As a Pod names it."""
        return f"{REGISTRY}/{self.name}:{self.tag}"


PAUSE = Image(
    name="pause",
    tag="1",
    run=Run(entrypoint=("/catatonit", "-P"), user="65535:65535"),
    programs=("catatonit",),
)


def _of_program(name: str) -> Image:
    """A program of Go, alone in its image, as nobody's user."""
    run = Run(entrypoint=(f"/{name}",), user="65532:65532")
    return Image(name=name, tag="1", run=run, programs=(name,))


COREDNS = _of_program("coredns")
METRICS_SERVER = _of_program("metrics-server")
KEDA = _of_program("keda")
KEDA_ADAPTER = _of_program("keda-adapter")

AIRFLOW = Image(
    name="airflow",
    tag="3.3.2",
    run=Run(
        entrypoint=("/usr/bin/dumb-init", "--"),
        command=("airflow", "version"),
        user="50000:0",
        directory="/opt/airflow",
        environment=(
            "PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME=/home/airflow",
            "AIRFLOW_HOME=/opt/airflow",
            "LANG=C.UTF-8",
            "PYTHONUNBUFFERED=1",
        ),
    ),
    packages=(
        "ca-certificates",
        "dumb-init",
        "git",
        "openssh-client",
        "python3",
        "python3-venv",
    ),
    commands=(
        "useradd --uid 50000 --gid 0 --home-dir /home/airflow --create-home airflow",
        "install -d -o 50000 -g 0 -m 2775 /opt/airflow /opt/airflow/dags /opt/airflow/logs",
    ),
    # Where no volume hides the DAGs of the image (`dags-image`) it is the only one.
    files=(("asks_mysql.py", "opt/airflow/dags/asks_mysql.py"),),
    wheels=_REQUIREMENTS / "airflow.txt",
)

AIRFLOW_BEFORE = AIRFLOW._replace(tag="3.2.2", wheels=_REQUIREMENTS / "airflow-3.2.txt")
"""That of the minor version before, as the pins of `requirements/` have it."""

POSTGRES = Image(
    name="postgres",
    tag="15",
    run=Run(
        entrypoint=("/usr/local/bin/entrypoint",),
        command=("postgres",),
        environment=(
            "PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG=C.UTF-8",
        ),
        stop_signal="SIGINT",  # as in the official image: "fast", not "smart"
    ),
    packages=("postgresql-15",),
    before=(
        "install -d /etc/postgresql-common",
        "echo create_main_cluster=false >/etc/postgresql-common/createcluster.conf",
        "echo postgres:x:999: >>/etc/group",
        "echo postgres:x:999:999::/var/lib/postgresql:/bin/sh >>/etc/passwd",
    ),
    files=(("postgres_entrypoint.sh", "usr/local/bin/entrypoint"),),
)

REDIS = Image(
    name="redis",
    tag="7.0",
    run=Run(command=("redis-server",), user="999:999", directory="/data"),
    packages=("redis-server",),
    commands=("install -d -o 999 -g 999 /data",),
)

MARIADB = Image(
    name="mariadb",
    tag="10.11",
    run=Run(entrypoint=("/usr/local/bin/entrypoint",), user="999:999"),
    packages=("mariadb-server",),
    before=(
        "echo mysql:x:999: >>/etc/group",
        "echo mysql:x:999:999::/var/lib/mysql:/bin/sh >>/etc/passwd",
    ),
    files=(("mariadb_entrypoint.sh", "usr/local/bin/entrypoint"),),
)

GIT_SYNC_DOUBLE = Image(
    name="git-sync-double",
    tag="1",
    run=Run(entrypoint=("/git-sync-double",), user="65533:65533"),
    packages=("ca-certificates", "git", "openssh-client", "python3"),
    commands=("useradd --uid 65533 --user-group --home-dir /tmp git-sync",),
    files=(("git_sync_double.py", "git-sync-double"),),
)

AIRFLOW_LDAP = Image(
    name="airflow-ldap",
    tag=AIRFLOW.tag,
    run=AIRFLOW.run,
    # The client of a directory has no wheel; the official image has compiled it.
    packages=("python3-ldap", "python3-pyasn1-modules"),
    commands=(
        "install -d /opt/venv/lib/python3.11/site-packages",
        "ln -st /opt/venv/lib/python3.11/site-packages /usr/lib/python3/dist-packages/*ldap*",
        "ln -st /opt/venv/lib/python3.11/site-packages /usr/lib/python3/dist-packages/ldif.py",
        "ln -st /opt/venv/lib/python3.11/site-packages /usr/lib/python3/dist-packages/pyasn1*",
    ),
    files=AIRFLOW.files,
    over=AIRFLOW,
)
"""Airflow with python-ldap."""

SLAPD = Image(
    name="slapd",
    tag="2.5",
    run=Run(entrypoint=("/usr/local/bin/entrypoint",)),
    packages=("slapd",),
    files=(("slapd_entrypoint.sh", "usr/local/bin/entrypoint"),),
)

PGBOUNCER = Image(
    name="pgbouncer",
    tag="1.18",
    run=Run(
        command=("pgbouncer", "/etc/pgbouncer/pgbouncer.ini"),
        user="998:996",
        environment=("PATH=/usr/sbin:/usr/bin:/bin",),
    ),
    packages=("pgbouncer",),
)

RABBITMQ = Image(
    name="rabbitmq",
    tag="3.10",
    run=Run(
        entrypoint=("/usr/local/bin/entrypoint",),
        user="999:999",
        environment=("PATH=/usr/lib/rabbitmq/bin:/usr/bin:/bin", "LANG=C.UTF-8"),
    ),
    packages=("rabbitmq-server",),
    files=(("rabbitmq_entrypoint.sh", "usr/local/bin/entrypoint"),),
)

AT_THE_START = (PAUSE, COREDNS, POSTGRES, REDIS, MARIADB, GIT_SYNC_DOUBLE, AIRFLOW)
"""What each node has; a claim gives its node what it alone needs."""

IMAGES = (
    *AT_THE_START,
    *(AIRFLOW_BEFORE, AIRFLOW_LDAP),
    *(METRICS_SERVER, KEDA, KEDA_ADAPTER),
    *(PGBOUNCER, RABBITMQ, SLAPD),
)
