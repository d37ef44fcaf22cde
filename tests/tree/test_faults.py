"""Full disks, killed renders, links that lead out: nothing half, nothing foreign."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from shop import TREE, cluster_yaml, command, shop, snapshot, spawn, start
from support import Repository, eventually, is_alive, write_tree

from renderer.kustomize.engine import build_all
from renderer.tree.header import HEADER
from renderer.tree.writing import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OURS = f"{HEADER}\n# Cluster: a\n# Source: overlays/a\n"
_NOBODY = 65534
_is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def _contents(directory: Path) -> dict[str, bytes]:
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


# Links


@pytest.mark.holds_off("escape")
@pytest.mark.parametrize(
    "link",
    [
        *("clusters", "clusters/a", "clusters/a/shop", "clusters/a/_cluster"),
        *(f"clusters/a/{path}" for path in TREE[:2]),
    ],
)
@pytest.mark.parametrize("target", ["directory", "file", "dangling", "loop", "inside"])
def test_a_link_in_the_way_is_not_followed(
    repository: Repository, tmp_path: Path, link: str, target: str
) -> None:
    repository.write(shop())
    outside = tmp_path / "outside"
    write_tree(outside, {"directory/a/shop/service-web.yaml": _OURS, "file": _OURS})
    place = repository.path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    targets = {"loop": place, "inside": repository.path / "base"}
    place.symlink_to(targets.get(target, outside / target))
    before, kept = snapshot(outside), snapshot(repository.path / "base")
    for arguments in (["clusters/a"], ["clusters"], ["clusters/a", "--check", "--diff"]):
        result = repository.run(*arguments)
        assert result.code == 1, result.err
        assert re.search(
            rf"({link}|clusters/a): error: this is in the way, and was not rendered \[foreign-file"
            "|clusters(/a)?: cannot be read: Too many levels of symbolic links",
            result.err,
        )
        assert snapshot(outside) == before
        assert snapshot(repository.path / "base") == kept
        assert place.is_symlink()
    assert not [file for file in _contents(repository.path) if "deployment-web" in file]


@pytest.mark.holds_off("escape")
def test_a_link_above_two_levels_leaves_nothing_outside(
    repository: Repository, tmp_path: Path
) -> None:
    files = {path: text for path, text in shop().items() if path.startswith("base/")}
    source = "apps/x/overlays/prod"
    files[f"{source}/kustomization.yaml"] = "resources: [../../../../base]\n"
    files[f"{source}/cluster.yaml"] = cluster_yaml("prod/x")
    files["render.toml"] = 'source = "apps/{x}/overlays/{c}"\noutput = "clusters/{c}/{x}"\n'
    repository.write(files)
    (tmp_path / "outside").mkdir()
    (repository.path / "clusters").symlink_to(tmp_path / "outside")
    assert repository.run("clusters").code in (1, 2)
    assert repository.run("prod/x").code == 1
    assert [*(tmp_path / "outside").iterdir()] == []


# Faults at each call of the system that writes

_FEWEST = 50  # calls of a render that writes, each a moment for a fault
_CALLS = ("open", "write", "close", "replace", "unlink", "rmdir", "mkdir")


class _FaultyOs:
    """The module os for who writes, with something happening at the call number `when`."""

    def __init__(self, when: int, happens: Callable[[], None], *, late: bool = False) -> None:
        self._left = when
        self._happens = happens
        self._late = late

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in _CALLS:
            return real

        def call(*arguments: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._late:
                self._happens()
            try:
                return real(*arguments, **options)
            finally:
                if self._left == 0 and self._late:
                    self._happens()

        return call

    @property
    def happened(self) -> bool:
        return self._left <= 0


@contextlib.contextmanager
def _faulty(faulty: _FaultyOs) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("renderer.tree.folders.os", faulty)
        patch.setattr("renderer.tree.locking.os", faulty)
        yield


class _Stale:
    """A repository whose tree has something to add, to change and to remove."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        repository.write(shop())
        repository.render("clusters/a")
        repository.write({"overlays/a/cluster.yaml": cluster_yaml("a", "other.example.com")})
        tree = repository.path / "clusters/a"
        shutil.copytree(tree, repository.path / "new")
        repository.render("clusters/a")
        self.new = _contents(tree)
        shutil.rmtree(tree)
        shutil.move(repository.path / "new", tree)
        (tree / "_cluster/namespace-shop.yaml").unlink()
        (tree / "_cluster").rmdir()
        repository.write({"clusters/a/old/service-old.yaml": _OURS})
        repository.write({"clusters/a/shop/service-old.yaml": _OURS})
        repository.write({"clusters/a/README.md": "mine\n"})
        self.old = _contents(tree)
        self.new["README.md"] = b"mine\n"

    def again(self) -> None:
        tree = self.repository.path / "clusters/a"
        shutil.rmtree(tree)
        write_tree(tree, self.old)

    def check(self, *, leftovers: bool) -> None:
        """Every file is old or new, and the next run repairs everything."""
        found = _contents(self.repository.path / "clusters/a")
        for path, content in found.items():
            temporary = re.fullmatch(r"(.*/)?\.render-\d+\.tmp", path)
            if temporary:
                assert leftovers, f"{path} is left behind"
            else:
                assert content in (self.old.get(path), self.new.get(path)), path
        for path in self.old.keys() & self.new.keys():
            assert path in found, f"{path} is gone"
        result = self.repository.run("clusters/a")
        assert result.code == 0, result.err
        assert _contents(self.repository.path / "clusters/a") == self.new


def _raise(number: int) -> Callable[[], NoReturn]:
    def happens() -> NoReturn:
        raise OSError(number, os.strerror(number))

    return happens


@pytest.mark.holds_off("fault")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
def test_an_error_at_any_write(
    repository: Repository, number: int, record_property: Callable[[str, object], None]
) -> None:
    stale = _Stale(repository)
    when = 0
    said = set()
    while True:
        when += 1
        faulty = _FaultyOs(when, _raise(number))
        with _faulty(faulty):
            result = repository.run("clusters/a")
        assert "internal error" not in result.err, result.err
        if not faulty.happened:
            break
        said.add(result.code)
        if result.code:
            assert os.strerror(number) in result.err
        stale.check(leftovers=False)
        stale.again()
    record_property("faults", when - 1)
    assert 1 in said
    assert when > _FEWEST, "the faults were not where they should be"


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.holds_off("fault")
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_an_interrupt_at_any_write(
    repository: Repository, late: bool, record_property: Callable[[str, object], None]
) -> None:
    stale = _Stale(repository)
    when = 0
    while True:
        when += 1
        faulty = _FaultyOs(when, _interrupt, late=late)
        with _faulty(faulty):
            result = repository.run("clusters/a")
        if not faulty.happened:
            break
        assert result.code == 130
        assert result.err.strip() == (
            "interrupted: every file is old or new as a whole; run it again to go on"
        )
        stale.check(leftovers=True)
        stale.again()
    record_property("faults", when - 1)
    assert when > _FEWEST


def _in_a_fork(work: Callable[[], object]) -> int:
    """Do something in a forked process, and return its status: negative for a signal."""
    process = os.fork()
    if process == 0:
        code = 99
        try:
            result = work()
            code = result if isinstance(result, int) else 0
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.mark.holds_off("fault")
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_kill_at_any_write(
    repository: Repository, late: bool, record_property: Callable[[str, object], None]
) -> None:
    stale = _Stale(repository)
    statuses: list[int] = []
    while not statuses or statuses[-1]:

        def render() -> int:
            faulty = _FaultyOs(len(statuses) + 1, _kill, late=late)
            with _faulty(faulty):
                return repository.run("clusters/a").code

        statuses.append(_in_a_fork(render))
        stale.check(leftovers=True)
        stale.again()
    record_property("faults", len(statuses) - 1)
    assert set(statuses[:-1]) == {-signal.SIGKILL}
    assert len(statuses) > _FEWEST


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _traced(repository: Repository, call: str, when: int, signal_: str) -> int:
    """Run a render that meets a signal at the n-th of a system call; its exit code."""
    inject = f"inject={call}:signal={signal_}:when={when}"
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
    return spawn(repository.path, "clusters/a", before=trace).returncode


_needs_strace = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("strace") is None, reason="strace is not installed"
)


@pytest.mark.holds_off("fault")
@pytest.mark.usefixtures("heeded_signals")
@_needs_strace
@pytest.mark.parametrize(
    ("call", "when", "signal_"),
    [("/^rename", 1, "KILL"), ("/^rename", 2, "INT"), ("/^unlink", 1, "KILL")],
)
def test_a_signal_at_a_system_call(
    repository: Repository, call: str, when: int, signal_: str
) -> None:
    stale = _Stale(repository)
    code = _traced(repository, call, when, signal_)
    assert code == (130 if signal_ == "INT" else -signal.SIGKILL)
    stale.check(leftovers=True)


@pytest.mark.usefixtures("heeded_signals")
@_needs_strace
@pytest.mark.long
@pytest.mark.parametrize("call", ["/^rename", "/^unlink", "/^mkdir", "write", "openat", "close"])
@pytest.mark.parametrize("signal_", ["KILL", "INT"])
def test_a_signal_at_every_system_call(repository: Repository, call: str, signal_: str) -> None:
    stale = _Stale(repository)
    moments = _moments(repository, call)
    stale.again()
    for when in moments:
        code = _traced(repository, call, when, signal_)
        stale.check(leftovers=code != 0)
        stale.again()
    assert moments or call == "/^mkdir"


def _moments(repository: Repository, call: str) -> list[int]:
    """All calls of a render if they are few, else the last, where it writes, and some before."""
    log = repository.path.parent / "calls"
    trace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={call}"]
    assert spawn(repository.path, "clusters/a", before=trace).returncode == 0
    own = Counter(line.split()[0] for line in log.read_text(errors="replace").splitlines())
    count = max(own.values(), default=0)  # strace counts in each process for itself
    return sorted({*range(max(1, count - 80), count + 1), *range(1, count, max(1, count // 40))})


# Permissions and room


def _as_nobody(work: Callable[[], object]) -> int:
    """Do something in a process without root's rights."""

    def dropped() -> object:
        if _is_root:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
        return work()

    return _in_a_fork(dropped)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A rendered repository where also a user without rights may go."""
    with tempfile.TemporaryDirectory(prefix="render-test-") as directory:
        top = Path(directory)
        top.chmod(0o755)
        monkeypatch.setenv("XDG_CACHE_HOME", str(top / "cache"))
        repository = Repository(top / "repository")
        repository.write(shop())
        repository.render("clusters/a")
        yield repository


def _said(repository: Repository, *arguments: str) -> Callable[[], int]:
    """Run `render`, and leave its words in a file beside the repository."""
    words = repository.path.parent / "words"
    words.touch()
    words.chmod(0o666)

    def work() -> int:
        result = repository.run(*arguments)
        words.write_text(result.out + result.err)
        return result.code

    return work


def _words(repository: Repository) -> str:
    return (repository.path.parent / "words").read_text()


@pytest.mark.holds_off("fault")
def test_a_read_only_output(shared: Repository) -> None:
    shared.write({"overlays/a/cluster.yaml": cluster_yaml("a", "other.example.com")})
    for directory in ("clusters/a/shop", "clusters/a", "clusters"):
        (shared.path / directory).chmod(0o555)
    before = snapshot(shared.path)
    try:
        assert _as_nobody(_said(shared, "clusters/a")) == 1
        assert _words(shared).startswith(
            "error: clusters/a/shop/deployment-web.yaml: cannot be written: Permission denied\n"
        )
        assert snapshot(shared.path) == before
        assert _as_nobody(_said(shared, "clusters/a", "--check")) == 1
        assert _words(shared).startswith("changed: clusters/a/shop/deployment-web.yaml\n")
    finally:
        for directory in ("clusters", "clusters/a", "clusters/a/shop"):
            (shared.path / directory).chmod(0o755)


@pytest.mark.holds_off("fault")
def test_an_output_that_cannot_be_made(shared: Repository) -> None:
    shutil.rmtree(shared.path / "clusters")
    shared.path.chmod(0o555)
    try:
        assert _as_nobody(_said(shared, "clusters/a")) == 1
    finally:
        shared.path.chmod(0o755)
    assert "cannot be written: Permission denied" in _words(shared)
    assert "internal error" not in _words(shared)


@pytest.mark.parametrize(
    "place",
    [
        *("clusters/a/shop/service-web.yaml", "clusters/a/shop", "clusters/a/other.txt"),
        *("overlays/a/cluster.yaml", "overlays/a/kustomization.yaml", "base/parameters.yaml"),
        *("base/web.yaml", "base", "overlays/a", "overlays", "clusters/gone"),
        *("render.toml", "pyproject.toml"),
    ],
)
def test_what_cannot_be_read(shared: Repository, place: str) -> None:
    is_shared = place == "pyproject.toml"  # both beside each other would be an error
    shared.write({place: "[tool.render]\n"} if is_shared else {"render.toml": ""})
    shared.write({"clusters/a/other.txt": "x", "clusters/gone/shop/x.yaml": _OURS})
    mode = (shared.path / place).stat().st_mode
    (shared.path / place).chmod(0)
    try:
        code = _as_nobody(_said(shared, "clusters"))
    finally:
        (shared.path / place).chmod(mode)
    assert code in (1, 2), _words(shared)
    assert "internal error" not in _words(shared)
    name = place if place != "overlays" else "overlays"
    assert name.rpartition("/")[2] in _words(shared) or "there is no cluster" in _words(shared)


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
@pytest.mark.parametrize("place", ["overlays/b", "overlays", "apps", "apps/x", "apps/x/overlays"])
def test_an_overlay_that_may_not_be_read_is_not_gone(
    shared: Repository, place: str, mode: int
) -> None:
    more = {f"apps/x/{path}": text for path, text in shop("c").items()}
    entry = 'source = "apps/{app}/overlays/{cluster}"\noutput = "clusters/{cluster}/{app}"\n'
    shared.write({**shop("a", "b"), **more, "render.toml": f"[[trees]]\n[[trees]]\n{entry}"})
    shared.render("clusters")
    before = snapshot(shared.path / "clusters")
    usual = (shared.path / place).stat().st_mode
    (shared.path / place).chmod(mode)
    try:
        code = _as_nobody(_said(shared, "clusters", "--prune-clusters"))
    finally:
        (shared.path / place).chmod(usual)
    if mode == 0o111 and place in ("overlays/b", "apps/x"):  # no list of what is in it is needed
        assert (code, "warning" in _words(shared)) == (0, False)
    else:
        assert code == 1, _words(shared)
        assert re.search(rf"{place}\S*: .*(cannot be read|may not be read)", _words(shared))
    assert snapshot(shared.path / "clusters") == before


@pytest.mark.holds_off("fault")
def test_a_file_that_may_not_grow(repository: Repository) -> None:
    repository.write(shop())
    repository.write(
        {"base/big.txt": "x" * 20_000, "overlays/a/kustomization.yaml": "resources: [../../base]\n"}
    )
    base = (repository.path / "base/kustomization.yaml").read_text()
    repository.write({"base/kustomization.yaml": f"{base}  files: [big.txt]\n"})

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    result = spawn(repository.path, "clusters/a", preexec_fn=limit)
    assert result.returncode == 1
    assert "cannot be written: File too large" in result.stderr
    assert not [
        name for name in _contents(repository.path) if ".tmp" in name or "configmap" in name
    ]
    repository.render("clusters/a")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a few files."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)]
    mounted = _is_root and subprocess.run(["mount", *options], check=False).returncode == 0
    if not mounted:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.holds_off("fault")
def test_a_full_disk(repository: Repository, small_disk: Path) -> None:
    repository.write(shop())
    repository.render("clusters/a")
    shutil.copytree(repository.path / "clusters", small_disk / "clusters")
    for name in ("base", "overlays"):
        shutil.copytree(repository.path / name, small_disk / name)
    on_disk = Repository(small_disk)
    base = (small_disk / "base/kustomization.yaml").read_text()
    (repository.path / "big.txt").write_text("x" * 40_000)
    on_disk.write({"base/kustomization.yaml": base.replace("red", "x" * 3000)})
    with contextlib.suppress(OSError), open(small_disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    before = _contents(small_disk / "clusters")
    result = on_disk.run("clusters/a")
    assert result.code == 1
    assert "cannot be written: No space left on device" in result.err
    assert "run the same command again when there is room and permission" in result.err
    assert _contents(small_disk / "clusters") == before
    (small_disk / "filler").unlink()
    on_disk.render("clusters/a")


# Several at once


@pytest.mark.holds_off("fault")
@pytest.mark.parametrize("renders", [2, 4])
def test_several_renders_of_one_cluster_at_once(repository: Repository, renders: int) -> None:
    stale = _Stale(repository)
    running = [start(repository.path, ["clusters/a"]) for _ in range(renders)]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, (out, err)
    assert _contents(repository.path / "clusters/a") == stale.new
    stale.check(leftovers=False)


@pytest.mark.holds_off("fault")
def test_many_renders_at_once_where_the_directory_comes_and_goes(repository: Repository) -> None:
    """Forks are quick enough to meet each other at every step."""
    stale = _Stale(repository)

    def render() -> int:
        return repository.run("clusters/a").code

    for _ in range(10):
        shutil.rmtree(repository.path / "clusters")
        forks = [os.fork() for _ in range(1)]
        if forks[0] == 0:
            os._exit(render())
        codes = [_in_a_fork(render)]
        codes.append(os.waitstatus_to_exitcode(os.waitpid(forks[0], 0)[1]))
        assert codes == [0, 0]
        expected = {path: content for path, content in stale.new.items() if path != "README.md"}
        assert _contents(repository.path / "clusters/a") == expected


@pytest.mark.holds_off("fault")
def test_a_render_goes_on_when_another_is_killed(repository: Repository) -> None:
    stale = _Stale(repository)
    others = [start(repository.path, ["clusters/a"]) for _ in range(2)]
    killed = start(repository.path, ["clusters/a"])
    time.sleep(0.15)
    killed.kill()
    killed.communicate()
    for process in others:
        process.communicate(timeout=60)
        assert process.returncode == 0
    stale.check(leftovers=True)


def test_a_lock_waits_and_a_check_does_too(repository: Repository) -> None:
    import fcntl

    stale = _Stale(repository)
    lock = os.open(repository.path / "clusters/a", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    process = start(repository.path, ["clusters/a"])
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    assert _contents(repository.path / "clusters/a") == stale.old
    os.close(lock)
    process.communicate(timeout=60)
    assert process.returncode == 0
    stale.check(leftovers=False)


# Edited while rendering


@pytest.mark.parametrize(
    ("path", "edit"),
    [
        ("base/web.yaml", ("web:1", "web:2")),
        ("base/parameters.yaml", ("default: 1", "default: 7")),
        ("overlays/a/cluster.yaml", ("shop.example.com", "other.example.com")),
        ("overlays/a/patch.yaml", ("web-1", "web-8")),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after", "written"])
def test_what_is_edited_during_a_render_is_noticed_by_the_next(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    edit: tuple[str, str],
    moment: str,
) -> None:
    patch = "- {op: replace, path: /metadata/labels, value: {x: web-1}}\n"
    more = "  patches:\n  - {target: {kind: Deployment}, path: patch.yaml}\n"
    repository.write(shop())
    repository.write(
        {
            "overlays/a/cluster.yaml": cluster_yaml("a", more=more),
            "overlays/a/patch.yaml": patch.replace("replace", "add"),
        }
    )
    repository.render("clusters/a")
    old = _contents(repository.path / "clusters/a")
    original = (repository.path / path).read_text()
    edited = original.replace(*edit)
    assert edited != original
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    shutil.rmtree(repository.path / "clusters/a")
    real_build, real_carry_out = build_all, carry_out

    def edited_build(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            (repository.path / path).write_text(edited)
        built = list(real_build(*arguments, **options))
        if moment == "after":
            (repository.path / path).write_text(edited)
        return built

    def edited_carry_out(*arguments: Any, **options: Any) -> None:
        real_carry_out(*arguments, **options)
        if moment == "written":
            (repository.path / path).write_text(edited)

    with monkeypatch.context() as patched:
        patched.setattr("renderer.composition.stack.build_all", edited_build)
        patched.setattr("renderer.pipeline.finish.carry_out", edited_carry_out)
        repository.render("clusters/a")
    assert (repository.path / path).read_text() == edited
    during = _contents(repository.path / "clusters/a")
    # Edited and taken back: the tree must be the old one again, whatever it was meanwhile.
    (repository.path / path).write_text(original)
    repository.render("clusters/a")
    assert _contents(repository.path / "clusters/a") == old
    # And edited for good: the tree must follow.
    write_tree(repository.path / "clusters/a", during)
    (repository.path / path).write_text(edited)
    repository.render("clusters/a")
    assert _contents(repository.path / "clusters/a") != old


# Interrupted, and nobody listening


@pytest.mark.usefixtures("heeded_signals")
@pytest.mark.parametrize("told", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_while_the_engine_works(
    repository: Repository, tmp_path: Path, told: str
) -> None:
    repository.write(shop())
    repository.write({"overlays/a/kustomization.yaml": "resources: [../../base]\nnamePrefix: i-\n"})
    engine = _engine(tmp_path, f"echo $$ > {tmp_path}/works; exec sleep 60")
    process = start(repository.path, ["clusters/a", "--engine", engine])
    deadline = time.monotonic() + 30
    while not (tmp_path / "works").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    for _ in range(2):
        process.send_signal(signal.Signals[told])
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert err.strip() == "interrupted: every file is old or new as a whole; run it again to go on"
    assert not (repository.path / "clusters").exists()
    engine_id = int((tmp_path / "works").read_text())
    assert eventually(lambda: not is_alive(engine_id))  # nobody would stop it any more


@pytest.mark.usefixtures("heeded_signals")
def test_an_interrupt_while_the_engine_is_started(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop())
    repository.write({"overlays/a/kustomization.yaml": "resources: [../../base]\nnamePrefix: i-\n"})
    works = tmp_path / "works"
    engine = _engine(tmp_path, f"echo $$ >> {works}; kill -INT $PPID; exec sleep 60")
    for _ in range(20):  # each time a little earlier or later for us
        process = start(repository.path, ["clusters/a", "--engine", engine])
        process.communicate(timeout=30)
        assert process.returncode == 130
    engines = [int(line) for line in works.read_text().split()]
    assert len(engines) == 20
    assert eventually(lambda: not any(is_alive(engine) for engine in engines))


def _engine(directory: Path, build: str) -> str:
    """A program that says it is kubectl, and does something else when it is to build."""
    path = directory / "kubectl"
    version = '{"clientVersion": {"gitVersion": "v1.34.0"}, "kustomizeVersion": "v5.7.1"}'
    path.write_text(
        f"#!/bin/sh\nPATH=/usr/bin:/bin\n[ $1 = version ] && echo '{version}' && exit\n{build}\n"
    )
    path.chmod(0o755)
    return str(path)


def _big(repository: Repository) -> None:
    repository.write(shop())
    base = (repository.path / "base/kustomization.yaml").read_text()
    repository.write(
        {
            "base/kustomization.yaml": f"{base}  files: [big.txt]\n",
            "base/big.txt": "line\n" * 100_000,
        }
    )


@pytest.mark.parametrize("arguments", [["build", "overlays/a"], ["a", "--diff", "--check"]])
def test_who_reads_us_has_had_enough(repository: Repository, arguments: list[str]) -> None:
    _big(repository)
    process = start(repository.path, arguments)
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) != 0
    assert "Traceback" not in err
    assert "rror" not in err
    assert "xception" not in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "arguments", [["build", "overlays/a"], ["list"], ["a", "--diff"], ["--version"], ["--help"]]
)
def test_an_output_stream_without_room(repository: Repository, arguments: list[str]) -> None:
    repository.write(shop())
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            command(*arguments),
            cwd=repository.path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 3
    assert result.stderr.count("error") == 1
    assert "No space left on device" in result.stderr
    assert "internal" not in result.stderr
    assert "Exception" not in result.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(repository: Repository, closed: str) -> None:
    repository.write(shop())
    words = " ".join(command("clusters/a"))
    result = subprocess.run(
        ["sh", "-c", f"exec {words} {closed}"],
        cwd=repository.path,
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result
    assert tuple(repository.files("clusters/a")) == TREE


def test_a_directory_that_is_gone(repository: Repository, tmp_path: Path) -> None:
    repository.write(shop())
    gone = tmp_path / "gone"
    script = f"mkdir {gone} && cd {gone} && rmdir {gone} && exec {' '.join(command('clusters/a'))}"
    result = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode in (1, 2, 3)
    assert "internal error" not in result.stderr
    assert "Traceback" not in result.stderr


# The cache


def _spoil_file(cache: Path) -> None:
    shutil.rmtree(cache)
    cache.write_text("a file")


def _spoil_link(cache: Path) -> None:
    shutil.rmtree(cache)
    cache.symlink_to(cache.parent / "nowhere")


def _spoil_entries(cache: Path, content: bytes) -> None:
    for entry in cache.rglob("*"):
        if entry.is_file():
            entry.write_bytes(content)


def _spoil_with_directories(cache: Path) -> None:
    for entry in [*cache.rglob("*")]:
        if entry.is_file():
            entry.unlink()
            entry.mkdir()


def _spoil_with_fifos(cache: Path) -> None:
    for entry in [*cache.rglob("*")]:
        if entry.is_file():
            entry.unlink()
            os.mkfifo(entry)


def _swap(cache: Path) -> None:
    """Every entry whole, and in the place of another."""
    for folder in (cache / "renderer").iterdir():
        entries = sorted(entry for entry in folder.rglob("*") if entry.is_file())
        contents = [entry.read_bytes() for entry in entries]
        for entry, content in zip(entries, contents[1:] + contents[:1], strict=True):
            entry.write_bytes(content)


@pytest.mark.parametrize(
    "spoil",
    [
        _spoil_file,
        _spoil_link,
        lambda cache: _spoil_entries(cache, b""),
        lambda cache: _spoil_entries(cache, b"\xff garbage"),
        lambda cache: _spoil_entries(cache, b"render cache 1\n" + b"\0" * 16 + b"[]"),
        _spoil_with_directories,
        _spoil_with_fifos,
        _swap,
    ],
    ids=["file", "link", "empty", "garbage", "forged", "directories", "fifos", "swapped"],
)
def test_a_spoilt_cache_costs_only_time(
    repository: Repository, spoil: Callable[[Path], None]
) -> None:
    repository.write(shop("a", "b"))
    repository.render("clusters")
    expected = _contents(repository.path / "clusters")
    cache = Path(os.environ["XDG_CACHE_HOME"])
    spoil(cache)
    try:
        repository.render("clusters")
        assert _contents(repository.path / "clusters") == expected
        shutil.rmtree(repository.path / "clusters")
        repository.render("clusters")
        assert _contents(repository.path / "clusters") == expected
    finally:
        if cache.is_dir() and not cache.is_symlink():
            shutil.rmtree(cache)
        else:
            cache.unlink()


def test_a_read_only_cache(shared: Repository) -> None:
    expected = _contents(shared.path / "clusters")
    shutil.rmtree(shared.path / "clusters")
    (shared.path / "clusters").mkdir()
    (shared.path / "clusters").chmod(0o777)
    cache = Path(os.environ["XDG_CACHE_HOME"])
    for directory, _, _ in os.walk(cache):
        os.chown(directory, _NOBODY, _NOBODY) if _is_root else None
        os.chmod(directory, 0o500)
    try:
        assert _as_nobody(_said(shared, "clusters/a")) == 0, _words(shared)
        assert _contents(shared.path / "clusters") == expected
    finally:
        for directory, _, _ in os.walk(cache):
            os.chmod(directory, 0o700)


def test_a_cache_without_room(repository: Repository, small_disk: Path) -> None:
    _big(repository)
    (small_disk / "filler").write_bytes(b"")
    with contextlib.suppress(OSError), open(small_disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(small_disk / "cache"))
        repository.render("clusters")
        assert "4 unchanged" in repository.render("clusters").err


def test_a_cache_that_is_deleted_meanwhile(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(shop())
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)

    def build_late(*arguments: Any, **options: Any) -> Any:
        shutil.rmtree(os.environ["XDG_CACHE_HOME"])
        return build_all(*arguments, **options)

    monkeypatch.setattr("renderer.composition.stack.build_all", build_late)
    repository.render("clusters/a")
    assert tuple(repository.files("clusters/a")) == TREE


@pytest.mark.parametrize(
    "home", [None, "", "relative", "/nowhere/at/all", "/dev/null", "/proc/self/nowhere"]
)
def test_without_a_home(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    repository.write(shop())
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    before = set(repository.path.iterdir())
    try:
        repository.render("clusters/a")
    finally:
        if home == "/nowhere/at/all":
            shutil.rmtree("/nowhere", ignore_errors=True)
    assert {path.name for path in set(repository.path.iterdir()) - before} == {"clusters"}
