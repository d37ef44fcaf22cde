"""A target's value and a parameter's that multiply to 100 GB."""

from pathlib import Path

Path("repository/base/parameters.yaml").write_text(
    """\
apiVersion: renderer.gitops/v1alpha1
kind: Parameters
metadata:
  name: web
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
  parameters:
  - name: web.host
    schema: {type: string}
    required: true
    targets:
    - select: {kind: Deployment, name: web}
      path: /spec/template/spec/containers/[name=web]/env/[name=HOST]/value
      value: """
    + "$(web.host)" * 100_000
)
Path("repository/overlays/a/cluster.yaml").write_text(
    """\
apiVersion: renderer.gitops/v1alpha1
kind: Cluster
metadata:
  name: a
spec:
  parameters:
    web.host: """
    + "x" * 1_000_000
)
