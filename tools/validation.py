"""What the API server's validation asks beyond what Kubernetes' OpenAPI documents say."""

from __future__ import annotations

from typing import Any

EXTENSIONS = "apiextensions-apiserver.pkg.apis.apiextensions.v1."

_META = "apimachinery.pkg.apis.meta.v1."
_LABELS = {
    "propertyNames": {"format": "label-key"},
    "additionalProperties": {"type": "string", "format": "label-value"},
}
_DATA = {"propertyNames": {"format": "config-key"}}
_RESOURCES = {"propertyNames": {"format": "resource-name"}}
_PORT = {"minimum": 1, "maximum": 65535}
_COUNT = {"minimum": 0}
_ID = {"minimum": 0, "maximum": 2**31 - 1}
_WEIGHT = {"minimum": 1, "maximum": 100}
_MODE = {"format": "file-mode"}
_MODES = {"defaultMode": _MODE}
_FILE: dict[str, dict[str, Any]] = {"mode": _MODE, "path": {"format": "relative-path"}}
_PORT_OR_NAME = {"format": "port"}
_PARTS = {"format": "int-or-percent"}
_CIDR = {"items": {"type": "string", "format": "cidr"}}
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_NAME = {"format": "dns-label"}
_WEBHOOK: dict[str, dict[str, Any]] = {
    "sideEffects": {"enum": ["None", "NoneOnDryRun"]},
    "timeoutSeconds": {"minimum": 1, "maximum": 30},
}

# What the server's validation asks of values everywhere, beyond what the documents say
# (pkg/apis/core/validation, pkg/apis/apps/validation and apimachinery's pkg/util/validation).
VALUES: dict[str, dict[str, dict[str, Any]]] = {
    _META + "ObjectMeta": {
        "annotations": {"propertyNames": {"format": "annotation-key"}},
        "labels": _LABELS,
    },
    _META + "LabelSelector": {"matchLabels": _LABELS},
    _META + "LabelSelectorRequirement": {
        "operator": {"enum": ["DoesNotExist", "Exists", "In", "NotIn"]}
    },
    EXTENSIONS + "CustomResourceDefinitionSpec": {"scope": {"enum": ["Cluster", "Namespaced"]}},
    "api.admissionregistration.v1.MutatingWebhook": _WEBHOOK,
    "api.admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
    "api.apps.v1.DeploymentSpec": {"replicas": _COUNT},
    "api.apps.v1.ReplicaSetSpec": {"replicas": _COUNT},
    "api.apps.v1.RollingUpdateDaemonSet": {"maxSurge": _PARTS, "maxUnavailable": _PARTS},
    "api.apps.v1.RollingUpdateDeployment": {"maxSurge": _PARTS, "maxUnavailable": _PARTS},
    "api.apps.v1.StatefulSetSpec": {"replicas": _COUNT},
    "api.autoscaling.v1.HorizontalPodAutoscalerSpec": {"maxReplicas": {"minimum": 1}},
    "api.autoscaling.v2.HorizontalPodAutoscalerSpec": {"maxReplicas": {"minimum": 1}},
    "api.autoscaling.v2.MetricSpec": {
        "type": {"enum": ["ContainerResource", "External", "Object", "Pods", "Resource"]}
    },
    "api.autoscaling.v2.MetricTarget": {"type": {"enum": ["AverageValue", "Utilization", "Value"]}},
    "api.batch.v1.CronJobSpec": {
        "failedJobsHistoryLimit": _COUNT,
        "schedule": {"format": "cron"},
        "startingDeadlineSeconds": _COUNT,
        "successfulJobsHistoryLimit": _COUNT,
    },
    "api.batch.v1.JobSpec": {
        "activeDeadlineSeconds": _COUNT,
        "backoffLimit": _COUNT,
        "completions": _COUNT,
        "parallelism": _COUNT,
        "ttlSecondsAfterFinished": _COUNT,
    },
    "api.core.v1.ConfigMap": {"binaryData": _DATA, "data": _DATA},
    "api.core.v1.ConfigMapVolumeSource": _MODES,
    "api.core.v1.Container": {"image": {"format": "no-outer-blanks"}, "name": _NAME},
    "api.core.v1.ContainerPort": {
        "containerPort": _PORT,
        "hostPort": {**_PORT, "minimum": 0},
        "name": {"format": "port-name"},
    },
    "api.core.v1.DownwardAPIVolumeFile": _FILE,
    "api.core.v1.DownwardAPIVolumeSource": _MODES,
    "api.core.v1.EnvVar": {"name": {"format": "env-name"}},
    "api.core.v1.HTTPGetAction": {"port": _PORT_OR_NAME},
    "api.core.v1.HostAlias": {"ip": {"format": "ip"}},
    "api.core.v1.KeyToPath": _FILE,
    "api.core.v1.PersistentVolumeSpec": {"capacity": {"required": ["storage"]}},
    "api.core.v1.PodSecurityContext": {"fsGroup": _ID, "runAsGroup": _ID, "runAsUser": _ID},
    "api.core.v1.PodSpec": {
        "activeDeadlineSeconds": {"minimum": 1},
        "hostname": _NAME,
        "nodeName": {"format": "dns-subdomain"},
        "nodeSelector": _LABELS,
        "subdomain": _NAME,
    },
    "api.core.v1.PreferredSchedulingTerm": {"weight": _WEIGHT},
    "api.core.v1.Probe": {
        "failureThreshold": _COUNT,
        "periodSeconds": _COUNT,
        "successThreshold": _COUNT,
        "timeoutSeconds": _COUNT,
    },
    "api.core.v1.ProjectedVolumeSource": _MODES,
    "api.core.v1.ResourceRequirements": {"limits": _RESOURCES, "requests": _RESOURCES},
    "api.core.v1.Secret": {"data": _DATA, "stringData": _DATA},
    "api.core.v1.SecretVolumeSource": _MODES,
    "api.core.v1.SecurityContext": {"runAsGroup": _ID, "runAsUser": _ID},
    "api.core.v1.ServicePort": {"name": _NAME, "port": _PORT, "targetPort": _PORT_OR_NAME},
    "api.core.v1.ServiceSpec": {"loadBalancerSourceRanges": _CIDR, "selector": _LABELS},
    "api.core.v1.TCPSocketAction": {"port": _PORT_OR_NAME},
    "api.core.v1.TopologySpreadConstraint": {"maxSkew": {"minimum": 1}},
    "api.core.v1.Volume": {"name": _NAME},
    "api.core.v1.VolumeMount": {"subPath": {"format": "relative-path"}},
    "api.core.v1.VolumeResourceRequirements": {"requests": {"required": ["storage"]}},
    "api.core.v1.WeightedPodAffinityTerm": {"weight": _WEIGHT},
    "api.networking.v1.IPBlock": {"cidr": {"format": "cidr"}, "except": _CIDR},
    "api.networking.v1.IngressRule": {"host": {"format": "host"}},
    "api.networking.v1.IngressSpec": {"ingressClassName": {"format": "dns-subdomain"}},
    "api.networking.v1.IngressTLS": {"hosts": {"items": {"type": "string", "format": "tls-host"}}},
    "api.networking.v1.NetworkPolicyPort": {"port": _PORT_OR_NAME},
    "api.networking.v1.ServiceBackendPort": {"name": {"format": "port-name"}},
    "api.policy.v1.PodDisruptionBudgetSpec": {"maxUnavailable": _PARTS, "minAvailable": _PARTS},
    "api.rbac.v1.RoleRef": {
        "apiGroup": {"enum": ["rbac.authorization.k8s.io"]},
        "kind": {"enum": ["ClusterRole", "Role"]},
    },
    "api.rbac.v1.Subject": {"kind": {"enum": ["Group", "ServiceAccount", "User"]}},
}

# Fields that validation requires although the documents do not.
REQUIRED: dict[str, tuple[str, ...]] = {
    "api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec": ("policyName",),
    "api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": ("policyName",),
    "api.admissionregistration.v1.ValidatingAdmissionPolicySpec": ("matchConstraints",),
    "api.core.v1.Container": ("image",),
    "api.core.v1.ExecAction": ("command",),
    "api.core.v1.SecretVolumeSource": ("secretName",),
    **dict.fromkeys(
        (
            "api.core.v1.ConfigMapEnvSource",
            "api.core.v1.ConfigMapProjection",
            "api.core.v1.ConfigMapVolumeSource",
            "api.core.v1.SecretEnvSource",
            "api.core.v1.SecretProjection",
        ),
        ("name",),
    ),
    "api.core.v1.ConfigMapKeySelector": ("name",),
    "api.core.v1.SecretKeySelector": ("name",),
    "api.networking.v1.IngressClassSpec": ("controller",),
    "api.networking.v1.ServiceCIDRSpec": ("cidrs",),
    "api.core.v1.PersistentVolumeClaimSpec": ("accessModes",),
    "api.core.v1.PersistentVolumeSpec": ("accessModes", "capacity"),
    "api.core.v1.VolumeResourceRequirements": ("requests",),
    **dict.fromkeys(
        (
            "api.admissionregistration.v1.NamedRuleWithOperations",
            "api.admissionregistration.v1.RuleWithOperations",
        ),
        ("apiGroups", "apiVersions", "operations", "resources"),
    ),
}
# Of these groups of fields one must be there.
ONE_OF: dict[str, list[list[str]]] = {
    "api.admissionregistration.v1.WebhookClientConfig": [["service"], ["url"]],
    "api.core.v1.EnvFromSource": [["configMapRef"], ["secretRef"]],
    "api.core.v1.EnvVarSource": [
        ["configMapKeyRef"],
        ["fieldRef"],
        ["resourceFieldRef"],
        ["secretKeyRef"],
        ["fileKeyRef"],
    ],
    "api.core.v1.LifecycleHandler": [["exec"], ["httpGet"], ["sleep"], ["tcpSocket"]],
    "api.core.v1.Probe": [[one] for one in _HANDLERS],
    "api.networking.v1.ServiceBackendPort": [["name"], ["number"]],
    "api.networking.v1.IngressBackend": [["service"], ["resource"]],
    "api.networking.v1.IngressSpec": [["rules"], ["defaultBackend"]],
    "api.rbac.v1.PolicyRule": [["apiGroups", "resources"], ["nonResourceURLs"]],
}
# Of these fields no two may be there.
AT_MOST_ONE: dict[str, tuple[str, ...]] = {
    "api.admissionregistration.v1.WebhookClientConfig": ("service", "url"),
    "api.core.v1.EnvFromSource": ("configMapRef", "secretRef"),
    "api.core.v1.EnvVar": ("value", "valueFrom"),
    "api.core.v1.LifecycleHandler": ("exec", "httpGet", "sleep", "tcpSocket"),
    "api.core.v1.Probe": _HANDLERS,
    "api.core.v1.VolumeMount": ("subPath", "subPathExpr"),
    "api.networking.v1.ServiceBackendPort": ("name", "number"),
    "api.policy.v1.PodDisruptionBudgetSpec": ("maxUnavailable", "minAvailable"),
    # Of these types all fields but the common ones, as other versions have others.
    "api.core.v1.EnvVarSource": (),
    "api.core.v1.PersistentVolumeSpec": (),
    "api.core.v1.Volume": (),
}
COMMON = {
    *("name", "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity"),
    *("persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName"),
    "volumeMode",
}
# Fields that it does not require although the documents do; newer ones mostly correct that.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "api.apps.v1.ControllerRevision": ("revision",),
    "api.batch.v1.PodFailurePolicyOnPodConditionsPattern": ("status",),
    "api.core.v1.HTTPHeader": ("value",),
    "api.core.v1.ISCSIPersistentVolumeSource": ("lun",),
    "api.core.v1.ISCSIVolumeSource": ("lun",),
    "api.core.v1.LimitRangeSpec": ("limits",),
    "api.core.v1.ScaleIOVolumeSource": ("secretRef",),
    "api.core.v1.SleepAction": ("seconds",),
    "api.core.v1.Sysctl": ("value",),
    "api.discovery.v1.EndpointSlice": ("endpoints",),
    "api.rbac.v1.RoleRef": ("apiGroup",),
    "api.resource.v1.Counter": ("value",),
    "api.resource.v1.ResourcePool": ("generation",),
    "api.scheduling.v1.PriorityClass": ("value",),
    "api.storage.v1.CSINodeSpec": ("drivers",),
    "api.storage.v1.TokenRequest": ("audience",),
}
