"""Ends programs and removes their directory when whoever started them is killed.

Run as a program with the directory as its argument. On its standard input comes the id of
each process group as a line, and `done` when all were ended in order; without that word, the
end of input means that the writer is gone, whatever became of it.
"""

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Wait for the end of input, then clean up if nobody else has."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    groups = []
    for line in sys.stdin:
        if line == "done\n":
            return
        groups.append(int(line))
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
