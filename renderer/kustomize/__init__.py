"""Everything about kustomize: the engine, what it reads, and what it made before."""
