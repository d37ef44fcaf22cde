"""Tests of the checks of rendered manifests, each on manifests of its own."""
