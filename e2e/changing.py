"""What an API server does with a change: one object is applied for real, and others over it.

They are sent as Flux does, server-side and with --dry-run=server, so that each meets the same.
"""

from __future__ import annotations

import copy
import http.client
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from e2e.api import Api
    from e2e.asking import Server

Object = dict[str, Any]

_QUERY = "fieldManager=e2e&fieldValidation=Strict&force=true"
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
# What changes by itself.
_MARKS = ("annotations", "labels")
_LIVE = ("generation", "managedFields", "resourceVersion")
_ROLLING = ("DaemonSet", "Deployment", "StatefulSet")
_ATTEMPTS = 5  # at an object that its controller changes at the same time
_SECONDS = 20.0  # for an object to go


class Outcome(NamedTuple):
    """What became of a change: the message of a refusal, else the object before and after."""

    refused: str
    before: Object
    after: Object

    @property
    def changes(self) -> bool:
        """Whether anything but labels and annotations is another."""
        return _content(self.before) != _content(self.after)

    @property
    def relabels(self) -> bool:
        """Whether labels or annotations are others."""
        both = (self.before["metadata"], self.after["metadata"])
        return any(both[0].get(key) != both[1].get(key) for key in _MARKS)

    @property
    def changes_template(self) -> bool:
        both = [_spec(one).get("template") for one in (self.before, self.after)]
        return both[0] != both[1]

    @property
    def rolls(self) -> bool:
        """Whether it is a workload whose Pods follow its template, which is another."""
        return self.after["kind"] in _ROLLING and self.changes_template


class Changing:
    """Tries changes on an API server."""

    def __init__(self, api: Api, server: Server) -> None:
        self._api = api
        self._server = server

    def apply(self, data: Object) -> str:
        """Apply an object; the message of a refusal, or nothing."""
        path = f"{self._server.path_of(data)}?{_QUERY}"
        status, answer = self._api.ask("PATCH", path, data, Content_Type=_APPLY)
        if status >= http.client.MULTIPLE_CHOICES:
            return str(answer["message"])
        if data["kind"] == "CustomResourceDefinition":
            self._wait_for(lambda: self._is_established(data), f"{path} is not established")
        return ""

    def over(self, old: Object, changed: Iterable[Object]) -> Iterator[Outcome]:
        """Each change of an object that is there; it stays as it is."""
        path = self._server.path_of(old)
        for new in changed:
            yield self._over(path, old, new)

    def _over(self, path: str, old: Object, new: Object) -> Outcome:
        """A change of an object, at a moment when no controller changes or removes it."""
        query = f"{path}?{_QUERY}&dryRun=All"
        for _ in range(_ATTEMPTS):
            if self._api.find(path) is None:
                self.apply(old)
            before = self._api.find(path) or {}
            status, answer = self._api.ask("PATCH", query, new, Content_Type=_APPLY)
            if before and _version(before) == _version(self._api.find(path)):
                break
        is_refused = status >= http.client.MULTIPLE_CHOICES
        return Outcome(answer["message"] if is_refused else "", before, answer)

    def delete(self, data: Object) -> None:
        """Delete an object, whoever would like to keep it, and wait until it has gone."""
        path = self._server.path_of(data)
        self._api.ask("DELETE", f"{path}?propagationPolicy=Background&gracePeriodSeconds=0")
        self._wait_for(lambda: self._is_gone(path), f"{path} does not go")

    def _is_gone(self, path: str) -> bool:
        found = self._api.find(path)
        if found and found["metadata"].get("finalizers"):
            free: Object = {"metadata": {"finalizers": None}}
            self._api.ask("PATCH", path, free, Content_Type=_MERGE)
        return found is None

    def _is_established(self, data: Object) -> bool:
        found = self._api.request("GET", self._server.path_of(data))
        conditions = found.get("status", {}).get("conditions") or []
        return {"Established": "True"} in [{one["type"]: one["status"]} for one in conditions]

    def _wait_for(self, ready: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while not ready():
            assert time.monotonic() < deadline, problem
            time.sleep(0.02)


def _version(data: Object | None) -> str:
    return str(data["metadata"]["resourceVersion"]) if data else ""


def _content(data: Object) -> Object:
    found = copy.deepcopy(data)
    found.pop("status", None)
    for key in (*_LIVE, *_MARKS):
        found["metadata"].pop(key, None)
    return found


def _spec(data: Object) -> Object:
    spec = data.get("spec")
    return spec if isinstance(spec, dict) else {}
