"""What Kubernetes says of objects: identities, kinds, definitions, quantities, names."""
