"""References between manifests: a small cluster in which all is right, broken in one place."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.loading import CLUSTERS, JSON, cluster, manifest, manifests, places, replaced
from renderer.checks.references import check_references, facts_of
from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest

SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
imagePullSecrets: [{name: registry}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {COLOR: red, app.ini: a}
binaryData: {logo: AAAA}
---
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: shop}
stringData: {.dockerconfigjson: x, password: x}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: media, namespace: shop}
spec: {storageClassName: fast, volumeName: media}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: media}
spec: {storageClassName: fast, claimRef: {name: media, namespace: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: web}
    matchExpressions:
    - {key: tier, operator: In, values: [front, back]}
    - {key: tier, operator: NotIn, values: [middle]}
    - {key: tier, operator: Exists}
    - {key: other, operator: DoesNotExist}
  template:
    metadata:
      labels: {app: web, tier: front}
    spec:
      serviceAccountName: web
      priorityClassName: important
      initContainers:
      - name: init
        volumeMounts: [{name: media, mountPath: /media}]
      containers:
      - name: web
        env:
        - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: COLOR}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: registry, key: password}}}
        - {name: MAYBE, valueFrom: {secretKeyRef: {name: elsewhere, key: a, optional: true}}}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        envFrom:
        - configMapRef: {name: settings}
        - secretRef: {name: elsewhere, optional: true}
        ports: [{name: http, containerPort: 80}, {name: metrics, containerPort: 81}]
        readinessProbe: {httpGet: {port: http}}
        livenessProbe: {tcpSocket: {port: 80}}
        startupProbe: {httpGet: {port: "80"}}
        lifecycle: {preStop: {httpGet: {port: http}}}
        volumeMounts:
        - {name: media, mountPath: /media}
        - {name: files, mountPath: /files}
        - {name: all, mountPath: /all}
      volumes:
      - name: media
        persistentVolumeClaim: {claimName: media}
      - name: files
        configMap: {name: settings, items: [{key: app.ini, path: app.ini}]}
      - name: all
        projected:
          sources:
          - configMap: {name: settings, items: [{key: logo, path: logo}]}
          - secret: {name: registry, items: [{key: password, path: password}]}
          - configMap: {name: kube-root-ca.crt}
          - serviceAccountToken: {path: token}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: important}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 8081, targetPort: 81}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - {name: db, volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {storageClassName: fast}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: backup, volumeMounts: [{name: data, mountPath: /data}]}]
          volumes: [{name: data, persistentVolumeClaim: {claimName: data-db-0}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {tier: front}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
  - from: [{podSelector: {matchLabels: {app: none}}}, {namespaceSelector: {}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{ports: [{port: metrics}, {port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: web, port: {name: http}}}
  rules:
  - http:
      paths: [{backend: {service: {name: web, port: {number: 8081}}}}]
  tls: [{secretName: registry}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web}, {kind: Group, name: "system:authenticated"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
roleRef: {kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: judge}
webhooks: [{clientConfig: {service: {name: web, namespace: shop, port: 8081}}}]
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web, namespace: shop}
spec:
  routes: [{services: [{name: web, port: http}], middlewares: [{name: strip}]}]
  tls: {secretName: registry}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: strip, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: templates, namespace: default}
data:
  worker.yaml: |
    apiVersion: v1
    kind: Pod
    metadata: {name: worker, namespace: shop, labels: {app: worker}}
    spec:
      containers:
      - {name: worker, volumeMounts: [{name: scratch, mountPath: /tmp}]}
      volumes: [{name: scratch, secret: {secretName: registry}}]
---
apiVersion: v1
kind: Service
metadata: {name: worker, namespace: shop}
spec: {clusterIP: None, selector: {app: worker}}
"""

WEB = "Deployment.apps shop/web"
POD = "/spec/template/spec"
CONTAINER = f"{POD}/containers/0"

# What is written instead of what, and the finding: rule, object and field.
BROKEN = {
    "volume": (
        ("- {name: files, mountPath", "- {name: fils, mountPath"),
        ("unknown-volume", WEB, f"{CONTAINER}/volumeMounts/1/name"),
    ),
    "volume-of-init-container": (
        ("[{name: media, mountPath", "[{name: gone, mountPath"),
        ("unknown-volume", WEB, f"{POD}/initContainers/0/volumeMounts/0/name"),
    ),
    "volume-of-claim-template": (
        ("- {name: db, volumeMounts: [{name: data", "- {name: db, volumeMounts: [{name: dat"),
        ("unknown-volume", "StatefulSet.apps shop/db", f"{CONTAINER}/volumeMounts/0/name"),
    ),
    "volume-of-embedded-pod": (
        ("volumes: [{name: scratch", "volumes: [{name: tmp"),
        ("unknown-volume", "Pod shop/worker", "/spec/containers/0/volumeMounts/0/name"),
    ),
    "probe-port": (
        ("readinessProbe: {httpGet: {port: http}}", "readinessProbe: {httpGet: {port: htp}}"),
        ("unknown-port", WEB, f"{CONTAINER}/readinessProbe/httpGet/port"),
    ),
    "hook-port": (
        ("preStop: {httpGet: {port: http}}", "preStop: {httpGet: {port: htp}}"),
        ("unknown-port", WEB, f"{CONTAINER}/lifecycle/preStop/httpGet/port"),
    ),
    "own-labels": (
        ("matchLabels: {app: web}\n    match", "matchLabels: {app: weeb}\n    match"),
        ("selector-mismatch", WEB, "/spec/selector"),
    ),
    "own-expression": (
        ("{key: tier, operator: Exists}", "{key: toer, operator: Exists}"),
        ("selector-mismatch", WEB, "/spec/selector"),
    ),
    "own-expression-in": (
        ("operator: In, values: [front", "operator: In, values: [fromt"),
        ("selector-mismatch", WEB, "/spec/selector"),
    ),
    "own-expression-not-in": (
        ("operator: NotIn, values: [middle]", "operator: NotIn, values: [front]"),
        ("selector-mismatch", WEB, "/spec/selector"),
    ),
    "own-expression-absent": (
        ("{key: other, operator: DoesNotExist}", "{key: app, operator: DoesNotExist}"),
        ("selector-mismatch", WEB, "/spec/selector"),
    ),
    "own-empty-selector": (
        ("selector: {matchLabels: {app: db}}", "selector: {}"),
        ("selector-mismatch", "StatefulSet.apps shop/db", "/spec/selector"),
    ),
    "key-of-variable": (
        ("{name: settings, key: COLOR}", "{name: settings, key: COLOUR}"),
        ("unknown-key", WEB, f"{CONTAINER}/env/0/valueFrom/configMapKeyRef/key"),
    ),
    "key-of-secret": (
        ("{name: registry, key: password}", "{name: registry, key: pass}"),
        ("unknown-key", WEB, f"{CONTAINER}/env/1/valueFrom/secretKeyRef/key"),
    ),
    "key-of-volume": (
        ("items: [{key: app.ini", "items: [{key: ap.ini"),
        ("unknown-key", WEB, f"{POD}/volumes/1/configMap/items/0/key"),
    ),
    "key-of-projection": (
        ("items: [{key: logo", "items: [{key: lego"),
        ("unknown-key", WEB, f"{POD}/volumes/2/projected/sources/0/configMap/items/0/key"),
    ),
    "config-map": (
        ("- configMapRef: {name: settings}", "- configMapRef: {name: setting}"),
        ("missing-reference", "ConfigMap shop/setting", ""),
    ),
    "secret": (
        ("optional: true}}}", "optional: false}}}"),
        ("missing-secret", "Secret shop/elsewhere", ""),
    ),
    "secret-of-environment": (
        ("{name: elsewhere, optional: true}\n", "{name: elsewhere}\n"),
        ("missing-secret", "Secret shop/elsewhere", ""),
    ),
    "pull-secret": (
        ("imagePullSecrets: [{name: registry}]", "imagePullSecrets: [{name: registri}]"),
        ("missing-secret", "Secret shop/registri", ""),
    ),
    "secret-of-embedded-pod": (
        ("secret: {secretName: registry}", "secret: {secretName: gone}"),
        ("missing-secret", "Secret shop/gone", ""),
    ),
    "service-account": (
        ("serviceAccountName: web", "serviceAccountName: wep"),
        ("missing-reference", "ServiceAccount shop/wep", ""),
    ),
    "priority-class": (
        ("priorityClassName: important", "priorityClassName: urgent"),
        ("missing-reference", "PriorityClass.scheduling.k8s.io urgent", ""),
    ),
    "claim": (
        ("persistentVolumeClaim: {claimName: media}", "persistentVolumeClaim: {claimName: gone}"),
        ("missing-reference", "PersistentVolumeClaim shop/gone", ""),
    ),
    "claim-of-stateful-set": (
        ("claimName: data-db-0", "claimName: data-dc-0"),
        ("missing-reference", "PersistentVolumeClaim shop/data-dc-0", ""),
    ),
    "service-of-stateful-set": (
        ("serviceName: db", "serviceName: dbs"),
        ("missing-reference", "Service shop/dbs", ""),
    ),
    "scale-target": (
        ("kind: Deployment, name: web}}", "kind: Deployment, name: wab}}"),
        ("missing-reference", "Deployment.apps shop/wab", ""),
    ),
    "backend": (
        ("[{backend: {service: {name: web,", "[{backend: {service: {name: weg,"),
        ("missing-reference", "Service shop/weg", ""),
    ),
    "backend-port": (
        ("port: {number: 8081}", "port: {number: 81}"),
        (
            "unknown-port",
            "Ingress.networking.k8s.io shop/web",
            "/spec/rules/0/http/paths/0/backend/service/port/number",
        ),
    ),
    "default-backend-port": (
        ("port: {name: http}}}", "port: {name: htpp}}}"),
        (
            "unknown-port",
            "Ingress.networking.k8s.io shop/web",
            "/spec/defaultBackend/service/port/name",
        ),
    ),
    "certificate": (
        ("tls: [{secretName: registry}]", "tls: [{secretName: cert}]"),
        ("missing-secret", "Secret shop/cert", ""),
    ),
    "role": (
        ("roleRef: {kind: Role, name: reader}", "roleRef: {kind: Role, name: raeder}"),
        ("missing-reference", "Role.rbac.authorization.k8s.io shop/raeder", ""),
    ),
    "cluster-role": (
        ("roleRef: {kind: ClusterRole, name: view}", "roleRef: {kind: ClusterRole, name: viewer}"),
        ("missing-reference", "ClusterRole.rbac.authorization.k8s.io viewer", ""),
    ),
    "subject": (
        ("[{kind: ServiceAccount, name: web}", "[{kind: ServiceAccount, name: wob}"),
        ("missing-reference", "ServiceAccount shop/wob", ""),
    ),
    "webhook": (
        ("{name: web, namespace: shop, port: 8081}", "{name: weg, namespace: shop}"),
        ("missing-reference", "Service shop/weg", ""),
    ),
    "webhook-port": (
        ("namespace: shop, port: 8081}", "namespace: shop}"),
        (
            "unknown-port",
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io judge",
            "/webhooks/0/clientConfig/service/port",
        ),
    ),
    "route-port": (
        ("services: [{name: web, port: http}]", "services: [{name: web, port: 82}]"),
        ("unknown-port", "IngressRoute.traefik.io shop/web", "/spec/routes/0/services/0/port"),
    ),
    "middleware": (
        ("middlewares: [{name: strip}]", "middlewares: [{name: stripe}]"),
        ("missing-reference", "Middleware.traefik.io shop/stripe", ""),
    ),
    "service-selector": (
        ("clusterIP: None, selector: {app: db}", "clusterIP: None, selector: {app: dv}"),
        ("unmatched-selector", "Service shop/db", "/spec/selector"),
    ),
    "governing-service": (
        ("serviceName: db", "serviceName: web"),
        ("service-mismatch", "StatefulSet.apps shop/db", "/spec/serviceName"),
    ),
    "target-port": (
        ("targetPort: http}", "targetPort: htpp}"),
        ("unknown-port", "Service shop/web", "/spec/ports/0/targetPort"),
    ),
    "budget": (
        ("{selector: {matchLabels: {tier: front}}}", "{selector: {matchLabels: {tier: fron}}}"),
        ("unmatched-selector", "PodDisruptionBudget.policy shop/web", "/spec/selector"),
    ),
    "policy": (
        ("podSelector: {matchLabels: {app: db}}", "podSelector: {matchLabels: {app: d}}"),
        ("unmatched-selector", "NetworkPolicy.networking.k8s.io shop/db", "/spec/podSelector"),
    ),
    "policy-peer": (
        (
            "from: [{podSelector: {matchLabels: {app: web}}}]",
            "from: [{podSelector: {matchLabels: {app: x}}}]",
        ),
        (
            "unmatched-selector",
            "NetworkPolicy.networking.k8s.io shop/db",
            "/spec/ingress/0/from/0/podSelector",
        ),
    ),
    "policy-port": (
        ("[{port: metrics}, {port: 80}]", "[{port: metric}, {port: 80}]"),
        (
            "unknown-port",
            "NetworkPolicy.networking.k8s.io shop/web",
            "/spec/ingress/0/ports/0/port",
        ),
    ),
}


def check(text: str) -> list[Finding]:
    return check_references([facts_of(one) for one in manifests(text)])


def shown(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.rule, one.object, one.field) for one in findings]


def test_what_is_right_has_no_finding() -> None:
    assert check(SHOP) == []


@pytest.mark.parametrize("case", BROKEN)
def test_one_broken_reference_is_found(case: str) -> None:
    (old, new), expected = BROKEN[case]
    assert SHOP.count(old) == 1
    findings = check(SHOP.replace(old, new))
    assert shown(findings) == [expected]
    # What may live elsewhere is a warning; what the manifests contradict is an error.
    is_warning = expected[0].startswith(("missing-", "unmatched-", "service-"))
    assert findings[0].is_error is not is_warning


def test_a_volume_and_a_claim_that_name_others_are_never_bound() -> None:
    more = """\
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: spare}
spec: {claimRef: {name: media, namespace: shop}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: spare, namespace: shop}
spec: {volumeName: media}
"""
    assert shown(check(SHOP + more)) == [
        ("claim-mismatch", "PersistentVolume spare", "/spec/claimRef/name"),
        ("claim-mismatch", "PersistentVolumeClaim shop/spare", "/spec/volumeName"),
    ]


def test_a_missing_object_is_one_finding_with_all_who_need_it() -> None:
    (found,) = check(SHOP.replace("kind: ServiceAccount\nmetadata", "kind: Account\nmetadata"))
    assert found.object == "ServiceAccount shop/web"
    assert found.message == (
        "ServiceAccount shop/web is not among the manifests; Deployment.apps shop/web and 1 other"
        " refer to it"
    )
    assert str(found).startswith(f"warning: {found.message} [missing-reference]\n  hint: add it to")


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a-tls"], 'object = "Secret shop/a-tls" # or "Secret shop/*-tls"'),
        (["a-key"], 'object = "Secret shop/a-key"'),
        (["a-key", "b-key"], 'object = "Secret shop/a-key" # or "Secret shop/*-key"'),
        (["tls"], 'object = "Secret shop/tls"'),
        (["-tls"], 'object = "Secret shop/-tls"'),
    ],
)
def test_what_is_to_be_written_for_a_missing_secret_is_ready_to_be_pasted(
    names: list[str], line: str
) -> None:
    mounts = ", ".join(f"{{name: {name}}}" for name in names)
    account = f"metadata: {{name: a, namespace: shop}}\nimagePullSecrets: [{mounts}]\n"
    found = [facts_of(one) for one in manifests(f"apiVersion: v1\nkind: ServiceAccount\n{account}")]
    for file, table in (
        ("render.toml", "exceptions"),
        ("pyproject.toml", "tool.render.exceptions"),
    ):
        hint = check_references(found, file)[0].hint
        assert hint.splitlines()[:7] == [
            "if it is made before the first sync, write that in Parameters, under spec:",
            "expects:",
            f"- secret: {names[0]}",
            "  namespace: shop",
            "  keys:",
            "    KEY: how it is made",
            "or commit what makes it: an ExternalSecret, or a Secret encrypted by SOPS;",
        ]
        assert hint.splitlines()[7:] == [
            f"or, where there are no Parameters, write that in {file}:",
            f"[[{table}]]",
            'rule = "missing-secret"',
            line,
            'reason = "who makes it, and when"',
        ]
        assert max(map(len, hint.splitlines())) <= 76  # with the indentation 80


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("claimName: media", "claimName: meda", "did you mean media?"),
        ("{app: db}, ports", "{app: wb}, ports", "no Pod there has app: wb; did you mean web?"),
        ("{app: db}, ports", "{role: db}, ports", "no Pod there has the label role"),
        (
            "{app: db}, ports",
            "{app: db, tier: front}, ports",
            "each label is there, but no Pod has all of them",
        ),
        ("targetPort: http}", "targetPort: htp}", "did you mean http?"),
        ("key: COLOR}", "key: COLOUR}", "did you mean COLOR?"),
        (
            "matchLabels: {app: db}}\n  t",
            "matchLabels: {a: b}}\n  t",
            "the template has no label a: b",
        ),
    ],
)
def test_hints_name_what_is_near(old: str, new: str, hint: str) -> None:
    assert hint in [one.hint for one in check(SHOP.replace(old, new))]


def test_names_carry_their_hash_and_labels_do_not() -> None:
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"},
        "data": {"COLOR": "red"},
    }
    hashed = Manifest(
        manifest(config_map).ref._replace(name="settings-abc"), config_map, stem="settings"
    )
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - env: [{name: A, valueFrom: {configMapKeyRef: {name: settings-abc, key: COLOUR}}}]
"""
    (found,) = check_references([facts_of(one) for one in [hashed, *manifests(pod)]])
    assert found.message == "ConfigMap shop/settings has no key COLOUR"


def test_namespaces_are_judged_where_the_manifests_hold_some() -> None:
    elsewhere = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shopp}\n"
    (found,) = check(SHOP + elsewhere)
    assert (found.rule, found.object, found.is_error) == (
        "missing-namespace",
        "Namespace shopp",
        False,
    )
    assert found.hint == "did you mean shop?"
    for platform in ("kube-system", "openshift-config"):
        assert check(SHOP + elsewhere.replace("shopp", platform)) == []
    assert check(elsewhere.removeprefix("---\n")) == []


def test_classes_are_judged_where_the_manifests_hold_some() -> None:
    some = "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: slow}\n"
    assert shown(check(SHOP + some)) == [
        ("missing-reference", "StorageClass.storage.k8s.io fast", "")
    ]
    some = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: traefik}\n"
    assert shown(check(SHOP + some)) == [
        ("missing-reference", "IngressClass.networking.k8s.io nginx", "")
    ]


@pytest.mark.parametrize(
    "maker",
    [
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: cert}}",
        (
            "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: a},"
            " spec: {target: {name: cert}}}"
        ),
        "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: cert}}",
        (
            "{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: a},"
            " spec: {secretName: cert}}"
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a, annotations:"
            " {service.beta.openshift.io/serving-cert-secret-name: cert}}}"
        ),
    ],
)
def test_secrets_that_controllers_make_are_there(maker: str) -> None:
    text = SHOP.replace("tls: [{secretName: registry}]", "tls: [{secretName: cert}]")
    assert shown(check(text)) == [("missing-secret", "Secret shop/cert", "")]
    made = maker.replace("metadata: {", "metadata: {namespace: shop, ")
    assert check(f"{text}---\n{made}\n") == []


@pytest.mark.parametrize(
    "label", ["statefulset.kubernetes.io/pod-name: db-0", "apps.kubernetes.io/pod-index: '0'"]
)
def test_labels_that_a_controller_adds_are_there(label: str) -> None:
    text = SHOP.replace("selector: {app: db}, ports", f"selector: {{app: db, {label}}}, ports")
    assert text != SHOP
    assert check(text) == []
    assert shown(check(text.replace("app: db, ", "app: d, "))) == [
        ("unmatched-selector", "Service shop/db", "/spec/selector")
    ]


def test_a_selector_of_a_workload_selects_what_its_template_says() -> None:
    text = SHOP.replace(
        "selector: {matchLabels: {app: db}}\n  template",
        "selector: {matchLabels: {app: db, controller-revision-hash: x}}\n  template",
    )
    assert shown(check(text)) == [
        ("selector-mismatch", "StatefulSet.apps shop/db", "/spec/selector")
    ]


def test_cert_manager_makes_the_certificate_of_an_annotated_ingress() -> None:
    text = SHOP.replace("tls: [{secretName: registry}]", "tls: [{secretName: cert}]").replace(
        "kind: Ingress\nmetadata: {name: web",
        "kind: Ingress\nmetadata: {annotations: {cert-manager.io/issuer: a}, name: web",
    )
    assert check(text) == []


def test_without_a_namespace_any_will_do() -> None:
    # Whoever applies the manifests decides where they will be.
    text = SHOP.replace("{name: web, namespace: shop}\nimagePull", "{name: web}\nimagePull")
    assert shown(check(text)) == []


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_shipped_clusters_refer_to_nothing_wrong(name: str) -> None:
    # The Secrets are made in the cluster; everything else is there.
    assert {one.rule for one in check_references([facts_of(one) for one in cluster(name)])} <= {
        "missing-secret"
    }


@given(st.data())
def test_no_data_is_too_strange(data: st.DataObject) -> None:
    found = manifests(SHOP)
    index = data.draw(st.integers(0, len(found) - 1))
    old = found[index].data
    path = data.draw(st.sampled_from(places(old)))
    strange = replaced(old, path, data.draw(JSON))
    kept = deepcopy(strange)
    found[index] = found[index]._replace(data=strange)
    check_references([facts_of(one) for one in found])
    assert strange == kept
