"""A record comes back as it was kept, and is written only where it is new."""

from __future__ import annotations

from pathlib import Path

from renderer.cache import Cache
from renderer.findings import Finding, Location
from renderer.kubernetes.expected import Expected
from renderer.repository.records import Record, Records
from renderer.tree.header import Header
from renderer.tree.planning import Stray

_RECORD = Record(
    siblings="",
    inputs="i",
    composition="c",
    outputs="o",
    manifests=2,
    files=3,
    patch_files=("overlays/a/patch.yaml",),
    unknown_kinds=(("example.com", "Thing"),),
    findings=(
        Finding.warning("no-change", "said", Location("overlays/a/cluster.yaml", 4, 2), field="/x"),
        Finding.warning("unmatched-target", "of all", hint="look"),
    ),
    expected=(Expected(Location("base/parameters.yaml", 3, 5), "Secret a/b", True),),
    excused=(0, 2),
    strays=(Stray("clusters/a/old.yaml", Header("old", "overlays/old", "clusters/old")),),
    notes=("the engine warned",),
    quoted=("ConfigMap a /data/b: line 1 ends with CRLF, so this text is in quotes",),
)


class _Counting(Cache):
    """A cache that counts what is put into it."""

    puts = 0

    def put(self, kind: str, key: str, data: bytes) -> None:
        self.puts += 1
        super().put(kind, key, data)


def test_a_record_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    cache = _Counting(str(tmp_path))
    Records(cache, "/repository").keep([("clusters/a", _RECORD)])
    again = Records(cache, "/repository")
    assert again.get("clusters/a") == _RECORD
    assert again.get("clusters/b") is None
    assert Records(cache, "/another").get("clusters/a") is None
    again.keep([("clusters/a", _RECORD)])
    assert cache.puts == 1
    again.keep([("clusters/a", _RECORD._replace(outputs="p"))])
    assert cache.puts == 2
