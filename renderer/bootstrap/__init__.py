"""What points Flux or Argo CD at the trees of this repository."""
