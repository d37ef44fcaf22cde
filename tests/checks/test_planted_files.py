"""Secrets in settings of servers and in programs that have signs of their own: each is found."""

from __future__ import annotations

from typing import Any

import pytest

from checks.loading import manifest
from checks.test_planted_secrets import HEX, WORD, assert_found_and_shown_nowhere, config, shell
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.reports.redacting import without_exposed
from renderer.yamldoc.writing import write

# By the name of the file: what is found in it, and what is not.
FILES = {
    "slapd.conf": (f"rootdn cn=web\nrootpw {WORD}\n", "rootdn cn=web\nrootpw {SSHA}\n"),
    "mosquitto.conf": (f"a b\nremote_password {WORD}\n", "a b\npassword_file /run/users1\n"),
    "haproxy.cfg": (
        f"userlist a\n  user web insecure-password {WORD}\n",
        "userlist a\n  user web insecure-password required\n",
    ),
    "stats.cfg": (f"listen a\n  stats auth web:{WORD}\n", "listen a\n  stats auth web:$WEB\n"),
    "ios.cfg": (f"hostname a\nenable secret 0 {WORD}\n", "hostname a\nno enable secret 0\n"),
    "nxos.cfg": (
        f"hostname a\nusername web password 0 {WORD}\n",
        "hostname a\nservice password-encryption\n",
    ),
    "Dockerfile": (f"FROM a\nENV DB_PASSWORD {WORD}\n", "FROM a\nENV TOKEN_NAME web1Q\n"),
    "Containerfile": (f"FROM a\nENV API_TOKEN {WORD}\n", "FROM a\n# This token hunter2\n"),
    "wpa.conf": (f'network={{\n  psk="{WORD}"\n}}\n', "network={\n  psk=${PSK}\n}\n"),
    "ipsec.secrets": (f'# a\nweb : PSK "{WORD}"\n', "# a\nmode : PSK required\n"),
    "eap.secrets": (f'# a\nweb : EAP "{WORD}"\n', '# a\nweb : EAP "$WEB"\n'),
    "xauth.secrets": (f'# a\nweb : XAUTH "{WORD}"\n', '# a\n# web : XAUTH "hunter2"\n'),
    "snmpd.conf": (f"a b\nrocommunity {WORD}\n", "a b\nrocommunity public\n"),
    "snmp.conf": (f'a b\ncreateUser web SHA "{WORD}" AES\n', "a b\ncreateUser web SHA $WEB\n"),
    "userlist.txt": (
        f'"web" "{WORD}"\n"admin" ""\n',
        '"web" "SCRAM-SHA-256"\n',
    ),
    "fstab": (
        f"//host/a /mnt cifs username=web,password={WORD} 0 0\n",
        "//host/a /mnt cifs guest 0 0\n//a password=hunter2\n",
    ),
    "users.csv": (f"user,password\nweb,{WORD}\n", "user,language\nweb,password1\n"),
    "semicolons.csv": (f'user;"password"\nweb;"{WORD}"\n', "user;password\nweb;\n"),
    "users.tsv": (f"user\tapi_token\nweb\t{WORD}\n", "user\ttoken_url\nweb\tadmin2\n"),
    ".npmrc": (f"a=b\n_auth={WORD}Zz==\n", "a=b\nalways_auth=true\n"),
    "sssd.conf": (f"[a]\nldap_default_authtok = {WORD}\n", "[a]\nldap_default_authtok_type = b\n"),
    "exim.conf": (f"a\nclient_send = : web : {WORD}\n", "a\nclient_send = : web : $WEB\n"),
    "squid.conf": (
        f"a\ncache_peer host parent 1 0 login=web:{WORD}\n",
        "a\ncache_peer host parent 1 0 login=PASSTHRU\n",
    ),
    "sasl_passwd": (
        f"# a\n[smtp.example.com]:587 web:{WORD}\n",
        "# a\n[docs] https://example.com/hunter2\n",
    ),
    "dovecot-users": (f"# a\nweb:{{PLAIN}}{WORD}\n", "# a\nweb:{PLAIN}\n"),
    "named.conf": (
        f'key "a" {{ algorithm hmac-sha256; secret "{WORD}/{WORD}="; }};\nb;\n',
        'view "a" { match-clients { secret "web"; }; };\nb;\n',
    ),
    "oper.conf": (
        f'oper web {{ password "{WORD}"; }}\nb;\n',
        'oper web { password "$WEB"; }\nb;\n',
    ),
    "snmp.yml": (
        f"auths:\n  a: {{community: {WORD}}}\n",
        "auths:\n  a: {community: public}\n",
    ),
    "alertmanager.yml": (
        f"a:\n- routing_key: {HEX[:32]}\n",
        "a:\n- routing_key: orders.v1.created\n",
    ),
    "link.sql": (
        f"SELECT dblink_connect('host=h user=web password={WORD}');\nb\n",
        "SELECT 'a password=hunter2' FROM b;\nc\n",
    ),
    "oracle.txt": (f"a\nweb/{WORD}@//host:1521/b\n", "a\nweb/b@//$HOST\n"),
    ".erlang.cookie": (f"\n{WORD}\n", "\n$WEB\n"),
    "htdigest": (f"web:a:{HEX[:32]}\n# b\n", "# web:a\nb\n"),
    "chrony.keys": (f"# a\n1 SHA256 HEX:{HEX}\n", "# a\n# 1 MD5 hunter2\n"),
    "ntp.keys": (f"# a\n1 M {WORD}\n", "# a\n1 M $WEB\n"),
    "grafana.ini": (f'[a]\npassword = """{WORD}"""\n', '[a]\npassword = """$WEB"""\n'),
    "triple.toml": (f'[a]\ntoken = """\n{WORD}"""\n', "[a]\ntoken = ''''''\n"),
    "tight.ini": (f"[a]\npass:{WORD}\n", "[a]\npass:http://example.com/1\nsecret:a/b1\n"),
    "web.properties": (f"a=b\npassword=\\\n  {WORD}\n", "a=b\npassword=\\\n  ${WEB}\n"),
    "continued.ini": (f"[a]\npassword =\n  {WORD}\n", "[a]\npassword =\n  user = hunter2\n"),
    "next-line.yaml": (f"a:\n  password:\n    {WORD}\n", "a:\n  password:\n    key: hunter2\n"),
    "comment-between.yaml": (f"password: # a\n  {WORD}\n", "password: # a\n  ${WEB}\n"),
    "escaped.yaml": (f'a: b\n"pass\\u0077ord": {WORD}\n', 'a: b\n"pass\\u0020word": hunter2\n'),
    "hexadecimal.yaml": (f'a: b\n"\\x70assword": {WORD}\n', 'a: b\n"\\x70latform": hunter2\n'),
    "tag.yaml": (f"a: b\npassword: !!str {WORD}\n", "a: b\npassword: !secret web_password1\n"),
    "anchor.yaml": (f"a: b\npassword: &a {WORD}\n", "a: b\npassword: &a ${WEB}\n"),
    "asked.yaml": (f"? password\n: {WORD}\n", "? platform\n: hunter2\n"),
    "folded-quotes.yaml": (f'password: "{WORD}\n  more"\n', 'password: "${WEB}\n  "\n'),
    "escaped.json": (
        f'{{"pass\\u0077ord": "{WORD}",\n"a": 1}}',
        '{"pl\\u0061tform": "web2",\n"a": 1}',
    ),
    "lines.json": (
        f'{{"password"\n:\n"{WORD}"}}',
        '{"password"\n:\n"${WEB}"}',
    ),
    "field.yaml": (
        f"- field: api_token\n  content: {WORD}\n",
        "- field: platform\n  content: hunter2\n",
    ),
    "comment.yaml": (f"# password: {WORD}\na: 1\n", "# password: hunter2\na: 1\n"),
    "comment.conf": (f"; old token={WORD}\na\n", "; old token=your-hunter2Zq9\na\n"),
    "NuGet.Config": (
        f'<config>\n<add key="ClearTextPassword" value="{WORD}" />\n</config>\n',
        '<config>\n<add key="ClearTextPassword" value="%WEB%" />\n</config>\n',
    ),
    "web.plist": (
        f"<dict>\n<key>password</key>\n<string>{WORD}</string>\n</dict>\n",
        "<dict>\n<key>language</key>\n<string>password</string>\n</dict>\n",
    ),
    "web.edn": (f'{{:db\n {{:password "{WORD}"}}}}\n', '{:db\n {:password #env "WEB"}}\n'),
    "web.ts": (f"a()\nconst secret: string = '{WORD}';\n", "a()\nlet token: string = web();\n"),
    "web.kt": (f'a()\nval password: String? = "{WORD}"\n', "a()\nval password: String?\n"),
    "web.py": (f'a()\npassword: str | None = "{WORD}"\n', "a()\npassword: str | None = None\n"),
    "web.rs": (f'a()\nlet token: &\'static str = "{WORD}";\n', "a()\nlet token: &str = b;\n"),
    "web.go": (f'a()\nvar password string = "{WORD}"\n', 'a()\nvar name string = "token"\n'),
    "Web.java": (
        f'a();\nSystem.setProperty("javax.net.ssl.keyStorePassword", "{WORD}");\n',
        'a();\nform.addField("password", "the word that you chose");\n',
    ),
}
COMMANDS = {
    "docker login": (
        f"echo {WORD} | docker login -u web --password-stdin",
        "echo $WEB | docker login -u web --password-stdin",
    ),
    "helm registry login": (
        f'helm registry login -u web --password-stdin <<< "{WORD}"',
        "helm registry login -u web --password-stdin <<< $WEB",
    ),
    "restic": (
        f'restic -r a --password-command "echo {WORD}" backup',
        'restic -r a --password-command "cat /run/a" backup',
    ),
    "snmpwalk": (f"snmpwalk -v3 -A {WORD} host", "snmpwalk -v3 -A $WEB host"),
    "erl": (f"erl -setcookie {WORD} -name web", "erl -setcookie $WEB -name web"),
    "PowerShell": (
        f"$a = ConvertTo-SecureString '{WORD}' -AsPlainText -Force",
        "$a = ConvertTo-SecureString $env:WEB -AsPlainText -Force",
    ),
    "PowerShell behind its options": (
        f'ConvertTo-SecureString -AsPlainText -String "{WORD}"',
        'ConvertTo-SecureString "hunter2Zq9"',
    ),
    "lftp": (f"lftp -u web,{WORD} host", "lftp -u web,$WEB host"),
    "openssl enc": (f"openssl enc -aes-256-cbc -k {WORD} -in a", "openssl enc -k $WEB -in a"),
    "kadmin": (f"addprinc -pw {WORD} web", "addprinc -pw $WEB web"),
    "plink": (f"plink -ssh -pw {WORD} host", "plink -ssh host"),
    "aws configure": (
        f"aws configure set aws_secret_access_key {WORD}",
        "aws configure set aws_access_key_id AKIA1",
    ),
    "npm config": (
        f"npm config set //r.example.com/:_authToken {WORD}",
        "npm config set strict-ssl hunter2",
    ),
    "setx": (f"setx DB_PASSWORD {WORD}", "setx DB_PASSWORD %WEB%"),
    "setenv": (f"setenv API_TOKEN {WORD}", "setenv API_TOKEN $WEB"),
}


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("name", FILES)
def test_a_secret_in_a_file_is_found(name: str) -> None:
    secret, silent = FILES[name]
    assert_found_and_shown_nowhere(*config(name, secret))
    _assert_silent(config(name, silent)[0])


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("program", COMMANDS)
def test_a_secret_in_a_command_is_found(program: str) -> None:
    secret, silent = COMMANDS[program]
    assert_found_and_shown_nowhere(*shell(secret))
    _assert_silent(shell(silent)[0])


def _assert_silent(data: dict[str, Any]) -> None:
    assert exposed_secrets(manifest(data)) == []
    lines = write(data).splitlines(keepends=True)
    assert without_exposed(lines) == [lines]
