"""`spec.expects` of Parameters documents: Secrets that somebody makes before the first sync."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.findings import Finding
from renderer.kubernetes.expected import ExpectedKey, ExpectedSecret, secret_ref
from renderer.kubernetes.names import is_label, is_subdomain
from renderer.parameters.built_in import fill_command, names_in
from renderer.parameters.resolving import filled
from renderer.parameters.templates import read_template

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from renderer.findings import Location
    from renderer.parameters.fields import Fields, Path
    from renderer.parameters.model import Template
    from renderer.parameters.resolving import Resolved

# What Kubernetes takes for a key (apimachinery, pkg/util/validation: IsConfigMapKey).
_KEY = re.compile(r"(?!\.\.?\Z)[-._a-zA-Z0-9]{1,253}\Z")
_TYPE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9./]*[A-Za-z0-9])?\Z")
_NAME_HINT = "lower-case letters, digits, dashes and dots, as web-keys or $(web.secret)"
_KEYS_HINT = "say how each key is made, as {password: a password of your choice}"


class Expectation(NamedTuple):
    """A Secret as a document expects it: its name may be made of parameters.

    Its commands may have parameters in them that are built in.
    """

    name: Template
    namespace: str
    keys: tuple[ExpectedKey, ...]
    type: str
    is_optional: bool
    location: Location

    @property
    def names(self) -> list[str]:
        """The parameters that stand in it."""
        return [*self.name.names, *(name for one in self.keys for name in names_in(one.command))]

    @property
    def written(self) -> str:
        """The Secret as the document has it."""
        parts = [f"$({part})" if place % 2 else part for place, part in enumerate(self.name.parts)]
        return str(secret_ref(self.namespace, "".join(parts)))


def read_expects(fields: Fields) -> tuple[Expectation, ...]:
    """What one Parameters document expects; what is wrong in an entry is a finding."""
    found = (_expectation(fields, path) for path in fields.entries(("spec", "expects")))
    return tuple(one for one in found if one is not None)


def _expectation(fields: Fields, path: Path) -> Expectation | None:
    before = len(fields.findings)
    if fields.item(path, ("secret", "namespace", "type", "keys", "optional")) is None:
        return None
    hint = "write secret: and its name"
    fields.text((*path, "secret"), required=True, hint=hint)
    name = read_template(fields, (*path, "secret")) if len(fields.findings) == before else None
    namespace, kind = fields.text((*path, "namespace")), fields.text((*path, "type"))
    if name and not name.names and not is_subdomain(name.parts[0]):
        _bad_name(fields, (*path, "secret"), "name of a Secret", _NAME_HINT)
    if namespace and not is_label(namespace):
        hint = "write the name of a Namespace; without it, the Secret is expected where it is used"
        _bad_name(fields, (*path, "namespace"), "name of a Namespace", hint)
    if kind and not _TYPE.match(kind):
        _bad_name(fields, (*path, "type"), "type of a Secret", "as kubernetes.io/tls")
    keys = tuple(_keys(fields, (*path, "keys")))
    optional = fields.flag((*path, "optional"))
    if name is None or len(fields.findings) > before:
        return None
    return Expectation(name, namespace, keys, kind, optional, fields.at((*path, "secret")))


def _bad_name(fields: Fields, path: Path, what: str, hint: str) -> None:
    fields.error("bad-name", f"{fields.get(path)!r} is not the {what}", path, hint)


def _keys(fields: Fields, path: Path) -> Iterator[ExpectedKey]:
    found = fields.typed(path, dict)
    if not found and (found is not None or fields.get(path) is None):
        is_there = found is not None
        message = f"the keys of a Secret are {'empty' if is_there else 'missing'}"
        fields.error("missing-field", message, path if is_there else path[:-1], _KEYS_HINT)
    for name, value in (found or {}).items():
        at = (*path, name)
        if not _KEY.match(name):
            hint = "letters, digits, dashes, dots and underscores, as fernet-key or tls.crt"
            fields.error("bad-name", f"{name!r} is not the key of a Secret", at, hint)
        elif isinstance(value, dict):
            fields.mapping(at, ("description", "command"))
            command = fields.text(
                (*at, "command"), required=True, hint="write what prints the value"
            )
            yield ExpectedKey(name, fields.text((*at, "description")), command, fields.at_key(at))
        else:
            text = fields.text(at, required=True, hint="say how its value is made")
            yield ExpectedKey(name, text, "", fields.at_key(at))


def check_names(expects: Iterable[Expectation], secret: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the parameters in names; `secret` are those that are declared so."""
    for one in expects:
        for name in one.name.names:
            if name in secret:
                message = f"{name} is declared secret, and the name of a Secret is shown"
                hint = f"take secret: true out of {name}: a name is no secret"
                yield Finding.error("bad-name", message, one.location, hint=hint)


def resolve_expects(
    expects: Iterable[Expectation], resolved: Resolved
) -> tuple[tuple[ExpectedSecret, ...], list[Finding]]:
    """What is expected with the values of a cluster; what names a parameter that the cluster does
    not use is not expected there."""
    found: list[ExpectedSecret] = []
    findings: list[Finding] = []
    for one in expects:
        name = filled(one.name, resolved.values)
        if name is None:
            continue
        if not is_subdomain(name):
            findings.append(_unfit(one))
            continue
        found.append(
            ExpectedSecret(
                ref=secret_ref(one.namespace, name),
                keys=tuple(
                    key._replace(command=fill_command(key.command, resolved.values))
                    for key in one.keys
                ),
                type=one.type,
                is_optional=one.is_optional,
                location=one.location,
                written=one.written,
                is_ours=not one.name.names,
            )
        )
    return tuple(found), findings


def _unfit(one: Expectation) -> Finding:
    names = " and ".join(dict.fromkeys(one.name.names))
    verb = "gives" if len({*one.name.names}) == 1 else "give"
    message = f"{names} {verb} no name of a Secret here"
    return Finding.error("bad-name", message, one.location, hint=_NAME_HINT)
