"""The API server by HTTP: for what is asked so often that a kubectl each time is too slow."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import ssl
import time
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_TIMEOUT = 60.0
_IDLE = 30.0  # seconds; the server closes a connection that nobody uses for 90
_PIPELINE = 50  # requests that are on their way at once; they and the answers fit into buffers
_JSON = "application/json"
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

Object = dict[str, Any]


class Resource(NamedTuple):
    """A resource or subresource (`pods/log`) that the API server serves."""

    group: str
    version: str
    name: str
    namespaced: bool

    def __str__(self) -> str:
        """As RBAC messages name it: `deployments.apps/scale`."""
        resource, _, subresource = self.name.partition("/")
        full = f"{resource}.{self.group}" if self.group else resource
        return f"{full}/{subresource}" if subresource else full

    @property
    def path(self) -> str:
        """Where all objects of it are."""
        prefix = f"/apis/{self.group}" if self.group else "/api"
        return f"{prefix}/{self.version}/{self.name}"


class Api:
    """Requests to an API server, over one connection."""

    def __init__(self, port: int, token: str, certificate: Path) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": _JSON, "Accept": _JSON}
        self._certificate = certificate
        self._connection: http.client.HTTPSConnection | None = None
        self._used = 0.0

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def find(self, path: str) -> Object | None:
        """What is at a path (`/apis/GROUP/VERSION/...`); None if there is nothing."""
        status, answer = self.ask("GET", path)
        if status == http.client.NOT_FOUND:
            return None
        assert status < 300, f"GET {path}: {answer.get('message', answer)}"
        return answer

    def request(self, method: str, path: str, body: Object | None = None, **headers: str) -> Object:
        """The answer to a request; any but a success is an `AssertionError`."""
        status, answer = self.ask(method, path, body, **headers)
        assert status < 300, f"{method} {path}: {answer.get('message', answer)}"
        return answer

    def ask(
        self, method: str, path: str, body: Object | None = None, **headers: str
    ) -> tuple[int, Object]:
        """The status and the answer to a request; `Content_Type="..."` is such a header."""
        if time.monotonic() - self._used > _IDLE:
            self.close()
        self._used = time.monotonic()
        connection = self._connection = self._connection or self._new_connection()
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        text = json.dumps(body) if body else None
        connection.request(method, path, text, {**self._headers, **own})
        response = connection.getresponse()
        answer: Object = json.loads(response.read())
        return response.status, answer

    def post_all(self, path: str, bodies: Iterable[Object]) -> Iterator[Object]:
        """The answers to many requests, in their order; any but a success is an error.

        Several are on their way at once (pipelining, RFC 9112 section 9.3.2): waiting for each
        answer takes several times as long.
        """
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in self._headers.items())
        waiting = iter(bodies)
        with self._open() as connection, connection.makefile("rb") as answers:
            while batch := [json.dumps(body) for body in itertools.islice(waiting, _PIPELINE)]:
                requests = (f"{head}Content-Length: {len(one)}\r\n\r\n{one}" for one in batch)
                connection.sendall("".join(requests).encode("ascii"))
                for _ in batch:
                    yield _read_answer(answers)

    def _new_connection(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=self._certificate)
        return http.client.HTTPSConnection(
            "127.0.0.1", self._port, context=context, timeout=_TIMEOUT
        )

    def _open(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self._certificate)
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT)
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def objects(self, kinds: str) -> list[Object]:
        """All objects of some resources: `pods,deployments.apps`."""
        found = []
        resources = [*self.resources()]
        for kind in kinds.split(","):
            resource = next(one for one in resources if kind in (one.name, str(one)))
            answer = self.request("GET", resource.path)
            known = {
                "apiVersion": answer["apiVersion"],
                "kind": answer["kind"].removesuffix("List"),
            }
            found += [{**known, **one} for one in answer["items"]]
        return found

    def resources(self) -> Iterator[Resource]:
        """Every resource and subresource, in the preferred version of its group; core first."""
        # https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
        for path in ("/api", "/apis"):
            for group in self.request("GET", path, Accept=_AGGREGATED)["items"]:
                name = group["metadata"].get("name", "")
                version = group["versions"][0]
                for one in version["resources"]:
                    for full in (one, *one.get("subresources", [])):
                        subresource = full.get("subresource", "")
                        plural = one["resource"] + (f"/{subresource}" if subresource else "")
                        yield Resource(
                            name, version["version"], plural, one["scope"] == "Namespaced"
                        )


def _read_answer(stream: IO[bytes]) -> Object:
    """One answer of several: what http.client reads, it reads ahead."""
    status = stream.readline().split()[1]
    headers = http.client.parse_headers(stream)
    answer: Object = json.loads(stream.read(int(headers["Content-Length"])))
    assert status.startswith(b"2"), answer.get("message", answer)
    return answer
