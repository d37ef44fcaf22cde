"""Secrets in plain text: in a Secret that is not encrypted, and in anything else."""
