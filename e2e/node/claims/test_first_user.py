"""The first user comes from a Secret, logs in by the form, and is left alone from then on."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import trees
from e2e.node.airflow import Airflow
from e2e.node.browser import Browser, sign_in
from e2e.node.cluster import NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.trouble import told

ON = ("kubelet",)
NAME, HOST = "first", "localhost:8080"  # the host as the core has it
VALUES = {"firstUser.name": NAME, "firstUser.email": "first@example.com"}
SECRET = "airflow-first-user"
OTHER = "another-password"


@pytest.fixture(scope="module")
def password(node: NodeControlPlane, synced: Flux, executor: str) -> Generator[str]:
    """The tree with a first user, whose password is made by the command of `render list`."""
    before = synced.upstream.head
    with told(node), Firewall(node):
        commit = trees.add(synced.upstream, executor, ["first-user"], VALUES)
        trees.create_secret(node, synced.upstream, executor, SECRET)
        synced.wait_synced(commit)
        path = f"/api/v1/namespaces/airflow/secrets/{SECRET}"
        yield base64.b64decode(node.api.request("GET", path)["data"]["password"]).decode()
    with told(node):
        synced.wait_synced(synced.upstream.back_to(before))
    node.kubectl("delete", "secret", SECRET, "--namespace=airflow")


def lets_in(airflow: Airflow, password: str) -> bool:
    """Whether the form lets the user in, and the API knows the browser then."""
    browser = Browser(HOST, airflow.address)
    end = sign_in(browser, browser.get("/auth/login/"), NAME, password)
    known = browser.get("/api/v2/connections").status == http.client.OK  # an administrator
    assert known == ('<div id="root"' in end.text)
    return known


def jobs(node: NodeControlPlane) -> list[str]:
    names = [one["metadata"]["name"] for one in node.objects("jobs")]
    return [one for one in names if one.startswith("airflow-first-user")]


@pytest.mark.proves("the first user, from a Secret, logs in by the form", *ON)
def test_the_form(node: NodeControlPlane, password: str, airflow: Airflow) -> None:
    assert len(jobs(node)) == 1
    with told(node):
        assert lets_in(airflow, password)
    assert not lets_in(airflow, OTHER)


@pytest.mark.proves("a first user who is there keeps the password that was changed since", *ON)
def test_one_who_is_there(
    node: NodeControlPlane, password: str, synced: Flux, airflow: Airflow, executor: str
) -> None:
    reset = ("airflow", "users", "reset-password", f"--username={NAME}", f"--password={OTHER}")
    node.kubectl("exec", "--namespace=airflow", "deploy/airflow-api-server", "--", *reset)
    (before,) = jobs(node)
    with told(node):
        name, value = "firstUser.email", "other@example.com"
        synced.wait_synced(trees.set_parameter(synced.upstream, executor, name, value))
    (after,) = jobs(node)
    assert after != before  # it has run again
    assert lets_in(airflow, OTHER)
    assert not lets_in(airflow, password)
