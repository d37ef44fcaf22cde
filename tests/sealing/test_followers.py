"""Names that get a hash of the whole object, and the fields that follow them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import UNCHECKED, Repository

from renderer.kubernetes.manifests import NAME_HASH_ANNOTATION, Manifest, object_ref
from renderer.patching.draft import Draft
from renderer.patching.pointing import value_at
from renderer.sealing.names import Sealed, seal
from renderer.sealing.references import index_names
from renderer.yamldoc.reading import read_stream

_CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg, annotations: {renderer.gitops/name-hash: "true"}}
data: {A: "1"}
"""
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cfg}
spec:
  template:
    spec:
      containers: [{name: cfg, image: "web:1", envFrom: [{configMapRef: {name: cfg}}]}]
      volumes: [{name: cfg, configMap: {name: cfg}}, {name: keys, secret: {secretName: cfg}}]
"""
_CUSTOM = """\
apiVersion: example.com/v1
kind: App
metadata: {name: app}
spec: {title: cfg, cacheConfigMapRef: {name: cfg}, secretRef: {name: cfg}}
"""


def _write(repository: Repository, files: dict[str, str], cluster: str = "") -> None:
    repository.write({f"overlays/a/{name}": content for name, content in files.items()})
    names = ", ".join(files)
    header = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"
    repository.write(
        {
            "render.toml": UNCHECKED,
            "overlays/a/kustomization.yaml": f"resources: [{names}]\n",
            "overlays/a/cluster.yaml": header + cluster,
        }
    )


def _objects(repository: Repository) -> dict[str, Any]:
    stream: list[Any] = [*read_stream(repository.render("build", "overlays/a").out)]
    return {one["kind"]: one for one in stream}


def test_what_refers_to_it_by_kind_follows(repository: Repository) -> None:
    _write(repository, {"config.yaml": _CONFIG, "web.yaml": _WEB, "app.yaml": _CUSTOM})
    objects = _objects(repository)
    name = objects["ConfigMap"]["metadata"]["name"]
    assert name.startswith("cfg-")
    spec = objects["Deployment"]["spec"]["template"]["spec"]
    assert objects["Deployment"]["metadata"]["name"] == "cfg"
    assert spec["containers"][0]["name"] == "cfg"
    assert spec["containers"][0]["envFrom"] == [{"configMapRef": {"name": name}}]
    assert spec["volumes"] == [
        {"name": "cfg", "configMap": {"name": name}},
        {"name": "keys", "secret": {"secretName": "cfg"}},
    ]
    assert objects["App"]["spec"] == {
        "title": "cfg",
        "cacheConfigMapRef": {"name": name},
        "secretRef": {"name": "cfg"},
    }


@pytest.mark.parametrize(
    "operation",
    [
        "{op: replace, path: /spec/template/spec/volumes/0/configMap/name, value: cfg}",
        "{op: replace, path: /spec/template/spec/volumes/0, value: {configMap: {name: cfg}}}",
        "{op: add, path: /spec/template/spec/volumes/0, value: {configMap: {name: cfg}}}",
    ],
)
def test_a_reference_that_a_patch_writes_follows(operation: str, repository: Repository) -> None:
    web = _WEB.replace("configMap: {name: cfg}", "configMap: {name: other}")
    patch = f"spec: {{patches: [{{target: {{kind: Deployment}}, patch: [{operation}]}}]}}\n"
    _write(repository, {"config.yaml": _CONFIG, "web.yaml": web}, patch)
    objects = _objects(repository)
    name = objects["ConfigMap"]["metadata"]["name"]
    spec = objects["Deployment"]["spec"]["template"]["spec"]
    assert spec["volumes"][0]["configMap"]["name"] == name
    assert spec["containers"][0]["envFrom"][0]["configMapRef"]["name"] == name


def test_what_a_patch_asks_a_hash_for_is_followed(repository: Repository) -> None:
    plain = _CONFIG.replace(', annotations: {renderer.gitops/name-hash: "true"}', "")
    add = '{op: add, path: /metadata/annotations, value: {renderer.gitops/name-hash: "true"}}'
    patch = f"spec: {{patches: [{{target: {{kind: ConfigMap}}, patch: [{add}]}}]}}\n"
    _write(repository, {"config.yaml": plain, "web.yaml": _WEB}, patch)
    objects = _objects(repository)
    name = objects["ConfigMap"]["metadata"]["name"]
    assert name.startswith("cfg-")
    spec = objects["Deployment"]["spec"]["template"]["spec"]
    assert spec["volumes"][0]["configMap"]["name"] == name


def test_an_embedded_manifest_refers_to_it(repository: Repository) -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: worker, annotations: {renderer.gitops/embed: template/pod.yaml}}
spec: {containers: [{name: c, image: "c:1", envFrom: [{configMapRef: {name: cfg}}]}]}
"""
    job = """\
apiVersion: batch/v1
kind: Job
metadata: {name: job, annotations: {renderer.gitops/name-hash: "true"}}
spec:
  template:
    spec: {containers: [{name: c, image: "c:1"}], volumes: [{name: t, configMap: {name: template}}]}
"""
    _write(repository, {"config.yaml": _CONFIG, "pod.yaml": pod, "job.yaml": job})
    stream: list[Any] = [*read_stream(repository.render("build", "overlays/a").out)]
    names = {one["kind"] + one["metadata"]["name"].rpartition("-")[0]: one for one in stream}
    template = names["ConfigMaptemplate"]
    assert names["ConfigMapcfg"]["metadata"]["name"] in template["data"]["pod.yaml"]
    volumes = names["Jobjob"]["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == template["metadata"]["name"]


_NAMESPACED = {"ConfigMap": "v1", "Secret": "v1", "Deployment": "apps/v1"}
_KINDS = {**_NAMESPACED, "PriorityClass": "scheduling.k8s.io/v1"}


@st.composite
def _clusters(draw: st.DrawFn) -> tuple[list[Manifest], list[tuple[int, int]]]:
    """Objects of few names, and who refers to whom, in the field `to<position>Ref`."""
    identities = draw(
        st.lists(
            st.tuples(
                st.sampled_from([*_KINDS]), st.sampled_from(["one", "two"]), st.sampled_from("ab")
            ),
            min_size=1,
            max_size=6,
            unique_by=lambda one: (one[0], one[1] if one[0] in _NAMESPACED else "", one[2]),
        )
    )
    pairs = draw(
        st.lists(
            st.tuples(*[st.integers(0, len(identities) - 1)] * 2),
            max_size=8,
            unique=True,
        )
    )
    asking = draw(st.sets(st.integers(0, len(identities) - 1)))
    manifests = []
    for index, (kind, namespace, name) in enumerate(identities):
        about: dict[str, Any] = {"name": name}
        if kind in _NAMESPACED:
            about["namespace"] = namespace
        if index in asking:
            about["annotations"] = {NAME_HASH_ANNOTATION: "true"}
        data: dict[str, Any] = {"apiVersion": _KINDS[kind], "kind": kind, "metadata": about}
        for _, target in [pair for pair in pairs if pair[0] == index]:
            other_kind, other_namespace, other_name = identities[target]
            reference = {"kind": other_kind, "name": other_name}
            if other_kind in _NAMESPACED:
                reference["namespace"] = other_namespace
            data[f"to{target}Ref"] = reference
        manifests.append(Manifest(object_ref(data), data, name))
    return manifests, pairs


@given(_clusters())
def test_every_reference_names_the_same_object_afterwards(
    case: tuple[list[Manifest], list[tuple[int, int]]],
) -> None:
    manifests, pairs = case
    sealed = _seal(manifests)
    names = [one.manifest.ref.name for one in sealed.finals]
    asking = {i for i, one in enumerate(manifests) if "annotations" in one.data["metadata"]}
    if _has_cycle(asking, pairs):
        assert {one.rule for one in sealed.findings} == {"name-cycle"}
        return
    assert not sealed.findings
    for index, one in enumerate(manifests):
        assert (names[index] != one.ref.name) == (index in asking)
    for referrer, target in pairs:
        data = sealed.finals[referrer].manifest.data
        assert value_at(data, (f"to{target}Ref", "name")) == names[target]


def _seal(manifests: list[Manifest]) -> Sealed:
    drafts: dict[int, Draft] = {}
    names = index_names(manifests)
    return seal(manifests, drafts, names=names, text_of=lambda *_: "")


def _has_cycle(nodes: set[int], pairs: list[tuple[int, int]]) -> bool:
    """Whether some nodes lead back to themselves by nodes: what has no way on is taken away."""
    left = set(nodes)
    while True:
        leading = {one for one, other in pairs if one in left and other in left}
        if leading == left:
            return bool(left)
        left = leading


def test_a_cycle_is_an_error(repository: Repository) -> None:
    app = _CUSTOM.replace(
        "{name: app}", '{name: app, annotations: {renderer.gitops/name-hash: "true"}}'
    )
    owned = _CONFIG.replace("metadata: {", "metadata: {ownerReferences: [{kind: App, name: app}], ")
    _write(repository, {"config.yaml": owned, "app.yaml": app})
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "its name would depend on its own content [name-cycle]" in result.err
    assert (
        "of objects that refer to each other, one can have renderer.gitops/name-hash" in result.err
    )
