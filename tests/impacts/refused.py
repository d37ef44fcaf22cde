"""Single changes that the API server refuses, one for each line of the table, and some it takes.

Objects are written in one line of YAML each; `make e2e` sends all of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Refused(NamedTuple):
    """An object, and what is written instead of what in it.

    `field` is the one that is said to be refused, `kind` as in the table of the renderer.
    """

    kind: str
    field: str
    before: str
    what: str
    by: str
    is_refused: bool = True
    beside: str = ""

    @property
    def after(self) -> str:
        assert self.before.count(self.what) == 1, (self.what, self.before)
        return self.before.replace(self.what, self.by)


def _object(api: str, kind: str, rest: str, name: str = "a", namespace: str = "default") -> str:
    inside = f", namespace: {namespace}" if namespace else ""
    return f"{{apiVersion: {api}, kind: {kind}, metadata: {{name: {name}{inside}}}, {rest}}}"


def _cluster(api: str, kind: str, rest: str, name: str = "a") -> str:
    return _object(api, kind, rest, name, namespace="")


_POD = "containers: [{name: a, image: 'a:1'}]"
_TEMPLATE = f"template: {{metadata: {{labels: {{a: b}}}}, spec: {{{_POD}}}}}"
_JOB_TEMPLATE = (
    f"template: {{metadata: {{labels: {{a: b}}}}, spec: {{restartPolicy: Never, {_POD}}}}}"
)


def _workload(kind: str, more: str = "") -> str:
    selector = "selector: {matchExpressions: [{key: a, operator: In, values: [b]}]}"
    return _object("apps/v1", kind, f"spec: {{{selector}, {more}{_TEMPLATE}}}")


def _job(more: str, template: str = _JOB_TEMPLATE) -> str:
    return _object("batch/v1", "Job", f"spec: {{{more}, {template}}}")


_SECRET = _object("v1", "Secret", "data: {a: YQ==}, stringData: {b: b}, immutable: true")
_CONFIG = _object("v1", "ConfigMap", "data: {a: b}, binaryData: {c: YQ==}, immutable: true")
_SERVICE = _object(
    "v1", "Service", "spec: {clusterIP: 10.96.7.7, ipFamilies: [IPv4], ports: [{port: 80}]}"
)
_PLURAL = _object(
    "v1", "Service", "spec: {clusterIP: 10.96.7.8, clusterIPs: [10.96.7.8], ports: [{port: 80}]}"
)
_BALANCER = _object(
    "v1",
    "Service",
    "spec: {type: LoadBalancer, loadBalancerClass: a/b, externalTrafficPolicy: Local,"
    " healthCheckNodePort: 30777, ports: [{port: 80}]}",
)
_CLAIM = _object(
    "v1",
    "PersistentVolumeClaim",
    "spec: {accessModes: [ReadWriteOnce], storageClassName: slow, volumeName: x,"
    " resources: {requests: {storage: 1Gi}}}",
)
_OLD_CLAIM = _CLAIM.replace("storageClassName: slow, ", "").replace(
    "namespace: default",
    "namespace: default, annotations: {volume.beta.kubernetes.io/storage-class: slow}",
)
_AFFINITY = (
    "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions:"
    " [{key: zone, operator: In, values: [b]}]}]}}"
)
_VOLUME = _cluster(
    "v1",
    "PersistentVolume",
    f"spec: {{accessModes: [ReadWriteOnce], capacity: {{storage: 1Gi}}, {_AFFINITY},"
    " volumeMode: Filesystem, storageClassName: slow, volumeAttributesClassName: gold,"
    " csi: {driver: a.example.com, volumeHandle: h}}",
    name="refused",
)
_BARE_POD = _object(
    "v1",
    "Pod",
    f"spec: {{activeDeadlineSeconds: 600, nodeSelector: {{zone: x}}, {_POD},"
    " schedulingGates: [{name: a.com/x}], tolerations: [{key: k, operator: Exists}]}",
)
_INDEXED = _job("completionMode: Indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 1")
_SUSPENDED = _job(
    "suspend: true",
    "template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, nodeSelector: {a: b},"
    f" {_POD}}}}}",
)
_FAILURE = "podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [4]}}]}"
_SUCCESS = "successPolicy: {rules: [{succeededCount: 1}]}"
_RBAC = "rbac.authorization.k8s.io"
_ROLE = f"roleRef: {{apiGroup: {_RBAC}, kind: ClusterRole, name: view}}, subjects: []"
_CRD = _cluster(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "spec: {group: refused.example.com, scope: Namespaced, names: {plural: boxes, kind: Box},"
    " versions: [{name: v1, served: true, storage: true,"
    " schema: {openAPIV3Schema: {type: object}}}]}",
    name="boxes.refused.example.com",
)
_DEVICES = "devices: {requests: [{name: a, exactly: {deviceClassName: b}}]}"
_CLASS = _cluster(
    "storage.k8s.io/v1",
    "StorageClass",
    "provisioner: a.com/b, parameters: {c: d}, reclaimPolicy: Retain, volumeBindingMode: Immediate",
)
_DRIVER = _cluster(
    "storage.k8s.io/v1",
    "CSIDriver",
    "spec: {attachRequired: true, volumeLifecycleModes: [Ephemeral]}",
)
_CAPACITY = _object(
    "storage.k8s.io/v1",
    "CSIStorageCapacity",
    "storageClassName: slow, nodeTopology: {matchLabels: {a: b}}, capacity: 1Gi",
)
_ATTRIBUTES = _cluster(
    "storage.k8s.io/v1", "VolumeAttributesClass", "driverName: a.com, parameters: {b: c}"
)
_SLICE = _cluster(
    "resource.k8s.io/v1",
    "ResourceSlice",
    "spec: {driver: a.com, nodeName: one, pool: {name: p, generation: 1, resourceSliceCount: 1}}",
)
_EVENT = _object(
    "events.k8s.io/v1",
    "Event",
    "eventTime: '2026-01-01T00:00:00.000000Z', action: a, reason: b, note: c, type: Normal,"
    " reportingController: d.com/e, reportingInstance: f,"
    " regarding: {kind: Pod, name: x, namespace: default},"
    " related: {kind: Pod, name: w, namespace: default}",
)
_NODE = _cluster(
    "v1",
    "Node",
    "spec: {podCIDR: 10.9.0.0/24, podCIDRs: [10.9.0.0/24], providerID: a, externalID: b}",
)
_SLICES = _object(
    "discovery.k8s.io/v1", "EndpointSlice", "addressType: IPv4, endpoints: [], ports: []"
)
_CERTIFICATE = "certificates.k8s.io"
_WORKLOADS = "scheduling.k8s.io/v1alpha2"


def _core() -> list[Refused]:
    return [
        Refused("*", "metadata/uid", _CONFIG, "{name: a,", "{name: a, uid: x,"),
        Refused(
            "*", "metadata/resourceVersion", _CONFIG, "{name: a,", "{name: a, resourceVersion: '1',"
        ),
        Refused(
            "*",
            "metadata/deletionTimestamp",
            _CONFIG,
            "{name: a,",
            "{name: a, deletionTimestamp: '2026-01-01T00:00:00Z',",
        ),
        Refused(
            "*",
            "metadata/deletionGracePeriodSeconds",
            _CONFIG,
            "{name: a,",
            "{name: a, deletionGracePeriodSeconds: 5,",
        ),
        Refused("ConfigMap", "data", _CONFIG, "a: b", "a: c"),
        Refused("ConfigMap", "binaryData", _CONFIG, "YQ==", "Yg=="),
        Refused("ConfigMap", "immutable", _CONFIG, "true", "false"),
        Refused("ConfigMap", "data", _CONFIG.replace("true", "false"), "a: b", "a: c", False),
        Refused("Secret", "data", _SECRET, "YQ==", "Yg=="),
        Refused("Secret", "stringData", _SECRET, "b: b", "b: c"),
        Refused("Secret", "immutable", _SECRET, "true", "false"),
        Refused("Secret", "type", _SECRET, "data: {a", "type: a/b, data: {a"),
        Refused("Service", "spec/clusterIP", _SERVICE, "7.7", "7.9"),
        Refused("Service", "spec/clusterIPs", _PLURAL, "[10.96.7.8]", "[10.96.7.9]"),
        Refused("Service", "spec/clusterIP", _SERVICE, "clusterIP: 10.96.7.7, ", "", False),
        Refused("Service", "spec/ipFamilies", _SERVICE, "IPv4", "IPv6"),
        Refused("Service", "spec/ipFamilies", _SERVICE, "ipFamilies: [IPv4], ", "", False),
        Refused("Service", "spec/loadBalancerClass", _BALANCER, "a/b", "a/c"),
        Refused("Service", "spec/healthCheckNodePort", _BALANCER, "30777", "30778"),
        Refused("PersistentVolumeClaim", "spec/storageClassName", _CLAIM, "slow", "fast"),
        Refused("PersistentVolumeClaim", "spec/volumeName", _CLAIM, "Name: x", "Name: y"),
        Refused("PersistentVolumeClaim", "spec/accessModes", _CLAIM, "WriteOnce", "OnlyMany"),
        Refused(
            "PersistentVolumeClaim",
            "metadata/annotations/volume.beta.kubernetes.io~1storage-class",
            _OLD_CLAIM,
            "class: slow",
            "class: fast",
        ),
        Refused("PersistentVolume", "spec/csi", _VOLUME, "Handle: h", "Handle: i"),
        Refused("PersistentVolume", "spec/nodeAffinity", _VOLUME, "values: [b]", "values: [c]"),
        Refused("PersistentVolume", "spec/volumeMode", _VOLUME, "Filesystem", "Block"),
        Refused("PersistentVolume", "spec/storageClassName", _VOLUME, "slow", "fast", False),
        Refused(
            "PersistentVolume",
            "spec/volumeAttributesClassName",
            _VOLUME,
            "volumeAttributesClassName: gold, ",
            "",
        ),
        Refused("Pod", "spec/nodeSelector", _BARE_POD, "zone: x", "zone: y"),
        Refused("Pod", "spec/containers", _BARE_POD, "a:1'", "a:1', tty: true"),
        Refused("Pod", "spec/activeDeadlineSeconds", _BARE_POD, "600", "900"),
        Refused("Pod", "spec/activeDeadlineSeconds", _BARE_POD, "600", "500", False),
        Refused("Pod", "spec/schedulingGates", _BARE_POD, "a.com/x}", "a.com/x}, {name: b.com/x}"),
        Refused("Pod", "spec/schedulingGates", _BARE_POD, "[{name: a.com/x}]", "[]", False),
        Refused("Pod", "spec/tolerations", _BARE_POD, "key: k", "key: l"),
        Refused(
            "ReplicationController",
            "spec/template/metadata/labels",
            _object("v1", "ReplicationController", f"spec: {{{_TEMPLATE}}}"),
            "{a: b}",
            "{a: c}",
        ),
        Refused(
            "ResourceQuota",
            "spec/scopes",
            _object("v1", "ResourceQuota", "spec: {scopes: [BestEffort], hard: {pods: 1}}"),
            "BestEffort",
            "NotBestEffort",
        ),
        Refused(
            "ResourceQuota",
            "spec/scopes",
            _object("v1", "ResourceQuota", "spec: {scopes: [BestEffort], hard: {pods: 1}}"),
            "BestEffort",
            "BestEffort, BestEffort",
            False,
        ),
        Refused("Node", "spec/podCIDR", _NODE, "podCIDR: 10.9", "podCIDR: 10.8"),
        Refused("Node", "spec/podCIDRs", _NODE, "24]", "24, 'fd00::/64']"),
        Refused("Node", "spec/providerID", _NODE, "ID: a", "ID: c"),
        Refused("Node", "spec/externalID", _NODE, "ID: b", "ID: c"),
    ]


def _workloads() -> list[Refused]:
    selected = "values: [b]", "values: [b, c]"
    return [
        Refused("Deployment.apps", "spec/selector", _workload("Deployment"), *selected),
        Refused("ReplicaSet.apps", "spec/selector", _workload("ReplicaSet"), *selected),
        Refused("DaemonSet.apps", "spec/selector", _workload("DaemonSet"), *selected),
        Refused("StatefulSet.apps", "spec/selector", _workload("StatefulSet"), *selected),
        Refused(
            "StatefulSet.apps",
            "spec/podManagementPolicy",
            _workload("StatefulSet", "podManagementPolicy: Parallel, "),
            "Parallel",
            "OrderedReady",
        ),
        Refused(
            "ControllerRevision.apps",
            "data",
            _object("apps/v1", "ControllerRevision", "revision: 1, data: {x: y}"),
            "x: y",
            "x: z",
        ),
        Refused("Job.batch", "spec/template", _job("parallelism: 1"), "a:1", "a:2"),
        Refused("Job.batch", "spec/completions", _job("completions: 1"), "s: 1", "s: 2"),
        Refused("Job.batch", "spec/completions", _INDEXED, "completions: 2", "completions: 3"),
        Refused(
            "Job.batch",
            "spec/completions",
            _INDEXED,
            "completions: 2, parallelism: 2",
            "completions: 3, parallelism: 3",
            False,
        ),
        Refused(
            "Job.batch",
            "spec/selector",
            _job(
                "manualSelector: true, selector: {matchExpressions: [{key: a, operator: Exists}]}"
            ),
            "operator: Exists",
            "operator: In, values: [b]",
        ),
        Refused("Job.batch", "spec/completionMode", _INDEXED, "Indexed", "NonIndexed"),
        Refused("Job.batch", "spec/backoffLimitPerIndex", _INDEXED, "Index: 1", "Index: 2"),
        Refused("Job.batch", "spec/podFailurePolicy", _job(_FAILURE), "[4]", "[5]"),
        Refused("Job.batch", "spec/managedBy", _job("managedBy: a.com/b"), "a.com/b", "a.com/c"),
        Refused(
            "Job.batch",
            "spec/successPolicy",
            _job(f"completionMode: Indexed, completions: 2, parallelism: 2, {_SUCCESS}"),
            "Count: 1",
            "Count: 2",
        ),
        Refused(
            "Job.batch",
            "spec/template",
            _SUSPENDED,
            "nodeSelector: {a: b}",
            "nodeSelector: {a: c}",
            False,
        ),
        Refused(
            "Job.batch",
            "spec/template",
            _SUSPENDED,
            "a:1'",
            "a:1', resources: {requests: {cpu: 1}}",
            False,
        ),
        Refused("Job.batch", "spec/template", _SUSPENDED, "a:1", "a:2"),
    ]


def _others() -> list[Refused]:
    bundle = "spec: {signerName: 'a.com/b', trustBundle: x}"
    request = (
        "spec: {signerName: 'a.com/b', podName: a, podUID: u, serviceAccountName: s,"
        " serviceAccountUID: v, nodeName: one, nodeUID: w, stubPKCS10Request: YQ==}"
    )
    parent = "spec: {parentRef: {resource: services, namespace: default, name: a}}"
    attachment = "spec: {attacher: a.com, nodeName: n, source: {persistentVolumeName: v}}"
    node = "spec: {drivers: [{name: a.com, nodeID: n, topologyKeys: [z]}]}"
    candidate = "spec: {leaseName: l, binaryVersion: 1.0.0, strategy: OldestEmulationVersion}"
    migration = "spec: {resource: {group: '', resource: secrets}}"
    groups = "spec: {podGroupTemplates: [{name: g, schedulingPolicy: {basic: {}}}],"
    owner = " controllerRef: {kind: Job, name: j}}"
    policy = "spec: {schedulingPolicy: {gang: {minCount: 1}}}"
    return [
        Refused(
            f"ClusterTrustBundle.{_CERTIFICATE}",
            "spec/signerName",
            _cluster(f"{_CERTIFICATE}/v1beta1", "ClusterTrustBundle", bundle, name="'a.com:b:c'"),
            "a.com/b",
            "a.com/c",
        ),
        Refused(
            f"PodCertificateRequest.{_CERTIFICATE}",
            "spec/podName",
            _object(f"{_CERTIFICATE}/v1beta1", "PodCertificateRequest", request),
            "podName: a",
            "podName: b",
        ),
        Refused(
            "LeaseCandidate.coordination.k8s.io",
            "spec/leaseName",
            _object("coordination.k8s.io/v1beta1", "LeaseCandidate", candidate),
            "leaseName: l",
            "leaseName: m",
        ),
        Refused("EndpointSlice.discovery.k8s.io", "addressType", _SLICES, "IPv4", "IPv6"),
        Refused("Event.events.k8s.io", "note", _EVENT, "note: c", "note: d"),
        Refused("Event.events.k8s.io", "action", _EVENT, "action: a", "action: d"),
        Refused("Event.events.k8s.io", "reason", _EVENT, "reason: b", "reason: d"),
        Refused("Event.events.k8s.io", "type", _EVENT, "Normal", "Warning"),
        Refused("Event.events.k8s.io", "regarding", _EVENT, "name: x", "name: z"),
        Refused("Event.events.k8s.io", "related", _EVENT, "name: w", "name: z"),
        Refused("Event.events.k8s.io", "eventTime", _EVENT, "00.000000Z", "01.000000Z"),
        Refused("Event.events.k8s.io", "reportingController", _EVENT, "d.com/e", "d.com/f"),
        Refused("Event.events.k8s.io", "reportingInstance", _EVENT, "Instance: f", "Instance: g"),
        Refused(
            "IngressClass.networking.k8s.io",
            "spec/controller",
            _cluster("networking.k8s.io/v1", "IngressClass", "spec: {controller: a.com/b}"),
            "a.com/b",
            "a.com/c",
        ),
        Refused(
            "IPAddress.networking.k8s.io",
            "spec/parentRef",
            _cluster("networking.k8s.io/v1", "IPAddress", parent, name="10.96.9.9"),
            "name: a}",
            "name: b}",
        ),
        Refused(
            "ServiceCIDR.networking.k8s.io",
            "spec/cidrs",
            _cluster("networking.k8s.io/v1", "ServiceCIDR", "spec: {cidrs: [10.7.0.0/24]}"),
            "10.7",
            "10.6",
        ),
        Refused(
            "ServiceCIDR.networking.k8s.io",
            "spec/cidrs",
            _cluster("networking.k8s.io/v1", "ServiceCIDR", "spec: {cidrs: [10.7.0.0/24]}"),
            "[10.7.0.0/24]",
            "[10.7.0.0/24, 'fd00::/112']",
            False,
        ),
        Refused(
            "RuntimeClass.node.k8s.io",
            "handler",
            _cluster("node.k8s.io/v1", "RuntimeClass", "handler: x"),
            "handler: x",
            "handler: y",
        ),
        Refused(
            f"RoleBinding.{_RBAC}",
            "roleRef",
            _object(f"{_RBAC}/v1", "RoleBinding", _ROLE),
            "name: view",
            "name: edit",
        ),
        Refused(
            f"ClusterRoleBinding.{_RBAC}",
            "roleRef",
            _cluster(f"{_RBAC}/v1", "ClusterRoleBinding", _ROLE),
            "name: view",
            "name: edit",
        ),
        Refused(
            "ResourceClaim.resource.k8s.io",
            "spec/devices",
            _object("resource.k8s.io/v1", "ResourceClaim", f"spec: {{{_DEVICES}}}"),
            "Name: b",
            "Name: c",
        ),
        Refused(
            "ResourceClaimTemplate.resource.k8s.io",
            "spec/spec",
            _object(
                "resource.k8s.io/v1", "ResourceClaimTemplate", f"spec: {{spec: {{{_DEVICES}}}}}"
            ),
            "Name: b",
            "Name: c",
        ),
        Refused("ResourceSlice.resource.k8s.io", "spec/driver", _SLICE, "a.com", "b.com"),
        Refused(
            "ResourceSlice.resource.k8s.io",
            "spec/nodeName",
            _SLICE,
            "nodeName: one",
            "nodeName: two",
        ),
        Refused("ResourceSlice.resource.k8s.io", "spec/pool/name", _SLICE, "name: p", "name: q"),
        Refused(
            "PriorityClass.scheduling.k8s.io",
            "value",
            _cluster("scheduling.k8s.io/v1", "PriorityClass", "value: 5"),
            "value: 5",
            "value: 6",
        ),
        Refused(
            "PriorityClass.scheduling.k8s.io",
            "preemptionPolicy",
            _cluster("scheduling.k8s.io/v1", "PriorityClass", "value: 5"),
            "value: 5",
            "value: 5, preemptionPolicy: Never",
        ),
        Refused(
            "Workload.scheduling.k8s.io",
            "spec/podGroupTemplates",
            _object(_WORKLOADS, "Workload", groups + owner),
            "name: g",
            "name: h",
        ),
        Refused(
            "Workload.scheduling.k8s.io",
            "spec/controllerRef",
            _object(_WORKLOADS, "Workload", groups + owner),
            "name: j",
            "name: k",
        ),
        Refused(
            "PodGroup.scheduling.k8s.io",
            "spec/schedulingPolicy",
            _object(_WORKLOADS, "PodGroup", policy),
            "Count: 1",
            "Count: 2",
        ),
        Refused("StorageClass.storage.k8s.io", "provisioner", _CLASS, "a.com/b", "a.com/c"),
        Refused("StorageClass.storage.k8s.io", "parameters", _CLASS, "c: d", "c: e"),
        Refused("StorageClass.storage.k8s.io", "reclaimPolicy", _CLASS, "Retain", "Delete"),
        Refused(
            "StorageClass.storage.k8s.io",
            "volumeBindingMode",
            _CLASS,
            "Immediate",
            "WaitForFirstConsumer",
        ),
        Refused(
            "VolumeAttachment.storage.k8s.io",
            "spec/nodeName",
            _cluster("storage.k8s.io/v1", "VolumeAttachment", attachment),
            "nodeName: n",
            "nodeName: m",
        ),
        Refused(
            "CSINode.storage.k8s.io",
            "spec/drivers/[name=a.com]",
            _cluster("storage.k8s.io/v1", "CSINode", node, name="node-9"),
            "nodeID: n",
            "nodeID: m",
        ),
        Refused("CSIDriver.storage.k8s.io", "spec/attachRequired", _DRIVER, "true", "false"),
        Refused(
            "CSIDriver.storage.k8s.io",
            "spec/volumeLifecycleModes",
            _DRIVER,
            "Ephemeral",
            "Persistent",
        ),
        Refused("CSIStorageCapacity.storage.k8s.io", "storageClassName", _CAPACITY, "slow", "fast"),
        Refused("CSIStorageCapacity.storage.k8s.io", "nodeTopology", _CAPACITY, "a: b", "a: c"),
        Refused(
            "VolumeAttributesClass.storage.k8s.io", "driverName", _ATTRIBUTES, "a.com", "b.com"
        ),
        Refused("VolumeAttributesClass.storage.k8s.io", "parameters", _ATTRIBUTES, "b: c", "b: d"),
        Refused(
            "StorageVersionMigration.storagemigration.k8s.io",
            "spec/resource",
            _cluster("storagemigration.k8s.io/v1beta1", "StorageVersionMigration", migration),
            "resource: secrets",
            "resource: configmaps",
        ),
        Refused(f"{_DEFINED}", "spec/scope", _CRD, "Namespaced", "Cluster"),
        Refused(f"{_DEFINED}", "spec/names/kind", _CRD, "kind: Box", "kind: Case"),
        Refused(f"{_DEFINED}", "spec/names/plural", _CRD, "plural: boxes", "plural: cases"),
        Refused(f"{_DEFINED}", "spec/group", _CRD, "group: refused", "group: other"),
    ]


_DEFINED = "CustomResourceDefinition.apiextensions.k8s.io"
REFUSED = [*_core(), *_workloads(), *_others()]
