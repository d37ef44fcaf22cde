"""What keeps somebody out at a door by its annotations, and what lets him in.

Each controller has annotations of its own, and takes only those. What one is for its name tells,
whoever reads it: of a value that is another, and not known to let in less, it is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.access.blocks import Blocks
from renderer.impacts.access.wording import listed
from renderer.impacts.model import Consequence, Impact
from renderer.kubernetes.manifests import annotations_of
from renderer.patching.pointing import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from renderer.kubernetes.manifests import Manifest, ObjectRef

# Of Services, in the place of a field (k8s.io/cloud-provider/service/helpers).
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_HINT = "keep the annotation, or say in the review what does so now"
_OFF = frozenset(["", "0", "disable", "disabled", "false", "no", "none", "off"])
# With these of auth-tls-verify-client nobody needs a certificate, or one of an authority.
_UNVERIFIED = _OFF | {"optional", "optional_no_ca"}


class _Sort(NamedTuple):
    """Annotations of one sort, by what follows the prefix of a controller, and what they do.

    `is_default` tells that the same holds where there is none.
    """

    name: re.Pattern[str]
    does: str
    is_range: bool = False
    is_denying: bool = False
    off: frozenset[str] = _OFF
    is_default: bool = False


def _sort(name: str, does: str, *, is_range: bool = False, is_denying: bool = False) -> _Sort:
    return _Sort(re.compile(rf"(?:^|[-_.])(?:{name})(?:[-_.]|$)"), does, is_range, is_denying)


# The first that fits counts. Names are those of, among others:
# https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
# https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-annotations/
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
# https://www.haproxy.com/documentation/kubernetes-ingress/ingress-configuration-reference/ingress/
# https://haproxy-ingress.github.io/docs/configuration/keys/
# https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/
# https://docs.openshift.com/container-platform/latest/networking/routes/route-configuration.html
# https://docs.konghq.com/kubernetes-ingress-controller/latest/reference/annotations/
# https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/
_SORTS = (
    _sort(
        "deny-?list|black-?list|block-?list|ip_blacklist",
        "it keeps addresses out",
        is_range=True,
        is_denying=True,
    ),
    _sort(
        "allow-?list|white-?list|source-ranges?|inbound-cidrs|ip-ranges|allow-rules",
        "it lets in certain addresses only",
        is_range=True,
    ),
    _Sort(
        re.compile("auth-tls-verify-client$"),
        "it asks for a client's certificate",
        off=_UNVERIFIED,
        is_default=True,
    ),
    _Sort(re.compile("enable-global-auth$"), "it asks who somebody is", is_default=True),
    _sort("auth-tls-secret|mutual-authentication", "it asks for a client's certificate"),
    _sort("auth-secret|basic-auth-secret", "it asks for a password"),
    _sort("middlewares", "it is behind its middlewares"),
    _sort("plugins?", "it is behind its plugins"),
    _sort("waf|wafv2|modsecurity|app-protect|security-policy", "a firewall looks at requests"),
    _sort("security-groups?", "groups of security stand before it"),
    _sort(
        "auth[nz]?|oauth2?|oidc|jwt|acl|iap|authenticate|authorization", "it asks who somebody is"
    ),
)
# What belongs to asking, and is not what keeps somebody out.
_BESIDE = re.compile(
    "realm|sign-?in|header|cache|error|pass-|session|cookie|timeout|scope|limit|redirect|log|always"
)


class _Opener(NamedTuple):
    """An annotation that lets somebody in by its value, beside another one if that is named."""

    name: re.Pattern[str]
    value: re.Pattern[str]
    does: str
    beside: str = ""


def _opener(name: str, value: str, does: str, beside: str = "") -> _Opener:
    return _Opener(re.compile(name), re.compile(value), does, beside)


_OPENERS = (
    _opener("^satisfy$", "any", "who meets one of its conditions is let in", "list|range|auth"),
    _opener("^enable-global-auth$", "false", "it is not asked who somebody is, as elsewhere"),
    _opener("verify-client$", "off|optional.*", "no client's certificate is needed", "tls-secret"),
    _opener("^auth-on-unauthenticated-request$", "allow", "anybody is let in", "auth-type"),
    _opener("^funnel$", "true", "it can be reached from the internet"),
    _opener("^mirror-target$", ".+", "a copy of all requests goes elsewhere"),
    _opener("snippet$", "(?s).+", "what is written there may let in anybody"),
)
# Annotations by which a load balancer has no address outside. All clouds have their own:
# https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer
_INTERNAL = re.compile("internal|private-ip")
_KIND_OF_ADDRESS = re.compile("scheme|type")
_INSIDE = frozenset(["internal", "intranet", "private"])
_OUTSIDE = frozenset(["internet", "internet-facing", "public"])


def guards(ref: ObjectRef, old: Manifest | None, new: Manifest) -> Iterator[Consequence]:
    """What annotations of a door keep out no longer, or let in; of one that is new, what they let
    in."""
    before, after = (_annotations(one) for one in (old, new))
    if before != after:
        for name, what in (*_left(before, after), *_let_in(before, after)):
            yield _consequence(ref, what, format_path(("metadata", "annotations", name)))


def addresses(ref: ObjectRef, old: Manifest, new: Manifest) -> Iterator[Consequence]:
    """A load balancer that gets an address outside by annotations."""
    if is_outside(new) and not is_outside(old):
        yield _consequence(ref, "by its annotations it asks for an address outside")
    elif is_inside(old) and not is_inside(new):
        yield _consequence(ref, "by its annotations it does not ask for an address inside any more")


def _consequence(ref: ObjectRef, what: str, field: str = "/metadata/annotations") -> Consequence:
    return Consequence(Impact.OPENS_ACCESS, ref, what, hint=_HINT, field=field, is_predicted=True)


def is_inside(manifest: Manifest) -> bool:
    """Whether annotations ask for a load balancer without an address outside."""
    about = _annotations(manifest)
    return not is_outside(manifest) and any(
        (_INTERNAL.search(_last(name)) and value.lower() not in _OFF)
        or _is_at(name, value, _INSIDE)
        for name, value in about.items()
    )


def is_outside(manifest: Manifest) -> bool:
    """Whether annotations ask for an address outside, whatever others say."""
    return any(_is_at(name, value, _OUTSIDE) for name, value in _annotations(manifest).items())


def ranges_of(value: str) -> list[str]:
    """The blocks of addresses that an annotation lists."""
    found = re.split(r"[\s,;]+", value)
    return [one.removeprefix("cidr:").removeprefix("ip:") for one in found if one]


def _is_at(name: str, value: str, places: frozenset[str]) -> bool:
    return value.lower() in places and bool(_KIND_OF_ADDRESS.search(_last(name)))


def _annotations(manifest: Manifest | None) -> dict[str, str]:
    about = annotations_of(manifest.data) if manifest else {}
    return {str(name): str(value).strip() for name, value in about.items() if value is not None}


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _left(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What keeps somebody out no longer, or does so in another way."""
    for name, value in before.items():
        now = after.get(name, "")
        sort = _sort_of(name) if name != SOURCE_RANGES else None
        if sort is None or now == value or value.lower() in sort.off:
            continue
        if name not in after and sort.is_default:
            continue
        if name not in after:
            yield name, f"{sort.does} no longer, for the annotation {name} is gone"
        elif now.lower() in sort.off:
            yield name, f"{sort.does} no longer, by the annotation {name}"
        elif sort.is_range:
            more = _more_addresses(ranges_of(value), ranges_of(now), sort)
            what = f"it keeps {more} out no longer" if sort.is_denying else f"it lets in {more}"
            if more:
                yield name, f"{what}, by the annotation {name}"
        elif not {*ranges_of(value)} <= {*ranges_of(now)}:
            yield name, f"{sort.does} in another way, by the annotation {name}: it may let in more"


def _more_addresses(old: list[str], new: list[str], sort: _Sort) -> str:
    """Those that are let in only now."""
    outer, inner = (new, old) if sort.is_denying else (old, new)
    return listed(Blocks(outer).beyond(inner))


def _sort_of(name: str) -> _Sort | None:
    last = _last(name).lower()
    if _BESIDE.search(last):
        return None
    return next((one for one in _SORTS if one.name.search(last)), None)


def _let_in(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What lets somebody in, and did not; what `_left` tells already is not told again."""
    for name, value in after.items():
        if before.get(name) == value or (before.get(name) and _sort_of(name)):
            continue
        others = [_last(one) for one in after if one != name]
        for one in _OPENERS:
            is_open = one.name.search(_last(name)) and one.value.fullmatch(value)
            if is_open and (not one.beside or any(re.search(one.beside, own) for own in others)):
                yield name, f"{one.does}, by the annotation {name}"
