"""The fields that the API server refuses to change, by kind: one table.

A line names the function that refuses, in pkg/apis of k8s.io/kubernetes 1.36 unless it says
otherwise. `make e2e` sends such changes to a real API server and compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from renderer.impacts import exemptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renderer.impacts.exemptions import Exemption

_RENAME = "give it another name: a new one is made, and the old one pruned"
_ORPHAN = (
    "kubectl delete --cascade=orphan before you merge: its Pods stay, and the new one takes them"
)
_COPY = "make a claim under another name, and copy the data"
_NEW_JOB = "give the Job another name (a name by content does), or delete the old one first"
_NEW_POD = "delete the Pod first, or give it another name"
_LEAVE_OUT = "leave the field out: what the cluster has chosen stays"


EVERY = "*"  # kind


class Immutable(NamedTuple):
    """Fields of a kind that cannot be changed: all at and below `paths`, but those in `but`.

    `kind` is written as Deployment.apps, and a path with slashes; `*` is an item of a list.
    `unless` tells of a change whether the API server takes it all the same.
    """

    kind: str
    paths: Sequence[str]
    source: str
    hint: str = _RENAME
    but: Sequence[str] = ()
    unless: Exemption = exemptions.never


_APPS = "apps/validation/validation.go"
_BATCH = "batch/validation/validation.go"
_CORE = "core/validation/validation.go"
_CERTIFICATES = "certificates/validation/validation.go"
_NETWORKING = "networking/validation/validation.go"
_RBAC = "rbac/validation/validation.go"
_RESOURCE = "resource/validation/validation.go"
_STORAGE = "storage/validation/validation.go"
_CRD = "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go"

IMMUTABLE = (
    Immutable(
        kind=EVERY,
        paths=[
            *("metadata/deletionGracePeriodSeconds", "metadata/deletionTimestamp"),
            *("metadata/resourceVersion", "metadata/uid"),
        ],
        source="k8s.io/apimachinery/pkg/api/validation/objectmeta.go ValidateObjectMetaUpdate",
        hint="leave it out: it is the API server's",
        unless=exemptions.is_taken_out,
    ),
    Immutable(
        kind="ConfigMap",
        paths=["data", "binaryData", "immutable"],
        source=f"{_CORE} ValidateConfigMapUpdate",
        unless=exemptions.is_not_immutable,
    ),
    Immutable(
        kind="Secret",
        paths=["data", "stringData", "immutable"],
        source=f"{_CORE} ValidateSecretUpdate",
        unless=exemptions.is_not_immutable,
    ),
    Immutable(kind="Secret", paths=["type"], source=f"{_CORE} ValidateSecretUpdate"),
    Immutable(
        kind="Service",
        paths=["spec/clusterIP", "spec/clusterIPs"],
        source=f"{_CORE} validateUpgradeDowngradeClusterIPs",
        hint=_LEAVE_OUT,
        unless=exemptions.keeps_cluster_ip,
    ),
    Immutable(
        kind="Service",
        paths=["spec/ipFamilies"],
        source=f"{_CORE} validateUpgradeDowngradeIPFamilies",
        unless=exemptions.keeps_first_family,
    ),
    Immutable(
        kind="Service",
        paths=["spec/loadBalancerClass"],
        source=f"{_CORE} validateLoadBalancerClassField",
        unless=exemptions.is_or_was_no_load_balancer,
    ),
    Immutable(
        kind="Service",
        paths=["spec/healthCheckNodePort"],
        source=f"{_CORE} validateServiceExternalTrafficFieldsUpdate",
        hint=_LEAVE_OUT,
        unless=exemptions.keeps_health_check,
    ),
    Immutable(
        kind="PersistentVolumeClaim",
        paths=["spec"],
        source=f"{_CORE} ValidatePersistentVolumeClaimUpdate",
        hint=_COPY,
        but=["spec/resources/requests/storage", "spec/volumeAttributesClassName"],
        unless=exemptions.is_default_class,
    ),
    Immutable(
        kind="PersistentVolumeClaim",
        paths=["metadata/annotations/volume.beta.kubernetes.io/storage-class"],
        source=f"{_CORE} ValidatePersistentVolumeClaimUpdate",
        hint=_COPY,
    ),
    Immutable(
        kind="PersistentVolume",
        paths=["spec"],
        source=f"{_CORE} ValidatePersistentVolumeUpdate",
        hint="make a volume under another name for it",
        but=[
            *("spec/accessModes", "spec/capacity", "spec/claimRef", "spec/mountOptions"),
            *("spec/persistentVolumeReclaimPolicy", "spec/storageClassName"),
            "spec/volumeAttributesClassName",
        ],
        unless=exemptions.was_not_set_on_volume,
    ),
    Immutable(
        kind="PersistentVolume",
        paths=["spec/volumeAttributesClassName"],
        source=f"{_CORE} ValidatePersistentVolumeUpdate",
        unless=exemptions.is_not_taken_out,
    ),
    Immutable(
        kind="Pod",
        paths=["spec"],
        source=f"{_CORE} ValidatePodUpdate",
        hint=_NEW_POD,
        but=["spec/containers/*/image", "spec/initContainers/*/image"],
        unless=exemptions.is_free_in_pod,
    ),
    Immutable(
        kind="ReplicationController",
        paths=["spec/template/metadata/labels"],
        source="core/v1/defaults.go SetDefaults_ReplicationController: they were the selector",
        hint="write the selector that it has",
        unless=exemptions.is_selected_or_new,
    ),
    Immutable(
        kind="ResourceQuota",
        paths=["spec/scopes"],
        source=f"{_CORE} ValidateResourceQuotaUpdate",
        unless=exemptions.is_same_set,
    ),
    Immutable(
        kind="Node",
        paths=["spec/podCIDR", "spec/podCIDRs", "spec/providerID"],
        source=f"{_CORE} ValidateNodeUpdate",
        unless=exemptions.was_not_set,
    ),
    Immutable(kind="Node", paths=["spec/externalID"], source=f"{_CORE} ValidateNodeUpdate"),
    Immutable(
        kind="Deployment.apps",
        paths=["spec/selector"],
        source=f"{_APPS} ValidateDeploymentUpdate",
    ),
    Immutable(
        kind="ReplicaSet.apps",
        paths=["spec/selector"],
        source=f"{_APPS} ValidateReplicaSetUpdate",
    ),
    Immutable(
        kind="DaemonSet.apps",
        paths=["spec/selector"],
        source=f"{_APPS} ValidateDaemonSetSpecUpdate",
    ),
    Immutable(
        kind="StatefulSet.apps",
        paths=["spec"],
        source=f"{_APPS} ValidateStatefulSetUpdate",
        hint=_ORPHAN,
        but=[
            *("spec/replicas", "spec/ordinals", "spec/template", "spec/updateStrategy"),
            *("spec/revisionHistoryLimit", "spec/persistentVolumeClaimRetentionPolicy"),
            "spec/minReadySeconds",
        ],
    ),
    Immutable(
        kind="ControllerRevision.apps",
        paths=["data"],
        source=f"{_APPS} ValidateControllerRevisionUpdate",
    ),
    Immutable(
        kind="Job.batch",
        paths=["spec/template"],
        source=f"{_BATCH} validatePodTemplateUpdate",
        hint=_NEW_JOB,
        unless=exemptions.is_free_in_suspended_job,
    ),
    Immutable(
        kind="Job.batch",
        paths=["spec/completions"],
        source=f"{_BATCH} validateCompletions",
        hint=_NEW_JOB,
        unless=exemptions.follows_parallelism,
    ),
    Immutable(
        kind="Job.batch",
        paths=[
            *("spec/selector", "spec/completionMode", "spec/podFailurePolicy"),
            *("spec/backoffLimitPerIndex", "spec/managedBy", "spec/successPolicy"),
        ],
        source=f"{_BATCH} ValidateJobSpecUpdate",
        hint=_NEW_JOB,
    ),
    Immutable(
        kind="ClusterTrustBundle.certificates.k8s.io",
        paths=["spec/signerName"],
        source=f"{_CERTIFICATES} ValidateClusterTrustBundleUpdate",
    ),
    Immutable(
        kind="PodCertificateRequest.certificates.k8s.io",
        paths=["spec"],
        source=f"{_CERTIFICATES} ValidatePodCertificateRequestUpdate",
    ),
    Immutable(
        kind="LeaseCandidate.coordination.k8s.io",
        paths=["spec/leaseName"],
        source="coordination/validation/validation.go ValidateLeaseCandidateSpecUpdate",
    ),
    Immutable(
        kind="EndpointSlice.discovery.k8s.io",
        paths=["addressType"],
        source="discovery/validation/validation.go ValidateEndpointSliceUpdate",
    ),
    Immutable(
        kind="Event.events.k8s.io",
        paths=[
            *("action", "eventTime", "note", "reason", "regarding", "related"),
            *("reportingController", "reportingInstance", "type"),
        ],
        source="core/validation/events.go ValidateEventUpdate",
    ),
    Immutable(
        kind="IngressClass.networking.k8s.io",
        paths=["spec/controller"],
        source=f"{_NETWORKING} validateIngressClassSpecUpdate",
    ),
    Immutable(
        kind="IPAddress.networking.k8s.io",
        paths=["spec/parentRef"],
        source=f"{_NETWORKING} ValidateIPAddressUpdate",
    ),
    Immutable(
        kind="ServiceCIDR.networking.k8s.io",
        paths=["spec/cidrs"],
        source=f"{_NETWORKING} ValidateServiceCIDRUpdate",
        unless=exemptions.adds_second_range,
    ),
    Immutable(
        kind="RuntimeClass.node.k8s.io",
        paths=["handler"],
        source="node/validation/validation.go ValidateRuntimeClassUpdate",
    ),
    Immutable(
        kind="RoleBinding.rbac.authorization.k8s.io",
        paths=["roleRef"],
        source=f"{_RBAC} ValidateRoleBindingUpdate",
    ),
    Immutable(
        kind="ClusterRoleBinding.rbac.authorization.k8s.io",
        paths=["roleRef"],
        source=f"{_RBAC} ValidateClusterRoleBindingUpdate",
    ),
    Immutable(
        kind="ResourceClaim.resource.k8s.io",
        paths=["spec"],
        source=f"{_RESOURCE} ValidateResourceClaimUpdate",
    ),
    Immutable(
        kind="ResourceClaimTemplate.resource.k8s.io",
        paths=["spec"],
        source=f"{_RESOURCE} ValidateResourceClaimTemplateUpdate",
    ),
    Immutable(
        kind="ResourceSlice.resource.k8s.io",
        paths=["spec/driver", "spec/nodeName", "spec/pool/name"],
        source=f"{_RESOURCE} validateResourceSliceSpec",
    ),
    Immutable(
        kind="PriorityClass.scheduling.k8s.io",
        paths=["value", "preemptionPolicy"],
        source="scheduling/validation/validation.go ValidatePriorityClassUpdate",
    ),
    Immutable(
        kind="Workload.scheduling.k8s.io",
        paths=["spec/controllerRef", "spec/podGroupTemplates"],
        source="k8s.io/api/scheduling/v1alpha2/types.go WorkloadSpec",
    ),
    Immutable(
        kind="PodGroup.scheduling.k8s.io",
        paths=["spec"],
        source="k8s.io/api/scheduling/v1alpha2/types.go PodGroupSpec",
    ),
    Immutable(
        kind="StorageClass.storage.k8s.io",
        paths=["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
        source=f"{_STORAGE} ValidateStorageClassUpdate",
    ),
    Immutable(
        kind="VolumeAttachment.storage.k8s.io",
        paths=["spec"],
        source=f"{_STORAGE} ValidateVolumeAttachmentUpdate",
    ),
    Immutable(
        kind="CSINode.storage.k8s.io",
        paths=["spec/drivers/*"],
        source=f"{_STORAGE} ValidateCSINodeUpdate",
        but=["spec/drivers/*/allocatable"],
        unless=exemptions.is_whole_item,
    ),
    Immutable(
        kind="CSIDriver.storage.k8s.io",
        paths=["spec/attachRequired", "spec/volumeLifecycleModes"],
        source=f"{_STORAGE} ValidateCSIDriverUpdate",
    ),
    Immutable(
        kind="CSIStorageCapacity.storage.k8s.io",
        paths=["nodeTopology", "storageClassName"],
        source=f"{_STORAGE} ValidateCSIStorageCapacityUpdate",
    ),
    Immutable(
        kind="VolumeAttributesClass.storage.k8s.io",
        paths=["driverName", "parameters"],
        source=f"{_STORAGE} ValidateVolumeAttributesClassUpdate",
    ),
    Immutable(
        kind="StorageVersionMigration.storagemigration.k8s.io",
        paths=["spec"],
        source="storagemigration/validation/validation.go ValidateStorageVersionMigrationUpdate",
    ),
    Immutable(
        kind="CustomResourceDefinition.apiextensions.k8s.io",
        paths=["spec/group", "spec/names/kind", "spec/names/plural", "spec/scope"],
        source=f"{_CRD} validateCustomResourceDefinitionSpecUpdate",
        hint="define another kind beside it, and bring its objects over",
    ),
)
