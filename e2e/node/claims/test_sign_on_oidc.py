"""People sign on with a provider of OpenID Connect: a test double (`e2e.node.provider`)."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import pages, trees
from e2e.node.airflow import Airflow
from e2e.node.browser import Browser
from e2e.node.cluster import ADDRESS, NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.provider import CLIENT, Provider
from e2e.node.trouble import told
from e2e.trees import ROOT

ON = ("kubelet", "Authlib")
PAGE = ROOT / "docs/how-to.md"
HOST, PORT = "airflow.example.com", 8443
REDIRECT = f"http://{HOST}/auth/oauth-authorized/oidc"
COMPONENTS = ("ingress-traefik", "sign-on-oidc")
VALUES = {
    "web.host": HOST,
    "signOn.issuer": f"https://{ADDRESS}:{PORT}",
    "signOn.client": CLIENT,
    "signOn.cidr": f"{ADDRESS}/32",
    "signOn.port": PORT,
    "signOn.admins": "airflow-admins",
    "signOn.viewers": "airflow-viewers",
}
# Who is in which groups, and what is answered to him for the DAGs and for the connections.
PEOPLE = {
    "nobody": (["others"], [403, 403]),
    "viewer": (["others", "airflow-viewers"], [200, 403]),
    "admin": (["airflow-admins"], [200, 200]),
}


@pytest.fixture(scope="module")
def provider(
    tmp_path_factory: pytest.TempPathFactory, node: NodeControlPlane, synced: Flux, executor: str
) -> Generator[Provider]:
    """The tree with a provider, whose authority it trusts as docs/how-to.md says."""
    made = Provider(tmp_path_factory.mktemp("provider"), ADDRESS, PORT, REDIRECT)
    secret = (f"--from-literal=password={made.password}", "--namespace=airflow")
    node.kubectl("create", "secret", "generic", "airflow-sign-on", *secret)
    blocks = pages.blocks(PAGE, "An authority of your own")
    with made.serving(), told(node):
        trees.append(synced.upstream, executor, {**blocks, "ca.crt": made.authority})
        synced.wait_synced(trees.add(synced.upstream, executor, COMPONENTS, VALUES))
        with Firewall(node):
            yield made
    with told(node):
        synced.wait_synced(synced.upstream.revert())
    node.kubectl("delete", "secret", "airflow-sign-on", "--namespace=airflow")


@pytest.mark.proves("people sign on by OpenID Connect, with the roles of their groups", *ON)
@pytest.mark.parametrize("name", PEOPLE)
def test_somebody_signs_on(
    node: NodeControlPlane, provider: Provider, airflow: Airflow, name: str
) -> None:
    groups, answers = PEOPLE[name]
    browser = Browser(HOST, airflow.address, lambda url: provider.sign_on(url, name, groups))
    with told(node):
        browser.get("/auth/login/oidc")
    paths = ("/api/v2/dags", "/api/v2/connections")
    assert [browser.get(path).status for path in paths] == answers


@pytest.mark.proves("people sign on by OpenID Connect, with the roles of their groups", *ON)
@pytest.mark.usefixtures("provider")
def test_nobody_else_is_let_in(airflow: Airflow) -> None:
    def forged(_: str) -> str:
        return f"{REDIRECT}?code=forged&state=forged"

    browser = Browser(HOST, airflow.address, forged)
    browser.get("/auth/login/oidc")
    assert browser.get("/api/v2/dags").status == 401
