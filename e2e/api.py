"""The API server by HTTP: for what is asked so often that a kubectl each time is too slow."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TIMEOUT = 60.0

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
    """Requests to an API server; each thread keeps one connection."""

    def __init__(self, port: int, token: str, certificate: Path) -> None:
        self._port = port
        self._token = token
        self._certificate = certificate
        self._thread = threading.local()
        self._connections: list[http.client.HTTPSConnection] = []

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()

    def find(self, path: str) -> Object | None:
        """What is at a path (`/apis/GROUP/VERSION/...`); None if there is nothing."""
        status, answer = self._ask("GET", path, None)
        if status == http.client.NOT_FOUND:
            return None
        assert status < 300, f"GET {path}: {answer.get('message', answer)}"
        return answer

    def request(self, method: str, path: str, body: Object | None = None) -> Object:
        """The answer to a request; any but a success is an `AssertionError`."""
        status, answer = self._ask(method, path, body)
        assert status < 300, f"{method} {path}: {answer.get('message', answer)}"
        return answer

    def _ask(self, method: str, path: str, body: Object | None) -> tuple[int, Object]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection = self._connection()
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer: Object = json.loads(response.read())
        return response.status, answer

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
            for group in self._discovery(path)["items"]:
                name = group["metadata"].get("name", "")
                version = group["versions"][0]
                for one in version["resources"]:
                    for full in (one, *one.get("subresources", [])):
                        subresource = full.get("subresource", "")
                        plural = one["resource"] + (f"/{subresource}" if subresource else "")
                        yield Resource(
                            name, version["version"], plural, one["scope"] == "Namespaced"
                        )

    def _discovery(self, path: str) -> Object:
        """All groups in one answer."""
        accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept}
        connection = self._connection()
        connection.request("GET", path, headers=headers)
        answer: Object = json.loads(connection.getresponse().read())
        return answer

    def _connection(self) -> http.client.HTTPSConnection:
        found: http.client.HTTPSConnection | None = getattr(self._thread, "connection", None)
        if found is None:
            context = ssl.create_default_context(cafile=self._certificate)
            found = http.client.HTTPSConnection(
                "127.0.0.1", self._port, context=context, timeout=_TIMEOUT
            )
            self._thread.connection = found
            self._connections.append(found)
        return found
