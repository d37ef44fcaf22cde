"""The cache: any damage is a miss, nothing is an error, and it does not grow for ever."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from renderer.cache import Cache, default_directory

KEY = "0" * 32


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "cache"))


def entry(cache: Cache, kind: str = "stack", key: str = KEY) -> Path:
    return Path(cache.directory, kind, key)


def test_gives_back_what_was_put(cache: Cache) -> None:
    assert cache.get("stack", KEY) is None
    for data in (b"", b"text\n", bytes(range(256)) * 4096):
        cache.put("stack", KEY, data)
        assert cache.get("stack", KEY) == data
        assert Cache(cache.directory).get("stack", KEY) == data


def test_only_we_can_read_it(cache: Cache) -> None:
    cache.put("stack", KEY, b"secret")
    modes = {path.stat().st_mode & 0o777 for path in Path(cache.directory).rglob("*")}
    assert Path(cache.directory).stat().st_mode & 0o777 == 0o700
    assert modes == {0o700, 0o600}


def test_a_directory_that_others_can_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o755)
    Cache(str(tmp_path / "cache"))
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_a_directory_of_somebodys_is_neither_used_nor_closed(tmp_path: Path) -> None:
    """As RENDER_CACHE=/, or $HOME: whoever named it did not mean to lose it."""
    home = tmp_path / "home"
    (home / "documents").mkdir(parents=True)
    home.chmod(0o755)
    cache = Cache(str(home))
    cache.put("stack", KEY, b"data")
    assert not cache.is_usable
    assert home.stat().st_mode & 0o777 == 0o755
    assert [*home.rglob("*")] == [home / "documents"]


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
@pytest.mark.parametrize("which", ["", "stack", f"stack/{KEY}"])
def test_what_others_can_write_is_neither_used_nor_repaired(
    cache: Cache, which: str, mode: int
) -> None:
    cache.put("stack", KEY, b"data")
    place = Path(cache.directory, which)
    place.chmod(mode)
    again = Cache(cache.directory)
    assert again.get("stack", KEY) is None
    assert place.stat().st_mode & 0o7777 == mode
    if place.is_dir():
        again.put("stack", "1" * 32, b"more")
        assert not entry(cache, key="1" * 32).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", ["stack", f"stack/{KEY}"])
def test_what_belongs_to_somebody_else_is_not_used(cache: Cache, which: str) -> None:
    cache.put("stack", KEY, b"data")
    os.chown(Path(cache.directory, which), 12345, 12345)
    assert Cache(cache.directory).get("stack", KEY) is None


def test_a_link_to_a_directory_that_others_can_write(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o777)
    (tmp_path / "cache").symlink_to("theirs")
    cache = Cache(str(tmp_path / "cache"))
    cache.put("stack", KEY, b"data")
    assert [*(tmp_path / "theirs").iterdir()] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    os.chown(tmp_path / "cache", 12345, 12345)
    cache = Cache(str(tmp_path / "cache"))
    cache.put("stack", KEY, b"data")
    assert cache.get("stack", KEY) is None
    assert list((tmp_path / "cache").iterdir()) == []


def test_every_truncation_is_a_miss(cache: Cache) -> None:
    cache.put("stack", KEY, b"twelve bytes")
    whole = entry(cache).read_bytes()
    for length in range(len(whole)):
        entry(cache).write_bytes(whole[:length])
        assert cache.get("stack", KEY) is None


def test_every_flipped_byte_is_a_miss(cache: Cache) -> None:
    cache.put("stack", KEY, b"twelve bytes")
    whole = entry(cache).read_bytes()
    for index in range(len(whole)):
        damaged = bytearray(whole)
        damaged[index] ^= 1
        entry(cache).write_bytes(damaged)
        assert cache.get("stack", KEY) is None


def test_an_entry_in_the_place_of_another_is_a_miss(cache: Cache) -> None:
    cache.put("stack", KEY, b"data")
    entry(cache, key="1" * 32).write_bytes(entry(cache).read_bytes())
    assert cache.get("stack", "1" * 32) is None


def test_strange_things_in_the_place_of_an_entry_are_misses(cache: Cache, tmp_path: Path) -> None:
    cache.put("stack", KEY, b"data")
    (tmp_path / "elsewhere").write_bytes(entry(cache).read_bytes())
    entry(cache).unlink()
    os.mkfifo(entry(cache))
    assert cache.get("stack", KEY) is None
    entry(cache).unlink()
    entry(cache).mkdir()
    assert cache.get("stack", KEY) is None
    cache.put("stack", KEY, b"data")
    entry(cache).rmdir()
    entry(cache).symlink_to(tmp_path / "elsewhere")
    assert cache.get("stack", KEY) is None


def test_deleted_while_in_use(cache: Cache) -> None:
    cache.put("stack", KEY, b"data")
    shutil.rmtree(cache.directory)
    assert cache.get("stack", KEY) is None
    cache.put("stack", KEY, b"again")
    assert cache.get("stack", KEY) == b"again"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for directory in (tmp_path / "file", tmp_path / "file" / "cache", Path("/proc/nothing")):
        cache = Cache(str(directory))
        cache.put("stack", KEY, b"data")
        assert cache.get("stack", KEY) is None


def test_a_full_disk(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put("stack", KEY, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.put("stack", KEY, b"new")
    monkeypatch.undo()
    assert cache.get("stack", KEY) == b"old"
    assert [path.name for path in Path(cache.directory, "stack").iterdir()] == [KEY]
    cache.put("stack", KEY, b"newer")
    assert cache.get("stack", KEY) == b"newer"


def test_what_a_killed_render_left_is_no_obstacle(cache: Cache) -> None:
    cache.put("stack", KEY, b"data")
    for number in range(5):
        Path(cache.directory, "stack", f".new-{os.getpid()}-{number}").write_bytes(b"half")
    cache.put("stack", KEY, b"new")
    assert cache.get("stack", KEY) == b"new"


def test_stays_within_its_limit_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    limit = 100_000
    cache = Cache(str(tmp_path / "cache"), limit=limit)
    cache.put("stack", "old", b"x" * 5000)
    for number in range(200):
        cache.put("stack", f"{number:032}", b"x" * 5000)
        age = time.time() - 100_000 + number
        os.utime(entry(cache, key=f"{number:032}"), (age, age))
        # An eighth of the limit may come between two looks at the size.
        sizes = [path.stat().st_size for path in Path(cache.directory, "stack").iterdir()]
        assert sum(sizes) <= limit + limit // 8 + 2 * 5100
    assert cache.get("stack", f"{199:032}") is not None
    assert cache.get("stack", f"{0:032}") is None


def test_reading_an_old_entry_makes_it_young(cache: Cache) -> None:
    cache.put("stack", KEY, b"data")
    os.utime(entry(cache), (1, 1))
    cache.get("stack", KEY)
    assert time.time() - entry(cache).stat().st_mtime < 60


def test_an_entry_that_is_too_large_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"), limit=1000)
    cache.put("stack", KEY, b"x" * 300)
    assert cache.get("stack", KEY) is None


def test_pruning_removes_what_was_left_half_written(cache: Cache) -> None:
    cache.put("stack", KEY, b"data")
    old, new = (Path(cache.directory, "stack", f".new-{n}") for n in ("1-1", "1-2"))
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.prune()
    assert not old.exists()
    assert new.exists()


HAMMER = """
import shutil, sys
from renderer.cache import Cache

directory, seed = sys.argv[1], int(sys.argv[2])
cache = Cache(directory, limit=20_000)
for number in range(600):
    key = f"{number * seed % 7:032}"
    cache.put("stack", key, key.encode() * 20)
    found = cache.get("stack", key)
    assert found is None or found == key.encode() * 20
    if number % 50 == seed:
        shutil.rmtree(directory, ignore_errors=True)
"""


def test_two_at_once(tmp_path: Path) -> None:
    """Both put, get and delete; an answer that was never put ends a process with an error."""
    command = [sys.executable, "-c", HAMMER, str(tmp_path / "cache")]
    workers = [subprocess.Popen([*command, seed]) for seed in ("3", "5")]
    assert [worker.wait() for worker in workers] == [0, 0]


def test_pruning_leaves_what_is_not_ours(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"), limit=1000)
    (tmp_path / "cache" / "photos").mkdir(parents=True)
    (tmp_path / "cache" / "photos" / "holiday.jpg").write_bytes(b"x" * 5000)
    cache.put("stack", KEY, b"data")
    cache.prune()
    assert (tmp_path / "cache" / "photos" / "holiday.jpg").exists()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/renderer"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/renderer"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/renderer"),
        ({}, None),
        ({"RENDER_CACHE": "/r", "XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/r"),
        ({"RENDER_CACHE": "", "HOME": "/h"}, "/h/.cache/renderer"),
    ],
)
def test_where_it_is(environ: dict[str, str], expected: str | None) -> None:
    assert default_directory(environ) == expected
