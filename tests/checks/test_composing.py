"""What kustomize does to copied names and to subjects: what is told, and what is not."""

from __future__ import annotations

import re
import textwrap

import pytest
from support import Files, Repository, checking

_SETTINGS = checking("unhashed-name", "moved-subject", "unfollowed-reference")
_FOUND = re.compile(
    r"(\S+): warning: .* \[(?:unhashed-name|moved-subject|unfollowed-reference)\]\n  in .* (\S+)\n"
)
_OVERLAY, _BASE = "overlays/a/kustomization.yaml", "base/kustomization.yaml"
_APP = """\
apiVersion: example.com/v1
kind: App
metadata: {name: web, namespace: shop, labels: {config: x}}
spec: {config: x, url: "a:x:b", configMapRef: {name: x}, volumes: [{name: x}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: web, args: ["--config=x"], env: [{name: CONFIG, value: x}]}]
      volumes: [{name: x, configMap: {name: x}}]
"""
_GENERATOR = "configMapGenerator: [{name: cfg, namespace: shop, literals: [A=1]}]\n"


def _said(repository: Repository, files: Files) -> list[tuple[str, str]]:
    """The places of what is said, and the fields."""
    repository.write({"render.toml": _SETTINGS, **files})
    return _FOUND.findall(repository.run("clusters/a", "--check").err)


def _copying(path: str, *, source: str = "kind: ConfigMap, name: cfg", options: str = "") -> str:
    kind = "Deployment" if "template" in path else "App"
    target = f"select: {{kind: {kind}}}, fieldPaths: ['{path}']"
    options = f", options: {{{options}}}" if options else ""
    return f"replacements:\n- source: {{{source}}}\n  targets:\n  - {{{target}{options}}}\n"


def _app(text: str) -> dict[str, str]:
    return {_OVERLAY: f"resources: [app.yaml]\n{text}", "overlays/a/app.yaml": _APP}


def _based(base: str, overlay: str) -> dict[str, str]:
    return {
        _BASE: f"resources: [app.yaml]\n{base}",
        "base/app.yaml": _APP,
        _OVERLAY: f"resources: [../../base]\n{overlay}",
    }


_ENV = "spec.template.spec.containers.[name=web].env.0.value"
_ENV_FIELD = "/spec/template/spec/containers/0/env/0/value"


@pytest.mark.parametrize(
    ("files", "field"),
    [
        pytest.param(_app(_GENERATOR + _copying("spec.config")), "/spec/config", id="custom"),
        pytest.param(_app(_GENERATOR + _copying(_ENV)), _ENV_FIELD, id="kubernetes"),
        pytest.param(
            _app(_GENERATOR + _copying("spec.configMapRef.name")),
            "/spec/configMapRef/name",
            id="a reference, told once",
        ),
        pytest.param(
            _based("namePrefix: in-\n" + _GENERATOR, "namePrefix: o-\n" + _copying("spec.config")),
            "/spec/config",
            id="with a prefix",
        ),
        pytest.param(
            _based(_GENERATOR + _copying(_ENV), "nameSuffix: -out\n"), _ENV_FIELD, id="of a base"
        ),
        pytest.param(
            _app(
                "secretGenerator: [{name: cfg, namespace: shop, literals: [A=1]}]\n"
                + _copying(
                    "spec.config", source="kind: Secret, name: cfg, fieldPath: metadata.name"
                )
            ),
            "/spec/config",
            id="a secret",
        ),
        pytest.param(
            _app(f"{_GENERATOR}transformers: [copy.yaml]\n")
            | {
                "overlays/a/copy.yaml": "apiVersion: builtin\nkind: ReplacementTransformer\n"
                "metadata: {name: copy}\n" + _copying("spec.config")
            },
            "/spec/config",
            id="a transformer",
        ),
    ],
)
def test_a_copied_name_without_its_hash(files: Files, field: str, repository: Repository) -> None:
    """The hint mends it: kustomize follows, wherever the name was copied."""
    ((place, where),) = _said(repository, files)
    assert where == field
    assert place.rpartition(":")[0].rpartition(":")[0] in files
    hint = repository.run("clusters/a", "--check").err.partition("under configurations:\n")[2]
    names: str = textwrap.dedent(hint.partition("\n1 cluster")[0])
    owner = _BASE if _BASE in files else _OVERLAY
    mended = {
        owner: str(files[owner]) + "configurations: [names.yaml]\n",
        owner.replace("kustomization", "names"): names,
    }
    assert _said(repository, {**files, **mended}) == []


def test_a_part_of_a_text(repository: Repository) -> None:
    part = _GENERATOR + _copying("spec.url", options="delimiter: ':', index: 1")
    ((place, field),) = _said(repository, _app(part))
    assert (place, field) == (f"{_OVERLAY}:6:40", "/spec/url")
    stable = part.replace("[A=1]", "[A=1], options: {disableNameSuffixHash: true}")
    assert _said(repository, _app(stable)) == []


def test_a_name_by_content_is_no_other(repository: Repository) -> None:
    """Names that we make follow references, and nothing else."""
    settings = (
        "apiVersion: v1\nkind: ConfigMap\ndata: {A: b}\nmetadata: {name: cfg, namespace: shop,"
        " annotations: {renderer.gitops/name-hash: 'true'}}\n"
    )
    files = _app("").copy()
    files["overlays/a/cfg.yaml"] = settings
    files["overlays/a/cluster.yaml"] = (
        "apiVersion: renderer.gitops/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"
    )
    both = _copying("spec.config") + _copying(
        "spec.template.spec.volumes.0.configMap.name"
    ).removeprefix("replacements:\n")
    files[_OVERLAY] = f"resources: [app.yaml, cfg.yaml]\n{both}"
    ((_, field),) = _said(repository, files)
    assert field == "/spec/config"
    assert "take renderer.gitops/name-hash off" in repository.run("clusters/a", "--check").err


_PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cfg, namespace: shop}\n"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            _app(_GENERATOR + _copying("spec.template.spec.volumes.0.configMap.name")),
            id="a field that kustomize follows",
        ),
        pytest.param(_app(_GENERATOR + _copying("metadata.labels.config")), id="a label"),
        pytest.param(_app(_GENERATOR + _copying("spec.volumes.0.name")), id="a name of a volume"),
        pytest.param(
            _app(
                _GENERATOR
                + _copying("spec.config", source="kind: ConfigMap, name: cfg, fieldPath: data.A")
            ),
            id="another field is copied",
        ),
        pytest.param(
            _app(
                _GENERATOR.replace("name: cfg", "name: other")
                + _copying("spec.config").replace("[app", "[plain.yaml, app")
            ).__or__({"overlays/a/app.yaml": f"{_APP}---\n{_PLAIN}"}),
            id="a name without a hash",
        ),
        pytest.param(
            _app(
                _GENERATOR
                + _copying("spec.config")
                + "patches: [{target: {kind: App}, patch: '- {op: test, path: /spec/config,"
                " value: x}'}]\n"
            ).__or__(
                {
                    "overlays/a/cluster.yaml": "apiVersion: renderer.gitops/v1alpha1\n"
                    "kind: Cluster\nmetadata: {name: a}\nspec:\n  patches:\n"
                    "  - target: {kind: App}\n    patch:\n"
                    "    - {op: replace, path: /spec/config, value: mine}\n"
                }
            ),
            id="the cluster writes another",
        ),
        pytest.param(
            _app(
                _GENERATOR
                + "vars: [{name: CFG, objref: {apiVersion: v1, kind: ConfigMap, name: cfg}}]\n"
            ).__or__({"overlays/a/app.yaml": _APP.replace("value: x", "value: $(CFG)")}),
            id="a variable",
        ),
    ],
)
def test_a_name_that_is_no_mistake(files: Files, repository: Repository) -> None:
    assert _said(repository, files) == []


_BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rights}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: runner, namespace: default}
"""
_ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\n"


def _rights(text: str, *, binding: str = _BINDING, account: str = _ACCOUNT) -> dict[str, str]:
    return {
        _BASE: "resources: [account.yaml, binding.yaml]\n",
        "base/account.yaml": account,
        "base/binding.yaml": binding,
        _OVERLAY: f"resources: [../../base]\n{text}",
    }


def _beside(namespace: str = "", *, binding: str = _BINDING) -> dict[str, str]:
    """A ServiceAccount whose namespace is set, and a binding beside what sets it."""
    return {
        _BASE: f"resources: [binding.yaml]\n{namespace}",
        "base/binding.yaml": binding,
        "shop/kustomization.yaml": "namespace: shop\nresources: [account.yaml]\n",
        "shop/account.yaml": _ACCOUNT,
        _OVERLAY: "resources: [../../base, ../../shop]\n",
    }


_OF_CLUSTER = _BINDING.replace("Role", "ClusterRole", 1)
_DEFAULT = _BINDING.replace("runner, namespace: default", "default, namespace: x")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(_beside(binding=_OF_CLUSTER), id="beside"),
        pytest.param(_beside("namePrefix: my-\n", binding=_OF_CLUSTER), id="renamed"),
        pytest.param(_beside("namespace: other\n", binding=_OF_CLUSTER), id="another one is set"),
        pytest.param(
            {
                **_beside(binding=_OF_CLUSTER),
                "shop/kustomization.yaml": "resources: [account.yaml]\ncomponents: [set]\n",
                "shop/set/kustomization.yaml": "kind: Component\n"
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nnamespace: shop\n",
            },
            id="by a component of others",
        ),
        pytest.param(_rights("namespace: shop\n", binding=_DEFAULT), id="called default"),
        pytest.param(
            _rights("namespace: shop\n", binding=_DEFAULT.replace("space: x", "space: default")),
            id="called default there",
        ),
    ],
)
def test_a_subject_that_is_moved(files: dict[str, str], repository: Repository) -> None:
    """Without the namespace, as the hint says, the ServiceAccount of the kustomization is meant."""
    ((place, field),) = _said(repository, files)
    assert place.startswith("base/binding.yaml:6:5")
    assert field == "/subjects/0/namespace"
    binding = re.sub(", namespace: (default|x)}", "}", files["base/binding.yaml"])
    assert _said(repository, {**files, "base/binding.yaml": binding}) == []


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(_rights(""), id="no namespace is set"),
        pytest.param(_rights("namespace: shop\n"), id="the namespace is set for both"),
        pytest.param(_rights("namespace: shop\n", binding=_OF_CLUSTER), id="also for a cluster"),
        pytest.param(
            {
                **_rights("components: [../../set]\n", binding=_OF_CLUSTER),
                "set/kustomization.yaml": "kind: Component\n"
                "apiVersion: kustomize.config.k8s.io/v1alpha1\ncomponents: [in]\n",
                "set/in/kustomization.yaml": "kind: Component\n"
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nnamespace: shop\n",
            },
            id="a component sets it for both",
        ),
        pytest.param(
            _rights(
                "namespace: shop\n",
                account=_ACCOUNT.replace("runner}", "runner, namespace: default}"),
            ),
            id="the account moves too",
        ),
        pytest.param(
            _rights("namespace: shop\n", account=_ACCOUNT.replace("runner", "other")),
            id="an account that is not here",
        ),
        pytest.param(
            _rights(
                "namespace: shop\n",
                binding=_DEFAULT,
                account=_ACCOUNT.replace("runner}", "runner, namespace: x}"),
            ),
            id="a namespace that stands for another",
        ),
        pytest.param(
            _rights(
                "namespace: shop\npatches: [{target: {kind: RoleBinding},"
                " patch: '- {op: replace,"
                " path: /subjects/0/namespace, value: shop}'}]\n"
            ),
            id="a patch says so",
        ),
    ],
)
def test_a_subject_that_is_right(files: Files, repository: Repository) -> None:
    assert _said(repository, files) == []


def test_the_settings_choose(repository: Repository) -> None:
    rule = "moved-subject"
    settings = _SETTINGS.replace(f'{rule} = "warning"', f'{rule} = "error"')
    repository.write({"render.toml": settings, **_beside(binding=_OF_CLUSTER)})
    assert repository.run("clusters").err.count(f"[{rule}]") == 1
    exception = f'[[exceptions]]\nrule = "{rule}"\nobject = "Cluster*"\nreason = "meant"\n'
    repository.write({"render.toml": settings + exception})
    assert "moved" not in repository.render("clusters").err
    repository.write({"base/binding.yaml": _OF_CLUSTER.replace(", namespace: default", "")})
    assert "[unneeded-exception]" in repository.render("clusters").err
