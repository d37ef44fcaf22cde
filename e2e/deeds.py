"""What somebody can do by a right that reaches further than it says: one request for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts.access.rights import Right

if TYPE_CHECKING:
    from e2e.api import Object

SHOP = "/api/v1/namespaces/shop"
RBAC = "rbac.authorization.k8s.io"
ROLES = f"/apis/{RBAC}/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
MERGE = "application/strategic-merge-patch+json"

_POD_SPEC: Object = {
    "serviceAccountName": "operator",
    "containers": [{"name": "web", "image": "web:1"}],
    "volumes": [{"name": "secret", "secret": {"secretName": "password"}}],
}
POD: Object = {"metadata": {"labels": {"app": "web"}}, "spec": _POD_SPEC}
TASK: Object = {**POD, "spec": {**_POD_SPEC, "restartPolicy": "Never"}}
SELECTED: Object = {"selector": {"matchLabels": {"app": "web"}}, "template": POD}
WEBHOOK: Object = {
    "webhooks": [
        {
            "name": "e2e.example.com",
            "clientConfig": {"url": "https://e2e.example.com"},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Ignore",
            "rules": [
                {
                    "apiGroups": ["example.com"],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE"],
                    "resources": ["carts"],
                }
            ],
        }
    ]
}
MORE: Object = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
ADMIN: Object = {"roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}}


_OF_KUBELETS = ("/attach", "/exec", "/portforward", "/proxy", "/run/shop/web/web")


class Deed(NamedTuple):
    """What somebody does by a right, which is the only one that matters for it.

    `also` are rights that are no power alone.
    """

    power: str
    verbs: str
    resources: str
    path: str
    body: Object | None = None
    group: str = ""
    method: str = "POST"
    also: tuple[Right, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether the API server answers itself: there is no kubelet that would."""
        return not self.path.partition("?")[0].rstrip("/").endswith(_OF_KUBELETS)

    @property
    def rights(self) -> list[Right]:
        found = [
            Right("", verb, self.group, resource)
            for verb in self.verbs.split()
            for resource in self.resources.split()
        ]
        return [*found, *self.also]

    def __str__(self) -> str:
        return f"{self.verbs} {self.resources}"


def _workload(kind: str, spec: Object, group: str = "apps", version: str = "v1") -> Deed:
    plural = f"{kind.lower()}s"
    path = f"/apis/{group}/{version}/namespaces/shop/{plural}"
    return Deed("run Pods", "create", plural, path, {"spec": spec}, group)


def _patch(power: str, resources: str, path: str, body: Object, group: str = "") -> Deed:
    headers = (("Content_Type", MERGE),)
    return Deed(power, "patch", resources, path, body, group, "PATCH", headers=headers)


def _read(power: str, verb: str, resources: str, path: str) -> Deed:
    return Deed(power, verb, resources, path, method="GET")


def _impersonating(resource: str, header: str, name: str, group: str = "") -> Deed:
    power = "impersonate ServiceAccounts" if resource == "serviceaccounts" else "impersonate users"
    headers: tuple[tuple[str, str], ...] = ((header, name),)
    also: tuple[Right, ...] = ()
    if resource in ("groups", "uids"):  # only of somebody
        headers = (("Impersonate_User", "operator"), *headers)
        also = (Right("", "impersonate", "", "users", "operator"),)
    return Deed(
        power, "impersonate", resource, f"{SHOP}/configmaps", None, group, "GET", also, headers
    )


PATCHED: Object = {"spec": {"template": {"metadata": {"annotations": {"e2e": "1"}}}}}
LABELLED: Object = {"metadata": {"labels": {"e2e": "1"}}}
DEEDS = [
    Deed("run Pods", "create", "pods", f"{SHOP}/pods", POD),
    Deed(
        "run Pods",
        "create",
        "replicationcontrollers",
        f"{SHOP}/replicationcontrollers",
        {"spec": {"selector": {"app": "web"}, "template": POD}},
    ),
    _workload("Deployment", SELECTED),
    _workload("DaemonSet", SELECTED),
    _workload("ReplicaSet", SELECTED),
    _workload("StatefulSet", {**SELECTED, "serviceName": "web"}),
    _workload("Job", {"template": TASK}, "batch"),
    _workload(
        "CronJob",
        {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": TASK}}},
        "batch",
    ),
    _patch(
        "run Pods", "deployments", "/apis/apps/v1/namespaces/shop/deployments/web", PATCHED, "apps"
    ),
    _patch(
        "enter Pods",
        "pods",
        f"{SHOP}/pods/web",
        {"spec": {"containers": [{"name": "web", "image": "other:1"}]}},
    ),
    _patch(
        "enter Pods",
        "pods/ephemeralcontainers",
        f"{SHOP}/pods/web/ephemeralcontainers",
        {"spec": {"ephemeralContainers": [{"name": "debug", "image": "debug:1"}]}},
    ),
    Deed("enter Pods", "create get", "pods/exec", f"{SHOP}/pods/web/exec?command=id&stdout=1"),
    Deed("enter Pods", "create get", "pods/attach", f"{SHOP}/pods/web/attach?stdout=1"),
    Deed(
        "make tokens",
        "create",
        "serviceaccounts/token",
        f"{SHOP}/serviceaccounts/operator/token",
        {"spec": {"expirationSeconds": 3600}},
    ),
    _read("read Secrets", "get", "secrets", f"{SHOP}/secrets/password"),
    _read("read Secrets", "list", "secrets", f"{SHOP}/secrets"),
    _read("read Secrets", "list", "secrets", "/api/v1/secrets"),
    _impersonating("serviceaccounts", "Impersonate_User", "system:serviceaccount:shop:operator"),
    _impersonating("users", "Impersonate_User", "operator"),
    _impersonating("groups", "Impersonate_Group", "operators"),
    _impersonating("uids", "Impersonate_Uid", "1", "authentication.k8s.io"),
    Deed(
        "escalate",
        "escalate",
        "roles",
        f"{ROLES}/namespaces/shop/roles",
        MORE,
        RBAC,
        also=(Right("", "create", RBAC, "roles"),),
    ),
    Deed(
        "escalate",
        "escalate",
        "clusterroles",
        f"{ROLES}/clusterroles",
        MORE,
        RBAC,
        also=(Right("", "create", RBAC, "clusterroles"),),
    ),
    Deed(
        "bind",
        "bind",
        "clusterroles",
        f"{ROLES}/clusterrolebindings",
        ADMIN,
        RBAC,
        also=(Right("", "create", RBAC, "clusterrolebindings"),),
    ),
    Deed(
        "bind",
        "bind",
        "clusterroles",
        f"{ROLES}/namespaces/shop/rolebindings",
        ADMIN,
        RBAC,
        also=(Right("", "create", RBAC, "rolebindings"),),
    ),
    _read("enter nodes", "get", "nodes/proxy", "/api/v1/nodes/{node}/proxy/run/shop/web/web"),
    Deed("enter nodes", "create", "nodes/proxy", "/api/v1/nodes/{node}/proxy/run/shop/web/web"),
    *(
        Deed(
            "admission",
            "create",
            f"{kind}webhookconfigurations",
            f"{ADMISSION}/{kind}webhookconfigurations",
            WEBHOOK,
            "admissionregistration.k8s.io",
        )
        for kind in ("mutating", "validating")
    ),
    _patch(
        "sign certificates",
        "certificatesigningrequests/approval",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests/e2e/approval",
        {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "e2e"}]}},
        "certificates.k8s.io",
    )._replace(also=(Right("", "approve", "certificates.k8s.io", "signers"),)),
    Deed(
        "volumes of nodes",
        "create",
        "persistentvolumes",
        "/api/v1/persistentvolumes",
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/"},
            }
        },
    ),
    _patch("label namespaces", "namespaces", SHOP, LABELLED),
    _patch("label nodes", "nodes", "/api/v1/nodes/{node}", LABELLED),
    Deed(
        "serve APIs",
        "create",
        "apiservices",
        "/apis/apiregistration.k8s.io/v1/apiservices",
        {
            "spec": {
                "group": "e2e.example.com",
                "version": "v1",
                "groupPriorityMinimum": 1,
                "versionPriority": 1,
                "insecureSkipTLSVerify": True,
                "service": {"namespace": "shop", "name": "web"},
            }
        },
        "apiregistration.k8s.io",
    ),
    *(
        Deed(
            "open networks",
            verb,
            "networkpolicies",
            f"/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies{name}",
            None,
            "networking.k8s.io",
            "DELETE",
        )
        for verb, name in (("delete", "/closed"), ("deletecollection", ""))
    ),
    Deed("reach Pods", "create get", "pods/portforward", f"{SHOP}/pods/web/portforward?ports=80"),
    _read("reach Pods", "get", "pods/proxy", f"{SHOP}/pods/web/proxy/"),
    _read("reach Pods", "get", "services/proxy", f"{SHOP}/services/web/proxy/"),
]


# What has to be there for these.
OBJECTS = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: operator, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: operator, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, list, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: operator, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator}
subjects:
- {kind: ServiceAccount, name: operator, namespace: shop}
- {kind: User, name: operator}
---
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: shop}
stringData: {password: not-a-real-one}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: pod}}
spec:
  serviceAccountName: operator
  containers: [{name: web, image: 'web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: pod}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: deployed}}
  template:
    metadata: {labels: {app: deployed}}
    spec: {containers: [{name: web, image: 'web:1'}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
