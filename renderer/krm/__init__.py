"""The renderer as a KRM function: a ResourceList in, a ResourceList out.

The specification is kustomize's "Configuration functions"
(kubernetes-sigs/kustomize, cmd/config/docs/api-conventions/functions-spec.md).
"""
