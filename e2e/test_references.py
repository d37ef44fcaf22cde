"""What `render` calls an error of references, the API server refuses or never makes ready."""

from __future__ import annotations

import pytest
import yaml

from e2e.controlplane import ControlPlane
from renderer.checks.references import check_references, facts_of
from renderer.kubernetes.manifests import Manifest, object_ref

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
"""
_STATEFUL_SET = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - name: db
        image: db:1
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: default}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers:
      - {name: first, image: a:1, volumeMounts: [{name: tmp, mountPath: /tmp}]}
      containers: [{name: once, image: a:1}]
      volumes: [{name: tmp, emptyDir: {}}]
"""

# A manifest that is right, what is written instead of what, and the rule.
CASES = [
    (_DEPLOYMENT, "volumes: [{name: tmp", "volumes: [{name: tmp2", "unknown-volume"),
    (_DEPLOYMENT, "volumeMounts: [{name: tmp", "volumeMounts: [{name: x", "unknown-volume"),
    (_DEPLOYMENT, "matchLabels: {app: web}", "matchLabels: {app: x}", "selector-mismatch"),
    (_DEPLOYMENT, "{labels: {app: web}}", "{labels: {ap: web}}", "selector-mismatch"),
    (_DEPLOYMENT, "selector: {matchLabels: {app: web}}", "selector: {}", "selector-mismatch"),
    (
        _DEPLOYMENT,
        "matchLabels: {app: web}",
        "matchExpressions: [{key: app, operator: NotIn, values: [web]}]",
        "selector-mismatch",
    ),
    (_STATEFUL_SET, "volumeMounts: [{name: data", "volumeMounts: [{name: x", "unknown-volume"),
    (_STATEFUL_SET, "- metadata: {name: data}", "- metadata: {name: x}", "unknown-volume"),
    (_STATEFUL_SET, "matchLabels: {app: db}", "matchLabels: {app: x}", "selector-mismatch"),
    (_JOB, "volumeMounts: [{name: tmp", "volumeMounts: [{name: x", "unknown-volume"),
]


def rules(text: str) -> set[str]:
    """The errors about one manifest, by rule."""
    data = yaml.safe_load(text)
    ref = object_ref(data)
    findings = check_references([facts_of(Manifest(ref, data, ref.name))])
    return {found.rule for found in findings if found.is_error}


def is_refused(cluster: ControlPlane, text: str) -> bool:
    answer = cluster.ask("apply", "--server-side", "--dry-run=server", "-f", "-", stdin=text)
    return answer.code != 0


@pytest.mark.proves("errors of references are what the server refuses", "kube-apiserver")
def test_the_server_refuses_what_is_an_error(cluster: ControlPlane) -> None:
    for text in (_DEPLOYMENT, _STATEFUL_SET, _JOB):
        assert rules(text) == set()
        assert not is_refused(cluster, text)
    for text, old, new, rule in CASES:
        assert text.count(old) == 1, old
        broken = text.replace(old, new)
        assert rules(broken) == {rule}, broken
        assert is_refused(cluster, broken), broken
