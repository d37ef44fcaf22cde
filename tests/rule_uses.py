"""Which rules the code names, and how severe it makes them: read from its syntax.

Whatever takes a rule first makes findings: a function whose first parameter is called `rule`, a
class whose first field is. What it is called with is a rule, or what a rule was assigned to; so is
what is handed on by the name `rule`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from support import PROJECT

_CODE = PROJECT / "renderer"
Definition = ast.FunctionDef | ast.ClassDef


class Use(NamedTuple):
    """One call that makes a finding; the severity is empty where the call does not decide it."""

    place: str
    rules: frozenset[str]
    severity: str


class _Code:
    """What is defined, assigned and called; a value that is unpacked has the index of the item."""

    def __init__(self) -> None:
        self.definitions: dict[str, list[tuple[Path, Definition]]] = defaultdict(list)
        self.assigned: dict[tuple[Path, str], list[tuple[ast.expr, int | None]]] = defaultdict(list)
        self.calls: list[tuple[Path, ast.Call]] = []
        self.paths = sorted(_CODE.rglob("*.py"))
        for path in self.paths:
            for node in ast.walk(ast.parse(path.read_text())):
                self._add(path, node)

    def _add(self, path: Path, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                self.definitions[node.name].append((path, node))
            case ast.Call():
                self.calls.append((path, node))
            case ast.AnnAssign(value=ast.expr() as value):
                self.assigned[path, _name(node.target)].append((value, None))
            case ast.Assign():
                for target in node.targets:
                    names = target.elts if isinstance(target, ast.Tuple) else ()
                    self.assigned[path, _name(target)].append((node.value, None))
                    for index, item in enumerate(names):
                        self.assigned[path, _name(item)].append((node.value, index))


@cache
def _code() -> _Code:
    return _Code()


def _is_maker(definition: Definition) -> bool:
    if isinstance(definition, ast.ClassDef):
        first = [ast.unparse(node) for node in definition.body if isinstance(node, ast.AnnAssign)]
    else:
        first = [ast.unparse(one) for one in definition.args.args if one.annotation]
    return first[:1] == ["rule: str"]


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _maker(path: Path, called: ast.expr) -> Definition | None:
    """What is called, if it makes findings; another name for it (also of a partial) is as good."""
    names = [_name(called)]
    for value, _ in _code().assigned.get((path, names[0]), ()):
        names += [_name(value.args[0] if isinstance(value, ast.Call) and value.args else value)]
    for name in names:
        for where, definition in _code().definitions.get(name, ()):
            if _is_maker(definition) and (where == path or not name.startswith("_")):
                return definition
    return None


def _strings(path: Path, node: ast.expr | None, index: int | None = None) -> Iterator[str]:
    """The strings that an expression can be, as far as constants say so."""
    match node:
        case ast.Constant(value=str(text)) if index is None:
            yield text
        case ast.IfExp():
            yield from _strings(path, node.body, index)
            yield from _strings(path, node.orelse, index)
        case ast.Tuple() if index is not None and index < len(node.elts):
            yield from _strings(path, node.elts[index])
        case ast.Dict():
            for value in node.values:
                yield from _strings(path, value, index)
        case ast.Subscript():
            yield from _strings(path, node.value, index)
        case ast.Call(func=ast.Name(id=name)):
            yield from _returned(name, index)
        case ast.Name(id=name):
            yield from _held(path, name, index)


def _returned(name: str, index: int | None) -> Iterator[str]:
    for path, definition in _code().definitions.get(name, ()):
        for node in ast.walk(definition):
            if isinstance(node, ast.Return):
                yield from _strings(path, node.value, index)


def _held(path: Path, name: str, index: int | None) -> Iterator[str]:
    """What a name of this module holds; a constant that is none of its own is another's."""
    own = _code().assigned.get((path, name))
    for where in _code().paths if name.isupper() and not own else (path,):
        for value, item in _code().assigned.get((where, name), ()):
            yield from _strings(where, value, index if item is None else item)


def _severity(call: ast.Call, maker: Definition) -> str:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    for node in given:
        if ast.unparse(node).startswith("Severity."):
            return ast.unparse(node).removeprefix("Severity.").lower()
    if isinstance(maker, ast.ClassDef):
        return ""
    text = ast.unparse(maker)
    is_error = any(part in text for part in ("Severity.ERROR", "Finding.error"))
    return "error" if is_error else "warning"


def _is_handed_on(rule: ast.expr) -> bool:
    """Whether somebody else has chosen it: an argument, or what was kept and is read again."""
    return _name(rule) == "rule" or isinstance(rule, ast.Subscript)


def uses() -> list[Use]:
    """Every call of the code that makes a finding with a rule of its own choice."""
    found = []
    for path, call in _code().calls:
        named = [one.value for one in call.keywords if one.arg == "rule"]
        maker = _maker(path, call.func)
        for rule in named or (call.args[:1] if maker else ()):
            rules = frozenset(_strings(path, rule))
            if rules or (maker and not _is_handed_on(rule)):
                place = f"{path.relative_to(_CODE)}:{call.lineno}"
                found.append(Use(place, rules, _severity(call, maker) if maker else ""))
    return found
