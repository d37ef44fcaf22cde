#!/usr/bin/python3
"""A test double of git-sync v4, NOT git-sync: it honours the flags that base/ renders, no others.

https://github.com/kubernetes/git-sync/blob/v4.7.1/README.md describes them. As there, each sync is
a directory of its own, published by replacing a symbolic link; the variables GITSYNC_USERNAME and
GITSYNC_PASSWORD and the files /etc/git-secret/ssh and known_hosts give access; an unknown flag
is an error. Unlike there, a certificate authority of the git server's own is trusted where it is
among those files (ca.crt).
"""

import argparse
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
SECRETS = Path("/etc/git-secret")


def main() -> None:
    """Sync until there are too many failures in a row, or once."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # the first process dies of nothing else
    flags = parse()
    state = Syncer(flags)
    if flags.http_bind:
        serve(flags, state)
    failures, limit = 0, flags.init_max_failures
    while True:
        try:
            state.sync()
            failures, limit = 0, flags.max_failures
            if flags.one_time:
                return
        except (subprocess.CalledProcessError, OSError) as error:
            failures += 1
            said = getattr(error, "stderr", None) or str(error)
            print(f"sync failed ({failures}): {said.strip()}", file=sys.stderr, flush=True)
            state.failed += 1
            if 0 <= limit < failures:
                sys.exit(1)
        time.sleep(flags.period if state.synced else flags.init_period or flags.period)


def parse() -> argparse.Namespace:
    """The flags, with the defaults of git-sync."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--repo", required=True)
    parser.add_argument("--ref", default="HEAD")
    parser.add_argument("--root", required=True, type=Path)
    parser.add_argument("--link", default="")
    parser.add_argument("--depth", default=1, type=int)
    parser.add_argument("--period", default=10.0, type=seconds)
    parser.add_argument("--init-period", default=0.0, type=seconds)
    parser.add_argument("--max-failures", default=0, type=int)
    parser.add_argument("--init-max-failures", type=int)
    parser.add_argument("--one-time", action="store_true")
    parser.add_argument("--stale-worktree-timeout", default=0.0, type=seconds)
    parser.add_argument("--http-bind", default="")
    parser.add_argument("--http-metrics", action="store_true")
    flags = parser.parse_args()
    if flags.init_max_failures is None:
        flags.init_max_failures = flags.max_failures
    return flags


def seconds(text: str) -> float:
    """A duration as Go writes it: 1m30s."""
    parts = re.findall(r"([0-9.]+)([smh])", text)
    if "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f"{text} is no duration")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


class Syncer:
    """Brings the commit that a ref names, whenever it names another one."""

    def __init__(self, flags: argparse.Namespace) -> None:
        self.flags = flags
        self.link = flags.root / (flags.link or flags.repo.rsplit("/", 1)[-1])
        self.synced = ""
        self.count = self.failed = 0
        self.old: dict[Path, float] = {}

    def sync(self) -> None:
        repository = self.flags.root / ".git"
        if not repository.exists():
            self.git("init", "--quiet", str(self.flags.root))
        depth = [f"--depth={self.flags.depth}"] if self.flags.depth > 0 else []
        self.git("fetch", "--quiet", "--no-tags", *depth, self.flags.repo, self.flags.ref)
        commit = self.git("rev-parse", "FETCH_HEAD^{commit}").strip()
        if commit != self.synced:
            self.publish(commit)
            self.synced = commit
            print(f"synced {commit}", flush=True)
        self.count += 1
        self.remove_stale()

    def publish(self, commit: str) -> None:
        worktree = self.flags.root / ".worktrees" / commit
        if not worktree.exists():
            self.git("worktree", "prune")
            self.git("worktree", "add", "--quiet", "--force", "--detach", str(worktree), commit)
        if self.link.is_symlink():
            self.old[(self.flags.root / os.readlink(self.link)).resolve()] = time.monotonic()
        self.old.pop(worktree.resolve(), None)
        new = self.link.with_name(f".{self.link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.path.relpath(worktree, self.link.parent))
        new.replace(self.link)

    def remove_stale(self) -> None:
        for path, since in [*self.old.items()]:
            if time.monotonic() - since >= self.flags.stale_worktree_timeout:
                shutil.rmtree(path, ignore_errors=True)
                del self.old[path]

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.flags.root), *arguments]
        return subprocess.run(
            command, env=environment(), check=True, capture_output=True, text=True
        ).stdout


def environment() -> dict[str, str]:
    """What gives git access, and asks nobody."""
    settings = {"safe.directory": "*"}
    ssh = f"ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile={SECRETS / 'known_hosts'}"
    if (SECRETS / "ssh").exists():
        ssh += f" -o IdentitiesOnly=yes -i {SECRETS / 'ssh'}"
    if os.environ.get("GITSYNC_PASSWORD"):
        answer = 'echo "username=$GITSYNC_USERNAME"; echo "password=$GITSYNC_PASSWORD"'
        settings["credential.helper"] = f"!f() {{ {answer}; }}; f"
    if (SECRETS / "ca.crt").exists():
        settings["http.sslCAInfo"] = str(SECRETS / "ca.crt")
    numbered = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, setting in enumerate(settings.items())
        for part, text in zip(("KEY", "VALUE"), setting, strict=True)
    }
    return {
        **os.environ,
        **numbered,
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_SSH_COMMAND": ssh,
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": "/tmp",
    }


def serve(flags: argparse.Namespace, state: Syncer) -> None:
    """Health on /: 503 until the first sync; and metrics, if they are wanted."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, status = b"", 200 if state.synced else 503
            if self.path == "/metrics" and flags.http_metrics:
                counts = {"success": state.count, "error": state.failed}
                lines = [f'git_sync_count_total{{status="{k}"}} {v}\n' for k, v in counts.items()]
                body, status = "".join(lines).encode(), 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    host, _, port = flags.http_bind.rpartition(":")
    server = http.server.ThreadingHTTPServer((host, int(port)), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    main()
