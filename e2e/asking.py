"""Asks an API server whether it would accept an object, without changing anything.

It is what `kubectl create` and `kubectl apply --server-side` do with --dry-run=server and
--validate=strict: a program for each of thousands of objects takes too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from e2e.api import Api

_QUERY = "dryRun=All&fieldValidation=Strict&fieldManager=e2e"


class Verdict(NamedTuple):
    """Whether an object was accepted, else the status and the message."""

    status: int
    message: str = ""

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def was_read(self) -> bool:
        """Whether it was refused by validation only (or by admission), so that it could be read."""
        return self.status in (403, 422)


class Resource(NamedTuple):
    """Where a kind is served."""

    path: str
    name: str
    namespaced: bool


class Server:
    """Asks an API server about objects of the kinds that it serves."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._resources: dict[tuple[str, str], Resource] = {}

    def served(self) -> list[tuple[str, str]]:
        """Every apiVersion and kind that can be created and applied."""
        self._resources = {}
        versions = ["v1"]
        for group in self._api.request("GET", "/apis")["groups"]:
            versions += [one["groupVersion"] for one in group["versions"]]
        for version in versions:
            path = f"/api/{version}" if version == "v1" else f"/apis/{version}"
            for one in self._api.request("GET", path)["resources"]:
                if "/" not in one["name"] and {"create", "patch"} <= set(one["verbs"]):
                    resource = Resource(path, one["name"], one["namespaced"])
                    self._resources[version, one["kind"]] = resource
        return sorted(self._resources)

    @property
    def known(self) -> list[tuple[str, str]]:
        """What was served when it was last asked for."""
        return sorted(self._resources)

    def create(self, data: dict[str, Any]) -> Verdict:
        """As `kubectl create`, and as `kubectl apply` of an object that is not there."""
        return self._send("POST", self._path(data), data)

    def apply(self, data: dict[str, Any]) -> Verdict:
        """As `kubectl apply --server-side`."""
        return self._send("PATCH", self.path_of(data), data)

    def accepts(self, data: dict[str, Any]) -> Verdict:
        """Both: Argo CD does the one, and Flux the other."""
        created = self.create(data)
        return self.apply(data) if created.accepted else created

    def path_of(self, data: dict[str, Any]) -> str:
        """Where an object is, or would be."""
        return f"{self._path(data)}/{quote(data['metadata']['name'], safe='')}"

    def _path(self, data: dict[str, Any]) -> str:
        resource = self._resources[data["apiVersion"], data["kind"]]
        namespace = quote(data["metadata"].get("namespace", "default"), safe="")
        inner = f"namespaces/{namespace}/" if resource.namespaced else ""
        return f"{resource.path}/{inner}{resource.name}"

    def _send(self, method: str, path: str, data: dict[str, Any]) -> Verdict:
        media = "application/json" if method == "POST" else "application/apply-patch+yaml"
        force = "" if method == "POST" else "&force=true"
        status, body = self._api.ask(method, f"{path}?{_QUERY}{force}", data, Content_Type=media)
        return Verdict(status, "" if status < 300 else body.get("message", str(body)))
