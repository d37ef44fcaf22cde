"""What merging a change does to a running cluster: pure functions from changes to consequences."""
