"""What changed is what dyff says that changed; where it is not, the reason is here."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support import PROJECT

from e2e.dyff import Difference, told_by_dyff, told_by_us
from e2e.trees import CLUSTERS

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  finalizers: [example.com/a, example.com/b]
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      tolerations:
      - {key: a, operator: Exists}
      - {key: b, operator: Exists}
      containers:
      - name: web
        image: web:1
        args: [serve, --port=80, --quiet]
        env:
        - {name: A, value: "1"}
        - {name: B, value: "2"}
        ports:
        - {containerPort: 80}
        - {containerPort: 53, protocol: UDP}
        resources: {requests: {cpu: "1", memory: 1Gi}}
      - name: proxy
        image: proxy:1
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
  - {name: https, port: 443}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  mode: fast
  a.cfg: "[a]\\nb = 1\\n# note\\n"
  a.json: '{"a": 1, "b": [1, 2]}'
---
apiVersion: example.com/v1
kind: Gate
metadata: {name: main}
spec:
  open: true
  limit: 10
  routes:
  - {name: one, to: blue}
  - {name: two, to: green}
"""
_WEB, _SERVED = "apps/v1/Deployment/shop/web", "v1/Service/shop/web"
_CONFIG, _GATE = "v1/ConfigMap/shop/settings", "example.com/v1/Gate/main"
_CONTAINER = "/spec/template/spec/containers/name=web"
_SERVICE = OBJECTS.split("---\n")[1] + "---\n"
_HASHED = re.compile(r"v1/ConfigMap/.*-[0-9a-z]{10}")
_NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n---\n"


class Case(NamedTuple):
    """An edit of the objects: what is replaced by what."""

    old: str
    new: str


AGREED = {
    "nothing": Case("replicas: 2", "replicas: 2"),
    "a number": Case("replicas: 2", "replicas: 3"),
    "a field that goes": Case("  replicas: 2\n", ""),
    "a field that comes": Case("replicas: 2", "replicas: 2\n  paused: true"),
    "a mapping that comes": Case("replicas: 2", "replicas: 2\n  strategy: {type: Recreate}"),
    "keys in another order": Case(
        "metadata: {name: web, namespace: shop}", "metadata: {namespace: shop, name: web}"
    ),
    "an image": Case("image: web:1", "image: web:2"),
    "two fields": Case("image: web:1\n        args: [serve,", "image: web:2\n        args: [run,"),
    "a variable": Case('{name: B, value: "2"}', '{name: B, value: "3"}'),
    "a variable that goes": Case('        - {name: B, value: "2"}\n', ""),
    "a variable that comes": Case('- {name: B, value: "2"}', "- {name: B}\n        - {name: C}"),
    "variables in another order": Case(
        '- {name: A, value: "1"}\n        - {name: B, value: "2"}',
        '- {name: B, value: "2"}\n        - {name: A, value: "1"}',
    ),
    "a container that comes": Case("- name: proxy", "- {name: x, image: y}\n      - name: proxy"),
    "a container under another name": Case("- name: proxy", "- name: relay"),
    "an argument": Case("--port=80", "--port=81"),
    "an argument that comes": Case("serve, ", "serve, --verbose, "),
    "arguments in another order": Case("serve, --port=80", "--port=80, serve"),
    "a toleration that goes": Case("      - {key: b, operator: Exists}\n", ""),
    "another port": Case("{containerPort: 80}", "{containerPort: 81}"),
    "a finalizer": Case("example.com/b]", "example.com/c]"),
    "a string for a number": Case("limit: 10", 'limit: "10"'),
    "a boolean": Case("open: true", "open: false"),
    "an item of a custom resource": Case("{name: two, to: green}", "{name: two, to: red}"),
    "a word": Case("mode: fast", "mode: slow"),
    "a text": Case("b = 1", "b = 2"),
    "a comment in a text": Case("# note", "# other"),
    "JSON": Case('"b": [1, 2]', '"b": [1, 3]'),
    "another version of the API": Case("apiVersion: example.com/v1", "apiVersion: example.com/v2"),
    "an object that goes": Case(_SERVICE, ""),
    "an object that comes": Case(_SERVICE, f"{_NAMESPACE}{_SERVICE}"),
    "an object under another name": Case("{name: settings,", "{name: options,"),
    "an object in another namespace": Case("settings, namespace: shop", "settings, namespace: x"),
}


class Disagreed(NamedTuple):
    """An edit, which places only one of both tells, and why."""

    edit: Case
    ours: set[Difference]
    theirs: set[Difference]
    reason: str


_TOLERATIONS = "/spec/template/spec/tolerations"
_PORTS = f"{_CONTAINER}/ports"
DISAGREED = {
    "a quantity in other words": Disagreed(
        edit=Case('cpu: "1", memory: 1Gi', "cpu: 1000m, memory: 1024Mi"),
        ours=set(),
        theirs={
            Difference(_WEB, f"{_CONTAINER}/resources/requests/cpu"),
            Difference(_WEB, f"{_CONTAINER}/resources/requests/memory"),
        },
        reason="to Kubernetes they are equal; dyff knows no quantities",
    ),
    "a number in other words": Disagreed(
        edit=Case("limit: 10", "limit: 10.0"),
        ours=set(),
        theirs={Difference(_GATE, "/spec/limit")},
        reason="JSON has one kind of numbers; dyff compares how YAML types them",
    ),
    "null": Disagreed(
        edit=Case("replicas: 2", "replicas: 2\n  paused: null"),
        ours=set(),
        theirs={Difference(_WEB, "/spec")},
        reason="the API server takes it for nothing, but in custom resources",
    ),
    "ports of a Service in another order": Disagreed(
        edit=Case(
            "- {name: http, port: 80}\n  - {name: https, port: 443}",
            "- {name: https, port: 443}\n  - {name: http, port: 80}",
        ),
        ours=set(),
        theirs={Difference(_SERVED, "/spec/ports")},
        reason="items with keys have no order, but in templates of Pods",
    ),
    "finalizers in another order": Disagreed(
        edit=Case("example.com/a, example.com/b", "example.com/b, example.com/a"),
        ours=set(),
        theirs={Difference(_WEB, "/metadata/finalizers")},
        reason="the list is a set",
    ),
    "JSON in other words": Disagreed(
        edit=Case('{"a": 1, "b": [1, 2]}', '{"b": [1,2], "a": 1}'),
        ours={Difference(_CONFIG, "/data/a.json")},
        theirs=set(),
        reason="the object is another, and we say that its text only looks different",
    ),
    "a toleration": Disagreed(
        edit=Case("{key: b, operator: Exists}", "{key: b, operator: Equal, value: x}"),
        ours={Difference(_WEB, _TOLERATIONS)},
        theirs={
            Difference(_WEB, f"{_TOLERATIONS}/key=b"),
            Difference(_WEB, f"{_TOLERATIONS}/key=b/operator"),
        },
        reason="dyff guesses that key is the name of an item; the list is replaced as a whole",
    ),
    "a port's name": Disagreed(
        edit=Case("{containerPort: 80}", "{containerPort: 80, name: http}"),
        ours={Difference(_WEB, f"{_PORTS}/containerPort=80,protocol=TCP")},
        theirs={Difference(_WEB, _PORTS)},
        reason="the schema says by what a port is known; dyff takes it for another item",
    ),
}


def _edited(case: Case) -> str:
    assert OBJECTS.count(case.old) == 1
    return OBJECTS.replace(case.old, case.new)


@pytest.mark.proves("dyff says of the same places that they changed", "dyff")
@pytest.mark.parametrize("name", AGREED)
def test_agreed(name: str, tmp_path: Path) -> None:
    new = _edited(AGREED[name])
    for before, after in ((OBJECTS, new), (new, OBJECTS)):
        told = told_by_us(before, after)
        assert told == told_by_dyff(tmp_path, before, after)
        assert bool(told) == (name not in ("nothing", "keys in another order"))


@pytest.mark.proves("where dyff says something else there is a reason", "dyff")
@pytest.mark.parametrize("name", DISAGREED)
def test_disagreed(name: str, tmp_path: Path) -> None:
    case = DISAGREED[name]
    new = _edited(case.edit)
    ours, theirs = told_by_us(OBJECTS, new), told_by_dyff(tmp_path, OBJECTS, new)
    assert (ours - theirs, theirs - ours) == (case.ours, case.theirs), case.reason


@pytest.mark.proves("dyff says the same of two clusters but of names by content", "dyff")
@pytest.mark.parametrize(("one", "other"), [*combinations(CLUSTERS, 2)])
def test_clusters(one: str, other: str, tmp_path: Path) -> None:
    old, new = (_tree(name) for name in (one, other))
    ours, theirs = told_by_us(old, new), told_by_dyff(tmp_path, old, new)
    assert len(ours & theirs) > 10
    # To dyff an object with another hash in its name is another object.
    assert [one for one in ours ^ theirs if not _HASHED.fullmatch(one.object)] == []


def _tree(name: str) -> str:
    files = sorted((PROJECT / "clusters" / name).rglob("*.yaml"))
    return "---\n".join(file.read_text() for file in files)
