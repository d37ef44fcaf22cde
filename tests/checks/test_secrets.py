"""Secrets in plain text: leaks that must be found, and what only looks like one."""

from __future__ import annotations

import base64
import json
from time import process_time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.loading import CLUSTERS, JSON, cluster, manifest, manifests, places, replaced
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.checks.secrets.plain import plain_secret
from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest

PEM = "-----BEGIN {}PRIVATE KEY-----\n{}\n-----END {}PRIVATE KEY-----\n"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n" * 3
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzY2hlZHVsZXIifQ.c2lnbmF0dXJlLW9mLXRlc3Q"
FERNET = "Zm9yLXRoZS10ZXN0cy1vbmx5LTMyLWJ5dGVzLWxvbmc="


def config_map(**data: str) -> Manifest:
    about = {"name": "settings", "namespace": "shop"}
    return manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data})


def pod(**container: Any) -> Manifest:
    about = {"name": "web", "namespace": "shop"}
    spec = {"containers": [{"name": "web", **container}]}
    return manifest({"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec})


def env(name: str, value: str) -> Manifest:
    return pod(env=[{"name": name, "value": value}])


def found(one: Manifest) -> list[tuple[str, str]]:
    return [(finding.field, finding.message) for finding in exposed_secrets(one)]


def where(one: Manifest) -> list[str]:
    return [finding.field for finding in exposed_secrets(one)]


# What people leave behind in the settings of Airflow: name and value of a variable.
VARIABLES = {
    "database": (
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "postgresql+psycopg2://airflow:s3cr3t@postgres/airflow",
    ),
    "result-backend": (
        "AIRFLOW__CELERY__RESULT_BACKEND",
        "db+postgresql://airflow:p%40ss@postgres:5432/airflow",
    ),
    "broker-without-user": ("AIRFLOW__CELERY__BROKER_URL", "redis://:hunter2@redis:6379/0"),
    "broker-amqp": ("AIRFLOW__CELERY__BROKER_URL", "amqp://guest:hunter2@rabbit:5672//"),
    "broker-sentinels": (
        "AIRFLOW__CELERY__BROKER_URL",
        "sentinel://:hunter2@one:26379;sentinel://:hunter2@two:26379",
    ),
    "fernet": ("AIRFLOW__CORE__FERNET_KEY", FERNET),
    "secret-key": ("AIRFLOW__API__SECRET_KEY", "0f1e2d3c"),
    "jwt-secret": ("AIRFLOW__API_AUTH__JWT_SECRET", "a-long-enough-t3xt9Q"),
    "smtp": ("AIRFLOW__SMTP__SMTP_PASSWORD", "12345678"),
    "connection-uri": ("AIRFLOW_CONN_WAREHOUSE", "snowflake://etl:hunter2@account/db"),
    "connection-json": (
        "AIRFLOW_CONN_WAREHOUSE",
        '{"conn_type": "mysql", "login": "etl", "password": "hunter2", "host": "db"}',
    ),
    "connection-extra": (
        "AIRFLOW_CONN_S3",
        json.dumps(
            {"conn_type": "aws", "extra": json.dumps({"aws_secret_access_key": "abc/d9Qx2"})}
        ),
    ),
    "connection-parameter": ("AIRFLOW_CONN_HTTP", "http://host/?user=etl&password=hunter2"),
    "variable": ("AIRFLOW_VAR_PAGER_API_TOKEN", "u+abcdef"),
    "git-url": ("GITSYNC_REPO", "https://robot:0123456789abcdef@git.example.com/dags.git"),
    "git-password": ("GITSYNC_PASSWORD", "hunter2"),
    "aws": ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz"),
    "aws-key": ("AWS_KEY", "AKIA" + "Z2345678ABCDEFGH"),
    "azure": (
        "AZURE_STORAGE_CONNECTION_STRING",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + "Q" * 86 + "==",
    ),
    "weak": ("POSTGRES_PASSWORD", "changeme"),
    "dsn": ("DSN", "host=db user=etl password=hunter2 dbname=etl sslmode=require"),
    "jdbc": ("JDBC_URL", "jdbc:sqlserver://db;user=etl;password=hunter2"),
    "mongo": ("MONGO", "mongodb+srv://etl:hunter2@cluster.example.com/?retryWrites=true"),
    "client-secret": ("OAUTH_CLIENT_SECRET", "abc~def"),
    "camel-case": ("spring.datasource.dbPassword", "hunter2"),
    "default": ("DB_PASSWORD", "${PASSWORD:-hunter2}"),
}
TOKENS = {
    "github": "ghp_" + "a1B2" * 9,
    "github-fine-grained": "github_pat_" + "a1B2_" * 12,
    "gitlab": "glpat-" + "a1B2-" * 4,
    "slack": "xoxb-123456789012-abcdefGHIJ",
    "slack-webhook": "https://hooks.slack.com/services/T0000/B0000/" + "a1B2" * 6,
    "google": "AIza" + "a1B2-" * 7,
    "jwt": JWT,
    "stripe": "sk_live_" + "a1B2" * 4,
    "npm": "npm_" + "a1B2" * 9,
    "vault": "hvs." + "a1B2" * 6,
    "basic": "Authorization: Basic " + base64.b64encode(b"user:hunter2").decode(),
    "bearer": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
    "key": PEM.format("", BODY, ""),
    "rsa-key": PEM.format("RSA ", BODY, "RSA "),
    "ssh-key": PEM.format("OPENSSH ", BODY, "OPENSSH "),
    "encrypted-key": PEM.format("ENCRYPTED ", BODY, "ENCRYPTED "),
    "key-in-json": json.dumps({"private": PEM.format("", BODY, "")}),
}
# Key of a ConfigMap, text, and the lines that hold a secret.
TEXTS = {
    "ini": ("airflow.cfg", "[core]\nfernet_key = abc=\n[api]\nsecret_key=hunter2Zq9\n", [2, 4]),
    "ini-url": ("airflow.cfg", "[database]\nsql_alchemy_conn = mysql://a:hunter2@h/d\n", [2]),
    "env": ("airflow.env", "A=b\nexport DB_PASSWORD=hunter2\nC=d\n", [2]),
    "yaml": ("values.yaml", "db:\n  user: etl\n  password: hunter2 # for now\n", [3]),
    "yaml-quoted": ("values.yaml", "db:\n  password: 'correct horse battery'\n", [2]),
    "yaml-flow": ("values.yaml", "a: 1\ndb: {user: etl, password: hunter2}\n", [2]),
    "yaml-beside": ("pod.yaml", "env:\n- name: DB_PASSWORD\n  value: hunter2\n", [3]),
    "json": ("a.json", '{\n  "db": {"user": "etl", "password": "hunter2"}\n}\n', [2]),
    "json-beside": ("a.json", '{\n  "name": "TOKEN", "value": "hunter2"}\n', [2]),
    "json-compact": ("a.json", '{\n"apiKey":"hunter2"}\n', [2]),
    "toml": ("a.toml", '[db]\npassword = "hunter2"\n', [2]),
    "properties": ("a.properties", "x=1\nspring.datasource.password=hunter2\n", [2]),
    "xml": ("a.xml", "<db>\n<password>hunter2</password>\n</db>\n", [2]),
    "python": ("webserver_config.py", 'import os\nSECRET_KEY = "abc"\n', [2]),
    "shell": ("run.sh", "set -e\nPGPASSWORD=hunter2 psql\ncurl --token abc\n", [2, 3]),
    "shebang": ("run", "#!/bin/sh\nmysql --password=hunter2\n", [2]),
    "sql": ("init.sql", "-- users\nCREATE USER a WITH PASSWORD 'hunter2';\n", [2]),
    "key-in-comment": ("a.cfg", "a = 1\n# " + TOKENS["github"] + "\n", [2]),
    "crlf": ("a.env", "A=b\r\nDB_PASSWORD=hunter2\r\n", [2]),
}


@pytest.mark.parametrize("case", VARIABLES)
def test_leaks_in_variables(case: str) -> None:
    name, value = VARIABLES[case]
    assert where(env(name, value)) == ["/spec/containers/0/env/0/value"]
    assert where(config_map(**{name: value})) == [f"/data/{name}"]


@pytest.mark.parametrize("case", VARIABLES)
def test_leaks_in_files_of_settings(case: str) -> None:
    name, value = VARIABLES[case]
    (finding,) = exposed_secrets(config_map(**{"airflow.env": f"A=b\n{name}={value}\n"}))
    assert finding.message.endswith(", in line 2 of it")


@pytest.mark.parametrize("token", TOKENS)
def test_secrets_by_their_form(token: str) -> None:
    for one in (
        env("SETTING", TOKENS[token]),
        config_map(setting=TOKENS[token]),
        pod(args=["run", TOKENS[token]]),
        pod(command=["sh", "-c", f"echo {TOKENS[token]}"]),
        manifest(
            {
                "apiVersion": "example.com/v1",
                "kind": "Robot",
                "metadata": {"name": "a"},
                "spec": {"of": [{"anything": TOKENS[token]}]},
            }
        ),
        manifest(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "a", "annotations": {"note": TOKENS[token]}},
            }
        ),
    ):
        (finding,) = exposed_secrets(one)
        assert finding.rule == "exposed-secret"
        assert finding.is_error


@pytest.mark.parametrize("case", TEXTS)
def test_leaks_in_texts(case: str) -> None:
    key, text, lines = TEXTS[case]
    messages = [message for _, message in found(config_map(**{key: text}))]
    assert [int(message.split()[-3]) for message in messages] == lines


@pytest.mark.parametrize(
    ("arguments", "index"),
    [
        (["--password=hunter2"], 0),
        (["serve", "--api-key", "abc"], 2),
        (["-Ddb.password=hunter2"], 0),
        (["sh", "-c", "export TOKEN=abc\nrun\n"], 2),
        (["sh", "-c", "redis-cli --pass hunter2 ping"], 2),
        (["postgresql://a:hunter2@h/d"], 0),
        (["python3", "run.py", "--password=hunter2"], 2),
        (["/usr/bin/python3", "-c", "a = 1\ntoken = 'abc'\n"], 2),
    ],
)
def test_leaks_in_arguments(arguments: list[str], index: int) -> None:
    assert where(pod(args=arguments)) == [f"/spec/containers/0/args/{index}"]
    assert where(pod(command=arguments)) == [f"/spec/containers/0/command/{index}"]
    probe = {"exec": {"command": arguments}}
    assert where(pod(livenessProbe=probe)) == [
        f"/spec/containers/0/livenessProbe/exec/command/{index}"
    ]


def test_leaks_in_headers_and_binary_data() -> None:
    header = {"name": "X-Api-Key", "value": "abc"}
    assert where(pod(readinessProbe={"httpGet": {"port": 1, "httpHeaders": [header]}})) == [
        "/spec/containers/0/readinessProbe/httpGet/httpHeaders/0/value"
    ]
    text = base64.b64encode(b"a: b\npassword: hunter2\n").decode()
    data = {**config_map().data, "binaryData": {"a.yaml": text, "logo": "iVBORw0KGgo="}}
    assert where(manifest(data)) == ["/binaryData/a.yaml"]


def test_leaks_in_templates() -> None:
    text = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {vendor.example.com/api-key: abc}}
        spec:
          initContainers: [{name: a, env: [{name: DB_PASSWORD, value: hunter2}]}]
"""
    (one,) = manifests(text)
    template = "/spec/jobTemplate/spec/template"
    assert where(one) == [
        f"{template}/metadata/annotations/vendor.example.com~1api-key",
        f"{template}/spec/initContainers/0/env/0/value",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # A command or a place to look the secret up, a file, or what only has to do with it.
        ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD", "cat /run/secrets/connection"),
        ("AIRFLOW__CORE__FERNET_KEY_CMD", "vault read fernet"),
        ("AIRFLOW__CORE__FERNET_KEY_SECRET", "airflow/fernet-key"),
        ("AIRFLOW__API_AUTH__JWT_SECRET_SECRET", "airflow/jwt"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("TOKEN_URL", "https://login.example.com/token"),
        ("ACCESS_TOKEN_LIFETIME", "3600"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN", "0"),
        ("EXPOSE_PASSWORD", "False"),
        ("AIRFLOW__WEBSERVER__EXPOSE_SECRET", "no"),
        ("SECRET_NAME", "keys"),
        ("TLS_SECRET", "certificate"),
        ("EXISTING_SECRET", "keys"),
        ("IMAGE_PULL_SECRET", "registry"),
        ("JWT_PUBLIC_KEY", "abc"),
        ("PARTITION_KEY", "id"),
        ("COMPASS", "north"),
        # References, nothing, and what stands in for a value.
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "$(PASSWORD)"),
        ("DB_PASSWORD", "${PASSWORD}"),
        ("DB_PASSWORD", "${PASSWORD:-}"),
        ("DB_PASSWORD", "$PASSWORD"),
        ("DB_PASSWORD", "{{ .Values.password }}"),
        ("DB_PASSWORD", "%(password)s"),
        ("DB_PASSWORD", "<password>"),
        ("DB_PASSWORD", "****"),
        ("DB_PASSWORD", "null"),
        ("DB_PASSWORD", "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]"),
        ("DB_PASSWORD", "vault:secret/data/db#password"),
        ("SSH_PRIVATE_KEY", "/etc/git-secret/ssh"),
        ("URL", "postgresql://user@host/db"),
        ("URL", "postgresql://user:$(PASSWORD)@host/db"),
        ("URL", "postgresql://user:${PASSWORD}@host/db"),
        ("URL", "postgresql://user:<password>@host/db"),
        ("URL", "redis://:****@host"),
        ("URL", "http://host:8080/path@2"),
        ("IMAGE", "registry.example.com:5000/web@sha256:abc"),
        ("GITSYNC_REPO", "git@github.com:example/dags.git"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("CERTIFICATE", "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"),
        ("PATTERN", "-----BEGIN PRIVATE KEY-----"),
        ("CONNECTION", '{"conn_type": "kubernetes", "extra": {"in_cluster": true}}'),
        ("CONNECTION", '{"login": "a", "password": "", "password_file": "/a"}'),
    ],
)
def test_what_only_looks_like_a_secret(name: str, value: str) -> None:
    assert found(env(name, value)) == []
    assert found(config_map(**{name: value})) == []
    assert found(config_map(**{"a.env": f"A=b\n{name}={value}\n"})) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("a.cfg", "# password = hunter2\n; postgresql://a:hunter2@h\n"),
        ("a.yaml", "password: # see below\ntoken:\n  name: a\n"),
        ("a.yaml", "password: the password of the user\n"),
        ("a.yaml", "secretKeyRef:\n  name: a\n  key: password\npasswordSecretRef: {name: a}\n"),
        ("a.py", "password = get_password()\ntoken = args.token\ndef a(secret=secret): ...\n"),
        ("a.sh", 'PASSWORD="$(cat /run/secret)"\nTOKEN=`cat a`\ncurl --token "$TOKEN" \n'),
        ("a.js", "const token = await login(); if (password == other) {}\n"),
        ("a.sh", "secret=web-keys\nkubectl get secret $secret\nTOKEN=(a b)\n"),
        ("a.md", "password: hunter2\n"),
        ("a.conf", "proxy_pass http://web;\nlocation = /token {}\n"),
        ("a.sql", "select password from users where token = a.token()\n"),
    ],
)
def test_texts_without_a_secret(key: str, text: str) -> None:
    assert found(config_map(**{key: text})) == []


def test_a_command_that_gives_a_secret_is_none() -> None:
    command = 'python -c "password = input(); print(password)"'
    assert found(env("DB_PASSWORD_CMD", command)) == []
    assert found(env("DB_PASSWORD_CMD", "PGPASSWORD=hunter2 psql")) != []


def test_values_from_elsewhere_are_not_looked_at() -> None:
    reference = {"secretKeyRef": {"name": "keys", "key": "password"}}
    assert found(pod(env=[{"name": "DB_PASSWORD", "valueFrom": reference}])) == []
    assert (
        found(pod(args=["--password=$(DB_PASSWORD)", "--token-file", "/a", "--secret", "-x"])) == []
    )


def test_annotations_that_name_a_secret() -> None:
    about = {"name": "a", "annotations": {"nginx.ingress.kubernetes.io/auth-secret": "users"}}
    assert found(manifest({"apiVersion": "v1", "kind": "Service", "metadata": about})) == []


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_shipped_clusters_hold_no_secret(name: str) -> None:
    assert [finding for one in cluster(name) for finding in exposed_secrets(one)] == []


CANARY = "QxZ7canary"
_WRAPPED = st.sampled_from(
    [
        CANARY,
        f"postgresql://user:{CANARY}@host/db",
        f"a: b\npassword: {CANARY}\n",
        f'{{"password": "{CANARY}"}}',
        f"--token={CANARY}",
        f"export SECRET={CANARY}",
        PEM.format(f"{CANARY.upper()} ", BODY + CANARY, ""),
        "ghp_" + CANARY * 4,
        f"Bearer {CANARY * 3}",
        f"{CANARY}_password: {CANARY}",
    ]
)


@settings(max_examples=300)
@given(st.data())
def test_no_message_holds_a_value(data: st.DataObject) -> None:
    sample = yaml.safe_load(data.draw(st.sampled_from([_EVERYWHERE, _SETTINGS])))
    leaves = [path for path in places(sample) if _is_value(sample, path)]
    for path in leaves:
        sample = replaced(sample, path, data.draw(_WRAPPED))
    findings: list[Finding] = exposed_secrets(manifest(sample))
    assert CANARY.lower() not in "\n".join(map(str, findings)).lower()


def _is_value(data: Any, path: tuple[str | int, ...]) -> bool:
    """Whether a field is a leaf, and no name of something."""
    for step in path:
        data = data[step]
    return not isinstance(data, (dict, list)) and path[-1] not in ("name", "kind", "apiVersion")


_SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {a: b}}
data: {a.cfg: a, PASSWORD: b, a.py: c, a.sh: d, a.json: e, TOKEN_CMD: f}
"""
_EVERYWHERE = """\
apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {a: b, password: c}, labels: {a: b}}
spec:
  serviceAccountName: web
  containers:
  - name: web
    image: web
    args: [a, b, --password, c]
    command: [sh, -c, d]
    env: [{name: A, value: b}, {name: PASSWORD, value: c}]
    livenessProbe: {exec: {command: [a]}, httpGet: {httpHeaders: [{name: a, value: b}]}}
"""


def test_the_canaries_are_found() -> None:
    assert len(exposed_secrets(env("PASSWORD", CANARY))) == 1


@given(st.data())
def test_no_data_is_too_strange(data: st.DataObject) -> None:
    old = yaml.safe_load(_EVERYWHERE)
    path = data.draw(st.sampled_from(places(old)))
    exposed_secrets(manifest(old)._replace(data=replaced(old, path, data.draw(JSON))))
    exposed_secrets(config_map()._replace(data={"data": data.draw(JSON), "binaryData": {"a": 1}}))


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    for key in ("a.yaml", "a.sh", "a.py", "PASSWORD"):
        exposed_secrets(config_map(**{key: text, f"{key}x": f"password: {text}\ntoken='{text}'"}))


COMMANDS = {
    "curl": "curl -fsS -u admin:hunter2 https://api.example.com/",
    "mysql": "mysqladmin ping -uroot -phunter2",
    "sshpass": "sshpass -p hunter2 ssh host",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_passwords_in_options_of_known_commands(command: str) -> None:
    said = found(pod(command=["sh", "-c", command]))
    field = "/spec/containers/0/command/2"
    assert said == [(field, "a password in a command is in plain text")]
    for reference in ("$PASSWORD", "${PASSWORD}", "$$PASSWORD", "$(PASSWORD)"):
        assert found(pod(command=["sh", "-c", command.replace("hunter2", reference)])) == []


@pytest.mark.parametrize(
    "text",
    [
        "web:hunter2@tcp(db:3306)/web",
        "jdbc:oracle:thin:web/hunter2@db:1521:web",
        "machine example.com login web password hunter2",
        "AGE-SECRET-KEY-1" + "Q" * 58,
        base64.b64encode(PEM.format("RSA ", BODY, "RSA ").encode()).decode(),
        base64.b64encode(PEM.format("", BODY, "").encode()).decode(),
        json.dumps({"auths": {"registry.example.com": {"auth": "d2ViOmh1bnRlcjI="}}}),
    ],
)
def test_more_forms(text: str) -> None:
    assert where(config_map(settings=text)) == ["/data/settings"]


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "Password", "hint": {"password": "Enter your password"}}',
        "error.password=The password is wrong",
        'pattern: "password=(.*)"',
        'pattern: "token: \\\\S+"',
        "usage: web --password=PASSWORD",
    ],
)
def test_what_a_user_reads_is_no_secret(text: str) -> None:
    assert found(config_map(settings=text)) == []


def test_what_a_script_prints_is_no_secret() -> None:
    script = '#!/bin/sh\nif [ -z "$PASSWORD" ]; then echo "password: missing"; fi\n'
    assert found(config_map(script=script)) == []
    assert where(config_map(script=script + "PASSWORD=hunter2\n")) == ["/data/script"]


def custom(kind: str, spec: dict[str, Any]) -> Manifest:
    about = {"name": "web", "namespace": "shop"}
    return manifest({"apiVersion": "example.com/v1", "kind": kind, "metadata": about, "spec": spec})


def test_passwords_in_the_values_of_a_chart() -> None:
    release = custom("HelmRelease", {"values": {"auth": {"password": "hunter2", "user": "web"}}})
    assert where(release) == ["/spec/values/auth/password"]
    text = custom(
        "Application", {"source": {"helm": {"values": "auth:\n  password: hunter2Zq9\n"}}}
    )
    assert where(text) == ["/spec/source/helm/values"]
    pairs = [{"name": "auth.password", "value": "hunter2"}, {"name": "user", "value": "web"}]
    assert where(custom("Application", {"parameters": pairs})) == ["/spec/parameters/0/value"]


def test_fields_of_custom_resources_that_name_a_password() -> None:
    names = {"passwordSecret": {"secretName": "web", "password": "password-of-web"}}
    assert found(custom("Connect", {**names, "encryptedData": {"password": "AgBy3i4OJSWK"}})) == []


def test_a_secret_in_the_annotation_that_kubectl_leaves() -> None:
    applied = {"stringData": {"url": "redis://:hunter2@redis:6379/0"}}
    name = "kubectl.kubernetes.io/last-applied-configuration"
    about = {"name": "web", "annotations": {name: json.dumps(applied)}}
    one = manifest({"apiVersion": "v1", "kind": "Secret", "metadata": about})
    assert where(one) == [f"/metadata/annotations/{name.replace('/', '~1')}"]


LONG_LINES = [
    *("password: ", 'token: "', "a.password=", "password: |\n  ", "password, ", "a-", "://", "a:"),
    *("jdbc:oracle:a:", "curl -u ", "mysql ", "docker login ", "htpasswd -b ", "mc alias set "),
    *("-----BEGIN PRIVATE KEY-----\n", "PuTTY-User-Key-File-2: \n", "echo a:b|", "Bearer "),
    *("\\", "{{", "YWJj"),
]


@pytest.mark.parametrize("word", LONG_LINES)
def test_a_long_line_is_read_once(word: str) -> None:
    """It took minutes where each name was followed to the end of the line."""
    text = word * (200_000 // len(word))
    begin = process_time()
    exposed_secrets(config_map(settings=text))
    exposed_secrets(pod(args=["-c", text]))
    about = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    plain_secret(manifest({**about, "stringData": {"a": text, "b": f"{text}\n{text}"}}))
    assert process_time() - begin < 10
