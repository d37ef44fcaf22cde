"""A reader of `render diff --json` as somebody wrote it when format 1 was new.

It is never changed as long as the format is 1: that it reads every report of the tests shows that
no field was removed or got another type.
"""

from __future__ import annotations

from typing import Any

_NOTHING = type(None)


def read(report: dict[str, Any]) -> list[str]:
    """All that a report of format 1 says, in lines."""
    assert _of(report, "format", int) == 1
    lines = [_side(_of(report, name, dict)) for name in ("base", "head")]
    lines.append(" ".join(_texts(report, "clusters")))
    lines += [_image(one) for one in _of(report, "images", list)]
    for one in _of(report, "held_back", list):
        lines.append(f"{_of(one, 'by', str)} {_of(one, 'until', str)} {_texts(one, 'clusters')}")
    lines += [_impact(one) for one in _of(report, "impacts", list)]
    for change in _of(report, "changes", list):
        lines += _change(change)
    rendered = _of(report, "rendered", dict, _NOTHING)
    if rendered is not None:
        stale = _of(rendered, "stale", dict)
        lines.append(f"stale: {_texts(stale, 'base')} {_texts(stale, 'head')}")
    return [*lines, *_texts(report, "foreign")]


def _of(row: dict[str, Any], name: str, *types: type) -> Any:
    value = row[name]
    assert type(value) in types, f"{name} was one of {types}, and is {value!r}"
    return value


def _texts(row: dict[str, Any], name: str) -> list[str]:
    found: list[str] = _of(row, name, list)
    assert all(type(one) is str for one in found)
    return found


def _side(row: dict[str, Any]) -> str:
    return f"{_of(row, 'name', str)}: {_of(row, 'commit', str, _NOTHING)}"


def _image(row: dict[str, Any]) -> str:
    old, new = (_of(row, name, str, _NOTHING) for name in ("old", "new"))
    mark = "!" if _of(row, "major", bool) else ""
    return f"{old} -> {new}{mark} {_of(row, 'containers', int)} {_texts(row, 'clusters')}"


def _object(row: dict[str, Any]) -> str:
    namespace = _of(row, "namespace", str, _NOTHING)
    words = [_of(row, name, str) for name in ("group", "kind", "name")]
    return " ".join([*words, namespace or "-"])


_IMPACTS = (
    *("loses-data", "outage", "opens-access", "rejected", "recreates", "deletes", "rolls-pods"),
    *("in-place", "none"),
)


def _impact(row: dict[str, Any]) -> str:
    impact = _of(row, "impact", str)
    assert impact in _IMPACTS
    words = [_of(row, name, str) for name in ("field", "reason", "hint")]
    mark = " (predicted)" if _of(row, "predicted", bool) else ""
    excuse = _of(row, "excuse", str, _NOTHING) or ""
    about = f"{_object(_of(row, 'object', dict))} {_texts(row, 'clusters')}"
    return f"{impact}{mark} {about} {words} {excuse}"


def _cause(row: dict[str, Any]) -> str:
    mark = "" if _of(row, "certain", bool) else "perhaps "
    what = _of(row, "what", str, _NOTHING) or ""
    return f"  {mark}{_of(row, 'path', str)}:{_of(row, 'line', int)} {what}"


def _change(row: dict[str, Any]) -> list[str]:
    verb = _of(row, "change", str)
    assert verb in ("added", "removed", "changed", "renamed", "moved")
    to = _of(row, "to", dict, _NOTHING)
    assert (to is not None) == (verb == "renamed")
    title = f"{verb} {_object(_of(row, 'object', dict))}{' -> ' + _object(to) if to else ''}"
    impact = _of(row, "impact", str, _NOTHING)
    assert impact in (None, *_IMPACTS)
    lines = [f"{title} {impact} {_texts(row, 'clusters')}"]
    lines += map(_cause, _of(row, "causes", list, _NOTHING) or [])
    for field in _of(row, "fields", list):
        follows = " follows" if _of(field, "follows", bool) else ""
        for one in _of(field, "variants", list):
            assert {*_texts(one, "clusters")} <= {*row["clusters"]}
            lines += [f"  {_texts(one, 'clusters')}{follows}", *_values(field, one, "  ")]
    return lines


def _values(named: dict[str, Any], row: dict[str, Any], indent: str) -> list[str]:
    name = _of(named, "field", str)
    if "order" in row:
        old, new = _of(row, "order", list)
        return [f"{indent}{name}: order {old} -> {new}"]
    assert "old" in row or "new" in row
    lines = [f"{indent}{name}: {row.get('old', 'nothing')!r} -> {row.get('new', 'nothing')!r}"]
    if "inside" in row:
        lines.append(f"{indent}  {_of(row['inside'], 'format', str)}")
        for one in _of(row["inside"], "fields", list):
            lines += _values(one, one, f"{indent}  ")
    return lines
