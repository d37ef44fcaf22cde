"""`python -m renderer` is `render`."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the directory that we are in, whose modules are not ours

from renderer.cli import script  # only now

if __name__ == "__main__":
    script()
