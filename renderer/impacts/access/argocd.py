"""Whom Argo CD lets in, by its ConfigMaps.

https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, NamedTuple

from renderer.checks.pods import mapping, text
from renderer.impacts.access.grants import ANY, MOST, Grant, beyond, may_meet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    _Data = Mapping[str, Any]

# Which come with it (assets/builtin-policy.csv): the first may do everything.
_ADMIN, _READER = "role:admin", "role:readonly"
_MEMBER, _POLICY = 2, 5  # as many columns follow the first
_CAPABILITIES = frozenset(["apiKey", "login"])
# As Go reads them (strconv.ParseBool).
_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])


class _Policy(NamedTuple):
    """Who has which role, what is allowed, and what is denied whatever allows it."""

    members: list[Grant]
    allows: list[Grant]
    denies: list[Grant]


def rbac(old: _Data, new: _Data) -> list[str]:
    """Who may do more by argocd-rbac-cm.

    Denying counts more than allowing (assets/model.conf): a line that goes lets in what others
    allow.
    """
    before, after = _policy(old), _policy(new)
    denied = [
        one._replace(says=f"{one.says} (was denied)")
        for one in before.denies
        if _is_allowed(one, after)
    ]
    return [
        *beyond(before.members, after.members),
        *beyond(before.allows, after.allows),
        *beyond(after.denies, denied),
    ]


def _is_allowed(denied: Grant, policy: _Policy) -> bool:
    """Whether somebody might be allowed it: who has one role may have others too."""
    roles = {*denied.who, *(role for one in policy.members for role in one.what)}
    is_known = roles.isdisjoint((ANY, _ADMIN, _READER)) and len(policy.allows) <= MOST
    return not is_known or any(
        len(one.what) == len(denied.what) and all(map(may_meet, one.what, denied.what))
        for one in policy.allows
    )


def _policy(config: _Data) -> _Policy:
    data = mapping(config.get("data"))
    is_regex = data.get("policy.matchMode") == "regex"
    found = _Policy([], [], [])
    default = text(data.get("policy.default"))
    if default:
        found.members.append(_member("everybody", default))
    for kind, *columns in _lines(data):
        if kind == "g" and len(columns) == _MEMBER:
            found.members.append(_member(*columns))
        elif kind == "p" and len(columns) == _POLICY and columns[-1] in ("allow", "deny"):
            who, *what, effect = columns
            says = f"{who} to {' '.join(what)}"
            if is_regex:
                one = Grant(f"{says} (as regular expressions)", (who, *what))
            else:
                one = Grant(says, (who,), tuple(what))
            (found.allows if effect == "allow" else found.denies).append(one)
    return found


def _member(who: str, role: str) -> Grant:
    return Grant(f"{who} as {role}", (who,), (ANY if role == _ADMIN else role,))


def _lines(data: _Data) -> Iterator[list[str]]:
    """The lines of all policies, as Argo CD reads them (util/rbac/rbac.go, loadPolicyLine)."""
    for key, value in data.items():
        if not (key.startswith("policy.") and key.endswith("csv")):
            continue
        for line in text(value).split("\n"):
            if not line.strip() or line.strip().startswith("#"):
                continue
            try:
                yield from csv.reader([line.strip()], skipinitialspace=True)
            except csv.Error:
                continue


def accounts(old: _Data, new: _Data) -> list[str]:
    """Who can sign on by argocd-cm (util/settings/accounts.go, parseAccounts)."""
    return beyond(_accounts(old), _accounts(new))


def _accounts(config: _Data) -> Iterator[Grant]:
    data = mapping(config.get("data"))
    if data.get("users.anonymous.enabled") == "true":
        yield Grant("everybody without signing on, as policy.default of argocd-rbac-cm", ("",))
    can = {key.removeprefix("accounts."): value for key, value in data.items() if _is_account(key)}
    can["admin"] = f"login,{text(can.get('admin'))}"
    for name, value in can.items():
        enabled = "admin.enabled" if name == "admin" else f"accounts.{name}.enabled"
        if text(data.get(enabled)) not in _FALSE:
            for one in text(value).split(","):
                if one.strip() in _CAPABILITIES:
                    yield Grant(f"the account {name} ({one.strip()})", (name, one.strip()))


def _is_account(key: str) -> bool:
    return key.startswith("accounts.") and key.count(".") == 1


def parameters(old: _Data, new: _Data) -> list[str]:
    """Whether anybody is asked who he is, by argocd-cmd-params-cm."""
    return beyond(_parameters(old), _parameters(new))


def _parameters(config: _Data) -> Iterator[Grant]:
    if text(mapping(config.get("data")).get("server.disable.auth")) in _TRUE:
        yield Grant("everybody as an administrator (server.disable.auth)", ("",))
