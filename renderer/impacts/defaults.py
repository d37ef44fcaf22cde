"""What the API server fills in where a field is left out, so that writing it changes nothing.

The sources are pkg/apis/*/v1/defaults.go of Kubernetes 1.36, and for what is no pointer in Go, so
that zero and nothing are one, k8s.io/api/*/v1/types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renderer.changes.model import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

# By the last fields on the way to it (a * is an item of a list, or any key); kinds do not clash.
_DEFAULTS: Mapping[str, Any] = {
    # pkg/apis/core/v1/defaults.go
    "spec/dnsPolicy": "ClusterFirst",
    "spec/restartPolicy": "Always",
    "spec/schedulerName": "default-scheduler",
    "spec/securityContext": {},
    "spec/terminationGracePeriodSeconds": 30,
    "*/terminationMessagePath": "/dev/termination-log",
    "*/terminationMessagePolicy": "File",
    "livenessProbe/failureThreshold": 3,
    "livenessProbe/periodSeconds": 10,
    "livenessProbe/successThreshold": 1,
    "livenessProbe/timeoutSeconds": 1,
    "readinessProbe/failureThreshold": 3,
    "readinessProbe/periodSeconds": 10,
    "readinessProbe/successThreshold": 1,
    "readinessProbe/timeoutSeconds": 1,
    "startupProbe/failureThreshold": 3,
    "startupProbe/periodSeconds": 10,
    "startupProbe/successThreshold": 1,
    "startupProbe/timeoutSeconds": 1,
    "httpGet/path": "/",
    "httpGet/scheme": "HTTP",
    "fieldRef/apiVersion": "v1",
    "hostPath/type": "",
    "ports/*/protocol": "TCP",
    "configMap/defaultMode": 420,
    "secret/defaultMode": 420,
    "downwardAPI/defaultMode": 420,
    "projected/defaultMode": 420,
    "serviceAccountToken/expirationSeconds": 3600,
    "spec/overhead": {},
    "spec/sessionAffinity": "None",
    "spec/sessionAffinityConfig": {},
    "sessionAffinityConfig/clientIP": {},
    "clientIP/timeoutSeconds": 10800,
    "spec/type": "ClusterIP",
    "spec/externalTrafficPolicy": "Cluster",
    "spec/internalTrafficPolicy": "Cluster",
    "spec/allocateLoadBalancerNodePorts": True,
    "spec/persistentVolumeReclaimPolicy": "Retain",
    "spec/volumeMode": "Filesystem",
    "spec/finalizers": ["kubernetes"],
    # pkg/apis/apps/v1/defaults.go
    "spec/replicas": 1,
    "spec/revisionHistoryLimit": 10,
    "spec/progressDeadlineSeconds": 600,
    "strategy/type": "RollingUpdate",
    "strategy/rollingUpdate": {},
    "updateStrategy/type": "RollingUpdate",
    "rollingUpdate/partition": 0,
    "spec/podManagementPolicy": "OrderedReady",
    "spec/persistentVolumeClaimRetentionPolicy": {},
    "persistentVolumeClaimRetentionPolicy/whenDeleted": "Retain",
    "persistentVolumeClaimRetentionPolicy/whenScaled": "Retain",
    # pkg/apis/batch/v1/defaults.go
    "spec/parallelism": 1,
    "spec/backoffLimit": 6,
    "spec/completionMode": "NonIndexed",
    "spec/suspend": False,
    "spec/podReplacementPolicy": "TerminatingOrFailed",
    "spec/manualSelector": False,
    "spec/concurrencyPolicy": "Allow",
    "spec/successfulJobsHistoryLimit": 3,
    "spec/failedJobsHistoryLimit": 1,
    "onPodConditions/*/status": "True",
    # pkg/apis/autoscaling/v2/defaults.go
    "spec/minReplicas": 1,
    # pkg/apis/networking/v1/defaults.go
    "parameters/scope": "Cluster",
    # pkg/apis/rbac/v1/defaults.go
    "roleRef/apiGroup": "rbac.authorization.k8s.io",
    # pkg/apis/storage/v1/defaults.go
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
    "spec/attachRequired": True,
    "spec/podInfoOnMount": False,
    "spec/storageCapacity": False,
    "spec/fsGroupPolicy": "ReadWriteOnceWithFSType",
    "spec/volumeLifecycleModes": ["Persistent"],
    "spec/requiresRepublish": False,
    "spec/seLinuxMount": False,
    # pkg/apis/scheduling/v1/defaults.go
    "preemptionPolicy": "PreemptLowerPriority",
    # pkg/apis/flowcontrol/v1/defaults.go
    "spec/matchingPrecedence": 1000,
    "limited/nominalConcurrencyShares": 30,
    "limited/lendablePercent": 0,
    "exempt/nominalConcurrencyShares": 0,
    "exempt/lendablePercent": 0,
    "queuing/handSize": 8,
    "queuing/queues": 64,
    "queuing/queueLengthLimit": 50,
    # pkg/apis/admissionregistration/v1/defaults.go
    "webhooks/*/failurePolicy": "Fail",
    "webhooks/*/matchPolicy": "Equivalent",
    "webhooks/*/namespaceSelector": {},
    "webhooks/*/objectSelector": {},
    "webhooks/*/timeoutSeconds": 10,
    "webhooks/*/reinvocationPolicy": "Never",
    "rules/*/scope": "*",
    "service/port": 443,
    "spec/failurePolicy": "Fail",
    "matchConstraints/matchPolicy": "Equivalent",
    "matchConstraints/namespaceSelector": {},
    "matchConstraints/objectSelector": {},
    "matchResources/matchPolicy": "Equivalent",
    "matchResources/namespaceSelector": {},
    "matchResources/objectSelector": {},
    "resourceRules/*/scope": "*",
    # apiextensions-apiserver: pkg/apis/apiextensions/v1/defaults.go
    "conversion/strategy": "None",
}

# Of one kind only.
_OF_KIND: Mapping[tuple[str, str, str], Any] = {
    ("", "Secret", "type"): "Opaque",
    ("apps", "Deployment", "rollingUpdate/maxSurge"): "25%",
    ("apps", "Deployment", "rollingUpdate/maxUnavailable"): "25%",
    ("apps", "DaemonSet", "updateStrategy/rollingUpdate"): {},
    ("apps", "DaemonSet", "rollingUpdate/maxSurge"): 0,
    ("apps", "DaemonSet", "rollingUpdate/maxUnavailable"): 1,
    ("batch", "Job", "spec/completions"): 1,  # without parallelism
}

# Pointers in Go: nothing is not zero.
_POINTER_NAMES = """
    activeDeadlineSeconds adminAccess allocateLoadBalancerNodePorts allowPrivilegeEscalation
    allowVolumeExpansion appProtocol attachRequired automountServiceAccountToken averageUtilization
    backoffLimit backoffLimitPerIndex blockOwnerDeletion completionMode completions controller
    count defaultMode enableServiceLinks
    endPort expirationSeconds failedJobsHistoryLimit failurePolicy fsGroup fsGroupChangePolicy
    fsGroupPolicy gmsaCredentialSpec gmsaCredentialSpecName holderIdentity hostProcess hostUsers
    hostnameOverride immutable ingressClassName initiatorName internalTrafficPolicy ipFamilyPolicy
    leaseDurationSeconds leaseTransitions lendablePercent loadBalancerClass localhostProfile
    managedBy manualSelector matchPolicy maxExpirationSeconds maxFailedIndexes maxSurge
    maxUnavailable minAvailable minDomains minReplicas mode mountPropagation nodeAffinityPolicy
    nodeAllocatableUpdatePeriodSeconds nodeTaintsPolicy nominalConcurrencyShares optional
    parallelism pathType podInfoOnMount port podReplacementPolicy preemptionPolicy
    preventPodSchedulingIfMissing priority privileged procMount progressDeadlineSeconds
    readOnlyRootFilesystem reclaimPolicy recursiveReadOnly replicas requiresRepublish
    resourceClaimName resourceClaimTemplateName revisionHistoryLimit runAsGroup runAsNonRoot
    runAsUser runAsUserName runtimeClassName scope seLinuxChangePolicy seLinuxMount selectPolicy
    setHostnameAsFQDN shareProcessNamespace sideEffects sizeLimit stabilizationWindowSeconds
    startingDeadlineSeconds stopSignal storageCapacity storageClassName succeededCount
    succeededIndexes successfulJobsHistoryLimit supplementalGroupsPolicy suspend
    terminationGracePeriodSeconds timeZone tolerationSeconds trafficDistribution
    ttlSecondsAfterFinished unhealthyPodEvictionPolicy url volumeAttributesClassName
    volumeBindingMode volumeMode
"""
_POINTERS = frozenset(_POINTER_NAMES.split())
# Structs that are no pointers, and mappings: empty is nothing.
_VALUE_NAMES = """
    annotations backend binaryData clientConfig conditions data default defaultRequest hard
    jobTemplate labels limits matchLabels max maxLimitRequestRatio metadata min nodeSelector
    parameters podAffinityTerm podFixed podSelector preference requests resources spec
    strategy stringData template updateStrategy volumeAttributes
"""
_VALUES = frozenset(_VALUE_NAMES.split())
# Mappings with keys of their own: an empty value is one.
_MAPS = frozenset(
    [
        *("annotations", "binaryData", "capacity", "data", "default", "defaultRequest", "hard"),
        *("labels", "limits", "matchLabels", "max", "maxLimitRequestRatio", "min", "nodeSelector"),
        *("parameters", "podFixed", "requests", "selector", "stringData", "volumeAttributes"),
    ]
)
_LATEST = "latest"


def is_default(group: str, kind: str, path: tuple[str, ...], value: Any) -> bool:
    """Whether a field of a built-in kind means the same with this value and without any.

    `path` is that of `renderer.impacts.effective.Leaf`.
    """
    if value is ABSENT:
        return True
    if len(path) > 1 and path[-2] in _MAPS:
        return False
    if value == []:
        return True
    default = _default(group, kind, path)
    if default is not None and value == default:
        return True
    if value == {}:
        return path[-1] in _VALUES
    is_zero = value in ("", 0) and not isinstance(value, float)
    return is_zero and path[-1] not in _POINTERS


def _default(group: str, kind: str, path: tuple[str, ...]) -> Any:
    """What is filled in; None where nothing is."""
    for end in ("/".join(path[-length:]) for length in (1, 2, 3)):
        found = _OF_KIND.get((group, kind, end), _DEFAULTS.get(end))
        if found is not None:
            return found
    return None


def default_pull_policy(image: str) -> str:
    """How the kubelet pulls an image of which nobody says it (SetDefaults_Container)."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if (tag or (digest or _LATEST)) == _LATEST else "IfNotPresent"
