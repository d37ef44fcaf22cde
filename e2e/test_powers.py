"""Rights that reach further than they say: each is used, with the token of who has it."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from e2e.api import Api, Object
from e2e.controlplane import ControlPlane
from e2e.deeds import DEEDS, OBJECTS, SHOP, Deed
from renderer.impacts.access.acting import Acting
from renderer.impacts.access.opened import Holders
from renderer.impacts.access.powers import uses_of
from renderer.impacts.access.rights import Right, Rights
from renderer.impacts.access.roles import ACCOUNT, RBAC, Subject
from renderer.impacts.model import ClusterObjects
from renderer.kubernetes.manifests import Manifest, object_ref

PATIENCE = 15  # seconds until the authorizer and the controllers know of a change
FORBIDDEN = 403
OPERATOR = Subject(ACCOUNT, "shop", "operator")


@pytest.fixture(scope="module")
def shop(cluster: ControlPlane) -> ControlPlane:
    cluster.kubectl("create", "namespace", "shop")
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=OBJECTS)
    key = str(cluster.directory / "client.key")
    request = subprocess.run(
        [
            "openssl",
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=ann",
            "-keyout",
            key,
        ],
        capture_output=True,
        check=True,
    )
    cluster.api.request(
        "POST",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests",
        {
            "metadata": {"name": "e2e"},
            "spec": {
                "request": base64.b64encode(request.stdout).decode(),
                "signerName": "kubernetes.io/kube-apiserver-client",
                "usages": ["client auth"],
            },
        },
    )
    return cluster


def somebody(cluster: ControlPlane, name: str) -> Api:
    """The API for a new ServiceAccount with nothing but what every account has."""
    cluster.api.request("POST", f"{SHOP}/serviceaccounts", {"metadata": {"name": name}})
    answer = cluster.api.request("POST", f"{SHOP}/serviceaccounts/{name}/token", {"spec": {}})
    return api_of(cluster, answer["status"]["token"])


def api_of(cluster: ControlPlane, token: str) -> Api:
    return Api(urlsplit(cluster.server).port or 0, token, cluster.certificate)


def grant(cluster: ControlPlane, name: str, rights: list[Right]) -> list[Object]:
    """Gives rights everywhere, and the objects that do so."""
    role: Object = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": [
            {"apiGroups": [one.group], "resources": [one.resource], "verbs": [one.verb]}
            | ({"resourceNames": [one.name]} if one.name else {})
            for one in rights
        ],
    }
    binding: Object = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": ACCOUNT, "name": name, "namespace": "shop"}],
    }
    for one, plural in ((role, "clusterroles"), (binding, "clusterrolebindings")):
        cluster.api.request("POST", f"/apis/{RBAC}/v1/{plural}", one)
    return [role, binding]


def made_by(deed: Deed, name: str) -> str:
    """The name of the object that a deed makes."""
    return "v1.e2e.example.com" if deed.power == "serve APIs" else f"{name}-made"


def do(api: Api, deed: Deed, name: str, node: str) -> tuple[int, Object]:
    body = deed.body
    if body is not None and deed.method == "POST" and not deed.path.endswith("/token"):
        body = {**body, "metadata": {**body.get("metadata", {}), "name": made_by(deed, name)}}
    try:
        return api.ask(deed.method, deed.path.format(node=node), body, **dict(deed.headers))
    except json.JSONDecodeError:  # the words of whom a proxy leads to, or does not
        return 502, {}


def persist(ask: Callable[[], tuple[int, Object]]) -> tuple[int, Object]:
    """The answer once it is not a refusal any more."""
    end = time.monotonic() + PATIENCE
    while True:
        status, answer = ask()
        if status != FORBIDDEN or time.monotonic() > end:
            return status, answer
        time.sleep(0.1)


@pytest.mark.proves("rights that reach further do so, by a token of who has them", "kube-apiserver")
@pytest.mark.parametrize(("number", "deed"), [*enumerate(DEEDS)], ids=[*map(str, DEEDS)])
def test_a_power_is_used(shop: ControlPlane, number: int, deed: Deed) -> None:
    name = f"deed-{number}"
    node = str(shop.objects("nodes")[0]["metadata"]["name"]) if "{node}" in deed.path else ""
    api = somebody(shop, name)
    try:
        assert do(api, deed, name, node)[0] == FORBIDDEN
        assert deed.power in {use.power.name for use in uses_of(Rights(deed.rights))}
        grant(shop, name, deed.rights)
        status, answer = persist(lambda: do(api, deed, name, node))
        assert status < 300 if deed.is_answered else status != FORBIDDEN, answer
    finally:
        api.close()
        if deed.power in ("admission", "serve APIs"):
            shop.api.ask("DELETE", f"{deed.path}/{made_by(deed, name)}")


@pytest.mark.proves("who can act as another can do what that may", "kube-apiserver")
@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("requests", [Right("", "create", "", "serviceaccounts/token")]),
        ("mints", [Right("", "create", "", "secrets"), Right("", "get", "", "secrets")]),
    ],
)
def test_a_token_of_another(shop: ControlPlane, name: str, rights: list[Right]) -> None:
    api = somebody(shop, name)
    objects = [*grant(shop, name, rights), *shop.objects("serviceaccounts")]
    objects += [
        one for one in shop.objects("roles,rolebindings") if one["metadata"]["name"] == "operator"
    ]
    holders = Holders(_cluster(objects))
    assert OPERATOR in Acting(_cluster(objects), holders).reached(Subject(ACCOUNT, "shop", name))
    if name == "requests":
        path = f"{SHOP}/serviceaccounts/operator/token"
        _, answer = persist(lambda: api.ask("POST", path, {"spec": {}}))
        token = answer["status"]["token"]
    else:
        token = _minted(shop, api)
    shop.kubectl("create", "configmap", name, "--namespace", "shop")
    path = f"{SHOP}/configmaps/{name}"
    assert api.ask("DELETE", path)[0] == FORBIDDEN
    acting = api_of(shop, token)
    assert acting.ask("DELETE", path)[0] < 300
    acting.close()
    api.close()


def _minted(shop: ControlPlane, api: Api) -> str:
    """A token of the operator, in a Secret that asks for one."""
    about = {"name": "minted", "annotations": {"kubernetes.io/service-account.name": "operator"}}
    body: Object = {"metadata": about, "type": "kubernetes.io/service-account-token"}
    assert persist(lambda: api.ask("POST", f"{SHOP}/secrets", body))[0] < 300

    def is_filled() -> bool:
        return bool(api.ask("GET", f"{SHOP}/secrets/minted")[1].get("data"))

    shop.wait_for("token in a Secret", is_filled, PATIENCE)
    data = api.request("GET", f"{SHOP}/secrets/minted")["data"]
    return base64.b64decode(data["token"]).decode()


def _cluster(objects: list[Object]) -> ClusterObjects:
    refs = [object_ref(one) for one in objects]
    pairs = zip(refs, objects, strict=True)
    return ClusterObjects(lambda: [Manifest(ref, data, ref.name) for ref, data in pairs])
