"""`render check`: what is wrong with manifests, and what a repository thinks of it."""

from __future__ import annotations

import json

import pytest
from shop import cluster_yaml, shop
from support import Repository, definition

_KEYS = "secretGenerator:\n- name: keys\n  namespace: shop\n  literals: [password=hunter2]\n"


def _exception(rule: str = "plain-secret", about: str = "Secret shop/keys") -> str:
    return (
        "[[exceptions]]\n"
        f'rule = "{rule}"\nobject = "{about}"\nreason = "a key for the tests of the shop"\n'
    )


@pytest.fixture
def leaking(repository: Repository) -> Repository:
    """A shop with two clusters, of which one holds a Secret in plain text."""
    repository.write(shop())
    repository.write(
        {
            "overlays/b/kustomization.yaml": f"resources: [../../base]\n{_KEYS}",
            "overlays/b/cluster.yaml": cluster_yaml("b", "b.example.com"),
        }
    )
    return repository


def test_nothing_wrong(repository: Repository) -> None:
    repository.write(shop())
    result = repository.run("check")
    assert (result.code, result.out) == (0, "")
    assert result.err == "1 cluster: 0 errors, 0 warnings\n"
    assert "clusters" not in {path.split("/")[0] for path in repository.files()}


def test_findings_are_on_stdout_and_nothing_is_written(leaking: Repository) -> None:
    before = leaking.files()
    result = leaking.run("check")
    assert result.code == 1
    assert result.out.startswith("overlays/b: error: this Secret would be committed in plain text")
    assert "hunter2" not in result.out + result.err
    assert leaking.run("check", "a").code == 0
    assert leaking.files() == before


def test_json(leaking: Repository) -> None:
    (row,) = json.loads(leaking.run("check", "--json").out)
    assert row["cluster"] == "b"
    assert row["rule"] == "plain-secret"
    assert row["severity"] == "error"
    assert row["object"] == "Secret shop/keys"
    assert json.loads(leaking.run("check", "a", "--json").out) == []


def test_json_has_errors_that_are_no_findings(leaking: Repository) -> None:
    leaking.write({"base/web.yaml": "apiVersion: v1\nkind: [\n"})
    result = leaking.run("check", "--json")
    assert result.code == 1
    rows = json.loads(result.out)
    assert {row["severity"] for row in rows} == {"error"}
    fields = ["cluster", "tree", "rule", "severity", "message", "location"]
    fields += ["object", "field", "hint"]
    assert all([*row] == fields for row in rows)


@pytest.mark.parametrize("about", ["Secret shop/keys", "Secret */keys", "Secret *"])
def test_an_exception(leaking: Repository, about: str) -> None:
    leaking.write({"render.toml": _exception(about=about)})
    assert leaking.run("check").code == 0
    result = leaking.render("clusters")
    assert "plain-secret" not in result.err
    assert "unneeded-exception" not in result.err
    # Also where nothing is looked at again.
    assert "unneeded-exception" not in leaking.render("clusters").err
    assert leaking.run("check").out == ""


def test_an_exception_that_nothing_needs(leaking: Repository) -> None:
    leaking.write({"render.toml": _exception() + _exception(about="Secret shop/other")})
    for command in (["check"], ["clusters"], ["clusters"]):
        result = leaking.run(*command)
        assert result.code == 0
        assert (
            "render.toml: warning: nothing needs the exception from plain-secret for"
            " Secret shop/other [unneeded-exception]\n"
            "  hint: take it out: it would hide the next finding of this sort\n"
        ) in result.out + result.err
    # One cluster alone cannot tell.
    assert "unneeded" not in leaking.run("check", "b").out
    assert "unneeded" not in leaking.run("clusters/b").err


def test_an_exception_is_for_one_rule(leaking: Repository) -> None:
    leaking.write({"render.toml": _exception(rule="placeholder")})
    assert leaking.run("check").code == 1


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0), ("off", 0)])
def test_severities(leaking: Repository, severity: str, code: int) -> None:
    leaking.write({"render.toml": f'checks = {{plain-secret = "{severity}"}}\n'})
    result = leaking.run("check")
    assert result.code == code
    assert (f"{severity}: this Secret" in result.out) == (severity != "off")


def test_clusters_of_different_kubernetes(leaking: Repository) -> None:
    """Both are made from the same, and one of them serves what the other does not."""
    policy = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\n"
        "metadata: {name: a}\nspec: {reinvocationPolicy: Never}\n"
    )
    leaking.write(
        {
            **shop("a", "b", "old"),
            "base/kustomization.yaml": shop()["base/kustomization.yaml"].replace(
                "resources: [", "resources: [policy.yaml, "
            ),
            "base/policy.yaml": policy,
            "render.toml": 'kubernetes = {"o*" = "1.34", b = "1.35"}\n',
        }
    )
    kind = "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy"
    rows = json.loads(leaking.run("check", "--json").out)
    assert {(row["cluster"], row["rule"], row["message"]) for row in rows} == {
        (
            cluster,
            "unserved-version",
            f"Kubernetes {minor} does not serve {kind}",
        )
        for cluster, minor in (("b", "1.35"), ("old", "1.34"))
    }


def test_a_version_of_kubernetes_for_no_cluster(repository: Repository) -> None:
    repository.write({**shop("prod-eu"), "render.toml": 'kubernetes = {prod-ue = "1.35"}\n'})
    assert (
        "\nrender.toml: warning: kubernetes: no cluster takes its version, 1.35, from prod-ue"
        " [unmatched-cluster]\n  hint: did you mean prod-eu?\n"
    ) in repository.render("clusters").err
    repository.write({"render.toml": 'kubernetes = {"*" = "1.35", prod-eu = "1.35"}\n'})
    assert "from prod-eu [unmatched-cluster]" in repository.run("check").out
    repository.write({"render.toml": 'kubernetes = {prod-eu = "1.35", "*" = "1.34"}\n'})
    assert repository.run("check").out == ""


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("exceptions = 1", "exceptions must be tables"),
        ("exceptions = [1]", "exceptions must be tables"),
        ('[[exceptions]]\nrule = "x"', "exception 1 needs object, a string that is not empty"),
        (
            '[[exceptions]]\nrule = "x"\nobject = "y"\nreason = " "',
            "exception 1 needs reason, a string that is not empty",
        ),
        ('kubernetes = "1.2"', 'kubernetes must be one of "1.34", "1.35", "1.36"'),
        ('kubernetes = {a = "v1.36"}', 'kubernetes must be one of "1.34", "1.35", "1.36"'),
        (
            _exception(rule="plain-secrets"),
            "exception 1: there is no rule plain-secrets\n  hint: did you mean plain-secret?",
        ),
        ('[[exceptions]]\nrules = "x"', "exception 1 has no field rules"),
        ("checks = 1", "checks maps rules to error, warning, off"),
        (
            "checks = {foreign-file = 'off'}",
            "checks: the rule foreign-file is none of those that settings are for\n  hint: render",
        ),
        ("checks = {x = 'off'}", "checks: there is no rule x\n  hint: render rules lists them"),
        (
            "checks = {plain-secret = 'Off'}",
            "checks.plain-secret must be one of error, warning, off\n  hint: did you mean off?",
        ),
        ("checks = {plain-secret = [1]}", "checks.plain-secret must be one of error, warning, off"),
        ("kubernetes = ['1.36']", 'kubernetes must be one of "1.34"'),
    ],
)
def test_settings_that_cannot_be_meant(repository: Repository, setting: str, message: str) -> None:
    repository.write(shop())
    repository.write({"render.toml": setting})
    result = repository.run("check")
    assert result.code == 2
    place = "1:3" if setting.startswith("[[") else "1:1"
    assert result.err.startswith(f"error: render.toml:{place}: {message}")


def test_what_was_verified_is_not_verified_again(
    leaking: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking.write({"render.toml": 'checks = {plain-secret = "warning"}\n'})
    first = leaking.render("clusters/b").err
    for path in (leaking.path / "clusters").rglob("*.yaml"):
        path.unlink()
    monkeypatch.setattr("renderer.checks.verification.Verification.verify", None)
    again = leaking.render("clusters/b").err
    assert "warning: this Secret" in first
    assert again.splitlines()[1:-1] == first.splitlines()[1:-1]


_NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: tasks
  labels: {pod-security.kubernetes.io/enforce: baseline}
"""
_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: template, namespace: shop}
data:
  pod.yaml: |
    apiVersion: v1
    kind: Pod
    metadata: {name: task, namespace: tasks}
    spec:
      hostNetwork: true
      containers: [{name: task, imag: task:1, envFrom: [{configMapRef: {name: settings}}]}]
"""


def test_an_exception_is_pasted_from_the_hint(repository: Repository) -> None:
    account = "apiVersion: v1\nkind: ServiceAccount\n"
    about = (
        "metadata: {name: x, namespace: shop}\nimagePullSecrets: [{name: a-tls}, {name: b-tls}]\n"
    )
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../base, account.yaml]\n",
            "overlays/a/account.yaml": account + about,
        }
    )
    lines = repository.run("check", "a").out.splitlines()
    start = lines.index("    [[exceptions]]")
    repository.write({"render.toml": "\n".join(lines[start : start + 4])})
    assert "shop/a-tls" not in (out := repository.run("check", "a").out)
    assert "shop/b-tls" in out
    lines[start + 2] = "object = " + lines[start + 2].partition("# or ")[2]
    repository.write({"render.toml": "\n".join(lines[start : start + 4])})
    assert repository.run("check", "a").out == ""


def test_a_pod_in_a_config_map_is_checked_where_it_will_run(repository: Repository) -> None:
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../base, tasks.yaml, template.yaml]\n",
            "overlays/a/tasks.yaml": _NAMESPACE,
            "overlays/a/template.yaml": _TEMPLATE,
        }
    )
    rows = json.loads(repository.run("check", "--json").out)
    assert {(row["rule"], row["object"], row["field"]) for row in rows} == {
        ("unknown-manifest-field", "Pod tasks/task", "/spec/containers/0/imag"),
        ("pod-security", "Pod tasks/task", "/spec/hostNetwork"),
        ("missing-reference", "ConfigMap tasks/settings", ""),
    }


_WIDGET = """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: shop}
spec: {size: 4, sice: 5}
"""


@pytest.mark.parametrize("place", ["crds/widgets.yaml", "overlays/a/widgets.yaml"])
def test_a_custom_resource_must_fit_its_definition(repository: Repository, place: str) -> None:
    """Whether the definition is composed as well, or only somewhere in the repository."""
    listed = "widgets.yaml, " if place.startswith("overlays") else ""
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": f"resources: [../../base, {listed}widget.yaml]\n",
            "overlays/a/widget.yaml": _WIDGET,
            place: definition("Widget", "size: {type: integer, maximum: 4}"),
        }
    )
    result = repository.run("check")
    assert result.code == 1
    assert "unknown field sice [unknown-manifest-field]\n  in Widget.example.com" in result.out
    # What the definition says counts, also for what was verified before.
    repository.write({"overlays/a/widget.yaml": _WIDGET.replace(", sice: 5", "")})
    repository.render("clusters/a")
    repository.write({place: definition("Widget", "size: {type: integer, maximum: 3}")})
    assert "[invalid-manifest]" in repository.run("check").out
    assert "[invalid-manifest]" in repository.run("clusters/a").err


def test_a_finding_in_a_field_that_a_cluster_writes_names_the_place(repository: Repository) -> None:
    patches = (
        "  patches:\n  - target: {kind: Deployment}\n    patch:\n"
        "    - {op: add, path: /spec/template/spec/hostNetwrk, value: true}\n"
    )
    repository.write(shop())
    repository.write({"overlays/a/cluster.yaml": cluster_yaml("a", more=patches)})
    text = (repository.path / "overlays/a/cluster.yaml").read_text()
    line = text.splitlines().index(
        "    - {op: add, path: /spec/template/spec/hostNetwrk, value: true}"
    )
    (row,) = json.loads(repository.run("check", "--json").out)
    assert row["rule"] == "unknown-manifest-field"
    assert row["location"] == {"path": "overlays/a/cluster.yaml", "line": line + 1, "column": 7}


def test_the_committed_output_of_a_wrapper_without_the_functions_work(
    repository: Repository,
) -> None:
    repository.write(shop())
    repository.render("clusters")
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n"
    repository.write(
        {"clusters/a/extra/map.yaml": f"{manifest}    renderer.gitops/skipped: $(skipped)\n"}
    )
    result = repository.run("check")
    assert result.code == 1
    assert result.out.startswith(
        "clusters/a/extra/map.yaml:5:1: error: this was built without the function that sets"
        " parameters and patches [function-skipped]\n"
    )
    (row,) = json.loads(repository.run("check", "--json").out)
    assert row["cluster"] is None
    repository.write({"clusters/a/extra/map.yaml": f"{manifest}    app: web\n"})
    assert repository.run("check").code == 0


_WORKER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: shop}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      hostNetwrk: true
      containers:
      - name: worker
        image: worker:1
        env: [{name: API_TOKEN, value: 9f8e7d6c5b4a39281706}]
        envFrom: [{configMapRef: {name: settings}}]
        volumeMounts: [{name: data, mountPath: /data}]
"""


def test_a_manifest_that_only_follows_a_new_name_is_verified_too(repository: Repository) -> None:
    patches = (
        "  patches:\n  - target: {kind: ConfigMap}\n    patch:\n"
        "    - {op: replace, path: /data/COLOR, value: blue}\n"
    )
    repository.write(shop())
    repository.write(
        {
            "overlays/a/kustomization.yaml": "resources: [../../base, worker.yaml]\n",
            "overlays/a/worker.yaml": _WORKER,
        }
    )
    as_composed = json.loads(repository.run("check", "--json").out)
    repository.write({"overlays/a/cluster.yaml": cluster_yaml("a", more=patches)})
    renamed = json.loads(repository.run("check", "--json").out)
    assert {row["rule"] for row in renamed} == {
        "unknown-manifest-field",
        "exposed-secret",
        "unknown-volume",
    }
    assert renamed == as_composed
    # What is encrypted as a whole cannot follow: its checksum would no longer hold.
    repository.write({"overlays/a/worker.yaml": f"{_WORKER}sops: {{mac: 'ENC[x]'}}\n"})
    rows = json.loads(repository.run("check", "--json").out)
    assert ("changed-encrypted", "Deployment.apps shop/worker") in {
        (row["rule"], row["object"]) for row in rows
    }


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("map.yaml", '{kind: ConfigMap, metadata: {labels: {"renderer.gitops/skipped": a}}}', True),
        ("a.json", '{"kind": "A", "metadata":\n{"labels": {"renderer.gitops/skipped": ""}}}', True),
        (
            "list.yaml",
            "kind: List\nitems:\n- {kind: A, metadata: {labels: {renderer.gitops/skipped: a}}}",
            True,
        ),
        ("broken.yaml", "kind: {\nlabels:\n  renderer.gitops/skipped: $(skipped)\n", True),
        ("kustomization.yaml", "labels:\n- pairs:\n    renderer.gitops/skipped: $(s)\n", False),
        ("notes.yaml", "kind: A\n# no renderer.gitops/skipped: here\n", False),
    ],
)
def test_where_a_wrapper_puts_its_label(
    name: str, text: str, is_found: bool, repository: Repository
) -> None:
    repository.write({**shop(), f"clusters/a/extra/{name}": text})
    result = repository.run("check")
    assert (result.code, "[function-skipped]" in result.out) == (int(is_found), is_found)


@pytest.mark.parametrize("values", [("2", "true"), ("true", "2"), ("1", "true"), ("true", "1")])
def test_clusters_that_change_the_same_field_are_told_apart(
    values: tuple[str, str], repository: Repository
) -> None:
    """Python takes 1 and true for equal; the API server does not."""
    repository.write(shop("a", "b"))
    repository.write(
        {
            "base/web.yaml": shop()["base/web.yaml"].replace(
                "  replicas: 1\n", "  replicas: 1\n  minReadySeconds: 0\n"
            )
        }
    )
    for name, value in zip("ab", values, strict=True):
        patches = (
            "  patches:\n  - target: {kind: Deployment}\n    patch:\n"
            f"    - {{op: replace, path: /spec/minReadySeconds, value: {value}}}\n"
        )
        repository.write({f"overlays/{name}/cluster.yaml": cluster_yaml(name, more=patches)})
    rows = json.loads(repository.run("check", "--json").out)
    wrong = "ab"[values.index("true")]
    assert [(row["cluster"], row["field"]) for row in rows] == [(wrong, "/spec/minReadySeconds")]
