"""Fill in the keys of Secrets that are not there, and never change one that is.

Beside this file stand lists (*.json) of what is to be there: a Secret, a key, and a value, in which
{random}, {fernet} or {SECRET/KEY} is for what is made here or was there before, and {name:SERVICE}
for what a Service is called. None is printed.
"""

import base64
import json
import os
import re
import secrets
import ssl
from http.client import HTTPSConnection
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SERVER = "kubernetes.default.svc"
URL = "/api/v1/namespaces/{}/secrets/{}?fieldManager=airflow-secrets"
PREFIX = os.environ.get("NAME_PREFIX", "")  # of all names, which the lists leave out
PART = re.compile(r"\{(.*?)\}")


def call(name, patch=None):
    """A Secret as it is, or as it is after a patch."""
    url = URL.format((ACCOUNT / "namespace").read_text(), PREFIX + name)
    headers = {
        "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",
        "Content-Type": "application/merge-patch+json",
    }
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    connection = HTTPSConnection(SERVER, context=context, timeout=30)
    body = json.dumps(patch) if patch else None
    connection.request("PATCH" if patch else "GET", url, body=body, headers=headers)
    answer = connection.getresponse()
    if answer.status != 200:
        # Not the answer itself, which may be a Secret's.
        raise SystemExit(
            f"the API does not hand out or change {PREFIX}{name}: {answer.status} {answer.reason}"
        )
    return json.load(answer)


def value_of(text, known):
    """A value: `known` are those of the keys that are there, by SECRET/KEY."""

    def fill(part):
        if part[1] == "random":
            return secrets.token_hex(32)
        if part[1] == "fernet":
            return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        kind, _, name = part[1].partition(":")
        return PREFIX + name if kind == "name" else known[part[1]]

    return PART.sub(fill, text)


def fill_in(wanted, ask=call):
    """Add what is not there, a Secret at a time, in the order of the list; gives what was added."""
    known, added = {}, []
    for name in dict.fromkeys(one["secret"] for one in wanted):
        there = ask(name)
        data = there.get("data") or {}
        known |= {f"{name}/{key}": base64.b64decode(data[key]).decode() for key in data}
        new = {}
        for one in wanted:
            path = f"{name}/{one['key']}"
            if one["secret"] == name and path not in known:
                known[path] = value_of(one["value"], known)
                new[one["key"]] = base64.b64encode(known[path].encode()).decode()
        if new:
            # Refused if somebody has changed the Secret since: then all is asked again.
            version = there["metadata"]["resourceVersion"]
            ask(name, {"metadata": {"resourceVersion": version}, "data": new})
            added += [f"{name}/{key}" for key in new]
    return added


def main():
    """Fill in what the lists beside this file say."""
    here = Path(__file__).parent
    wanted = [one for path in sorted(here.glob("*.json")) for one in json.loads(path.read_text())]
    added = fill_in(wanted)
    print(f"added: {', '.join(added)}" if added else "everything is there")


if __name__ == "__main__":
    main()
