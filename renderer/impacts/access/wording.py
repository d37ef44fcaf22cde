"""Rights in words, as few as say all: `get, list pods in shop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from renderer.impacts.access.rights import ALL, EVERYWHERE, Right, is_cluster_scoped, verbs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST = 6  # phrases that are said; of more the rest is counted
_MOST_NAMES = 3

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def in_words(rights: Iterable[Right]) -> str:
    """What rights allow, in a clause that follows "may"."""
    rights = [*rights]
    whole = {one.namespace for one in rights if is_everything(one)}
    left = [one for one in rights if whole.isdisjoint((EVERYWHERE, one.namespace))]
    said = [f"do everything {'in ' + one if one else 'in the cluster'}" for one in sorted(whole)]
    said += _resources(one for one in left if not one.url)
    said += _paths(one for one in left if one.url)
    return listed(said, most=_MOST, separator="; ", word="more")


def is_everything(right: Right) -> bool:
    """Whether it is every verb on every resource of a namespace, or of the cluster."""
    return (right.verb, right.group, right.resource, right.name) == (ALL, ALL, ALL, None)


def listed(
    items: Sequence[str], most: int = _MOST_NAMES, separator: str = ", ", word: str = "others"
) -> str:
    """The first items, and how many more there are."""
    if len(items) <= most + 1:
        return separator.join(items)
    return f"{separator.join(items[:most])} and {len(items) - most} {word}"


def place(namespace: str) -> str:
    """Where a right holds."""
    return f"in {namespace}" if namespace else "in all namespaces"


def _resources(rights: Iterable[Right]) -> list[str]:
    names = _grouped(((one.namespace, one.group, one.resource, one.verb), one) for one in rights)
    verbs = _grouped(
        ((namespace, group, resource, tuple(sorted({one.name or "" for one in some}))), verb)
        for (namespace, group, resource, verb), some in names.items()
    )
    resources = _grouped(
        ((namespace, _all_of(own, group, resource), objects), (resource, group))
        for (namespace, group, resource, objects), own in verbs.items()
    )
    return [
        _phrase(namespace, own, objects, sorted(found))
        for (namespace, own, objects), found in sorted(
            resources.items(), key=lambda item: (item[0][0], min(item[1]), item[0])
        )
    ]


def _phrase(
    namespace: str,
    verbs: tuple[str, ...],
    names: tuple[str, ...],
    resources: list[tuple[str, str]],
) -> str:
    what = listed([_resource(group, resource) for resource, group in resources], _MOST, word="more")
    which = "" if "" in names else f" named {listed(names)}"
    is_outside = all(is_cluster_scoped(group, resource) for resource, group in resources)
    where = "" if is_outside and not namespace else f" {place(namespace)}"
    return f"{_verbs(verbs)} {what}{which}{where}"


def _all_of(verbs: list[str], group: str, resource: str) -> tuple[str, ...]:
    """Verbs in their order, in the place of all that there are a `*`."""
    known = verbs_of(group, resource)
    return (ALL,) if len(known) > 1 and {*known} <= {*verbs} else tuple(sorted(verbs))


def _verbs(verbs: tuple[str, ...]) -> str:
    return "do anything with" if ALL in verbs else ", ".join(verbs)


def _resource(group: str, resource: str) -> str:
    kind, _, subresource = resource.partition("/")
    if kind == ALL:
        home = {"": " of the core group", ALL: ""}.get(group, f" of {group}")
        return f"{subresource + ' of ' if subresource else ''}every resource{home}"
    full = f"{kind}.{group}" if group not in ("", ALL) else kind
    any_group = " of any group" if group == ALL else ""
    return (f"{full}/{subresource}" if subresource else full) + any_group


def _paths(rights: Iterable[Right]) -> list[str]:
    verbs = _grouped((one.url, one.verb) for one in rights)
    urls = _grouped((tuple(sorted(own)), url) for url, own in verbs.items())
    return [
        f"{_verbs(own)} the {'path' if len(some) == 1 else 'paths'} {', '.join(sorted(some))}"
        for own, some in sorted(urls.items())
    ]


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    found: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
