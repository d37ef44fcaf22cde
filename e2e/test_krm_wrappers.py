"""`render krm` in kustomizations of the shapes that people write, inside a standalone kustomize."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from shop import shop
from support import Files, write_tree

from e2e.wrappers import FUNCTION, HEAD, RUN, SKIPPED, build, rendered

RENDER = json.dumps(
    {
        **HEAD,
        "kind": "Render",
        "metadata": {"name": "a", "annotations": FUNCTION},
        "spec": {"source": "../overlays/a"},
    }
)
LISTED = {"w/kustomization.yaml": "generators: [render.yaml]\n", "w/render.yaml": RENDER}
OTHER = RENDER.replace("overlays/a", "overlays/none")
GENERATORS: dict[str, Files] = {
    "file": LISTED,
    "inline": {"w/kustomization.yaml": json.dumps({"generators": [RENDER]})},
    "another-annotation": {
        **LISTED,
        "w/render.yaml": RENDER.replace("config.kubernetes.io", "config.k8s.io"),
    },
    "nested": {
        "w/kustomization.yaml": "resources: [../inner]\n",
        "inner/kustomization.yaml": LISTED["w/kustomization.yaml"],
        "inner/render.yaml": RENDER,
    },
    "component": {
        "w/kustomization.yaml": "components: [../component]\n",
        "component/kustomization.yaml": "kind: Component\ngenerators: [render.yaml]\n"
        "apiVersion: kustomize.config.k8s.io/v1alpha1\n",
        "component/render.yaml": RENDER,
    },
    "patched-configuration": {
        "w/kustomization.yaml": "generators: [configuration]\n",
        "w/configuration/kustomization.yaml": "resources: [render.yaml]\npatches:\n"
        "- target: {kind: Render}\n"
        '  patch: "- {op: replace, path: /spec/source, value: ../overlays/a}"\n',
        "w/configuration/render.yaml": OTHER,
    },
    "linked": {"w": Path("real/w"), **{f"real/{name}": text for name, text in LISTED.items()}},
}


@pytest.mark.proves("A generator gives the same bytes wherever it is listed", "kustomize")
@pytest.mark.parametrize("shape", [*GENERATORS])
def test_generator_in_every_shape(shape: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {**shop(), **GENERATORS[shape], "render.toml": ""})
    if shape == "linked":  # kustomize runs functions where the kustomization really is
        write_tree(tmp_path, {"real/overlays": Path("../overlays")})
    made = build(tmp_path / "w", *RUN)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == rendered(tmp_path, "overlays/a")


def _cluster(**spec: object) -> str:
    about = {"name": "a", "annotations": FUNCTION}
    return json.dumps({**HEAD, "kind": "Cluster", "metadata": about, "spec": spec})


def _wrapper(resource: str) -> str:
    listed = {"resources": [resource], "transformers": ["cluster.yaml"]}
    return json.dumps({**listed, "labels": [{"pairs": SKIPPED}]})


@pytest.mark.proves("A transformer leaves alone what an inner one has set", "kustomize")
def test_wrapper_around_a_wrapper(tmp_path: Path) -> None:
    patch = [{"op": "add", "path": "/spec/type", "value": "NodePort"}]
    files = {
        "inner/kustomization.yaml": _wrapper("../base"),
        "inner/cluster.yaml": _cluster(parameters={"web.host": "h.example.com", "web.replicas": 5}),
        "outer/kustomization.yaml": _wrapper("../inner"),
        "outer/cluster.yaml": _cluster(patches=[{"target": {"kind": "Service"}, "patch": patch}]),
    }
    write_tree(tmp_path, {**shop(), **files, "render.toml": ""})
    made = build(tmp_path / "outer", *RUN)
    assert (made.returncode, made.stderr) == (0, "")
    found = {one["kind"]: one for one in yaml.safe_load_all(made.stdout)}
    assert [*found] == ["Namespace", "ConfigMap", "Service", "Deployment"]
    assert found["Service"]["spec"]["type"] == "NodePort"
    spec = found["Deployment"]["spec"]
    assert spec["replicas"] == 5
    env = [{"name": "HOST", "value": "h.example.com"}]
    assert spec["template"]["spec"]["containers"][0]["env"] == env


@pytest.mark.proves("A transformer does not see what kustomize leaves out", "kustomize")
def test_local_config(tmp_path: Path) -> None:
    patch = [{"op": "replace", "path": "/data/a", "value": "new"}]
    document = _cluster(patches=[{"target": {"kind": "ConfigMap"}, "patch": patch}])
    head = "apiVersion: v1\nkind: ConfigMap\n"
    local = 'annotations: {config.kubernetes.io/local-config: "true"}'
    files = {
        "base/kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
        "base/a.yaml": f"{head}metadata: {{name: a, namespace: shop}}\ndata: {{a: old}}\n",
        "base/b.yaml": f"{head}metadata: {{name: b, namespace: shop, {local}}}\n",
        "overlays/a/kustomization.yaml": "resources: [../../base]\n",
        "overlays/a/cluster.yaml": document,
        "w/kustomization.yaml": _wrapper("../overlays/a"),
        "w/cluster.yaml": document,
        "render.toml": "",
    }
    write_tree(tmp_path, files)
    made = build(tmp_path / "w", *RUN)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == rendered(tmp_path, "overlays/a")
    assert "a: new" in made.stdout
