"""`render list --secrets`: commands that make what a cluster expects, run with a small kubectl."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from shop import cluster_yaml, shop
from support import PROJECT, Repository

# Makes Secrets as the real one does, but in a directory; what is there it does not make again.
_KUBECTL = """\
#!/bin/sh
echo "$@" >> commands
case "$3" in
create) "$KUBECTL" "$@" --dry-run=client -o json > made.json && mv -n made.json "$2.$6.json" ;;
get) sed -n 's/.*"password": "\\(.*\\)".*/\\1/p' "$2.$5.json" | base64 -d ;;
esac
"""
CLUSTERS = sorted(path.name for path in (PROJECT / "clusters").iterdir())

PARAMETERS = """\
apiVersion: renderer.gitops/v1alpha1
kind: Parameters
metadata:
  name: keys
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
"""


def run(script: str, directory: Path) -> list[str]:
    """Runs a script with a small kubectl in a directory, and gives the commands that it got."""
    programs = directory / "bin"
    programs.mkdir()
    (programs / "kubectl").write_text(_KUBECTL)
    (programs / "kubectl").chmod(0o755)
    real = shutil.which("kubectl", path=str(PROJECT / ".venv/bin"))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "KUBECTL": str(real)}
    ran = subprocess.run(
        ["sh"], cwd=directory, env=environment, input=script, text=True, capture_output=True
    )
    assert ran.stderr == ""
    return (directory / "commands").read_text().splitlines()


def secrets(directory: Path) -> dict[str, dict[str, str]]:
    """The values of the Secrets that were made, by namespace and name."""
    found = {}
    for path in directory.glob("*.json"):
        data = json.loads(path.read_text())
        where = f"{data['metadata']['namespace']}/{data['metadata']['name']}"
        found[where] = {key: base64.b64decode(one).decode() for key, one in data["data"].items()}
    return found


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_commands_make_what_a_cluster_expects(cluster: str, tmp_path: Path) -> None:
    script = Repository(PROJECT).render("list", "--secrets", cluster).out
    rows = json.loads(Repository(PROJECT).render("list", "--secrets", cluster, "--json").out)
    assert max(map(len, script.splitlines())) <= 80
    for row in rows:
        for key in row["keys"]:
            if not key["command"]:
                (tmp_path / key["name"]).write_text("given")
    commands = run(script, tmp_path)
    made = secrets(tmp_path)
    wanted = [row for row in rows if not row["optional"] and not row["made_by"]]
    assert {one: {*keys} for one, keys in made.items()} == {
        f"{row['namespace']}/{row['name']}": {key["name"] for key in row["keys"]} for row in wanted
    }
    values = [value for keys in made.values() for value in keys.values()]
    assert all(value == value.strip() != "" for value in values)
    assert commands[0] == f"apply -f clusters/{cluster}/_cluster/namespace-airflow.yaml"
    if "airflow/airflow-postgres" in made:
        password = made["airflow/airflow-postgres"]["password"]
        assert re.fullmatch("[0-9a-f]{48}", password)
        assert f":{password}@" in made["airflow/airflow-database"]["connection"]


def shown(
    repository: Repository, expects: str, *arguments: str, more: str = "", release: str = ""
) -> str:
    """What the shop's cluster expects with a second document, and with further objects.

    `release` are further lines of the cluster's spec.
    """
    repository.write(
        {
            **shop(),
            "overlays/a/cluster.yaml": cluster_yaml("a", more=release),
            "overlays/a/kustomization.yaml": "resources: [../../base, keys.yaml, more.yaml]\n",
            "overlays/a/keys.yaml": PARAMETERS + expects,
            "overlays/a/more.yaml": more
            or "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: shop}\n",
        }
    )
    return repository.render("list", "--secrets", "a", *arguments).out


EXPECTS = """\
  expects:
  - secret: web-keys
    namespace: shop
    type: example.com/keys
    keys:
      password: {command: openssl rand -hex 16}
      token: |
        what other shops say
        rm -rf /
"""
EXTERNAL = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: keys, namespace: shop}
spec:
  secretStoreRef: {name: store}
  target: {name: web-keys}
  data: [{secretKey: password, remoteRef: {key: a}}]
"""


def test_what_is_printed(repository: Repository) -> None:
    assert shown(repository, EXPECTS) == (
        "# a expects 1 Secret before the first sync.\n"
        "# Each --from-file reads a file that is called like its key: of what has one\n"
        "# line, without a newline at the end (printf %s, not echo).\n"
        "kubectl apply -f clusters/a/_cluster/namespace-shop.yaml\n"
        "\n"
        "# Secret shop/web-keys (overlays/a/keys.yaml:8:13)\n"
        "#   token: what other shops say rm -rf /\n"
        "kubectl -n shop create secret generic web-keys \\\n"
        "  --type=example.com/keys \\\n"
        '  --from-literal=password="$(openssl rand -hex 16)" \\\n'
        "  --from-file=token\n"
    )


def test_a_release_calls_its_secrets_otherwise(repository: Repository) -> None:
    """But for one that a parameter names; of the $( in a command only what is built in counts."""
    expects = """\
  parameters:
  - {name: mail.secret, schema: {type: string}, default: mail-keys}
  expects:
  - secret: web-keys
    namespace: shop
    keys:
      url: {command: 'printf http://%s@$(name.prefix)web.$(namespaces.shop) "$(openssl rand 8)"'}
  - {secret: $(mail.secret), namespace: shop, keys: {password: of the mail server}}
"""
    release = "  namePrefix: second-\n  namespaces: {shop: b}\n"
    rows = json.loads(shown(repository, expects, "--json", release=release))
    assert [(row["namespace"], row["name"]) for row in rows] == [
        ("b", "second-web-keys"),
        ("b", "mail-keys"),
    ]
    command = 'printf http://%s@second-web.b "$(openssl rand 8)"'
    assert rows[0]["keys"] == [{"name": "url", "description": "", "command": command}]
    plain = json.loads(shown(repository, expects, "--json"))
    assert [row["name"] for row in plain] == ["web-keys", "mail-keys"]
    assert plain[0]["keys"][0]["command"] == 'printf http://%s@web.shop "$(openssl rand 8)"'


def test_what_is_made_by_a_manifest(repository: Repository) -> None:
    text = shown(repository, EXPECTS, more=EXTERNAL)
    assert text == (
        "# a expects 0 Secrets before the first sync.\n"
        "\n"
        "# Made by what is among the manifests:\n"
        "#   Secret shop/web-keys, by ExternalSecret.external-secrets.io shop/keys\n"
    )
    (row,) = json.loads(shown(repository, EXPECTS, "--json", more=EXTERNAL))
    assert row == {
        "namespace": "shop",
        "name": "web-keys",
        "type": "example.com/keys",
        "optional": False,
        "keys": [
            {"name": "password", "description": "", "command": "openssl rand -hex 16"},
            {"name": "token", "description": "what other shops say\nrm -rf /\n", "command": None},
        ],
        "made_by": "ExternalSecret.external-secrets.io shop/keys",
        "declared": {"path": "overlays/a/keys.yaml", "line": 8, "column": 13},
    }


def test_what_is_optional_is_commented_out(repository: Repository) -> None:
    lines = shown(repository, EXPECTS + "    optional: true\n").splitlines()
    assert [line for line in lines if line and not line.startswith("# ")] == [
        "kubectl apply -f clusters/a/_cluster/namespace-shop.yaml"
    ]


def test_a_cluster_with_an_error_has_no_contract(repository: Repository) -> None:
    repository.write({**shop(), "overlays/a/cluster.yaml": cluster_yaml("b")})
    result = repository.run("list", "--secrets", "a")
    assert result.code == 1
    assert "wrong-name" in result.err
    assert result.out == ""


def test_only_one_cluster_is_asked(repository: Repository) -> None:
    repository.write(shop("a", "b"))
    result = repository.run("list", "--secrets", "overlays")
    assert result.code == 2
    assert "overlays means 2 clusters; name one, as a" in result.err
