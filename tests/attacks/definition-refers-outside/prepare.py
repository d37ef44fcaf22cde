"""A definition with the absolute path of a file beside the repository."""

import os

with open("rule.json", "w") as file:
    file.write('{"maxLength": 1}\n')
with open("repository/base/definition.yaml", "w") as file:
    file.write(f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: tickets.example.com}}
spec:
  group: example.com
  names: {{kind: Ticket, plural: tickets}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size:
                type: string
                allOf: [{{$ref: "file://{os.getcwd()}/rule.json"}}]
""")
