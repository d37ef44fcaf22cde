"""What only looks like a secret in real files, each beside its neighbour that is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.loading import manifest
from checks.test_planted_secrets import (
    about,
    args,
    b64,
    config,
    custom,
    embedded,
    env,
    fake,
    obj,
    probe,
    sealed,
    shell,
)
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.reports.redacting import without_exposed
from renderer.yamldoc.writing import write

_CORS = "more_set_headers '{}: {}';\n"
_ID = "AKIA" + "Z2345678ABCDEFGH"
# What is silent, and what beside it is found.
NEIGHBOURS = {
    "settings of several": (
        config(
            "a.yaml", "tokens:\n  mode: strict\n  lifetime: 15m\n  url: https://example.com/a\n"
        ),
        config("a.yaml", "tokens:\n  web: hunter2\n"),
    ),
    "number of several": (env("MAX_TOKENS", "4096"), env("MY_TOKENS", "hunter2")),
    "names of several": (
        config("a.yaml", "session_keys: [user_id, session_id]\n"),
        config("a.yaml", "session_keys: [user_id, hunter2]\n"),
    ),
    "what stands below several": (
        config("a.yaml", "tokens: []\nname: hunter2\n"),
        config("a.yaml", "tokens:\n- hunter2\nname: web\n"),
    ),
    "header of a server": (
        config("a.conf", _CORS.format("Access-Control-Allow-Credentials", "true")),
        config("a.conf", _CORS.format("X-Credentials", "hunter2Zq9")),
    ),
    "variable of Python": (
        config("settings", 'api_key = os.environ["API_KEY"]\n'),
        config("settings", 'api_key = "hunter2"\n'),
    ),
    "key of Python": (
        config("settings", 'login(config["password"], os.environ.get("API_KEY"))\n'),
        config("settings", 'config["password"] = "hunter2"\n'),
    ),
    "variable of JavaScript": (
        config("settings", 'token = process.env["TOKEN"];\n'),
        config("settings", 'token = "hunter2";\n'),
    ),
    "variable in a command": (
        shell('api_key=os.environ["API_KEY"]'),
        shell("api_key=hunter2"),
    ),
    "template of several": (
        env("DB_PASSWORDS", "{{ .APP_PASSWORD }} {{ .ROOT_PASSWORD }}"),
        env("DB_PASSWORDS", "{{ .APP_PASSWORD }} root:hunter2Zq9"),
    ),
    "comment where YAML has no value": (
        config("application.yaml", "redis:\n  password:  # none, unless Redis asks\n"),
        config("application.yaml", "redis:\n  password: hunter2 # of Redis\n"),
    ),
    "example in a comment of XML": (
        config("users.xml", "<!-- Plain text is possible.\n <password>qwerty</password>. -->\n"),
        config("users.xml", "<!-- Plain text: -->\n <password>qwerty</password>\n"),
    ),
    "name of a key": (
        custom({"values": {"auth": {"existingSecretKey": "password"}}}, ""),
        custom({"values": {"auth": {"adminPassword": "password"}}}, "/values/auth/adminPassword"),
    ),
    "name of a key in a text": (
        config("values.yaml", "existingSecretKey: password\nclientSecretKey: client-secret\n"),
        config("values.yaml", "clientSecret: hunter2\n"),
    ),
    "key of a client secret": (
        custom({"clientSecretKey": "client-secret"}, ""),
        custom({"clientSecretKey": "hunter2"}, "/clientSecretKey"),
    ),
    "name of a Secret": (env("HTTPS_SECRET", "https-keystore"), env("JWT_SECRET", "hunter2")),
    "name of a Secret by its words": (
        env("DB_SECRET", "web-postgres-configuration"),
        env("CLIENT_SECRET", "web-postgres-hunter2Zq9"),
    ),
    "access key id": (
        custom({"route53": {"accessKeyID": _ID, "secretAccessKeySecretRef": {"name": "aws"}}}, ""),
        custom({"route53": {"secretAccessKey": "hunter2"}}, "/route53/secretAccessKey"),
    ),
    "access key id of a variable": (env("AWS_ACCESS_KEY_ID", _ID), env("AWS_KEY", _ID)),
    "key of an ExternalSecret": (
        obj(
            "external-secrets.io/v1",
            "ExternalSecret",
            spec={
                "data": [
                    {
                        "secretKey": "POSTGRES_PASS",
                        "remoteRef": {"key": "db", "property": "password"},
                    }
                ]
            },
        ),
        obj(
            "external-secrets.io/v1",
            "ExternalSecret",
            spec={"target": {"template": {"data": {"password": "hunter2"}}}},
        ),
    ),
    "key of a Secret that is named": (
        custom({"passwordSecret": {"secretName": "web", "password": "password-of-web"}}, ""),
        custom({"auth": {"password": "password-of-web"}}, "/auth/password"),
    ),
    "encrypted data": (
        custom({"encryptedData": {"password": "AgBy3i4OJSWK"}}, ""),
        custom({"data": {"password": "AgBy3i4OJSWK"}}, "/data/password"),
    ),
    "entity of XML": (
        config("a.xml", '<opers password="&operhash;">'),
        config("a.xml", '<opers password="hunter2">'),
    ),
    "format of printf": (config("a", "secret_key: %[4]s`"), config("a", "secret_key: hunter2`")),
    "expression of CEL": (
        custom({"expression": "a{\n  secret: Object.spec.volumes.secret{\n  }\n}"}, ""),
        custom({"expression": "a{\n  secret: hunter2\n}"}, "/expression"),
    ),
    "block that is a mapping": (
        config("a", "credentials: |-\n   {\n     a: b\n   }\n"),
        config("a", "credentials: |-\n   hunter2\n"),
    ),
    "variable in a path": (
        custom({"apiKey": "os.environ/OPEN_KEY_1"}, ""),
        custom({"apiKey": "environment/hunter2Zq9"}, "/apiKey"),
    ),
    "variable of JavaScript in a field": (
        custom({"token": "process.env.OPEN_1"}, ""),
        custom({"token": "process.hunter2Zq9"}, "/token"),
    ),
    "path to a Secret and its key": (
        custom({"adminPassword": "kv/web-credentials/admin_plain"}, ""),
        custom({"adminPassword": "kV/wEb/9dmin"}, "/adminPassword"),
    ),
    "path in the fields of an object": (
        about("annotations", "servicebinding.io/password", "path={.status.name},sourceKey=b"),
        about("annotations", "servicebinding.io/password", "path={status"),
    ),
    "mark of a template": (env("DB_PASSWORD", "@@DB_1@@"), env("DB_PASSWORD", "@@DB_1")),
    "something between angle brackets": (
        custom({"apiKey": "base64 of $oauthtoken:<your token>"}, ""),
        custom({"apiKey": "base64 of 1 < 2 > 1"}, "/apiKey"),
    ),
    "what a script replaces": (
        env("API_TOKEN", "AUTOREPLACE_SEED_1"),
        env("API_TOKEN", "AUTOMATE_SEED_hunter2Zq9"),
    ),
    "name of a Secret of several dashes": (
        custom({"cos_secret": "connection--store"}, ""),
        custom({"client_secret": "connection--hunter2Zq9"}, "/client_secret"),
    ),
    "variable of a batch file": (
        config("install.bat", 'run --auth-key="%AUTH_KEY%?once=true"\n'),
        config("install.bat", 'run --auth-key="%20once"\n'),
    ),
    "word for no key": (
        custom({"apiKey": "sk-noauth"}, ""),
        custom({"apiKey": "sk-hunter2Zq9"}, "/apiKey"),
    ),
    "key of a cloud": (
        config("a.hcl", 'seal "kms" {\n  crypto_key = "web"\n}\n'),
        config("a.hcl", 'seal "kms" {\n  crypto_key = "web1Q"\n}\n'),
    ),
    "Secret with its key set": (
        about("annotations", "example.com/jwt-key", "web-keys-jwk"),
        about("annotations", "example.com/jwt-key", "web-keys-hunter2Zq9"),
    ),
    "Secret of a client": (
        custom({"oidc": {"clientSecret": "oidc-secret-two"}}, ""),
        custom({"oidc": {"clientSecret": "super-secret-two"}}, "/oidc/clientSecret"),
    ),
    "verb with a token": (
        custom({"action": {"pass": "web"}}, ""),
        custom({"action": {"pass": "ghp_" + "a1B2" * 9}}, "/action/pass"),
    ),
    "key of a Secret, and a key": (
        custom({"secret": {"keys": {"token": "secret"}}}, ""),
        custom({"secret": {"keys": {"token": "ghp_" + "a1B2" * 9}}}, "/secret/keys/token"),
    ),
    "verb of a setting": (
        custom({"action": {"pass": "web"}}, ""),
        config("pass", "web"),
    ),
    "verb": (
        custom({"action": {"pass": "web"}}, ""),
        custom({"action": {"user": "web", "pass": "web"}}, "/action/pass"),
    ),
    "null of YAML": (
        config("a.yaml", "registryPasswd: ~\nuser: web\n"),
        config("a.yaml", "registryPasswd: ~1\nuser: web\n"),
    ),
    "script that is named": (
        custom({"scriptSecretKey": "custom-script.js"}, ""),
        custom({"secretKey": "custom-script-hunter2Zq9"}, "/secretKey"),
    ),
    "token of a request": (
        custom({"creationToken": "my-product"}, ""),
        custom({"creatorToken": "my-hunter2Zq9"}, "/creatorToken"),
    ),
    "your token": (
        custom({"token": "yourtokenvalue"}, ""),
        custom({"token": "ourtokenvalue"}, "/token"),
    ),
    "word after Basic": (
        config("a.md", "# Basic authentication username.\n"),
        config("a.md", "# Basic YWRtaW46aHVudGVyMg==\n"),
    ),
    "keys of a Secret": (
        custom({"secret": {"keys": {"clientSecret": "secret"}}}, ""),
        custom({"client": {"keys": {"clientSecret": "secret"}}}, "/client/keys/clientSecret"),
    ),
    "variable in a program in a script": (
        shell("python3 <<EOF\nfound_token = token_data\nEOF\n"),
        shell("python3 <<EOF\nfound_token = 'token_hunter2Zq9'\nEOF\n"),
    ),
    "word for no key at the end": (
        custom({"apiKey": "web-no-key-required"}, ""),
        custom({"apiKey": "web-new-hunter2Zq9"}, "/apiKey"),
    ),
    "end of its name": (
        custom({"awsSecretAccessKey": "secret_access_key"}, ""),
        custom({"awsSecretAccessKey": "secret_access_hunter2Zq9x"}, "/awsSecretAccessKey"),
    ),
    "password of a URL before its fragment": (
        config("a.yaml", "- http://web/flv?app=a&password={CAMERA_PASSWORD}#video=copy\n"),
        config("a.yaml", "- http://web/flv?app=a&password=hunter2#video=copy\n"),
    ),
    "redirection after an option": (
        shell("web login --with-token >/dev/null 2>&1"),
        shell("web login --with-token hunter2"),
    ),
    "string with expressions of Python": (
        shell("python3 <<EOF\njwt_token = f'{header}.{payload}'\nEOF\n"),
        shell("python3 <<EOF\njwt_token = 'header.hunter2Zq9'\nEOF\n"),
    ),
    "what is left out": (
        env("API_TOKEN", "...the token of the API..."),
        env("API_TOKEN", "..hunter2Zq9"),
    ),
    "keys of an existing Secret": (
        custom({"database": {"existingSecretKeys": {"password": "dbPassword"}}}, ""),
        custom({"database": {"existing": {"password": "dbPassword"}}}, "/database"),
    ),
    "Secret of a field": (
        custom({"servers": [{"name": "a", "secret": "vector"}]}, ""),
        custom({"servers": [{"name": "a", "secret": "vector1Q"}]}, "/servers"),
    ),
    "Secret of a program": (env("WEB_SECRET", "web"), env("WEB_SECRET", "hunter2Zq9")),
    "field of Terraform": (
        config("a.tf", "token = kubernetes_secret.web.data.token\n"),
        config("a.tf", "token = kubernetes_hunter2Zq9\n"),
    ),
    "call of Terraform": (
        config("a.tf", "token = yamldecode(web.kubeconfig).users[0].token\n"),
        config("a.tf", "token = yamldecode-hunter2Zq9\n"),
    ),
    "what goes here": (
        custom({"secretkey": "artifacts-key-goes-here"}, ""),
        custom({"secretkey": "artifacts-hunter2Zq9-goes"}, "/secretkey"),
    ),
    "file beside": (
        custom({"privateKey": "certs/default/key.pem"}, ""),
        custom({"privateKey": "certs"}, ""),
    ),
    "flag in JSON": (
        shell('curl --data "{\\"access_token\\": true}"'),
        shell('curl --data "{\\"access_token\\": \\"hunter2\\"}"'),
    ),
    "object of JSON in a command": (
        shell('yq \'.volumes = [{"name": "a", "secret": {"secretName": "web-tls"}}]\''),
        shell('yq \'.auth = [{"name": "a", "secret": "hunter2"}]\''),
    ),
    "key that is left out": (
        config("a.json", json.dumps({"private_key": "-----BEGIN PRIVATE KEY-----\nA key\n"})),
        config("a.json", json.dumps({"private_key": "hunter2 "})),
    ),
    "letter": (custom({"token": "s"}, ""), custom({"password": "s"}, "/password")),
    "parameter of a URL": (
        config("a", "https://example.com/info?access_token= uid realm=/web"),
        config("a", "https://example.com/info?password=hunter2"),
    ),
    "sort of a label": (
        about("labels", "example.com/credentials", "scm"),
        about("labels", "example.com/credentials", "hunter2"),
    ),
    "Secret of an annotation": (
        about("annotations", "nginx.ingress.kubernetes.io/auth-secret", "users"),
        about("annotations", "example.com/auth-token", "hunter2"),
    ),
    "expression": (
        custom({"bindings": [{"name": "token", "value": "(env('TOKEN_1'))"}]}, ""),
        custom({"bindings": [{"name": "token", "value": "(env('TOKEN_1'"}]}, "/bindings"),
    ),
    "pattern": (
        custom({"headers": [{"name": "X-Token", "value": "^token-[a-z0-9]+$"}]}, ""),
        custom({"headers": [{"name": "X-Token", "value": "^token-[a-z0-9]+"}]}, "/headers"),
    ),
    "mask behind its prefix": (
        custom({"token": "kpat_XXXXXXXXXXXX1"}, ""),
        custom({"token": "kpat_XXaXXbXXcX1"}, "/token"),
    ),
    "webhook that explains one": (
        env("HOOK", "https://hooks.slack.com/services/YOUR/WEBHOOK/HERE1234567890"),
        env("HOOK", "https://hooks.slack.com/services/T01AB/B01AB/" + "a1B2" * 6),
    ),
    "token that explains one": (
        env("HOOK", "xoxb-your-token-of-slack"),
        env("HOOK", "xoxb-1234567890-abcdef"),
    ),
    "one of two results": (
        config("a.js", "log(low ? '\u2705 PASS' : 'FAIL', high ? 'PASS' : 'FAIL');\n"),
        config("a.js", "const options = {'PASS' : 'FAIL'};\n"),
    ),
    "sentence that is translated": (
        config("a.js", "{'Wrong password': 'Kein Zutritt'}\n"),
        config("a.js", "{'password': 'Kein Zutritt'}\n"),
    ),
    "name in a domain": (
        env("SERVICE", "vfio://web?sriovToken=worker.domain/10G"),
        env("SERVICE", "vfio://web?sriovToken=worker-domain/10G"),
    ),
    "label in JSON": (
        about("annotations", "template", '{"labels": {"example.com/secret": "internal"}}'),
        about("annotations", "template", '{"labels": {"example.com/secret": "hunter2Zq9"}}'),
    ),
    "label in a query": (
        custom({"match": {'(labels."example.com/credential")': "web"}}, ""),
        custom({"match": {'(labels."example.com/credential")': "hunter2"}}, "/match"),
    ),
    "numbers": (
        config("a.yaml", "ring_token: -9223372036854775808,-2,4611686018427387901\n"),
        config("a.yaml", "ring_token: -9223372036854775808,-2,f6\n"),
    ),
    "first token of a ring": (
        config("a.yaml", "initial_token: f611686018427387901\n"),
        config("a.yaml", "ring_token: f611686018427387901\n"),
    ),
    "Secret of a field by its words": (
        custom({"adminCredentials": "web-admin", "restoreSecret": "t1-ro"}, ""),
        custom({"adminCredentials": "web-hunter2Zq9"}, "/adminCredentials"),
    ),
    "Secret of which a part is filled in": (
        custom({"smtpSecret": "INSTALLATION_PREFIX-smtp"}, ""),
        custom({"smtpSecret": "INSTALL-hunter2Zq9"}, "/smtpSecret"),
    ),
    "key of a service that needs none": (
        custom({"env": {"OPEN_API_KEY": "ollama", "SOME_API_KEY": "gateway-noauth"}}, ""),
        custom({"env": {"OPEN_API_KEY": "hunter2Zq9", "SOME_API_KEY": "no"}}, "/env/OPEN_API_KEY"),
    ),
    "manifest in a file": (
        config("all.yaml", embedded("data", "hunter2", kind="ConfigMap")),
        config("all.yaml", embedded("stringData", "hunter2")),
    ),
    "reference in a manifest": (
        config("all.yaml", embedded("stringData", '"{{ .Values.web }}" # of the chart')),
        config("all.yaml", embedded("stringData", '"{Values.hunter2Zq9" # of the chart')),
    ),
    "settings in a manifest": (
        config("all.yaml", embedded("stringData", '\'{"a": {"port": 1,\n    "b": 2}}\'')),
        config(
            "all.yaml", embedded("stringData", '\'{"a": {"token": "hunter2Zq9",\n    "b": 2}}\'')
        ),
    ),
    "Secret that is not base64": (
        config("all.yaml", embedded("data", "CLIENTSECRET")),
        config("all.yaml", embedded("data", "CLIENTSECR3T")),
    ),
    "Secret in a description": (
        custom({"description": embedded("stringData", "hunter2")}, ""),
        custom({"manifests": embedded("stringData", "hunter2")}, ""),
    ),
    "Secret that is named in a text": (
        config("all.yaml", "- kind: Secret\n  name: a\ndata:\n  of-web: hunter2\n"),
        config("all.yaml", "- kind: Secret\n  data:\n    of-web: hunter2\n"),
    ),
    "template of a SealedSecret": (
        sealed("stringData", "of-web", "{{ .web }}"),
        sealed("data", "of-web", "hunter2"),
    ),
    "SecretStore that makes nothing up": (fake("${WEB_KEY}"), fake("hunter2")),
    "header of a probe": (
        probe("Authorization", "Bearer ${TOKEN}"),
        probe("Authorization", "Bearer hunter2"),
    ),
    "header that is explained": (
        shell("curl -H 'Authorization: Bearer token' example.com"),
        shell("curl -H 'Authorization: Bearer hunter2Zq9' example.com"),
    ),
    "option that reads a password": (
        args("web", "-pass", "stdin"),
        args("web", "-pass", "hunter2"),
    ),
    "variable in quotes behind -p": (
        shell("mysql -uroot -p'$PASSWORD'"),
        shell("mysql -uroot -p'hunter2'"),
    ),
    "variable to chpasswd": (
        shell('chpasswd <<< "web:$WEB"; echo "$WEB" | passwd --stdin web'),
        shell('chpasswd <<< "web:hunter2"'),
    ),
    "default that is none": (
        shell(': "${DB_PASSWORD:=${PASSWORD}}" "${API_TOKEN:-}"'),
        shell(': "${API_TOKEN:-hunter2}"'),
    ),
    "password in a sentence": (
        config("web.conf", "# a\npassword required\nrequirepass is not set\n"),
        config("web.conf", "# a\npassword required1\n"),
    ),
    "password of a user of Redis": (
        config("users.acl", "user web on nopass ~*\nuser b on >$PASSWORD\n"),
        config("users.acl", "user web on >hunter2 ~*\n"),
    ),
    "variable of a template": (
        config("web.tmpl", "{{ $password := .Values.password }}\n"),
        config("web.tmpl", '{{ $password := "hunter2" }}\n'),
    ),
    "function of a program": (
        config("web", "users.map(token => token.id); password => $password\n"),
        config("web", "password => 'hunter2'\n"),
    ),
    "identified in a sentence": (
        config("web.txt", "A user is identified by 'name', and a role by 'kind'.\n"),
        config("web.txt", "create user web identified by 'hunter2'\n"),
    ),
    "variable in a statement": (
        config("a.sql", "alter role web password '${WEB}'; create user b identified by '%s'"),
        config("a.sql", "alter role web password 'hunter2'"),
    ),
    "mask of digits": (
        env("SOME_API_KEY", "sk-111111111111"),
        env("SOME_API_KEY", "sk-111111111"),
    ),
    "region of an account": (
        config("a.yaml", "- xiaomi://626144510:cn@192.168.0.85?did=1\n"),
        config("a.yaml", "- xiaomi://626144510:cna@192.168.0.85?did=1\n"),
    ),
    "token of a new cluster": (
        args("etcd", "--initial-cluster-token=etcd-1"),
        args("etcd", "--cluster-token=hunter2Zq9"),
    ),
    "property of JavaScript": (
        shell("node <<EOF\nlogin({\n  password: harborToken,\n});\nEOF\n"),
        shell("node <<EOF\nlogin({\n  password: 'harborToken',\n});\nEOF\n"),
    ),
    "credentials of a request": (
        config("a.js", "fetch(url, { credentials: 'same-origin' });\n"),
        config("a.js", "fetch(url, { credential: 'hunter2Zq9' });\n"),
    ),
    "one of two keys": (
        custom({"storageAccountKey": "key1"}, ""),
        custom({"storageAccountKey": "hunter2Zq9"}, "/storageAccountKey"),
    ),
    "what is to be put here": (
        env("WEB_TOKEN", "WEB_LICENSE_HERE"),
        env("WEB_TOKEN", "WEB_hunter2Zq9_HER"),
    ),
    "Secret of a namespace": (
        config("a.yaml", "secret: default/kubeconfig1\n"),
        config("a.yaml", "secret: default/hunter2Zq9\n"),
    ),
    "Secret of a configuration": (
        custom({"githubConfigSecret": "arc"}, ""),
        custom({"githubHookSecret": "hunter2Zq9"}, "/githubHookSecret"),
    ),
    "Secret in capitals": (
        custom({"serverSecret": "serverTlsSecret"}, ""),
        custom({"serverSecret": "serverTlsSecr3t"}, "/serverSecret"),
    ),
    "variable of PHP": (
        config("a", "'dbpassword' => '\" . getenv(\\'PASSWORD\\') . \"'\n"),
        config("a", "'dbpassword' => 'hunter2'\n"),
    ),
    "token of a mock": (env("WEB_TOKEN", "mock-web-1"), env("WEB_TOKEN", "mack-hunter2Zq9")),
    "what is said of passwords": (
        custom({"passwords": {"policy": "strict", "length": 8, "rotate": True}}, ""),
        custom({"passwords": {"policy": "strict", "web": "strict"}}, "/passwords/web"),
    ),
    "what is said of a token": (
        custom({"tokens": [{"name": "web", "ttl": "30d", "scope": "hunter2"}]}, ""),
        custom({"tokens": [{"name": "web", "ttl": "30d", "value": "hunter2"}]}, "/tokens/0/value"),
    ),
    "names of Secrets in a list": (
        custom({"imagePullSecrets": ["hunter2"], "secrets": ["hunter2"]}, ""),
        custom({"sharedSecrets": ["hunter2"]}, "/sharedSecrets/0"),
    ),
    "path of two slashes": (
        config("a.ini", "at = srv//web:hunter2@db\n"),
        config("a.ini", "at = //web:hunter2@db\n"),
    ),
    "port beside a user": (args("-u", "web", "-p8080"), args("-u", "web", "-phunter2")),
    "description": (
        custom({"description": "password: at least hunter2"}, ""),
        custom({"text": "password: hunter2\nuser: web"}, "/text"),
    ),
    "state": (
        obj("example.com/v1", "User", status={"secret": "my-user", "password": "web"}),
        obj("example.com/v1", "User", spec={"password": "web"}),
    ),
    "schema": (
        obj(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            spec={"validation": {"password": "a word"}},
        ),
        obj("example.com/v1", "Definition", spec={"validation": {"password": "a word"}}),
    ),
    "key of a table": (
        config("a.tf", 'hash_key = "LockID"\n'),
        config("a.tf", 'hash_key = "hunter2Zq9"\n'),
    ),
    "key of AngularJS": (
        config("a.json", '{\n"$$hashKey": "object:168"\n}'),
        config("a.json", '{\n"hashKey": "hunter2Zq9"\n}'),
    ),
    "connection of Airflow by URL": (
        env("AIRFLOW_CONN_AWS", "aws://?region_name=eu-west-1"),
        env("AIRFLOW_CONN_AWS", "aws://web:hunter2Zq9@?region_name=eu-west-1"),
    ),
    "number of a seed": (env("SEED", "20240101"), env("WALLET_SECRET", "hunter2Zq9")),
    "link in prose": (
        custom({"docs": ["[usage] https://example.com/a2"]}, ""),
        config("sasl", "# a\n[example.com] web:hunter2Zq9\n"),
    ),
    "trust store": (
        obj("v1", "ConfigMap", binaryData={"truststore.jks": "/u3+7QAAAAI="}),
        obj("v1", "ConfigMap", binaryData={"keystore.jks": "/u3+7QAAAAI="}),
    ),
}
# What is hidden where it is shown, and not accused; and what beside it is.
DOUBTFUL = {
    "session that is named": (
        config("a.json", '{"session_key": "web-session"}'),
        config("a.json", '{"session_key": "web-hunter2Zq9"}'),
    ),
    "life of a token": (
        config("a.yaml", "lifespans:\n  refresh_token: '90d'\n"),
        config("a.yaml", "lifespans:\n  refresh_token: '9d0eQ2kX'\n"),
    ),
    "place in a store": (
        env("AUTH_TOKEN", "ref:web-ns/some-token"),
        env("AUTH_TOKEN", "ref.hunter2Zq9"),
    ),
    "password in a store": (
        env("DB_PASSWORD", "ref:web-ns/some-password"),
        env("DB_PASSWORD", "ref:some-password"),
    ),
    "header that names a place": (
        config("a.py", 'HEADERS = {"Authorization": "Bearer ref:web/some-secret"}\n'),
        config("a.py", 'HEADERS = {"Authorization": "Bearer hunter2Zq9"}\n'),
    ),
    "switch about a password": (
        env("MYSQL_ALLOW_EMPTY_PASSWORD", "1"),
        env("MYSQL_EMPTY_PASSWORD", "1"),
    ),
    "number that is a switch": (
        custom({"requirePassword": 1}, ""),
        custom({"requiredPassword": 1}, "/requiredPassword"),
    ),
    "verb of a program": (args("web", "--set-pass", "judged"), args("web", "--db-pass", "judged")),
    "default that is its own name": (
        custom({"password": "${BW_PASSWORD:=bw_password}"}, ""),
        custom({"password": "${BW_PASSWORD:=bw_password1}"}, "/password"),
    ),
    "encrypted for a key of age": (
        config(".env", f"DB_PASSWORD=base64+age:{b64('-----BEGIN AGE ENCRYPTED FILE-----')}\n"),
        config(".env", f"DB_PASSWORD=base64+age:{b64('-----BEGIN CERTIFICATE-----')}\n"),
    ),
    "your password": (
        config("a.yaml", "smtp:\n  password: yourMailPassword\n"),
        config("a.yaml", "smtp:\n  password: yourmailword\n"),
    ),
    "URL in a description": (
        custom({"description": "URL of the form postgresql://user:word@db/web"}, ""),
        custom({"remarks": "URL of the form postgresql://user:word@db/web"}, "/remarks"),
    ),
    "URL with the word host": (
        env("URL", "postgresql://user:word@host:port/db"),
        env("URL", "postgresql://user:word@host1:port/db"),
    ),
    "webhook of zeros": (
        env("HOOK", "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24),
        env("HOOK", "https://hooks.slack.com/services/T00000000/B00000000/" + "a1B2" * 6),
    ),
    "name of a product": (
        config("SVC_ONEPASSWORD", "web-1password"),
        config("SVC_PASSWORD", "web-1password"),
    ),
    "address of a host": (
        env("SVC_PASSWORD", "10.0.0.1:8080"),
        env("SVC_PASSWORD", "10.0.0.1-8080"),
    ),
    "variable of psql": (
        config("init.sh", "psql <<EOF\nCREATE USER web WITH PASSWORD :'app_word';\nEOF\n"),
        config("init.sh", "psql <<EOF\nCREATE USER web WITH PASSWORD 'app_word';\nEOF\n"),
    ),
    "key that is put there later": (
        env("AWS_SECRET_ACCESS_KEY", "kustomize-s3-secretkey"),
        env("AWS_SECRET_ACCESS_KEY", "kustomize-s3-secret9Qx2"),
    ),
    "option with its value": (
        args("mysqladmin", "-p$MYSQL_ROOT_PASSWORD", "ping"),
        args("mysqladmin", "--password", "ping"),
    ),
    "URL that is explained": (
        env("HTTPS_PROXY", "https://user:pass@web:8085"),
        env("HTTPS_PROXY", "https://user:word@web:8085"),
    ),
    "variable of a URL in quotes": (
        shell('echo push "https://git:\\$TOKEN@example.com/web"'),
        shell('echo push "https://git:T0KEN@example.com/web"'),
    ),
    "key that is known as an example": (
        env("AWS_SECRET_ACCESS_KEY", "a1B2c3D4/EXAMPLEKEY"),
        env("AWS_SECRET_ACCESS_KEY", "a1B2c3D4/SAMPLEKEY"),
    ),
    "key of a service that needs none": (
        custom({"apiKey": "web-embed"}, ""),
        custom({"apiKey": "web-embed123"}, "/apiKey"),
    ),
    "key that a cloud keeps": (
        custom({"encryptionKey": "1234abcd-12ab-34cd-56ef-1234567890ab"}, ""),
        custom({"encryptionKey": "1234abcd12ab34cd56ef1234567890ab"}, "/encryptionKey"),
    ),
    "Secret with a number": (
        custom({"tls": {"secret": "cert2"}}, ""),
        custom({"tls": {"secret": "hunter2"}}, "/tls/secret"),
    ),
    "value that stands for a token": (
        custom({"token": "tokenValue"}, ""),
        custom({"token": "hunter2"}, "/token"),
    ),
    "token that a shell reads": (
        shell('curl -H "Authorization: Bearer `cat /run/token`" example.com'),
        shell('curl -H "Authorization: Bearer s3cr3t" example.com'),
    ),
    "account of the emulator of Azure": (
        env("STORAGE", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDX" + "J1OUzFT50uSRZ6IFsuFq2UVEr"),
        env("STORAGE", "AccountKey=Aby8vdM02xNOcqFlqUwJPLlmEtlCDX" + "J1OUzFT50uSRZ6IFsuFq2UVEr"),
    ),
    "name of a license": (
        env("LICENSE_KEY", "apache-2.0"),
        env("LICENSE_KEY", "hunter2Zq9"),
    ),
    "name of an algorithm": (env("HMAC", "sha256"), env("HMAC", "hunter2Zq9")),
    "access key, which may be an id": (
        env("ACCESS_KEY", "hunter2Zq9hunter2Zq9"),
        env("SECRET_ACCESS_KEY", "hunter2Zq9hunter2Zq9"),
    ),
    "salt": (env("SALT", "hunter2Zq9"), env("SALT_KEY_SECRET", "hunter2Zq9")),
    "who logs in, perhaps": (env("PROXY_AUTH", "hunter2Zq9"), env("AUTH_KEY", "hunter2Zq9")),
    "what says that it is none": (
        env("DB_PASSWORD", "not-a-real-password"),
        env("DB_PASSWORD", "not-a-good-password"),
    ),
}
# A word for none, or what is to be replaced, is no literal; a weak password is.
_NONE = """\
unused
not-needed
not_needed
notNeeded
dummy
EMPTY
REPLACE_ME
replace-me
disabled
not set
none
N/A
TODO
<secret>
your-token-here
PUT_TOKEN_HERE
change-me-placeholder
{{ .Values.token }}
${TOKEN}
$(TOKEN)
""".splitlines()


def _data(case: Any) -> dict[str, Any]:
    data: dict[str, Any] = case[0] if isinstance(case, tuple) else case
    return data


@pytest.mark.parametrize("case", NEIGHBOURS)
def test_no_false_word_and_none_lost_beside_it(case: str) -> None:
    silent, found = map(_data, NEIGHBOURS[case])
    assert exposed_secrets(manifest(silent)) == []
    text = write(silent).splitlines(keepends=True)
    assert without_exposed(text) == [text]
    if found != silent and case != "file beside":
        assert len(exposed_secrets(manifest(found))) == 1


@pytest.mark.parametrize("case", DOUBTFUL)
def test_in_doubt_it_is_hidden_and_not_accused(case: str) -> None:
    doubtful, found = map(_data, DOUBTFUL[case])
    assert exposed_secrets(manifest(doubtful)) == []
    text = write(doubtful).splitlines(keepends=True)
    assert without_exposed(text) != [text]
    assert len(exposed_secrets(manifest(found))) == 1


@pytest.mark.parametrize("value", _NONE)
def test_words_for_none(value: str) -> None:
    assert exposed_secrets(manifest(env("API_TOKEN", value)[0])) == []
    assert exposed_secrets(manifest(config("a.yaml", f'a_token: "{value}"\n')[0])) == []


@pytest.mark.parametrize("value", ["changeme", "admin", "password", "hunter2", "none-of-yours"])
def test_weak_passwords_work(value: str) -> None:
    assert len(exposed_secrets(manifest(env("DB_PASSWORD", value)[0]))) == 1
