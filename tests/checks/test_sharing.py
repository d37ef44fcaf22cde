"""What clusters share is judged once, and no verdict depends on what was judged before."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.loading import manifests
from renderer.checks import KUBERNETES
from renderer.checks.policy import CheckPolicy, Checks
from renderer.checks.verification import Verification
from renderer.patching.draft import Draft
from renderer.patching.final import Final
from renderer.yamldoc.writing import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.findings import Finding

_STACK = manifests("""\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {note: x}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: false
      containers:
      - name: web
        image: web:1
        args: [--level, info]
        env: [{name: LEVEL, value: info}, {name: TOKEN, value: $(token)}]
        envFrom: [{configMapRef: {name: settings}}]
        ports: [{name: http, containerPort: 80}]
        resources: {limits: {cpu: 1}, requests: {cpu: 500m}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  COLOR: red
  pod.yaml: |
    apiVersion: v1
    kind: Pod
    metadata: {name: task, namespace: shop}
    spec: {containers: [{name: task, image: task:1}]}
""")
_VALUES: list[Any] = [0, 1, True, 1.5, "1", "", "http", "info", "$(token)", "hunter2-Zq9", None, {}]
_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: t}\nspec: {hostNetwork: true, zzz: 1}\n"


def _scalars(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if not isinstance(data, (dict, list)):
        return [path]
    items = data.items() if isinstance(data, dict) else enumerate(data)
    return [one for key, child in items for one in _scalars(child, (*path, key))]


_FIELDS = [
    (index, path)
    for index, one in enumerate(_STACK)
    for path in _scalars(one.data)
    if path not in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
]


def _clusters(fields: list[Any]) -> st.SearchStrategy[list[list[Any]]]:
    change = st.tuples(st.sampled_from(fields), st.sampled_from([*_VALUES, _POD]))
    return st.lists(st.lists(change, min_size=1, max_size=3), min_size=2, max_size=6)


# Few fields, so that clusters change the same ones.
_CLUSTERS = st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=2).flatmap(_clusters)
_CHECKS = Checks(CheckPolicy({}), KUBERNETES[-1], lambda _: [])


def _findings(verification: Verification, finals: Sequence[Final]) -> tuple[Finding, ...]:
    return verification.verify(finals).findings


def _final(index: int, draft: Draft) -> Final:
    manifest = draft.base._replace(data=draft.data) if draft.is_changed else draft.base
    return Final(index=index, manifest=manifest, text=write(draft.data), changes=draft.changes)


@settings(deadline=None)
@given(_CLUSTERS)
def test_each_cluster_gets_the_verdict_that_it_gets_alone(clusters: list[list[Any]]) -> None:
    shared = Verification(_STACK, ["token"], _CHECKS)
    for cluster in clusters:
        drafts = {index: Draft(one) for index, one in enumerate(_STACK)}
        for (index, path), value in cluster:
            drafts[index].put(path, value)
        finals = [_final(index, draft) for index, draft in drafts.items()]
        alone = Verification((), ["token"], _CHECKS)
        copies = [replace(one, manifest=deepcopy(one.manifest), changes=None) for one in finals]
        assert _findings(shared, finals) == _findings(alone, copies)
