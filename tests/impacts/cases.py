"""What merging does, case by case; `make e2e` asks a real API server the same."""

from __future__ import annotations

from typing import NamedTuple

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""
SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 3
  serviceName: db
  selector: {matchLabels: {app: db}}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1"}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
DAEMON = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
"""
CRON = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy, namespace: shop}
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec:
  suspend: false
  completions: 1
  parallelism: 1
  template:
    metadata: {labels: {app: once}}
    spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: shop}
spec:
  activeDeadlineSeconds: 60
  containers: [{name: a, image: "a:1"}]
  tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: ClusterIP
  clusterIP: 10.96.0.9
  selector: {app: web}
  ports: [{port: 80}]
"""
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: fast
  resources: {requests: {storage: 2Gi}}
"""
CLASS = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: example.com/disks
allowVolumeExpansion: true
reclaimPolicy: Delete
"""
VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: disk}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 2Gi}
  persistentVolumeReclaimPolicy: Delete
  claimRef: {namespace: shop, name: data}
  csi: {driver: example.com, volumeHandle: a}
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop, labels: {a: b}}
data: {color: red}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: shop}
stringData: {key: canary}
"""
NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: yard, labels: {a: b}}
"""
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read, namespace: shop}
roleRef: {kind: Role, name: read, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: web}]
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boxes.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Box, plural: boxes, singular: box, listKind: BoxList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
  - {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""
DATABASE = SET.replace('image: "db:1"', 'image: "db:1", envFrom: [{secretRef: {name: keys}}]')
SCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  minReplicas: 2
  maxReplicas: 9
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
"""


def annotated(text: str, annotation: str) -> str:
    """An object with an annotation."""
    return text.replace("metadata: {", f"metadata: {{annotations: {{{annotation}}}, ", 1)


class Case(NamedTuple):
    """An object, what is written instead of what in it, and what that does.

    Without `what` the object is removed. `beside` is what the cluster holds besides;
    `of_live_state` tells where the answer is another while that has not happened yet, `of_syncer`
    where it is up to Flux or Argo CD and not to the API server.
    """

    name: str
    before: str
    what: str
    by: str
    impact: str
    says: str
    beside: str = ""
    of_live_state: bool = False
    of_syncer: bool = False


CASES = [
    Case(
        "annotation",
        DEPLOYMENT,
        "{name: web, na",
        "{annotations: {a: b}, name: web, na",
        "none",
        "",
    ),
    Case("default", DEPLOYMENT, "replicas: 4", "replicas: 4\n  paused: false", "none", ""),
    Case(
        "default in the template",
        DEPLOYMENT,
        'image: "web:1"',
        'image: "web:1", imagePullPolicy: IfNotPresent, stdin: false, resources: {}',
        "none",
        "",
    ),
    Case(
        "no default",
        DEPLOYMENT,
        'image: "web:1"',
        'image: "web:1", imagePullPolicy: Always',
        "rolls-pods",
        "",
    ),
    Case("scaled", DEPLOYMENT, "replicas: 4", "replicas: 5", "in-place", ""),
    Case("image", DEPLOYMENT, "web:1", "web:2", "rolls-pods", "4 Pods are replaced, 1 at a time"),
    Case(
        "surge",
        DEPLOYMENT.replace(
            "replicas: 4",
            "replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
        ),
        "web:1",
        "web:2",
        "rolls-pods",
        "4 Pods are replaced, each after the new one is ready",
    ),
    Case(
        "single without surge",
        DEPLOYMENT.replace(
            "replicas: 4",
            "replicas: 1\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}",
        ),
        "web:1",
        "web:2",
        "rolls-pods",
        "1 Pod is replaced, without one that is ready: down meanwhile",
    ),
    Case(
        "recreate",
        DEPLOYMENT.replace("replicas: 4", "replicas: 4\n  strategy: {type: Recreate}"),
        "web:1",
        "web:2",
        "rolls-pods",
        "4 Pods are replaced, all at once (Recreate): down meanwhile",
    ),
    Case(
        "paused",
        DEPLOYMENT.replace("replicas: 4", "replicas: 4\n  paused: true"),
        "web:1",
        "web:2",
        "in-place",
        "paused",
    ),
    Case(
        "not paused any more",
        DEPLOYMENT.replace("replicas: 4", "replicas: 4\n  paused: true"),
        "paused: true",
        "paused: false",
        "rolls-pods",
        "what it held back is rolled out now",
    ),
    Case(
        "scaled by an autoscaler",
        DEPLOYMENT.replace("  replicas: 4\n", ""),
        "web:1",
        "web:2",
        "rolls-pods",
        "2 to 9 Pods are replaced",
        beside=SCALER,
    ),
    Case(
        "no Pods",
        DEPLOYMENT.replace("replicas: 4", "replicas: 0"),
        "web:1",
        "web:2",
        "in-place",
        "",
    ),
    Case(
        "selector",
        DEPLOYMENT,
        "app: web}",
        "app: shop}",
        "rejected",
        "/spec/selector cannot be changed",
    ),
    Case("set", SET, "db:1", "db:2", "rolls-pods", "3 Pods are replaced one after the other"),
    Case(
        "set with a partition",
        SET.replace("{type: RollingUpdate}", "{rollingUpdate: {partition: 2}}"),
        "db:1",
        "db:2",
        "rolls-pods",
        "1 of 3 Pods replaced",
    ),
    Case(
        "set below its partition",
        SET.replace("{type: RollingUpdate}", "{rollingUpdate: {partition: 3}}"),
        "db:1",
        "db:2",
        "in-place",
        "below its partition",
    ),
    Case(
        "set with a lower partition",
        SET.replace("{type: RollingUpdate}", "{rollingUpdate: {partition: 3}}"),
        "partition: 3",
        "partition: 1",
        "rolls-pods",
        "what it held back is rolled out now",
    ),
    Case(
        "set with a higher partition",
        SET.replace("{type: RollingUpdate}", "{rollingUpdate: {partition: 1}}"),
        "partition: 1",
        "partition: 3",
        "in-place",
        "",
    ),
    Case(
        "set on delete no more",
        SET.replace("{type: RollingUpdate}", "{type: OnDelete}"),
        "{type: OnDelete}",
        "{type: RollingUpdate}",
        "rolls-pods",
        "what it held back is rolled out now",
    ),
    Case(
        "set on delete",
        SET.replace("{type: RollingUpdate}", "{type: OnDelete}"),
        "db:1",
        "db:2",
        "in-place",
        "only when they are deleted",
    ),
    Case(
        "serviceName",
        SET,
        "serviceName: db",
        "serviceName: other",
        "rejected",
        "/spec/serviceName cannot be changed",
    ),
    Case("claim templates", SET, "1Gi", "2Gi", "rejected", "/spec/volumeClaimTemplates cannot"),
    Case(
        "default of a set",
        SET,
        "serviceName",
        "podManagementPolicy: OrderedReady\n  serviceName",
        "none",
        "",
    ),
    Case("set scaled down", SET, "replicas: 3", "replicas: 1", "in-place", ""),
    Case(
        "set scaled down with its claims",
        SET.replace("whenScaled: Retain", "whenScaled: Delete"),
        "replicas: 3",
        "replicas: 1",
        "loses-data",
        "the claims of 2 of its 3 Pods are deleted",
    ),
    Case("set removed", SET, "", "", "deletes", "its Pods go with it"),
    Case(
        "set removed with its claims",
        SET.replace("whenDeleted: Retain", "whenDeleted: Delete"),
        "",
        "",
        "loses-data",
        "its claims are deleted with it",
    ),
    Case("set renamed", SET, "name: db,", "name: store,", "recreates", "made anew as StatefulSet"),
    Case(
        "daemon", DAEMON, "agent:1", "agent:2", "rolls-pods", "each node is replaced, 1 at a time"
    ),
    Case("cron job", CRON, "a:1", "a:2", "in-place", "from its next Job on"),
    Case("job", JOB, "a:1", "a:2", "rejected", "/spec/template cannot be changed"),
    Case("job suspended", JOB, "suspend: false", "suspend: true", "outage", "it is suspended"),
    Case(
        "label of a suspended job",
        JOB.replace("suspend: false", "suspend: true"),
        "app: once",
        "app: twice",
        "in-place",
        "",
    ),
    Case("parallelism", JOB, "parallelism: 1", "parallelism: 2", "in-place", ""),
    Case("completions", JOB, "completions: 1", "completions: 2", "rejected", "/spec/completions"),
    Case("pod image", POD, "a:1", "a:2", "rolls-pods", "restarted"),
    Case("pod field", POD, "name: a,", "name: a, tty: true,", "rejected", "/spec/containers"),
    Case("pod deadline", POD, "Seconds: 60", "Seconds: 30", "in-place", ""),
    Case("pod deadline later", POD, "Seconds: 60", "Seconds: 90", "rejected", "activeDeadline"),
    Case(
        "toleration", POD, "Seconds: 5}", "Seconds: 6}, {key: b, operator: Exists}", "in-place", ""
    ),
    Case(
        "toleration of everything, so that the API server adds none",
        POD,
        "Seconds: 5}",
        "Seconds: 5}, {operator: Exists}",
        "rejected",
        "/spec/tolerations",
    ),
    Case("no toleration", POD, "key: a", "key: b", "rejected", "/spec/tolerations"),
    Case("cluster IP", SERVICE, "0.9", "0.8", "rejected", "/spec/clusterIP cannot be changed"),
    Case("cluster IP left out", SERVICE, "  clusterIP: 10.96.0.9\n", "", "none", ""),
    Case("node port", SERVICE, "port: 80", "port: 81", "in-place", ""),
    Case("claim smaller", CLAIM, "2Gi", "1Gi", "rejected", "a claim cannot shrink"),
    Case("claim larger", CLAIM, "2Gi", "3Gi", "in-place", "", CLASS, of_live_state=True),
    Case(
        "claim that cannot grow",
        CLAIM,
        "2Gi",
        "3Gi",
        "rejected",
        "does not let claims grow",
        beside=CLASS.replace("Expansion: true", "Expansion: false"),
    ),
    Case("claim class", CLAIM, "fast", "slow", "rejected", "/spec/storageClassName"),
    Case("claim removed", CLAIM, "", "", "loses-data", "unless that is retained"),
    Case("claim of a class", CLAIM, "", "", "loses-data", "with all data", beside=CLASS),
    Case(
        "claim retained",
        CLAIM,
        "",
        "",
        "in-place",
        "its volume stays (Retain)",
        beside=CLASS.replace("Policy: Delete", "Policy: Retain"),
    ),
    Case("claim of a volume", CLAIM, "", "", "loses-data", "with all data", beside=VOLUME),
    Case("claim renamed", CLAIM, "name: data", "name: other", "loses-data", "the claim is deleted"),
    Case("volume removed", VOLUME, "", "", "loses-data", "reclaim policy Delete"),
    Case("volume source", VOLUME, "volumeHandle: a", "volumeHandle: b", "rejected", "/spec/csi"),
    Case("class", CLASS, "com/disks", "com/files", "rejected", "/provisioner cannot be changed"),
    Case("class grows", CLASS, "Expansion: true", "Expansion: false", "in-place", ""),
    Case("config", CONFIG, "red", "blue", "in-place", ""),
    Case("label that a sidecar may look for", CONFIG, "a: b", "a: c", "in-place", ""),
    Case(
        "label of everybody",
        CONFIG.replace("a: b", "app.kubernetes.io/version: b"),
        "version: b",
        "version: c",
        "none",
        "",
    ),
    Case(
        "config in variables",
        CONFIG,
        "red",
        "blue",
        "in-place",
        "keep the old variables until they start anew: Deployment.apps shop/web",
        beside=DEPLOYMENT.replace(
            'image: "web:1"', 'image: "web:1", envFrom: [{configMapRef: {name: settings}}]'
        ),
    ),
    Case(
        "immutable config",
        f"{CONFIG}immutable: true\n",
        "red",
        "blue",
        "rejected",
        "/data cannot be changed",
    ),
    Case("secret type", SECRET, "stringData", "type: a/b\nstringData", "rejected", "/type"),
    Case("secret type by default", SECRET, "stringData", "type: Opaque\nstringData", "none", ""),
    Case("secret removed", SECRET, "", "", "deletes", ""),
    Case(
        "secret of a database", SECRET, "", "", "loses-data", "shop/db keeps data", beside=DATABASE
    ),
    Case("namespace removed", NAMESPACE, "", "", "loses-data", "all that is in it is deleted"),
    Case("namespace label", NAMESPACE, "a: b", "a: c", "in-place", ""),
    Case("role", BINDING, "name: read, api", "name: write, api", "opens-access", "is not among"),
    Case("subject", BINDING, "name: web", "name: api", "opens-access", "is not among"),
    Case("definition removed", DEFINITION, "", "", "loses-data", "every Box in the cluster"),
    Case("scope", DEFINITION, "Namespaced", "Cluster", "rejected", "/spec/scope"),
    Case("stored version", DEFINITION, "name: v1", "name: v3", "rejected", "the version v1"),
    Case(
        "claim that neither Flux nor Argo CD prunes",
        annotated(
            CLAIM,
            "kustomize.toolkit.fluxcd.io/prune: disabled,"
            " argocd.argoproj.io/sync-options: 'Prune=false,Delete=false'",
        ),
        "",
        "",
        "in-place",
        "it is not pruned, and stays, unmanaged (kustomize.toolkit.fluxcd.io/prune: disabled)",
    ),
    Case(
        "claim that Flux does not prune, and Argo CD may",
        annotated(CLAIM, "kustomize.toolkit.fluxcd.io/prune: disabled"),
        "",
        "",
        "loses-data",
        "the claim is deleted",
    ),
    Case(
        "selector that Flux forces",
        DEPLOYMENT.replace(
            "{name: web, na",
            "{annotations: {kustomize.toolkit.fluxcd.io/force: Enabled}, name: web, na",
        ),
        "app: web}",
        "app: shop}",
        "recreates",
        "/spec/selector cannot be changed, so it is deleted, and made anew",
        of_syncer=True,
    ),
    Case(
        "claim that Argo CD forces",
        annotated(CLAIM, "argocd.argoproj.io/sync-options: 'Replace=true, Force=true'"),
        "fast",
        "slow",
        "loses-data",
        "with all that it holds",
        of_syncer=True,
    ),
    Case(
        "image that Flux would not apply, if it is Flux",
        annotated(DEPLOYMENT, "kustomize.toolkit.fluxcd.io/ssa: IfNotPresent"),
        "web:1",
        "web:2",
        "rolls-pods",
        "4 Pods are replaced",
        of_syncer=True,
    ),
    Case("other version", DEFINITION, "name: v2", "name: v3", "in-place", ""),
]
