"""Airflow below a path: what browsers, programs and tasks ask for is there, and not elsewhere."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Generator

import pytest

from e2e.fluxed import Flux
from e2e.node import runs, trees
from e2e.node.airflow import Airflow
from e2e.node.browser import Browser, Page, sign_in
from e2e.node.cluster import NodeControlPlane
from e2e.node.trouble import told

HOST, PATH = "airflow.example.com", "/airflow"
SECONDS = 300
HTML = "text/html"


@pytest.fixture(scope="module")
def below(node: NodeControlPlane, synced: Flux, executor: str) -> Generator[Airflow]:
    """The same Airflow, with the component for an ingress; nothing plays Traefik."""
    values = {"web.host": HOST, "web.path": PATH}
    with told(node):
        synced.wait_synced(trees.add(synced.upstream, executor, ["ingress-traefik"], values))
    yield Airflow(node, user="grace", path=PATH)
    with told(node):
        synced.wait_synced(synced.upstream.revert())


def loads(browser: Browser, page: Page) -> int:
    """How many scripts and styles a page loads: all are there, below the path, and no pages."""
    base = re.search(r'<base href="([^"]+)"', page.text)
    top = urllib.parse.urljoin(page.url, base[1] if base else "")
    named = re.findall(r'(?:src|href)="([^"]+\.(?:js|css)(?:\?[^"]*)?)"', page.text)
    for one in named:
        asset = browser.get(urllib.parse.urljoin(top, one))
        assert (asset.status, HTML in asset.kind) == (200, False), asset.url
        assert urllib.parse.urlsplit(asset.url).path.startswith(f"{PATH}/")
    return len(named)


@pytest.mark.proves("below a path: pages, what they load, and the login by the form", "kubelet")
def test_pages(below: Airflow) -> None:
    browser = Browser(HOST, below.address)
    page = browser.get(f"{PATH}/")
    assert (page.status, page.kind.partition(";")[0]) == (200, HTML)
    assert loads(browser, page)
    assert browser.get(f"{PATH}/api/v2/dags").status == 401
    form = browser.get(f"{PATH}/api/v2/auth/login")  # where the page goes then
    assert form.status == 200
    assert urllib.parse.urlsplit(form.url).path.startswith(f"{PATH}/auth/login")
    assert loads(browser, form)
    end = sign_in(browser, form, below.user, below.password)
    assert (end.status, end.kind.partition(";")[0]) == (200, HTML), end.text
    assert urllib.parse.urlsplit(end.url).path.startswith(f"{PATH}/")
    assert '<div id="root"' in end.text
    assert browser.get(f"{PATH}/api/v2/dags").status == 200


@pytest.mark.proves("below a path: the REST API, and tasks that report to theirs", "kubelet")
def test_programs_and_tasks(node: NodeControlPlane, below: Airflow, executor: str) -> None:
    with told(node):
        run = below.run("proof", SECONDS)["dag_run_id"]
    assert below.states("proof", run) == runs.success(executor)
    runs.assert_logs(below, executor, run)
