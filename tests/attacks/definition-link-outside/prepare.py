"""Beside the repository."""

with open("ticket.yaml", "w") as file:
    file.write("""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tickets.example.com}
spec:
  group: example.com
  names: {kind: Ticket, plural: tickets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
""")
