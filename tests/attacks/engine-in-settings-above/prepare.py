"""A work tree in a directory where everybody may write, and what somebody has put there."""

import os

os.mkdir("repository/.git")
os.chmod(".", 0o1777)
with open("render.toml", "w") as file:
    file.write('engine = "./kubectl"\noutput = "elsewhere/{cluster}"\n')
with open("kubectl", "w") as file:
    file.write("#!/bin/sh\ntouch ran\n")
os.chmod("kubectl", 0o755)
