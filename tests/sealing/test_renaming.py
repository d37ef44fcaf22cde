"""What a cluster.yaml calls its objects: prefixes and namespaces that kustomize cannot give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import UNCHECKED, Repository

from renderer.composition.stack import stack_of
from renderer.kubernetes.manifests import ObjectRef, object_ref
from renderer.kubernetes.release import Release
from renderer.sealing.names import seal
from renderer.sealing.references import index_names
from renderer.yamldoc.reading import read_stream
from renderer.yamldoc.writing import write

_RELEASE = "namePrefix: second-, namespaces: {one: b, two: b-two}"
_SEEN = """\
apiVersion: v1
kind: Namespace
metadata: {name: one, labels: {kubernetes.io/metadata.name: one, team: one}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: one}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: two}
spec: {selector: {namespace: two}, ports: [{port: 80}]}
"""

# Each object with what becomes of it; `#` marks what follows, and only that.
_FOLLOWED = [
    (
        "subjects",
        """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: two}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: runner, namespace: one}
- {kind: ServiceAccount, name: default, namespace: one}
- {kind: ServiceAccount, name: runner, namespace: other}
- {kind: User, name: runner, apiGroup: rbac.authorization.k8s.io}
""",
        {
            ("subjects", 0, "name"): "second-runner",
            ("subjects", 0, "namespace"): "b",
            ("subjects", 1, "namespace"): "b",
        },
    ),
    (
        "selectors of namespaces",
        """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: two}
spec:
  podSelector: {matchLabels: {namespace: one}}
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: one}}
    - namespaceSelector:
        matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: In, values: [one, other, two]}
        - {key: team, operator: In, values: [one]}
""",
        {
            (
                *("spec", "ingress", 0, "from", 0, "namespaceSelector", "matchLabels"),
                "kubernetes.io/metadata.name",
            ): "b",
            (
                *("spec", "ingress", 0, "from", 1, "namespaceSelector", "matchExpressions"),
                *(0, "values", 0),
            ): "b",
            (
                *("spec", "ingress", 0, "from", 1, "namespaceSelector", "matchExpressions"),
                *(0, "values", 2),
            ): "b-two",
        },
    ),
    (
        "a volume's claim",
        """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: data}
spec: {claimRef: {namespace: one, name: data}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: one}
spec: {volumeName: data}
""",
        {("spec", "claimRef", "namespace"): "b", ("spec", "claimRef", "name"): "second-data"},
    ),
    (
        "webhooks",
        """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks:
- {name: web.example.com, clientConfig: {service: {name: web, namespace: two, path: /one}}}
""",
        {
            ("webhooks", 0, "clientConfig", "service", "name"): "second-web",
            ("webhooks", 0, "clientConfig", "service", "namespace"): "b-two",
        },
    ),
    (
        "monitors",
        """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: m, namespace: one}
spec: {namespaceSelector: {matchNames: [two]}, selector: {matchLabels: {namespace: two}}}
""",
        {("spec", "namespaceSelector", "matchNames", 0): "b-two"},
    ),
    (
        "routes",
        """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: one}
spec:
  parentRefs: [{name: shared, namespace: infra}]
  rules: [{backendRefs: [{name: web, namespace: two}]}]
""",
        {
            ("spec", "rules", 0, "backendRefs", 0, "name"): "second-web",
            ("spec", "rules", 0, "backendRefs", 0, "namespace"): "b-two",
        },
    ),
    (
        "rules about a namespace",
        """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [""], resources: [namespaces], resourceNames: [one], verbs: [get]}
- {apiGroups: [""], resources: [services], resourceNames: [web, one], verbs: [get]}
""",
        {("rules", 0, "resourceNames", 0): "b", ("rules", 1, "resourceNames", 0): "second-web"},
    ),
    (
        "text is nobody's",
        """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: one, annotations: {namespace: one, note: web}}
data: {namespace: one, kubernetes.io/metadata.name: one, service: web}
""",
        {},
    ),
]


def _stream(text: str) -> list[Any]:
    return [*read_stream(text)]


def _sealed(text: str, release: Release, expected: tuple[ObjectRef, ...] = ()) -> list[Any]:
    objects = _stream(text)
    stack = stack_of("", [write(one) for one in objects], objects, ())
    names = index_names(stack.manifests)
    sealed = seal(
        stack.manifests,
        {},
        names=names,
        text_of=lambda *_: "",
        release=release,
        expected=expected,
    )
    assert not sealed.findings
    for final in sealed.finals:
        assert final.manifest.ref == object_ref(final.manifest.data)
    return [final.manifest.data for final in sealed.finals]


def _differences(old: Any, new: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    if isinstance(old, dict):
        assert old.keys() == new.keys()
        pairs = [(key, old[key], new[key]) for key in old]
    elif isinstance(old, list):
        pairs = [(at, *both) for at, both in enumerate(zip(old, new, strict=True))]
    else:
        return {} if old == new else {path: new}
    return {
        where: value
        for key, was, now in pairs
        for where, value in _differences(was, now, (*path, key)).items()
    }


_IDENTITY = (("metadata", "name"), ("metadata", "namespace"))
_NAMES = Release("second-", {"one": "b", "two": "b-two"})


@pytest.mark.parametrize(
    ("text", "wanted"), [row[1:] for row in _FOLLOWED], ids=[row[0] for row in _FOLLOWED]
)
def test_references_follow_by_their_fields(text: str, wanted: dict[Any, str]) -> None:
    whole = f"{_SEEN}---\n{text}"
    old, new = _stream(whole), _sealed(whole, _NAMES)
    at = len(_stream(_SEEN))
    found = _differences(old[at], new[at])
    assert {path: value for path, value in found.items() if path not in _IDENTITY} == wanted


def test_namespaces_have_no_prefix() -> None:
    namespace, account, service = _sealed(_SEEN, _NAMES)
    labels = {"kubernetes.io/metadata.name": "b", "team": "one"}
    assert namespace["metadata"] == {"name": "b", "labels": labels}
    assert account["metadata"] == {"name": "second-runner", "namespace": "b"}
    assert service["spec"]["selector"] == {"namespace": "two"}


def test_what_is_expected_is_the_releases_own() -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: one}
spec:
  containers:
  - {name: c, image: "c:1", envFrom: [{secretRef: {name: keys}}, {secretRef: {name: other}}]}
"""
    (found,) = _sealed(pod, _NAMES, (ObjectRef("", "Secret", "one", "keys"),))
    sources = found["spec"]["containers"][0]["envFrom"]
    assert [one["secretRef"]["name"] for one in sources] == ["second-keys", "other"]


def test_what_is_expected_anywhere_is_the_releases_own_everywhere() -> None:
    uses = "---\n".join(
        f"""\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: keys, namespace: {namespace}}}
spec: {{target: {{name: keys}}, dataFrom: [{{extract: {{key: keys}}}}]}}
"""
        for namespace in ("one", "two")
    )
    for found in _sealed(uses, _NAMES, (ObjectRef("", "Secret", "", "keys"),)):
        assert found["spec"] == {
            "target": {"name": "second-keys"},
            "dataFrom": [{"extract": {"key": "keys"}}],
        }


_TREE = f"{_SEEN}---\n{_FOLLOWED[0][1]}---\n{_FOLLOWED[1][1]}---\n{_FOLLOWED[2][1]}"
_LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(_LABELS, min_size=2, max_size=2, unique=True),
    prefix=st.sampled_from(["", "x-", "second-"]),
)
def test_there_and_back_is_the_same(names: list[str], prefix: str) -> None:
    """Another release of the release, with the old namespaces, differs by the prefix alone."""
    if {"other", "infra"} & {*names}:
        return  # these are others'
    there = Release(prefix, dict(zip(("one", "two"), names, strict=True)))
    back = Release("", dict(zip(names, ("one", "two"), strict=True)))
    moved = "---\n".join(map(write, _sealed(_TREE, there)))
    assert _sealed(moved, back) == _sealed(_TREE, Release(prefix))


def test_embedded_manifests_are_renamed_before_names_by_content(repository: Repository) -> None:
    files = {
        "overlays/a/kustomization.yaml": (
            "resources: [pod.yaml, job.yaml]\n"
            "configMapGenerator: [{name: cfg, namespace: one, literals: [A=b]}]\n"
        ),
        "overlays/a/pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: worker, namespace: one, annotations: {renderer.gitops/embed: template/pod.yaml}}
spec: {containers: [{name: c, image: "c:1", envFrom: [{configMapRef: {name: cfg}}]}]}
""",
        "overlays/a/job.yaml": """\
apiVersion: batch/v1
kind: Job
metadata: {name: run, namespace: one, annotations: {renderer.gitops/name-hash: "true"}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "c:1"}]
      volumes: [{name: t, configMap: {name: template}}]
""",
    }
    repository.write({"render.toml": UNCHECKED, **files})

    def build(release: str) -> dict[str, Any]:
        head = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"
        repository.write({"overlays/a/cluster.yaml": f"{head}spec: {{{release}}}\n"})
        built = _stream(repository.render("build", "overlays/a").out)
        return {
            object_ref(one).kind + object_ref(one).name.rpartition("-")[0]: one for one in built
        }

    plain, second = build(""), build(_RELEASE.replace(", two: b-two", ""))
    assert [*plain] == ["ConfigMapcfg", "ConfigMaptemplate", "Jobrun"]
    assert [*second] == ["ConfigMapsecond-cfg", "ConfigMapsecond-template", "Jobsecond-run"]
    template, job = second["ConfigMapsecond-template"], second["Jobsecond-run"]
    inner = _stream(template["data"]["pod.yaml"])[0]
    config = second["ConfigMapsecond-cfg"]["metadata"]["name"]
    assert inner["metadata"] == {"name": "second-worker", "namespace": "b"}
    assert inner["spec"]["containers"][0]["envFrom"] == [{"configMapRef": {"name": config}}]
    volume = job["spec"]["template"]["spec"]["volumes"][0]
    assert volume["configMap"]["name"] == template["metadata"]["name"]
    # Names by data say nothing of names, and those of whole objects do.
    assert config == "second-" + plain["ConfigMapcfg"]["metadata"]["name"]
    assert job["metadata"]["name"] != "second-" + plain["Jobrun"]["metadata"]["name"]
