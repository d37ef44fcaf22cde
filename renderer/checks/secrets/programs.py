"""Where well-known programs have a secret: in statements, in their settings, in their options."""

from __future__ import annotations

# Nobody's password is longer; without an end, a long line would be read once for each start in it.
_LONGEST = 300
ANY = rf"[^\n|;]{{0,{_LONGEST}}}?"
WORD = r"[\"']?([^\s\"'`;|&<>]+)"
MIXED = r"[\"']?((?=[^\s\"']*\d)(?=[^\s\"']*[A-Za-z])[^\s\"'{{}},;]{{6,}})"  # letters and digits
# SQL writes its words in any case. A sentence may say that something is identified by 'this'.
STATEMENTS = (
    ("PASSWORD", r"\b(?i:password)(?:\s+|\s*\(\s*)'([^'\n]+)'"),
    (
        "IDENTIFIED",
        (
            r"(?i:(?<!\bis)(?<!\bare)(?<!\bbe)\s+identified\s+(?:with\s+\S+\s+)?by\s+)"
            r"(?i:password\s+)?[\"']([^\"'\n]+)[\"']"
        ),
    ),
)
# Lines of the settings of a server that have no sign between a name and its value. A line of prose
# may begin with `password`: what stands behind it there has no digit.
LINES = (
    ("requirepass", r"(?m:^)[ \t]*requirepass[ \t]+{word}[ \t]*(?m:$)"),
    ("masterauth", r"(?m:^)[ \t]*masterauth[ \t]+{word}[ \t]*(?m:$)"),
    ("bindpw", r"(?m:^)[ \t]*bindpw[ \t]+{word}[ \t]*(?m:$)"),
    ("cachemgr_passwd", r"(?m:^)[ \t]*cachemgr_passwd[ \t]+{word}[ \t]"),
    ("auth-pass", r"\bsentinel[ \t]+auth-pass[ \t]+\S+[ \t]+{word}"),
    (
        "password",
        r"(?m:^)[ \t]*password[ \t]{{1,40}}(?=[^\n]{{0,300}}\d){word}[ \t]*;?[ \t]*(?m:$)",
    ),
    ("stats", r"(?m:^)[ \t]*stats[ \t]+auth[ \t]+[^\s:]+:{word}"),
    # Of ipsec.secrets, in quotes or in hexadecimal or base64 digits.
    (": PSK ", r"(?m:^)[^\n:#]{{0,200}}: PSK[ \t]+(?=[\"']|0[sx]){word}"),
    (": EAP ", r"(?m:^)[^\n:#]{{0,200}}: EAP[ \t]+(?=[\"']|0[sx]){word}"),
    (": XAUTH ", r"(?m:^)[^\n:#]{{0,200}}: XAUTH[ \t]+(?=[\"']|0[sx]){word}"),
    ("community", r"(?m:^)[ \t]*r[ow]community6?[ \t]+(?!public\b|private\b){word}"),
    ("createUser", r"\bcreateUser[ \t]+\S+[ \t]+(?:MD5|SHA\S*)[ \t]+{word}"),
    ("user", r"(?m:^)[ \t]*user[ \t]+\S+[ \t]+on[ \t]+(?:[^\n>]{{0,200}}[ \t])?>(\S+)"),
    # Of .npmrc, sssd, exim and squid.
    ("_auth", r"(?m:^)[ \t]*(?://\S*:)?_auth[ \t]*=[ \t]*[\"']?([\w+/]{{8,}}={{0,2}})"),
    ("ldap_default_authtok", r"(?m:^)[ \t]*ldap_default_authtok[ \t]*=[ \t]*{word}"),
    ("client_send", r"\bclient_send[ \t]*=[ \t]*[^:\n]{{0,100}}:[^:\n]{{1,100}}:[ \t]*{word}"),
    ("cache_peer", r"\bcache_peer\b{any}\blogin=[^\s:]+:{word}"),
    # Of postfix: [host]:port user:password; of Dovecot: user:{PLAIN}password.
    ("]", r"(?m:^)\[[\w.-]+\](?::\d+)?[ \t]+[^\s:]+:(?!//)(\S+)[ \t]*(?m:$)"),
    ("{PLAIN}", r"\{{PLAIN\}}([^\s:\"']+)"),
    # BIND, UnrealIRCd: in braces, and up to a semicolon.
    ("secret", r"[{{;\s]secret[ \t]+\"([\w+/]{{16,}}={{0,2}})\"[ \t]*;"),
    ("password", r"[{{;][ \t]*password[ \t]+\"([^\"\n]+)\"[ \t]*;"),
    ("community", rf"\bcommunity[\"']?[ \t]*[:=][ \t]*{MIXED}"),
    # PagerDuty, in Alertmanager.
    ("_key", r"\b(?:routing|service)_key[\"']?[ \t]*[:=][ \t]*[\"']?([a-f0-9]{{32}})\b"),
    # What libpq connects with, in quotes: of dblink, of a subscription.
    (
        "password",
        r"'(?=[^'\n]{{0,300}}\b(?:dbname|host|user)=)[^'\n]{{0,300}}\bpassword=([^\s'\"]+)",
    ),
    ("@//", r"\b\w[\w.$-]{{0,60}}/([^\s\"'@/]+)@//\w[\w.-]*[:/]"),
)
_GAP = r"(?:\s|\\\n)+"  # between two words of a command, which may end a line
# The options of programs that take a password: what begins the command, and what goes before it.
COMMANDS = (
    ("curl", r"\bcurl\b{any}\s(?:-u|--user)[ =]*[\"']?[\w.@%+-]+:([^\s\"'@$]+)(?![$])"),
    ("sshpass", r"\bsshpass\s+-p\s*{word}"),
    ("mysql", r"\b(?:mysql(?:admin|dump|check|import)?)\b{any}\s-p[\"']?([^\s\"'`;|&<>]+)"),
    ("mariadb", r"\b(?:mariadb(?:-admin|-dump|-check)?)\b{any}\s-p[\"']?([^\s\"'`;|&<>]+)"),
    ("mongo", r"\bmongo(?:sh|dump|restore|export|import)?\b{any}\s-p\s+{word}"),
    ("redis-cli", r"\bredis-cli\b{any}\s-a\s*{word}"),
    ("--requirepass", r"--requirepass[\s=]+{word}"),
    ("--masterauth", r"--masterauth[\s=]+{word}"),
    ("ldap", r"\bldap(?:search|add|modify|delete|whoami|passwd)\b{any}\s-w\s*{word}"),
    (
        "login",
        r"\b(?:az|crane|docker|helm|nerdctl|oras|podman|skopeo)\s+(?:registry\s+)?login\b{any}\s-p\s*{word}",
    ),
    ("smbclient", r"\bsmbclient\b{any}\s-U\s*[\"']?[^\s%]+%{word}"),
    ("ipmitool", r"\bipmitool\b{any}\s-P\s*{word}"),
    ("sqlcmd", r"\bsqlcmd\b{any}\s-P\s*{word}"),
    ("sqlplus", r"\bsqlplus\b{any}\s[\w.]+/([^\s\"'@/]+)@"),
    ("htpasswd", r"\bhtpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+{word}"),
    ("pass:", r"\s-pass(?:in|out)?\s+[\"']?pass:([^\s\"']+)"),
    (
        "chpasswd",
        r"\b(?:echo|printf)\s+(?:-\w+\s+)?[\"']?[\w.-]+:([^\s\"'|]+)[\"']?\s*\|\s*(?:sudo\s+)?chpasswd\b",
    ),
    ("chpasswd", r"\bchpasswd\b[^\n;|]{{0,40}}<<<\s*[\"']?[\w.-]+:([^\s\"']+)"),
    ("chpasswd", r"\bchpasswd\b[^\n;|]{{0,40}}<<-?\s*[\"']?\w+[\"']?\s*\n\s*[\w.-]+:(\S+)"),
    (
        "--stdin",
        r"\b(?:echo|printf)\s+(?:-\w+\s+)?{word}[\"']?\s*\|\s*(?:sudo\s+)?passwd\s[^\n|;]{{0,60}}--stdin",
    ),
    ("rabbitmqctl", r"\brabbitmqctl\b{any}\b(?:add_user|change_password)\s+\S+\s+{word}"),
    (
        "alias",
        rf"\bmc\s+(?:alias\s+set|config\s+host\s+add)(?:{_GAP}[^\s\\]\S*){{{{3}}}}{_GAP}{{word}}",
    ),
    (
        "ConvertTo-SecureString",
        r"\bConvertTo-SecureString\b(?=[^\n|;]{{0,300}}-AsPlainText){any}[\"']([^\"'\n]+)[\"']",
    ),
    ("lftp", r"\blftp\b{any}\s-u\s+[\"']?[^\s,\"']+,([^\s\"']+)"),
    ("openssl", r"\bopenssl\s+(?:enc|aes|des)\S*\b{any}\s-[kK]\s+{word}"),
    ("-pw ", r"\b(?:addprinc|ank|cpw|plink|pscp|psftp|putty)\b{any}\s-pw\s+{word}"),
    *(
        (
            verb,
            rf"\b{verb}\s+(?:-\S+\s+)*\S*(?i:password|passwd|secret|secret_access_key|token)\s+{{word}}",
        )
        for verb in ("config set", "configure set", "setenv", "setx")
    ),
    ("snmp", r"\bsnmp(?:bulk\w+|get\w*|set|table|walk)\b{any}\s-[AX]\s+{word}"),
    (
        "--password-stdin",
        r"\b(?:echo|printf)\s+(?:-\w+\s+)?(?:[\"']%s[\"']\s+)?{word}[\"']?\s*\|\s*(?:sudo\s+)?\w+\s[^\n|;]{{0,200}}--password-stdin",
    ),
    ("--password-stdin", r"--password-stdin\b[^\n|;]{{0,100}}<<<\s*{word}"),
    ("--password-command", r"--password-command[\s=]+[\"'](?:echo|printf)\s+([^\s\"'$]+)"),
    ("-setcookie", r"(?<!\S)-setcookie\s+{word}"),
    ("vault", r"\bvault\s+login\s+(?!-)(?!\w+=){word}"),
)
