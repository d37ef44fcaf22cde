"""People sign on with what a directory knows: OpenLDAP, by ldaps and by ldap with StartTLS."""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator

import pytest

from e2e.certificates import write_self_signed
from e2e.fluxed import Flux
from e2e.node import pages, trees
from e2e.node.airflow import Airflow
from e2e.node.browser import Browser, sign_in
from e2e.node.cluster import PODS, NodeControlPlane
from e2e.node.firewall import Firewall
from e2e.node.images import AIRFLOW, AIRFLOW_LDAP, SLAPD
from e2e.node.trouble import told
from e2e.trees import ROOT

ON = ("kubelet", "OpenLDAP 2.5", "python-ldap")
AUTHORITY = (ROOT / "docs/how-to.md", "An authority of your own")
SEARCHER, HOST = "cn=airflow,ou=services,dc=example,dc=com", "ldap.directory.svc"
ADMINS, VIEWERS = (f"cn={name},ou=groups,dc=example,dc=com" for name in ("admins", "viewers"))
VALUES = {
    "signOn.server": f"ldaps://{HOST}",
    "signOn.bindUser": SEARCHER,
    "signOn.search": "ou=people,dc=example,dc=com",
    "signOn.cidr": PODS,
    "signOn.admins": ADMINS,
    "signOn.viewers": VIEWERS,
}
# Who is in which group, and what is answered to him for the DAGs and for the connections.
PEOPLE = {
    "nobody": ("", [403, 403]),
    "viewer": (VIEWERS, [200, 403]),
    "admin": (ADMINS, [200, 200]),
}
STRANGER = [401, 401]
PASSWORD = secrets.token_hex(16)  # of all people
SECONDS = 300
IMAGES = "e2e/node/component/kustomization.yaml"
# Which authorities are asked whether the directory is the right one, as its README has it.
_PATCH = """
  - target: {kind: Deployment, name: airflow-api-server}
    patch:
    - op: replace
      path: /spec/template/spec/containers/[name=api-server]/env/[name=SIGN_ON_AUTHORITIES]/value
      value: /etc/airflow-ca/ca.crt
"""

_LDIF = """
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=services,dc=example,dc=com
objectClass: organizationalUnit
ou: services

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: {searcher}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: airflow
userPassword: {password}
"""
_PERSON = """
dn: uid={name},ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: {name}
cn: {name}
givenName: {name}
sn: Lovelace
mail: {name}@example.com
userPassword: {password}
"""
_DIRECTORY = """
apiVersion: v1
kind: Pod
metadata:
  name: ldap
  namespace: directory
  labels: {{app: ldap}}
spec:
  containers:
  - name: slapd
    image: {image}
    env:
    - {{name: SUFFIX, value: "dc=example,dc=com"}}
    - {{name: SEARCHER, value: "{searcher}"}}
    readinessProbe:
      tcpSocket: {{port: 636}}
    volumeMounts:
    - {{name: data, mountPath: /data}}
    - {{name: directory, mountPath: /etc/directory}}
  volumes:
  - name: data
    emptyDir: {{}}
  - name: directory
    secret: {{secretName: directory}}
---
apiVersion: v1
kind: Service
metadata:
  name: ldap
  namespace: directory
spec:
  selector: {{app: ldap}}
  ports:
  - {{name: ldaps, port: 636}}
  - {{name: ldap, port: 389}}
"""


def people(password: str) -> str:
    """What is in the directory: who may search, and people with their groups."""
    entries = [_LDIF.format(searcher=SEARCHER, password=password)]
    for name, (group, _) in PEOPLE.items():
        member = f"memberOf: {group}\n" if group else ""
        entries.append(_PERSON.format(name=name, password=PASSWORD) + member)
    return "".join(entries)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, node: NodeControlPlane) -> Generator[str]:
    """A directory, which is no part of Airflow; gives its certificate."""
    for image in (SLAPD, AIRFLOW_LDAP):
        node.import_image(image)
    certificate = tmp_path_factory.mktemp("directory") / "server.crt"
    write_self_signed(certificate, f"DNS:{HOST}")
    password = secrets.token_hex(16)
    files = {
        "server.crt": certificate.read_text(),
        "server.key": certificate.with_suffix(".key").read_text(),
        "people.ldif": people(password),
    }
    node.kubectl("create", "namespace", "directory")
    node.kubectl("create", "--filename=-", stdin=_secret("directory", "directory", files))
    text = _DIRECTORY.format(image=SLAPD.full_name, searcher=SEARCHER)
    node.kubectl("create", "--filename=-", stdin=text)
    place = ("pod/ldap", "--namespace=directory")
    with told(node):
        node.kubectl("wait", *place, "--for=condition=Ready", f"--timeout={SECONDS}s")
    own = {"password": password}
    node.kubectl("create", "--filename=-", stdin=_secret("airflow-sign-on", "airflow", own))
    yield files["server.crt"]
    node.kubectl("delete", "secret", "airflow-sign-on", "--namespace=airflow")
    node.kubectl("delete", *place, "--grace-period=1")
    node.kubectl("delete", "namespace", "directory", "--wait=false")


def _secret(name: str, namespace: str, data: dict[str, str]) -> str:
    metadata = {"name": name, "namespace": namespace}
    values = {"metadata": metadata, "stringData": data}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", **values})


@pytest.fixture(scope="module")
def signed_on(
    node: NodeControlPlane, synced: Flux, directory: str, executor: str
) -> Generator[Flux]:
    """The tree with the directory, whose authority it trusts as the pages say."""
    upstream, before = synced.upstream, synced.upstream.head
    blocks = pages.blocks(*AUTHORITY)
    blocks["cluster.yaml"] += _PATCH.lstrip("\n")
    with told(node):
        trees.append(upstream, executor, {**blocks, "ca.crt": directory})
        upstream.edit(IMAGES, f"e2e.test/{AIRFLOW.name},", f"e2e.test/{AIRFLOW_LDAP.name},")
        synced.wait_synced(trees.add(upstream, executor, ["sign-on-ldap"], VALUES))
        with Firewall(node):
            yield synced
    with told(node):
        synced.wait_synced(upstream.back_to(before))


def answers(airflow: Airflow, name: str, password: str) -> list[int]:
    """What somebody is answered for the DAGs and for the connections, who types this."""
    browser = Browser("localhost:8080", airflow.address)
    sign_in(browser, browser.get("/auth/login/"), name, password)
    return [browser.get(path).status for path in ("/api/v2/dags", "/api/v2/connections")]


def assert_people_sign_on(airflow: Airflow) -> None:
    for name, (_, wanted) in PEOPLE.items():
        assert answers(airflow, name, PASSWORD) == wanted, name
        assert answers(airflow, name, "wrong") == STRANGER, name
    assert answers(airflow, "stranger", PASSWORD) == STRANGER


@pytest.mark.proves("people sign on by ldaps, with the roles of their groups", *ON)
@pytest.mark.usefixtures("signed_on")
def test_ldaps(node: NodeControlPlane, airflow: Airflow) -> None:
    with told(node):
        assert_people_sign_on(airflow)


@pytest.mark.proves("people sign on by ldap with StartTLS, with the roles of their groups", *ON)
def test_start_tls(
    node: NodeControlPlane, signed_on: Flux, airflow: Airflow, executor: str
) -> None:
    values = {"signOn.server": f"ldap://{HOST}", "signOn.port": 389}
    with told(node):
        signed_on.wait_synced(trees.set_parameters(signed_on.upstream, executor, values))
        assert_people_sign_on(airflow)
