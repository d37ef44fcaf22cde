"""Typed parameters: what components declare, what clusters set, and the fields they write."""
