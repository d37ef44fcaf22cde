"""Read and write YAML exactly as kustomize and kubectl do.

Import from the modules: `scalars` (what a plain scalar means), `reading` (documents with
positions, streams, safety), `writing` (text byte for byte as kustomize prints it; this one
never imports PyYAML).
"""
