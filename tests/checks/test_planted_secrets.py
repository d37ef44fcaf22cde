"""Kinds of secrets in plain text: each is found, at its field, and shown nowhere.

What `check` calls exposed is hidden in a diff; so each is planted once.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from checks.loading import manifest
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.reports.redacting import without_exposed
from renderer.yamldoc.writing import write

WORD = "hunter2Zq9"
LONG = "a1B2" * 20
HEX = "0a1b2c3d" * 8


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def obj(api: str, kind: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "web"}, **content}


def config(key: str, text: str) -> tuple[dict[str, Any], str]:
    return obj("v1", "ConfigMap", data={key: text}), f"/data/{key}"


def binary(key: str, content: bytes) -> tuple[dict[str, Any], str]:
    data = {key: base64.b64encode(content).decode()}
    return obj("v1", "ConfigMap", binaryData=data), f"/binaryData/{key}"


def pod(field: str, value: Any, at: str) -> tuple[dict[str, Any], str]:
    spec = {"containers": [{"name": "web", "image": "web:1", field: value}]}
    return obj("v1", "Pod", spec=spec), f"/spec/containers/0/{field}{at}"


def env(name: str, value: str) -> tuple[dict[str, Any], str]:
    return pod("env", [{"name": name, "value": value}], "/0/value")


def args(*arguments: str, at: int | None = None) -> tuple[dict[str, Any], str]:
    return pod("args", [*arguments], f"/{len(arguments) - 1 if at is None else at}")


def shell(command: str) -> tuple[dict[str, Any], str]:
    return pod("command", ["sh", "-c", command], "/2")


def custom(spec: dict[str, Any], at: str) -> tuple[dict[str, Any], str]:
    return obj("example.com/v1", "Database", spec=spec), f"/spec{at}"


def about(field: str, key: str, value: str) -> tuple[dict[str, Any], str]:
    data = obj("v1", "Service")
    data["metadata"][field] = {key: value}
    return data, f"/metadata/{field}/{key.replace('/', '~1')}"


def sealed(field: str, key: str, value: str) -> tuple[dict[str, Any], str]:
    spec = {"encryptedData": {}, "template": {field: {key: value}}}
    data = obj("bitnami.com/v1alpha1", "SealedSecret", spec=spec)
    return data, f"/spec/template/{field}/{key}"


def fake(value: str) -> tuple[dict[str, Any], str]:
    """A store of the External Secrets Operator that makes its values up."""
    spec = {"provider": {"fake": {"data": [{"key": "/db", "value": value}]}}}
    data = obj("external-secrets.io/v1", "ClusterSecretStore", spec=spec)
    return data, "/spec/provider/fake/data/0/value"


def probe(header: str, value: str) -> tuple[dict[str, Any], str]:
    get = {"port": 1, "httpHeaders": [{"name": header, "value": value}]}
    return pod("livenessProbe", {"httpGet": get}, "/httpGet/httpHeaders/0/value")


def embedded(field: str, value: str, kind: str = "Secret") -> str:
    """A manifest as a text, of which no name says secret."""
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{field}:\n  of-web: {value}\n"


KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{LONG[:64]}\n{WORD}\n-----END RSA PRIVATE KEY-----\n"
PLANTED = {
    # In fields of kinds of which nothing is known.
    "field adminPassword": custom({"adminPassword": WORD}, "/adminPassword"),
    "field auth.clientSecret": custom({"auth": {"clientSecret": WORD}}, "/auth/clientSecret"),
    "field passwords.alice": custom({"passwords": {"alice": "Web"}}, "/passwords/alice"),
    "field apiKeys.alice": custom({"apiKeys": {"alice": LONG}}, "/apiKeys/alice"),
    "field tokens[]": custom({"tokens": [LONG]}, "/tokens/0"),
    "field token[]": custom({"token": [LONG]}, "/token/0"),
    "field clientSecrets[].value": custom(
        {"clientSecrets": [{"name": "web", "value": "Web"}]}, "/clientSecrets/0/value"
    ),
    "field users[].password": custom(
        {"users": [{"name": "web", "password": WORD}]}, "/users/0/password"
    ),
    "field api_token": custom({"api_token": WORD}, "/api_token"),
    "field apiKey": custom({"apiKey": WORD}, "/apiKey"),
    "field secretAccessKey": custom({"s3": {"secretAccessKey": WORD}}, "/s3/secretAccessKey"),
    "field privateKey": custom({"privateKey": WORD}, "/privateKey"),
    "field encryptionKey": custom({"encryptionKey": WORD}, "/encryptionKey"),
    "field passphrase": custom({"passphrase": WORD}, "/passphrase"),
    "field cookie-secret": custom({"cookie-secret": WORD}, "/cookie-secret"),
    "field without quotes": (
        obj("example.com/v1", "Database", spec={"password": 48151623}),
        "/spec/password",
    ),
    "pair of name and value": custom(
        {"parameters": [{"name": "auth.password", "value": WORD}]}, "/parameters/0/value"
    ),
    "values of a chart": custom(
        {"values": {"auth": {"rootPassword": WORD}}}, "/values/auth/rootPassword"
    ),
    "values of a chart as text": custom(
        {"helm": {"values": f"auth:\n  password: {WORD}\n"}}, "/helm/values"
    ),
    "YAML in a field": custom({"config": f"db:\n  password: {WORD}\n"}, "/config"),
    "YAML block in a field": custom({"config": f"db:\n  password: |\n    {WORD}\n"}, "/config"),
    "JSON in a field": custom({"config": json.dumps({"password": WORD})}, "/config"),
    "script in a field": custom({"script": f"export TOKEN={WORD}\nrun\n"}, "/script"),
    "URL in a field": custom({"uri": f"postgresql://web:{WORD}@db/web"}, "/uri"),
    "Secret in a policy": custom(
        {"objects": [{"kind": "Secret", "stringData": {"password": WORD}}]},
        "/objects/0/stringData/password",
    ),
    # In what Kubernetes serves itself.
    "volumeAttributes": (
        obj("v1", "PersistentVolume", spec={"csi": {"volumeAttributes": {"password": WORD}}}),
        "/spec/csi/volumeAttributes/password",
    ),
    "StorageClass parameters": (
        obj("storage.k8s.io/v1", "StorageClass", parameters={"restuserkey": "x", "password": WORD}),
        "/parameters/password",
    ),
    "flexVolume options": (
        obj("v1", "PersistentVolume", spec={"flexVolume": {"options": {"password": WORD}}}),
        "/spec/flexVolume/options/password",
    ),
    "label": about("labels", "password", WORD),
    "label with a domain": about("labels", "example.com/api-token", WORD),
    "annotation": about("annotations", "example.com/api-key", WORD),
    "annotation with a URL": about("annotations", "note", f"redis://:{WORD}@redis"),
    "annotation with JSON": about("annotations", "note", json.dumps({"token": WORD})),
    # In files of a ConfigMap.
    ".pgpass": config(".pgpass", f"# all\ndb:5432:*:web:{WORD}\n"),
    ".netrc": config(".netrc", f"machine example.com\n  login web\n  password {WORD}\n"),
    ".netrc on a line": config("netrc", f"default login web password {WORD}"),
    ".dockercfg": config(".dockercfg", json.dumps({"r.example.com": {"auth": b64(f"web:{WORD}")}})),
    ".dockerconfigjson": config(
        ".dockerconfigjson", json.dumps({"auths": {"r": {"auth": b64(f"web:{WORD}")}}})
    ),
    "docker password": config(
        "config.json", json.dumps({"auths": {"r": {"username": "web", "password": WORD}}})
    ),
    ".git-credentials": config(".git-credentials", f"https://web:{WORD}@git.example.com\n"),
    ".npmrc": config(".npmrc", f"//r.example.com/:_authToken={WORD}\n"),
    ".pypirc": config(".pypirc", f"[pypi]\nusername = web\npassword = {WORD}\n"),
    ".my.cnf": config("my.cnf", f"[client]\nuser=web\npassword={WORD}\n"),
    "AWS credentials": config("credentials", f"[default]\naws_secret_access_key = {WORD}\n"),
    "kubeconfig": config("kubeconfig", f"users:\n- name: web\n  user:\n    token: {WORD}\n"),
    "properties": config("web.properties", f"a=b\nspring.datasource.password={WORD}\n"),
    "XML": config("web.xml", f"<db>\n<password>{WORD}</password>\n</db>\n"),
    "TOML": config("web.toml", f'[db]\npassword = "{WORD}"\n'),
    "SQL": config("init.sql", f"CREATE USER web WITH PASSWORD '{WORD}';\n"),
    "Python": config("settings.py", f'SECRET_KEY = "{WORD}"\n'),
    "subscript": config("settings.py", f'config["SECRET_KEY"] = "{WORD}"\n'),
    "private key": config("tls.key", KEY),
    "private key as base64": config("key", b64(KEY)),
    "Java key store": binary("store", b"\xfe\xed\xfe\xed\x00\x00\x00\x02" + WORD.encode()),
    "PKCS #12 store": binary("web.p12", b"0\x82\x0a" + WORD.encode()),
    "text as binary": binary("web.yaml", f"password: {WORD}\n".encode()),
    # In variables.
    "variable": env("DB_PASSWORD", WORD),
    "default of a variable": env("DB_PASSWORD", f"${{PASSWORD:-{WORD}}}"),
    "default of Flux": env("DB_PASSWORD", f"${{PASSWORD:={WORD}}}"),
    "base64 of a setting": env("CONFIG", b64(f"password: {WORD}\n")),
    "base64 of a URL": env("CONFIG", b64(f"postgresql://web:{WORD}@db/web")),
    "DSN": env("DSN", f"host=db user=web password={WORD}"),
    "URL": env("URL", f"amqp://web:{WORD}@mq:5672/"),
    "JDBC": env("URL", f"jdbc:sqlserver://db;user=web;password={WORD}"),
    # In commands.
    "--password=": args(f"--password={WORD}"),
    "--password": args("serve", "--password", WORD),
    "-pXXX of a known program": args("mysqladmin", "-uroot", f"-p{WORD}"),
    "-pXXX beside -u": args("ping", "-u", "root", f"-p{WORD}"),
    "-pXXX beside -uXXX": args("-uroot", f"-p{WORD}"),
    "-p of the command before": (
        obj(
            "v1",
            "Pod",
            spec={"containers": [{"command": ["mongosh"], "args": ["-u", "web", "-p", WORD]}]},
        ),
        "/spec/containers/0/args/3",
    ),
    "arguments in a kind of which nothing is known": custom(
        {"template": {"args": ["--password", WORD]}}, "/template/args/1"
    ),
    "-p of mongo": args("mongosh", "-u", "root", "-p", WORD),
    "-a of redis-cli": args("redis-cli", "-a", WORD, "ping", at=2),
    "--requirepass": args("redis-server", "--requirepass", WORD),
    "Java property": args(f"-Ddb.password={WORD}"),
    "shell variable": shell(f"PGPASSWORD={WORD} psql"),
    "curl": shell(f"curl -u web:{WORD} https://example.com"),
    "mysql": shell(f"mysql -uroot -p{WORD} -e 'select 1'"),
    "ldapsearch": shell(f"ldapsearch -x -D cn=web -w {WORD} -b dc=example"),
    "docker login": shell(f"docker login -u web -p {WORD} r.example.com"),
    "sshpass": shell(f"sshpass -p {WORD} ssh host"),
    "chpasswd": shell(f"echo root:{WORD} | chpasswd"),
    "htpasswd": shell(f"htpasswd -bc /tmp/users web {WORD}"),
    "openssl": shell(f"openssl rsa -in a.pem -passin pass:{WORD}"),
    "mc alias": shell(f"mc alias set web http://minio web {WORD}"),
    "header of a probe": probe("X-Api-Key", WORD),
    "header of a probe that logs in": probe("Authorization", f"Bearer {WORD}"),
    "header in a command": shell(f'curl -H "Authorization: token {WORD}" example.com'),
    "-password": args("web", "-password", WORD),
    "password in quotes behind -p": shell(f"mysql -uroot -p'{WORD}' -e 'select 1'"),
    "chpasswd in quotes": shell(f"echo 'web:{WORD}' | sudo chpasswd"),
    "chpasswd from a string": shell(f"chpasswd <<< 'web:{WORD}'"),
    "chpasswd from a document": shell(f"chpasswd <<EOF\nweb:{WORD}\nEOF\n"),
    "passwd --stdin": shell(f"echo {WORD} | passwd web --stdin"),
    "default in a script": shell(f': "${{DB_PASSWORD:={WORD}}}"'),
    "other default in a script": shell(f'connect "${{DB_PASSWORD:-{WORD}}}"'),
    "Secret in a script": shell(f"kubectl apply -f - <<EOF\n{embedded('stringData', WORD)}EOF\n"),
    # Values of Secrets that stand in something else.
    "Secret in a file": config("all.yaml", embedded("stringData", WORD)),
    "Secret in a file as base64": config("all.yaml", embedded("data", b64(WORD))),
    "Secret in a list in a text": custom(
        {"values": f"extra:\n  - kind: Secret\n    stringData:\n      of-web: {WORD}\n"}, "/values"
    ),
    "Secret with a block in a file": config("all.yaml", embedded("stringData", f"|\n    {WORD}")),
    "Secret in the values of a chart": custom(
        {"extra": [{"apiVersion": "v1", "kind": "Secret", "stringData": {"of-web": WORD}}]},
        "/extra/0/stringData/of-web",
    ),
    "template of a SealedSecret": sealed("stringData", "of-web", WORD),
    "data of the template of a SealedSecret": sealed("data", "of-web", WORD),
    "SecretStore that makes it up": fake(WORD),
    # In settings of servers and in programs that have signs of their own.
    "requirepass": config("redis.conf", f"port 6379\nrequirepass {WORD}\n"),
    "masterauth": config("redis.conf", f"masterauth {WORD}\nport 6379\n"),
    "auth-pass": config("sentinel.conf", f"sentinel auth-pass web {WORD}\n"),
    "user of Redis": config("users.acl", f"user web on >{WORD} ~* +@all\n"),
    "password behind a space": config("web.conf", f"user web\npassword {WORD}\n"),
    ":=": config("web.tmpl", f'{{{{ $password := "{WORD}" }}}}\n'),
    "=>": config("logstash.conf", f'output {{ web {{ password => "{WORD}" }} }}\n'),
    "identified by": config("init.sql", f"create user web identified by '{WORD}';\n"),
    "identified with": config("a.sql", f"ALTER USER web IDENTIFIED WITH sha256 BY '{WORD}';\n"),
    "password of SQL in lower case": config(
        "a.sql", f"alter role web encrypted password '{WORD}';"
    ),
    "function PASSWORD": config("a.sql", f"SET PASSWORD FOR web = PASSWORD('{WORD}');\n"),
    "define": config("web.php", f"define('DB_PASSWORD', '{WORD}');\n"),
    "bindpw": config("ldap.conf", f"binddn cn=web\nbindpw {WORD}\n"),
    "cachemgr_passwd": config("squid.conf", f"cachemgr_passwd {WORD} all\n"),
    # One of several, and several with one name.
    "number of a variable": env("DB_PASSWORD_2", WORD),
    "number of a field": custom({"token1": WORD}, "/token1"),
    "number in a text": config("a.yaml", f"a: b\npassword2: {WORD}\n"),
    "several in a variable": env("API_KEYS", f"{LONG},b"),
    "several with their users": env("USER_PASSWORDS", f"web:{WORD},admin:b"),
    "several in an option": args(f"--api-keys={WORD}"),
    "list in YAML": config("a.yaml", f"a: b\npasswords: [b, {WORD}]\n"),
    "lines of a list in YAML": config("a.yaml", f"auth:\n  tokens:\n  - b\n  - {WORD}\n"),
    "mapping in YAML": config("a.yaml", f"tokens: # of all\n\n  web: {WORD}\n"),
    "list in JSON": config("a.json", json.dumps({"a": 1, "tokens": ["b", WORD]}, indent=1)),
    "list in TOML": config("a.toml", f"api_tokens = [\n  'b',\n  '{WORD}',\n]\n"),
    "pair of key and value": custom(
        {"parameters": [{"key": "auth.password", "value": WORD}]}, "/parameters/0/value"
    ),
    "variable of Flux": (
        obj(
            "kustomize.toolkit.fluxcd.io/v1",
            "Kustomization",
            spec={
                "sourceRef": {"kind": "GitRepository", "name": "fleet"},
                "postBuild": {"substitute": {"db_password": WORD}},
            },
        ),
        "/spec/postBuild/substitute/db_password",
    ),
    # By their form, whatever their name.
    "Doppler token": env("CLOUD", f"dp.st.prd.{LONG[:40]}"),
    "Linear key": env("CLOUD", f"lin_api_{LONG[:40]}"),
    "Sentry token": env("CLOUD", f"sntrys_eyJ{LONG[:40]}"),
    "bearer": env("HEADER", f"Bearer {LONG[:24]}{WORD}"),
    "basic": env("HEADER", f"Basic {b64(f'web:{WORD}')}"),
    "Discord webhook": env("HOOK", f"https://discord.com/api/webhooks/1234567890123/{LONG[:60]}"),
    "Telegram token": env("BOT", f"123456789:AA{LONG[:33]}"),
    "Docker Hub token": env("PULL", f"dckr_pat_{LONG[:27]}"),
    "Hugging Face token": env("MODEL", "hf_" + "aBcDeFgHiJ" * 3 + "kLmN"),
    "DigitalOcean token": env("CLOUD", f"dop_v1_{HEX}"),
    "Tailscale key": env("NET", f"tskey-auth-{LONG[:12]}-{LONG[:30]}"),
    "Azure signature": env("BLOB", f"https://a.blob.example.com/c?sv=1&sig={LONG[:43]}"),
    "AWS key beside its id": env("AWS", f"AKIA{'Z2345678ABCDEFGH'}"),
}


NAMES = (
    *("UNSEAL_KEY", "HASH_KEY", "LICENSE_KEY", "RECOVERY_KEY", "ACTIVATION_KEY", "VAPID_KEY"),
    *("HMAC", "BEARER", "MNEMONIC", "PASSWRD", "PWORD", "ADMIN_PSW", "SECRET_KEY_BASE"),
    *("DB_USER_PASSWORD_PLAIN", "API_TOKEN_CLEARTEXT", "DB_PASSWORD_PROD", "apiKeyStaging"),
    "RABBITMQ_ERLANG_COOKIE",
)
# The words of a wallet are no sentence.
WORDS = "hunter tiger lamp river stone cloud apple chair table green light dance"


def _secrets(data: Any) -> list[str]:
    """What must not be shown: the planted words, as they are and as base64."""
    text = json.dumps(data)
    return [word for word in (WORD, b64(WORD)[:8], LONG[:12], HEX[:16]) if word in text]


def assert_found_and_shown_nowhere(data: dict[str, Any], field: str) -> None:
    findings = exposed_secrets(manifest(data))
    assert [one.field for one in findings] == [field]
    shown = "".join(map(str, findings)) + assert_hidden(data)
    for word in _secrets(data):
        assert word not in shown


def assert_hidden(data: dict[str, Any]) -> str:
    """What a diff shows of an object of which it hides something."""
    text = write(data)
    (lines,) = without_exposed(text.splitlines(keepends=True))
    shown = "".join(lines)
    assert "<hidden" in shown
    assert len(lines) == text.count("\n")
    return shown


def test_the_planted_set_is_large() -> None:
    assert len(PLANTED) >= 60


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_secret_is_found_and_shown_nowhere(case: str) -> None:
    assert_found_and_shown_nowhere(*PLANTED[case])


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("name", NAMES)
def test_names_that_say_secret(name: str) -> None:
    assert_found_and_shown_nowhere(*env(name, WORD))
    assert_found_and_shown_nowhere(*config("web.env", f"A=b\n{name}={WORD}\n"))
    assert_found_and_shown_nowhere(*config("web.yaml", f"a:\n  {name}: {WORD}\n"))


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("name", ["MNEMONIC", "WALLET_SEED", "seedPhrase"])
def test_the_words_of_a_wallet(name: str) -> None:
    data, field = env(name, WORDS)
    assert [one.field for one in exposed_secrets(manifest(data))] == [field]
    assert WORDS not in assert_hidden(data)


_STYLES = {
    "double quotes": '  password: "{}"\n',
    "folded": "  password: >-\n    {}\n    more\n",
    "literal": "  a.yaml: |\n    a: b\n    password: {}\n    c: d\n",
    "text in quotes": '  a.yaml: "a: b\\npassword: {}\\n"\n',
    "text in quotes over lines": '  a.yaml: "a: b\\n\\\n    password: {}\\n"\n',
    "plain over lines": "  password: correct\n    {}\n",
    "text without an end": "  a.yaml: |-\n    password: {}",
    "comment behind": "  password: {} # for now\n",
    "merge conflict": "<<<<<<< a\n  password: {}\n=======\n  password: b\n>>>>>>> c\n",
    "key twice": "  password: a\n  password: {}\n",
    "list": "  - password: {}\n",
}


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("style", _STYLES)
def test_a_diff_hides_it_however_it_is_written(style: str) -> None:
    """A file on disk may be edited by hand, or be no YAML at all."""
    kind = "Database" if style == "list" else "ConfigMap"
    api = "example.com/v1" if style == "list" else "v1"
    head = f"apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: web\ndata:\n"
    text = head + _STYLES[style].format(WORD) + ("\nlast: 1\n" if style != "list" else "")
    lines = text.splitlines(keepends=True)
    (shown,) = without_exposed(lines)
    assert WORD not in "".join(shown)
    assert len(shown) == len(lines)
    assert shown[:5] == lines[:5]
