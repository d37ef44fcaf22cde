"""People sign on with a provider as the components say: FAB reads their file, and gives roles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from components.stacks import write_clusters
from support import Repository

from e2e.airflow import pods
from e2e.airflow.program import VERSION, Airflow

_SIGNED_ON = Path(__file__).with_name("signed_on.py")
_AIRFLOW = (
    "executor-kubernetes database-postgres logs-ephemeral dags-git-sync ingress-traefik"
    " ingress-traefik-tls"
)
_SECRETS = {
    "AIRFLOW__API__SECRET_KEY": "not-a-secret",
    "AIRFLOW__API_AUTH__JWT_SECRET": "not-a-secret-and-long-enough-for-a-token",
    "SIGN_ON_PASSWORD": "neither-is-this",
}
# The provider speaks http here; and what a user may do is remembered for half a minute otherwise.
_AT_ONCE = {"AUTHLIB_INSECURE_TRANSPORT": "1", "AIRFLOW__FAB__CACHE_TTL": "0"}
NOBODY, NOTHING, READS, ALL = None, [403, 403], [200, 403], [200, 200]


def _answers(
    airflow: Airflow,
    directory: Path,
    component: str,
    people: list[dict[str, Any]],
    values: dict[str, Any] | None = None,
) -> list[list[int] | None]:
    """What people are answered for the DAGs and for the connections."""
    repository = Repository(directory)
    write_clusters(repository, {"c": f"{_AIRFLOW} {component}"}, {"c": values or {}})
    repository.render("clusters")
    container = pods.read(directory / "clusters/c").container("api-server")
    environment = {name: text for name, text in container.environment.items() if text is not None}
    name = "AIRFLOW__FAB__CONFIG_FILE"
    file = directory / "webserver_config.py"
    file.write_text(container.files[environment[name]])
    environment |= {name: str(file), **_SECRETS, **_AT_ONCE}
    said = airflow.run(["python", str(_SIGNED_ON)], environment, json.dumps(people))
    found: list[list[int] | None] = json.loads(said)
    return found


@pytest.mark.proves("people sign on with OpenID Connect, with the roles of their groups", VERSION)
def test_open_id_connect(airflow: Airflow, tmp_path: Path) -> None:
    groups = [[], ["airflow-viewers"], ["others", "airflow-users"], ["airflow-admins"]]
    people = [{"name": f"person-{at}", "groups": one} for at, one in enumerate(groups)]
    people.append({"name": "person-3", "groups": ["airflow-viewers"]})  # who was an admin
    values = {"signOn.viewers": "airflow-viewers"}
    found = _answers(airflow, tmp_path, "sign-on-oidc", people, values)
    assert found == [NOTHING, READS, READS, ALL, READS]


@pytest.mark.proves("people sign on with LDAP, with the roles of their groups", VERSION)
@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_ldap(airflow: Airflow, tmp_path: Path, scheme: str) -> None:
    admins, viewers = (f"cn={name},ou=groups,dc=example,dc=com" for name in ("admins", "viewers"))
    people = [
        {"name": f"{scheme}-{at}", "password": "right", "typed": typed, "groups": groups}
        for at, (typed, groups) in enumerate(
            [("right", []), ("right", [viewers]), ("right", [admins]), ("wrong", [admins])]
        )
    ]
    values = {"signOn.viewers": viewers, "signOn.server": f"{scheme}://ldap.example.com"}
    found = _answers(airflow, tmp_path, "sign-on-ldap", people, values)
    assert found == [NOTHING, READS, ALL, NOBODY]
