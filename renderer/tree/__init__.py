"""The files of one cluster's output: read, compared, written."""
