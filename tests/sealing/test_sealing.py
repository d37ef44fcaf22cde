"""Names by content and embedded manifests: what follows what, and what nothing may touch."""

from __future__ import annotations

import re
from typing import Any

import pytest
from oracle import workspace
from support import UNCHECKED, Repository

from renderer.kustomize.name_hash import name_hash, split_hash
from renderer.pipeline.compose import compose_one
from renderer.pipeline.inputs import discover
from renderer.pipeline.siblings import Composed, Siblings, prepare_together
from renderer.yamldoc.reading import read_stream
from renderer.yamldoc.writing import write

_CLUSTER = "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"

_WORKER = """\
apiVersion: v1
kind: Pod
metadata:
  name: worker
  annotations: {renderer.gitops/embed: template/pod.yaml}
spec:
  containers:
  - name: base
    image: worker:1
    envFrom: [{configMapRef: {name: config}}]
"""
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: web:1, envFrom: [{configMapRef: {name: config}}]}]
      volumes: [{name: t, configMap: {name: template}}]
"""
_GENERATORS = """\
configMapGenerator:
- {name: config, literals: [A=1]}
- {name: template, literals: [pod.yaml=]}
"""


def _patch(target: str, operation: str) -> str:
    return f"{_CLUSTER}spec:\n  patches:\n  - target: {target}\n    patch: [{operation}]\n"


def _objects(repository: Repository) -> dict[str, dict[str, Any]]:
    """What `render build` prints, by kind and name without the hash."""
    found: dict[str, dict[str, Any]] = {}
    data: Any
    for data in read_stream(repository.render("build", "overlays/a").out):
        if isinstance(data, dict):
            name = split_hash(data) or data["metadata"]["name"]
            found[f"{data['kind']}/{name}"] = data
    return found


def _repository(repository: Repository, files: dict[str, str], kustomization: str) -> None:
    names = ", ".join(files)
    repository.write({f"base/{name}": content for name, content in files.items()})
    repository.write(
        {
            "render.toml": UNCHECKED,
            "base/kustomization.yaml": f"resources: [{names}]\n{kustomization}",
            "overlays/a/kustomization.yaml": "resources: [../../base]\n",
            "overlays/a/cluster.yaml": _CLUSTER,
        }
    )


def _embedded(objects: dict[str, dict[str, Any]], name: str, key: str = "pod.yaml") -> Any:
    (pod,) = (one for one in read_stream(objects[name]["data"][key]) if one)
    return pod


@pytest.mark.parametrize(
    "change",
    ["", _patch("{kind: ConfigMap, name: config}", '{op: replace, path: /data/A, value: "2"}')],
)
def test_an_embedded_manifest_follows_what_it_refers_to(
    change: str, repository: Repository
) -> None:
    _repository(repository, {"worker.yaml": _WORKER, "web.yaml": _WEB}, _GENERATORS)
    repository.write({"overlays/a/cluster.yaml": change or _CLUSTER})
    objects = _objects(repository)
    assert "Pod/worker" not in objects
    config, template = objects["ConfigMap/config"], objects["ConfigMap/template"]
    for one in (config, template):
        assert one["metadata"]["name"].endswith(f"-{name_hash(one)}")
    pod = _embedded(objects, "ConfigMap/template")
    assert pod["metadata"] == {"name": "worker"}
    reference = pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    assert reference == config["metadata"]["name"]
    spec = objects["Deployment/web"]["spec"]["template"]["spec"]
    assert spec["volumes"][0]["configMap"]["name"] == template["metadata"]["name"]
    assert spec["containers"][0]["envFrom"][0]["configMapRef"]["name"] == reference


def test_names_of_all_that_embeds_change_with_the_config(repository: Repository) -> None:
    _repository(repository, {"worker.yaml": _WORKER, "web.yaml": _WEB}, _GENERATORS)
    before = _objects(repository)
    change = _patch("{kind: ConfigMap, name: config}", '{op: replace, path: /data/A, value: "2"}')
    repository.write({"overlays/a/cluster.yaml": change})
    after = _objects(repository)
    for name in ("ConfigMap/config", "ConfigMap/template"):
        assert before[name]["metadata"]["name"] != after[name]["metadata"]["name"]


def test_a_patch_reaches_into_what_is_embedded(repository: Repository) -> None:
    _repository(repository, {"worker.yaml": _WORKER, "web.yaml": _WEB}, _GENERATORS)
    change = _patch("{kind: Pod}", "{op: replace, path: /spec/containers/0/image, value: worker:2}")
    repository.write({"overlays/a/cluster.yaml": change})
    pod = _embedded(_objects(repository), "ConfigMap/template")
    assert pod["spec"]["containers"][0]["image"] == "worker:2"


def test_a_line_of_a_text_in_what_is_embedded_is_a_line(repository: Repository) -> None:
    env = 'env: [{name: RUN, value: "set -eu \\necho one\\r\\necho two\\n"}]'
    worker = _WORKER.replace("    envFrom:", f"    {env}\n    envFrom:")
    _repository(repository, {"worker.yaml": worker, "web.yaml": _WEB}, _GENERATORS)
    objects = _objects(repository)
    text = objects["ConfigMap/template"]["data"]["pod.yaml"]
    assert '"\\\n        set -eu \\n\\\n        echo one\\r\\n\\\n        echo two\\n"\n' in text
    pod = _embedded(objects, "ConfigMap/template")
    assert pod["spec"]["containers"][0]["env"][0]["value"] == "set -eu \necho one\r\necho two\n"
    repository.render("a")
    (path,) = (repository.path / "clusters/a").rglob("configmap-template.yaml")
    assert 'echo two\\n"\n' in path.read_text(), "the text is a block, not quoted itself"


def test_embedding_into_another_namespace(repository: Repository) -> None:
    worker = _WORKER.replace("  name: worker", "  name: worker\n  namespace: workers")
    generators = _GENERATORS.replace("name: config,", "name: config, namespace: workers,")
    web = _WEB.replace("metadata: {name: web}", "metadata: {name: web, namespace: main}")
    generators = generators.replace("name: template,", "name: template, namespace: main,")
    _repository(repository, {"worker.yaml": worker, "web.yaml": web}, generators)
    objects = _objects(repository)
    pod = _embedded(objects, "ConfigMap/template")
    name = pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    assert name == objects["ConfigMap/config"]["metadata"]["name"]
    assert pod["metadata"] == {"name": "worker", "namespace": "workers"}
    assert objects["ConfigMap/template"]["metadata"]["namespace"] == "main"


def test_embedding_under_a_prefix(repository: Repository) -> None:
    _repository(
        repository, {"worker.yaml": _WORKER, "web.yaml": _WEB}, f"{_GENERATORS}namePrefix: p-\n"
    )
    objects = _objects(repository)
    pod = _embedded(objects, "ConfigMap/p-template")
    assert pod["metadata"]["name"] == "p-worker"
    volumes = objects["Deployment/p-web"]["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == objects["ConfigMap/p-template"]["metadata"]["name"]


def test_embedding_into_a_config_map_that_nothing_generates(repository: Repository) -> None:
    generators = "configMapGenerator:\n- {name: config, literals: [A=1]}\n"
    _repository(repository, {"worker.yaml": _WORKER, "web.yaml": _WEB}, generators)
    objects = _objects(repository)
    template = objects["ConfigMap/template"]
    assert template["metadata"]["name"] == f"template-{name_hash(template)}"
    volumes = objects["Deployment/web"]["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == template["metadata"]["name"]
    result = repository.render("clusters/a")
    assert "3 manifests" in result.err
    assert "clusters/a: 3 manifests" in repository.render("clusters/a", "--check").err


def test_two_manifests_in_one_config_map(repository: Repository) -> None:
    other = _WORKER.replace("name: worker", "name: other").replace("pod.yaml", "other.yaml")
    files = {"worker.yaml": _WORKER, "other.yaml": other, "web.yaml": _WEB}
    _repository(repository, files, _GENERATORS)
    objects = _objects(repository)
    assert _embedded(objects, "ConfigMap/template")["metadata"]["name"] == "worker"
    assert _embedded(objects, "ConfigMap/template", "other.yaml")["metadata"]["name"] == "other"
    template = objects["ConfigMap/template"]
    assert template["metadata"]["name"] == f"template-{name_hash(template)}"


def test_a_cycle_is_an_error(repository: Repository) -> None:
    worker = _WORKER.replace("{name: config}", "{name: template}")
    _repository(repository, {"worker.yaml": worker, "web.yaml": _WEB}, _GENERATORS)
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "its name would depend on its own content" in result.err


def test_a_cycle_of_two_is_an_error(repository: Repository) -> None:
    one = _WORKER.replace("{name: config}", "{name: second}")
    two = (
        _WORKER.replace("{name: config}", "{name: template}")
        .replace("template/pod.yaml", "second/pod.yaml")
        .replace("name: worker", "name: other")
    )
    generators = f"{_GENERATORS}- {{name: second, literals: [pod.yaml=]}}\n"
    _repository(repository, {"one.yaml": one, "two.yaml": two, "web.yaml": _WEB}, generators)
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "its name would depend on its own content" in result.err


def test_a_chain_of_embeddings(repository: Repository) -> None:
    """A manifest is embedded that refers to a ConfigMap in which another is embedded."""
    one = _WORKER.replace("{name: config}", "{name: second}")
    two = _WORKER.replace("template/pod.yaml", "second/pod.yaml").replace("worker", "other")
    generators = f"{_GENERATORS}- {{name: second, literals: [pod.yaml=]}}\n"
    _repository(repository, {"one.yaml": one, "two.yaml": two, "web.yaml": _WEB}, generators)
    change = _patch("{kind: ConfigMap, name: config}", '{op: replace, path: /data/A, value: "2"}')
    repository.write({"overlays/a/cluster.yaml": change})
    objects = _objects(repository)
    outer = _embedded(objects, "ConfigMap/template")["spec"]["containers"][0]["envFrom"][0]
    assert outer["configMapRef"]["name"] == objects["ConfigMap/second"]["metadata"]["name"]
    inner = _embedded(objects, "ConfigMap/second")["spec"]["containers"][0]["envFrom"][0]
    assert inner["configMapRef"]["name"] == objects["ConfigMap/config"]["metadata"]["name"]


_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {renderer.gitops/name-hash: "true", kept: "yes"}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: app:1, envFrom: [{configMapRef: {name: config}}]}]
"""
_OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {A: '1'}\n"


def _job_name(repository: Repository, cluster: str) -> str:
    repository.write({"overlays/a/cluster.yaml": cluster})
    (job,) = (one for one in _objects(repository).values() if one["kind"] == "Job")
    assert job["metadata"]["annotations"] == {"kept": "yes"}
    assert re.fullmatch(r"migrate-[a-z0-9]{10}", job["metadata"]["name"])
    return str(job["metadata"]["name"])


def test_the_name_of_a_job_follows_its_content(repository: Repository) -> None:
    _repository(repository, {"job.yaml": _JOB, "other.yaml": _OTHER}, _GENERATORS)
    plain = _job_name(repository, _CLUSTER)
    unrelated = _patch("{kind: ConfigMap, name: other}", "{op: replace, path: /data/A, value: b}")
    assert _job_name(repository, unrelated) == plain
    unreferred = _patch("{kind: ConfigMap, name: template}", "{op: add, path: /data/x, value: b}")
    assert _job_name(repository, unreferred) == plain
    own = _patch("{kind: Job}", "{op: add, path: /spec/backoffLimit, value: 2}")
    config = _patch("{kind: ConfigMap, name: config}", '{op: replace, path: /data/A, value: "2"}')
    names = [plain, _job_name(repository, own), _job_name(repository, config)]
    assert len(set(names)) == 3
    assert _job_name(repository, _CLUSTER) == plain
    repository.write({"base/other.yaml": _OTHER.replace("'1'", "'2'")})
    assert _job_name(repository, _CLUSTER) == plain


def test_a_job_that_changes_is_one_changed_file(repository: Repository) -> None:
    """The hash is not in the file's name: a reviewer sees what changed, not a removal."""
    _repository(repository, {"job.yaml": _JOB}, _GENERATORS)
    repository.render("clusters/a")
    own = _patch("{kind: Job}", "{op: add, path: /spec/backoffLimit, value: 2}")
    repository.write({"overlays/a/cluster.yaml": own})
    result = repository.run("clusters/a", "--check")
    assert result.code == 1
    assert len(result.out.splitlines()) == 1
    assert "job-migrate" in result.out


_ENCRYPTED = """\
apiVersion: v1
kind: Secret
metadata:
    name: keys
stringData:
    password: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ=,type:str]
    number: ENC[AES256_GCM,data:CwE4O1s=,iv:2k=,tag:9ai=,type:int]
sops:
    age:
        - recipient: age1qqq
          enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            YWdlLWVuY3J5cHRpb24ub3Jn
            -----END AGE ENCRYPTED FILE-----
    lastmodified: "2026-11-22T10:00:00Z"
    mac: ENC[AES256_GCM,data:x=,iv:y=,tag:z=,type:str]
    encrypted_regex: ^(data|stringData)$
    version: 3.9.0
"""


def test_an_encrypted_secret_passes_untouched(repository: Repository) -> None:
    """Its MAC covers every value: who changes one makes it useless."""
    _repository(repository, {"keys.yaml": _ENCRYPTED, "web.yaml": _WEB}, _GENERATORS)
    change = _patch("{kind: ConfigMap, name: config}", '{op: replace, path: /data/A, value: "2"}')
    repository.write({"overlays/a/cluster.yaml": change})
    objects = _objects(repository)
    (expected,) = (one for one in read_stream(_ENCRYPTED) if one)
    assert objects["Secret/keys"] == expected
    repository.render("clusters/a")
    text = repository.manifest("clusters/a/_no-namespace/secret-keys.yaml")
    assert [one for one in read_stream(text) if one] == [expected]


def test_a_half_encrypted_secret_is_refused(repository: Repository) -> None:
    half = _ENCRYPTED.replace("sops:", "    plain: text\nsops:")
    _repository(repository, {"keys.yaml": half}, "")
    repository.write({"render.toml": ""})
    result = repository.run("clusters/a")
    assert result.code == 1
    assert "[plain-secret]" in result.err


@pytest.mark.parametrize("prefix", ["", "namePrefix: p-\n"])
def test_the_texts_are_those_of_the_plain_writer(prefix: str, repository: Repository) -> None:
    """What the tree gets is written piece by piece; written as a whole it is the same."""
    files = {"worker.yaml": _WORKER, "web.yaml": _WEB, "job.yaml": _JOB, "other.yaml": _OTHER}
    _repository(repository, files, _GENERATORS + prefix)
    spec = """\
spec:
  patches:
  - target: {kind: ConfigMap, name: .*config}
    patch: [{op: add, path: /data/long, value: "a\\n\\n  b\\t\\n"}, {op: remove, path: /data/A}]
  - target: {kind: Deployment|Job}
    patch:
    - op: add
      path: /spec/template/spec/containers/-
      value: {name: new, args: [[], {}, null, "", "on", 1e3, "1"]}
    - {op: copy, from: /spec/template/spec/containers/0, path: /spec/template/spec/containers/0}
    - {op: add, path: /metadata/labels, value: {a: "1", "on": "yes", é: "🎉"}}
"""
    repository.write({"overlays/a/cluster.yaml": _CLUSTER + spec})
    space = workspace(repository.path)
    inputs = discover(space, space.trees[0])
    inputs, composition = compose_one(space, inputs)
    alone = Siblings((Composed(inputs, composition),), frozenset([inputs.tree.name]))
    for _ in range(2):  # the second time, the writer reuses what it wrote
        (ready,) = prepare_together(space, alone).ready
        rendered = ready.prepared
        assert not rendered.has_errors
        assert all(one.text == write(one.manifest.data, lines=True) for one in rendered.finals)
    repository.render("clusters/a")
    bodies = {
        "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
        for text in repository.files("clusters/a").values()
    }
    assert bodies == {one.text for one in rendered.finals}


def _map(name: str, into: str = "", data: str = "") -> str:
    embed = f", annotations: {{renderer.gitops/embed: {into}}}" if into else ""
    lines = f"data: {{{data}}}\n" if data else ""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{embed}}}\n{lines}"


def _maps(repository: Repository, *maps: str) -> None:
    files = {f"{number}.yaml": text for number, text in enumerate(maps)}
    _repository(repository, files, "")


@pytest.mark.parametrize(
    ("maps", "circle"),
    [
        ([_map("web", "web/x")], ["web", "web"]),
        ([_map("a", "b/x"), _map("b", "a/x")], ["a", "b", "a"]),
        ([_map("a", "b/x"), _map("b", "c/x"), _map("c", "a/x")], ["a", "b", "c", "a"]),
        ([_map("a", "b/x"), _map("b", "c/x"), _map("c", "b/x")], ["b", "c", "b"]),
        ([_map("k", "z/x"), _map("z", "z/y"), _map("a")], ["z", "z"]),
    ],
)
def test_what_is_embedded_in_itself_is_an_error_with_its_place(
    repository: Repository, maps: list[str], circle: list[str]
) -> None:
    _maps(repository, *maps)
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    said = " is embedded in ".join(f"ConfigMap {name}" for name in circle)
    number = next(at for at, text in enumerate(maps) if f"name: {circle[0]}," in text)
    column = maps[number].splitlines()[2].index("renderer.gitops/embed") + 1
    assert result.err.startswith(f"base/{number}.yaml:3:{column}: error: {said}: nothing would")
    assert result.err.count("embedding-cycle") == 1


def test_a_circle_that_a_patch_closes_has_its_place(repository: Repository) -> None:
    _maps(repository, _map("a", "b/x"), _map("b"))
    path = "/metadata/annotations"
    value = "{renderer.gitops/embed: a/x}"
    operation = f"{{op: add, path: {path}, value: {value}}}"
    repository.write({"overlays/a/cluster.yaml": _patch("{kind: ConfigMap, name: b}", operation)})
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "ConfigMap a is embedded in ConfigMap b is embedded in ConfigMap a" in result.err


def test_two_manifests_at_one_key(repository: Repository) -> None:
    _maps(repository, _map("a", "c/x"), _map("b", "c/x"), _map("c"))
    result = repository.run("build", "overlays/a")
    assert (result.code, result.out) == (1, "")
    assert "ConfigMap a is embedded at the same key, x [bad-annotation]\n" in result.err


@pytest.mark.parametrize("names", ["abcd", "dcba", "bdac", "cadb"])
def test_what_is_embedded_in_what_is_embedded(repository: Repository, names: str) -> None:
    """In any order of names, which is the order of kustomize."""
    one, two, three, four = (*names,)
    _maps(
        repository,
        _map(one, f"{two}/x", "here: me"),
        _map(two, f"{three}/x"),
        _map(three, f"{four}/x"),
        _map(four),
    )
    objects = _objects(repository)
    assert [*objects] == [f"ConfigMap/{four}"]
    inner = _embedded(objects, f"ConfigMap/{four}", "x")
    for _ in range(2):
        (inner,) = (found for found in read_stream(inner["data"]["x"]) if found)
    assert inner["data"] == {"here": "me"}
