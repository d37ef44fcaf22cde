"""A program that leaves a trace."""

import os

with open("repository/kubectl", "w") as file:
    file.write("#!/bin/sh\ntouch ../ran\n")
os.chmod("repository/kubectl", 0o755)
