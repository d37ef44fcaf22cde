"""Render kustomize overlays, typed parameters and strict JSON patches to plain YAML."""

__version__ = "0.1.0"
