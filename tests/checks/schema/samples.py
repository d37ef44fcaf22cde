"""Manifests and definitions for the tests of schema checks."""

from __future__ import annotations

from typing import Any

from renderer.checks.schema import Schemas
from renderer.findings import Finding
from renderer.kubernetes.manifests import Manifest, object_ref
from renderer.yamldoc.reading import read_documents


def manifest(text: str) -> Manifest:
    """The manifest that one YAML document holds."""
    (document,) = read_documents(text.encode())
    return of(document.data)


def of(data: Any) -> Manifest:
    """The manifest of some data."""
    assert isinstance(data, dict)
    ref = object_ref(data)
    return Manifest(ref, data, ref.name)


def said(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
    """What findings say: rule, field, message and hint."""
    return [(one.rule, one.field, one.message, one.hint) for one in findings]


def check(text: str, schemas: Schemas | None = None) -> list[tuple[str, str, str, str]]:
    """What is said about one YAML document."""
    return said((schemas or Schemas()).check(manifest(text)))


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.0
        imagePullPolicy: Always
        ports:
        - {name: http, containerPort: 8080}
        resources:
          limits: {cpu: 500m, memory: 1Gi}
        env:
        - {name: DEBUG, value: "true"}
"""

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: shops.example.com
spec:
  group: example.com
  names: {kind: Shop, plural: shops}
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: false
    storage: false
    schema: {openAPIV3Schema: {type: object}}
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size, currency]
            properties:
              size: {type: integer, minimum: 1, maximum: 10}
              currency: {type: string, default: EUR}
              colour: {type: string, enum: [red, green]}
              address: {type: string, pattern: '^[a-z]+$', nullable: true}
              port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              shelves:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, depth: {type: number}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              half:
                type: object
                x-kubernetes-preserve-unknown-fields: true
                properties: {known: {type: integer}}
              prices: {type: object, additionalProperties: {type: integer}}
              inner:
                type: object
                x-kubernetes-embedded-resource: true
                x-kubernetes-preserve-unknown-fields: true
            oneOf:
            - required: [address]
            - required: [port]
          status:
            type: object
            properties: {ready: {type: boolean}}
    subresources: {status: {}}
"""

SHOP = """\
apiVersion: example.com/v1
kind: Shop
metadata: {name: corner}
spec: {size: 3, address: street}
"""

FULL_SHOP = """\
apiVersion: example.com/v1
kind: Shop
metadata: {name: full, labels: {a: b}, annotations: {a: b}}
spec:
  size: 3
  port: 80
  currency: EUR
  colour: red
  tags: [a, b]
  shelves: [{name: a, depth: 1}, {name: b, depth: 1.5}]
  free: {any: [1, {thing: true}]}
  half: {known: 1, other: x}
  prices: {bread: 2}
  inner: {apiVersion: v1, kind: Any, metadata: {name: a, labels: {c: d}}, x: 1}
status: {ready: true}
"""
