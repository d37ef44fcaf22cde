"""The difference of rights, against RBAC's own decisions on every request of a small world."""

from itertools import product
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from renderer.impacts.access.opened import Holders, opened
from renderer.impacts.access.rights import Right, Rights
from renderer.impacts.access.roles import Subject
from renderer.impacts.model import ClusterObjects
from renderer.kubernetes.manifests import Manifest, object_ref

API = "rbac.authorization.k8s.io/v1"
FLOWS = "example.com/flows-to"


class Request(NamedTuple):
    """What the authorizer is asked: on a resource, or on a path."""

    verb: str
    group: str = ""
    resource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""


# Each has one that no rule names: what only a `*` allows.
VERBS = ("get", "list", "create", "delete", "deletecollection", "patch", "update", "watch")
RESOURCES = [
    *product(("",), ("pods", "pods/log", "nodes", "nodes/proxy", "secrets")),
    *product(("apps",), ("deployments", "deployments/scale")),
    ("example.com", "pods"),
    ("example.com", "others/log"),
]
# What only `*` and `*/log` allow.
UNNAMED = [
    *product(("", "apps", "example.com"), ("unnamed", "unnamed/log")),
    *(("unnamed.example.com", resource) for _, resource in RESOURCES),
]
REQUESTS = [
    *(
        Request(verb, group, resource, name, namespace)
        for verb in (*VERBS, "use")
        for group, resource in (*RESOURCES, *UNNAMED)
        for name in ("", "a", "b")
        for namespace in ("", "shop", "blog")
        # What is outside namespaces is never asked for within one, nor the verb of nobody.
        if not (resource.startswith("nodes") and namespace)
        if not (verb == "use" and group != "example.com")
        if not (resource == "pods/log" and group == "" and verb != "get")
        if not (resource == "nodes/proxy" and verb in ("list", "deletecollection", "watch"))
        if not (resource == "deployments/scale" and verb not in ("get", "patch", "update"))
    ),
    *(Request(verb, path=path) for verb in ("get", "use") for path in ("/a", "/ab", "/a/b", "/b")),
]


def some(items: list[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(items), min_size=1, max_size=most)


RULES = st.one_of(
    st.fixed_dictionaries(
        {
            "apiGroups": some(["", "", "apps", "*", "example.com"]),
            "resources": some([*(name for _, name in RESOURCES), "*", "*/log"], 3),
            "verbs": st.one_of(some([*VERBS, "*"], 3), st.just([*VERBS]), st.just(["*"])),
        },
        optional={"resourceNames": some(["a", "b"])},
    ),
    st.fixed_dictionaries(
        {"nonResourceURLs": some(["/a", "/a/*", "/a*", "*"]), "verbs": some(["get", "*"], 1)}
    ),
)
SUBJECTS = [
    {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
    {"kind": "ServiceAccount", "name": "web"},
    {"kind": "User", "name": "ann"},
    {"kind": "User", "name": "system:serviceaccount:shop:web"},
    {"kind": "Group", "name": "system:serviceaccounts"},
    {"kind": "Group", "name": "system:serviceaccounts:shop"},
    {"kind": "Group", "name": "system:authenticated"},
    {"kind": "Group", "name": "team"},
]
WHO = [
    Subject("ServiceAccount", "shop", "web"),
    Subject("User", "", "ann"),
    Subject("Group", "", "system:serviceaccounts"),
    Subject("Group", "", "team"),
]


SELECTORS = some([{"matchLabels": {FLOWS: to}} for to in "xy"])


def named(kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": more.pop("labels", {})}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, **more}


@st.composite
def clusters(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The RBAC objects of a cluster."""
    rules = st.lists(RULES, min_size=1, max_size=2)
    found = []
    for name in "pqr":
        more: dict[str, Any] = {
            "rules": draw(rules),
            "labels": {FLOWS: draw(st.sampled_from("xyz"))},
        }
        if draw(st.integers(0, 2)) == 0:
            more["aggregationRule"] = {"clusterRoleSelectors": draw(SELECTORS)}
        found.append(named("ClusterRole", name, **more))
    found.append(named("Role", "p", "shop", rules=draw(rules)))
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["ClusterRoleBinding", "RoleBinding"]))
        home = draw(st.sampled_from(["shop", "blog"])) if kind == "RoleBinding" else ""
        roles = ["ClusterRole", "Role"] if home else ["ClusterRole"]
        role = {"kind": draw(st.sampled_from(roles)), "name": draw(st.sampled_from("pqr"))}
        found.append(named(kind, str(index), home, roleRef=role, subjects=draw(some(SUBJECTS))))
    return found


def identity(one: dict[str, Any]) -> tuple[str, ...]:
    return one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]


@st.composite
def changed(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A cluster before and after: another one, or one in which some objects are another's."""
    old, other = draw(clusters()), draw(clusters())
    places = {identity(one): one for one in old}
    for one in other:
        if draw(st.booleans()):
            places[identity(one)] = one
    return old, draw(st.sampled_from([other, [*places.values()]]))


def manifests(cluster: list[dict[str, Any]]) -> ClusterObjects:
    refs = [object_ref(data) for data in cluster]
    return ClusterObjects(
        lambda: [Manifest(ref, data, ref.name) for ref, data in zip(refs, cluster, strict=True)]
    )


# What follows is written after the authorizer's own code, one request at a time:
# plugin/pkg/auth/authorizer/rbac and component-helpers/auth/rbac/validation.
class Authorizer:
    def __init__(self, cluster: list[dict[str, Any]]) -> None:
        self.cluster = cluster
        self.roles = {
            (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
            for one in cluster
            if one["kind"] in ("ClusterRole", "Role")
        }
        self.rules = {
            key: [] if "aggregationRule" in one else one["rules"] for key, one in self.roles.items()
        }
        for _ in self.roles:  # the controller runs until nothing changes
            for key, one in self.roles.items():
                if "aggregationRule" in one:
                    self.rules[key] = self._aggregated(key, one)

    def _aggregated(self, key: tuple[str, str, str], role: dict[str, Any]) -> list[Any]:
        rules: list[Any] = []
        for selector in role["aggregationRule"]["clusterRoleSelectors"]:
            for other, one in self.roles.items():
                wanted, has = selector["matchLabels"].items(), one["metadata"].get("labels", {})
                if other != key and other[0] == "ClusterRole" and wanted <= has.items():
                    rules += [rule for rule in self.rules[other] if rule not in rules]
        return rules

    def allows(self, subject: Subject, request: Request) -> bool:
        for one in self.cluster:
            if not one["kind"].endswith("Binding"):
                continue
            home = one["metadata"].get("namespace", "")
            if one["kind"] == "RoleBinding" and home != (request.namespace or None):
                continue
            if not any(names(who, subject, home) for who in one["subjects"]):
                continue
            role = one["roleRef"]
            key = role["kind"], home if role["kind"] == "Role" else "", role["name"]
            if any(rule_allows(rule, request) for rule in self.rules.get(key, [])):
                return True
        return False


def names(who: dict[str, str], subject: Subject, home: str) -> bool:
    is_account = subject.kind == "ServiceAccount"
    user = f"system:serviceaccount:{subject.namespace}:{subject.name}" if is_account else ""
    groups = {"system:authenticated"}
    if is_account or subject.name == "system:serviceaccounts":
        groups |= {"system:serviceaccounts"}
    if is_account:
        groups |= {f"system:serviceaccounts:{subject.namespace}"}
    if subject.kind == "Group":
        groups |= {subject.name}
    elif subject.kind == "User":
        user = subject.name
    match who["kind"]:
        case "User":
            return user == who["name"]
        case "Group":
            return who["name"] in groups
    namespace = who.get("namespace", home)
    return bool(namespace) and user == f"system:serviceaccount:{namespace}:{who['name']}"


def rule_allows(rule: dict[str, Any], request: Request) -> bool:
    if not {request.verb, "*"} & {*rule["verbs"]}:
        return False
    if request.path:
        return any(
            url in ("*", request.path)
            or (url.endswith("*") and request.path.startswith(url.rstrip("*")))
            for url in rule.get("nonResourceURLs", [])
        )
    if not {request.group, "*"} & {*rule.get("apiGroups", [])}:
        return False
    _, _, subresource = request.resource.partition("/")
    wanted = {request.resource, "*"} | ({f"*/{subresource}"} if subresource else set())
    own = rule.get("resourceNames", [])
    return bool(wanted & {*rule["resources"]}) and (not own or request.name in own)


def as_right(request: Request) -> Right:
    if request.path:
        return Right("", request.verb, url=request.path)
    return Right(request.namespace, request.verb, request.group, request.resource, request.name)


EVERYTHING = named(
    "ClusterRole",
    "p",
    rules=[
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ],
)
BOUND = named(
    "ClusterRoleBinding",
    "0",
    roleRef={"kind": "ClusterRole", "name": "p"},
    subjects=[{"kind": "User", "name": "ann"}],
)


@given(changed())
@example(([BOUND], [BOUND, EVERYTHING]))
@settings(max_examples=40, deadline=None)
def test_what_is_opened_is_what_is_allowed_only_now(
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    old, new = sides
    found = {one.subject: one for one in opened(*map(Holders, map(manifests, sides)))}
    before, after = Authorizer(old), Authorizer(new)
    for subject in WHO:
        told = [subject, *(Subject("Group", "", name) for name in subject.groups)]
        rights = [right for one in told if one in found for right in found[one].rights]
        had = {request for request in REQUESTS if before.allows(subject, request)}
        has = {request for request in REQUESTS if after.allows(subject, request)}
        said = {request for request in REQUESTS if Rights(rights).include(as_right(request))}
        assert said - had == has - had
        assert said <= has


@given(changed())
@settings(max_examples=40, deadline=None)
def test_no_right_is_told_that_allows_nothing_more(
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    before = Authorizer(sides[0])
    for one in opened(*map(Holders, map(manifests, sides))):
        for right in one.rights:
            more = [each for each in REQUESTS if Rights([right]).include(as_right(each))]
            # Any verb in any group is more than all requests here: of others nobody asks.
            is_asked = (right.verb, right.group) != ("*", "*")
            if one.subject in WHO and more and is_asked:
                assert not all(before.allows(one.subject, request) for request in more), right
