"""Runs where Airflow is installed: what people may do who sign on as a webserver_config.py says.

Reads a JSON list of people, `{"name": ..., "password": ..., "groups": [...]}`, who come one after
the other, and writes for each what Airflow answers to a GET of some pages, or null where he is
not let in. The provider is stood in for here: one of OpenID Connect by a server, which is asked
over HTTP; a directory by a double of python-ldap, which has to be compiled. The application is
the one that `airflow api-server` serves.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
import types
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGES = ("/api/v2/dags", "/api/v2/connections")
CODE, TOKEN = "a-code", "a-token"


def main() -> None:
    """Answer what stands on the standard input."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Airflow logs goes to the standard output
    people = json.load(sys.stdin)
    kind = Provider if "SIGN_ON_ISSUER" in os.environ else Directory
    provider = kind(people)  # its address is in the environment then
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    app = create_app()
    found = []
    for person in people:
        client = TestClient(app, base_url=os.environ["AIRFLOW__API__BASE_URL"])
        headers = provider.sign_on(client, person)
        codes = None
        if headers is not None:
            codes = [client.get(page, headers=headers).status_code for page in PAGES]
        found.append(codes)
    json.dump(found, answer)
    answer.close()


class Provider:
    """A provider of OpenID Connect, and the browser that is sent there and back."""

    def __init__(self, _: list[dict[str, Any]]) -> None:
        import jwt
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._keys = {"keys": [{**jwk, "kid": "1", "use": "sig", "alg": "RS256"}]}
        self._person: dict[str, Any] = {}
        self._nonce = ""
        server = HTTPServer(("127.0.0.1", 0), self._handler())
        self._url = os.environ["SIGN_ON_ISSUER"] = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def sign_on(self, client: Any, person: dict[str, Any]) -> dict[str, str] | None:
        """Go to the provider from Airflow's page, and back with a code."""
        sent = client.get("/auth/login/oidc", follow_redirects=False)
        there = urlsplit(sent.headers["location"])
        assert f"{there.scheme}://{there.netloc}" == self._url, sent.headers["location"]
        asked = {name: values[0] for name, values in parse_qs(there.query).items()}
        assert asked["client_id"] == os.environ["SIGN_ON_CLIENT"]
        assert asked["scope"] == os.environ["SIGN_ON_SCOPES"]
        back = f"{os.environ['AIRFLOW__API__BASE_URL']}/auth/oauth-authorized/oidc"
        assert asked["redirect_uri"] == back, asked["redirect_uri"]
        self._person, self._nonce = person, asked["nonce"]
        client.get(back, params={"code": CODE, "state": asked["state"]})
        return {}

    def answer(self, method: str, path: str, authorization: str) -> Any:
        """What the provider says to a request; None of one that it refuses."""
        client = f"{os.environ['SIGN_ON_CLIENT']}:{os.environ['SIGN_ON_PASSWORD']}"
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return {
                    "issuer": self._url,
                    "authorization_endpoint": f"{self._url}/authorize",
                    "token_endpoint": f"{self._url}/token",
                    "userinfo_endpoint": f"{self._url}/userinfo",
                    "jwks_uri": f"{self._url}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            case "GET", "/keys":
                return self._keys
            case "POST", "/token" if authorization == f"Basic {_encoded(client)}":
                return {"access_token": TOKEN, "token_type": "Bearer", "id_token": self._id()}
            case "GET", "/userinfo" if authorization == f"Bearer {TOKEN}":
                name = self._person["name"]
                return {
                    "sub": name,
                    "preferred_username": name,
                    "given_name": name,
                    "family_name": "Lovelace",
                    "email": f"{name}@example.com",
                    "groups": self._person["groups"],
                }
        return None

    def _id(self) -> str:
        import jwt

        now = int(time.time())
        claims = {
            "iss": self._url,
            "sub": self._person["name"],
            "aud": os.environ["SIGN_ON_CLIENT"],
            "iat": now,
            "exp": now + 60,
            "nonce": self._nonce,
        }
        return str(jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "1"}))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say()

            def do_POST(self) -> None:
                self._say()

            def _say(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                said = answer(self.command, self.path, self.headers.get("Authorization", ""))
                content = json.dumps(said).encode()
                self.send_response(200 if said else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler


class Directory:
    """A double of python-ldap as far as FAB uses it: people below one place, found by one field."""

    def __init__(self, people: list[dict[str, Any]]) -> None:
        self._people = {f"uid={one['name']},{_place()}": one for one in people}
        module: Any = types.ModuleType("ldap")
        module.filter = types.ModuleType("ldap.filter")
        module.filter.escape_filter_chars = lambda text: text.replace("*", r"\2a")
        module.LDAPError = type("LDAPError", (Exception,), {})
        module.INVALID_CREDENTIALS = type("INVALID_CREDENTIALS", (module.LDAPError,), {})
        module.SCOPE_SUBTREE = 2
        for name in ("X_TLS_CACERTFILE", "X_TLS_REQUIRE_CERT", "X_TLS_DEMAND", "X_TLS_NEWCTX"):
            setattr(module, f"OPT_{name}", name)
        module.OPT_REFERRALS = "REFERRALS"
        self._options: dict[str, Any] = {}
        module.set_option = self._options.__setitem__
        module.initialize = self._initialize
        sys.modules |= {"ldap": module, "ldap.filter": module.filter}
        self._module = module

    def sign_on(self, client: Any, person: dict[str, Any]) -> dict[str, str] | None:
        """Get a token for a name and a password."""
        secret = {"username": person["name"], "password": person["typed"]}
        answer = client.post("/auth/token", json=secret)
        if not answer.is_success:
            return None
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def _initialize(self, server: str) -> Any:
        assert server == os.environ["SIGN_ON_SERVER"]
        assert self._options["X_TLS_REQUIRE_CERT"] == "X_TLS_DEMAND"
        assert self._options["X_TLS_CACERTFILE"] == os.environ["SIGN_ON_AUTHORITIES"]
        return Connection(self._module, self._people)


class Connection:
    """A connection to the directory: who searches has to be known, and encrypted."""

    def __init__(self, module: Any, people: dict[str, dict[str, Any]]) -> None:
        self._module, self._people = module, people
        self._is_encrypted = os.environ["SIGN_ON_SERVER"].startswith("ldaps://")
        self._user = ""

    def set_option(self, *_: Any) -> None:
        """Whether referrals are followed: there are none."""

    def start_tls_s(self) -> None:
        assert not self._is_encrypted
        self._is_encrypted = True

    def simple_bind_s(self, user: str, password: str) -> None:
        assert self._is_encrypted, "a password would be readable"
        known = {name: one["password"] for name, one in self._people.items()}
        known[os.environ["SIGN_ON_BIND_USER"]] = os.environ["SIGN_ON_PASSWORD"]
        if known.get(user) != password:
            raise self._module.INVALID_CREDENTIALS
        self._user = user

    def search_s(self, place: str, scope: int, text: str, fields: list[str]) -> list[Any]:
        assert self._user == os.environ["SIGN_ON_BIND_USER"]
        assert (place, scope) == (_place(), self._module.SCOPE_SUBTREE)
        found = []
        for name, one in self._people.items():
            if text == f"({os.environ['SIGN_ON_NAME_FIELD']}={one['name']})":
                known = {
                    "givenName": [one["name"]],
                    "sn": ["Lovelace"],
                    "mail": [f"{one['name']}@example.com"],
                    "memberOf": one["groups"],
                }
                asked = {key: [value.encode() for value in known[key]] for key in fields}
                found.append((name, asked))
        return found


def _place() -> str:
    return os.environ["SIGN_ON_SEARCH"]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


if __name__ == "__main__":
    main()
