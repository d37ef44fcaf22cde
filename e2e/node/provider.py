"""Plays a provider of OpenID Connect: a test double, which asks nobody for a password.

Who signs on is said by the test; the rest is as a provider does it: discovery, a code for one use,
the client's secret, an ID token that is signed (RS256) and has the nonce, and user info.
https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from e2e.certificates import write_self_signed
from e2e.upstream import serving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

CLIENT = "airflow"


class Provider:
    """Answers at `url` by https, with the certificate `authority`, which nobody has signed.

    `redirect` is the one address that people are sent back to, and `password` the client's.
    """

    def __init__(self, directory: Path, address: str, port: int, redirect: str) -> None:
        self._redirect = redirect
        self.url = f"https://{address}:{port}"
        self.password = secrets.token_hex(16)
        certificate = directory / "provider.crt"
        write_self_signed(certificate, f"IP:{address}")
        self.authority = certificate.read_text()
        self._key = certificate.with_suffix(".key")
        self._codes: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer((address, port), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, self._key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def serving(self) -> AbstractContextManager[None]:
        """Answer as long as the block runs."""
        return serving(self._server)

    def sign_on(self, url: str, name: str, groups: Sequence[str]) -> str:
        """Where somebody is sent back to, who was sent to `url` and is known here."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.url}/authorize?"), url
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT), url
        assert asked["redirect_uri"] == self._redirect, url
        assert "openid" in asked["scope"].split(), url
        code = secrets.token_hex(16)
        person = {
            "sub": name,
            "preferred_username": name,
            "given_name": name,
            "family_name": "Lovelace",
            "email": f"{name}@example.com",
            "groups": list(groups),
        }
        self._codes[code] = {"person": person, "nonce": asked["nonce"]}
        return f"{self._redirect}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, method: str, path: str, authorization: str, body: str) -> Any:
        """What is said to a request; None of one that is refused."""
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "userinfo_endpoint": f"{self.url}/userinfo",
                    "jwks_uri": f"{self.url}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            case "GET", "/keys":
                return {"keys": [self._public_key()]}
            case "POST", "/token":
                known = base64.b64encode(f"{CLIENT}:{self.password}".encode()).decode()
                code = parse_qs(body).get("code", [""])[0]
                if authorization != f"Basic {known}" or code not in self._codes:
                    return None
                return self._token(**self._codes.pop(code))
            case "GET", "/userinfo":
                return self._tokens.get(authorization.removeprefix("Bearer "))
        return None

    def _token(self, person: dict[str, Any], nonce: str) -> dict[str, Any]:
        token, now = secrets.token_hex(16), int(time.time())
        self._tokens[token] = person
        claims = {
            "iss": self.url,
            "sub": person["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
        }
        header = {"alg": "RS256", "kid": "1"}
        parts = [_encoded(json.dumps(one).encode()) for one in (header, claims)]
        text = ".".join(parts)
        signature = self._openssl("dgst", "-sha256", "-sign", str(self._key), text=text)
        signed = f"{text}.{_encoded(signature)}"
        kept = {"token_type": "Bearer", "expires_in": 3600}
        return {"access_token": token, "id_token": signed, **kept}

    def _public_key(self) -> dict[str, str]:
        said = self._openssl("rsa", "-in", str(self._key), "-noout", "-modulus").decode()
        modulus = bytes.fromhex(said.strip().partition("=")[2])
        names = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256"}
        return {**names, "n": _encoded(modulus), "e": "AQAB"}

    def _openssl(self, *arguments: str, text: str = "") -> bytes:
        argv = ["openssl", *arguments]
        return subprocess.run(argv, input=text.encode(), capture_output=True, check=True).stdout


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say()

        def do_POST(self) -> None:
            self._say()

        def log_message(self, *_: Any) -> None:
            pass

        def _say(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            known = self.headers.get("Authorization", "")
            said = provider.answer(self.command, self.path, known, body)
            content = json.dumps(said).encode()
            self.send_response(401 if said is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
