"""Files that are not what they should be: one message each, never a traceback, nothing written."""

from __future__ import annotations

import copy
import json
import os
import signal
import socket
import string
from typing import TYPE_CHECKING, Any, NoReturn
from unicodedata import category

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import TREE, cluster_yaml, shop
from support import Repository, Result, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_PATIENCE = 60  # seconds; for each example where there are many


@pytest.fixture(autouse=True)
def no_hanging() -> Iterator[None]:
    """Whatever waits for ever fails here, and does not stop the tests."""

    def stop(*_: object) -> NoReturn:
        pytest.fail("it hangs")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(_PATIENCE)
    yield
    signal.alarm(0)


_PATCH = "- {op: add, path: /metadata/labels, value: {x: z}}\n"


def _shop(repository: Repository) -> None:
    repository.write(shop())
    more = "  patches:\n  - {target: {kind: Deployment}, path: patch.yaml}\n"
    repository.write(
        {"overlays/a/cluster.yaml": cluster_yaml("a", more=more), "overlays/a/patch.yaml": _PATCH}
    )


_FILES = (
    "overlays/a/cluster.yaml",
    "overlays/a/kustomization.yaml",
    "overlays/a/patch.yaml",
    "base/kustomization.yaml",
    "base/parameters.yaml",
    "base/web.yaml",
)


def _assert_refused(result: Result, place: str) -> None:
    """One clear error about a place, from which nothing commands a terminal."""
    assert result.code in (1, 2), result
    assert place in result.err, result.err
    _assert_clean(result)


def _assert_clean(result: Result) -> None:
    assert "internal error" not in result.err, result.err
    assert "Traceback" not in result.err, result.err
    assert "panic" not in result.err, result.err
    bad = ("Cc", "Cf", "Cs", "Zl", "Zp")
    assert all(one in "\n\t" or category(one) not in bad for one in result.err), result.err
    assert len(result.err) < 10_000


def _alias_bomb(_: bytes) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


_MANGLED: dict[str, Callable[[bytes], bytes]] = {
    "not-utf8": lambda text: text + b"# \xff\xfe\n",
    "latin-1": lambda text: text + b"x: caf\xe9\n",
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "utf-32": lambda text: text.decode().encode("utf-32"),
    "nul": lambda text: text + b"# \0\n",
    "control": lambda text: text + b"# \x1b[31m\x07\n",
    "escape-in-key": lambda text: text + b'"\\e[31mred\\a": 1\n',
    "alias-bomb": _alias_bomb,
    "circular": lambda _: b"a: &a [*a]\n",
    "deep-flow": lambda _: b"[" * 100_000 + b"]" * 100_000,
    "deep-open": lambda _: b"a: " + b"{a: " * 100_000,
    "deep-block": lambda _: b"- " * 100_000 + b"x\n",
    "large": lambda text: text + b"# " + b"x" * 20_000_000 + b"\n",
    "scalar": lambda _: b"just text\n",
    "list": lambda _: b"- 1\n- 2\n",
    "tag": lambda text: text + b"x: !!python/object/apply:os.system [id]\n",
    "tab": lambda text: text + b"x:\n\t- y\n",
    "truncated": lambda text: text[: len(text) // 2],
    "binary": lambda _: bytes(range(256)),
    "merge": lambda _: b"<<: 1\n",
    "unclosed": lambda text: text + b'"',
    "int-key": lambda text: text + b"1: 2\n",
    "null-key": lambda text: text + b"~: 2\n",
    "list-key": lambda text: text + b"? [a]\n: 2\n",
}
# What other readers of YAML do not mind: a comment may hold anything but breaks.
_FINE = {("large", "base/web.yaml")}


@pytest.mark.parametrize("path", _FILES)
@pytest.mark.parametrize("mangle", _MANGLED.values(), ids=_MANGLED)
def test_content_that_is_not_what_it_should_be(
    repository: Repository, path: str, mangle: Callable[[bytes], bytes]
) -> None:
    _shop(repository)
    place = repository.path / path
    place.write_bytes(mangle(place.read_bytes()))
    for arguments in (["clusters/a"], ["build", "a"], ["parameters", "a"], ["list"]):
        result = repository.run(*arguments)
        assert result.code in (0, 1, 2), result
        _assert_clean(result)
        if result.code:
            assert result.err.startswith(("error: ", "overlays/", "base/")), result.err
    if result.code:
        assert not (repository.path / "clusters").exists()


@pytest.mark.parametrize("path", _FILES)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(
    repository: Repository, path: str
) -> None:
    _shop(repository)
    repository.render("clusters/a")
    expected = repository.files("clusters")
    place = repository.path / path
    text = place.read_bytes()
    for changed in (b"\xef\xbb\xbf" + text, text.replace(b"\n", b"\r\n")):
        place.write_bytes(changed)
        repository.render("clusters/a")
        assert repository.files("clusters") == expected


@pytest.mark.parametrize("path", _FILES)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"---\n---\n"])
def test_an_empty_file(repository: Repository, path: str, content: bytes) -> None:
    _shop(repository)
    (repository.path / path).write_bytes(content)
    result = repository.run("clusters/a")
    if path in ("base/web.yaml", "base/kustomization.yaml", "base/parameters.yaml"):
        _assert_refused(result, "")  # kustomize minds it, or what it held is missed
    else:
        _assert_refused(result, path if "cluster.yaml" in path else "overlays/a")


def _to_directory(path: Path) -> None:
    path.mkdir()


def _to_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


_SPECIAL: dict[str, Callable[[Path], None]] = {
    "directory": _to_directory,
    "fifo": os.mkfifo,
    "socket": _to_socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path.name),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "outside": lambda path: path.symlink_to("/etc/passwd"),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "environment": lambda path: path.symlink_to("/proc/self/environ"),
}


@pytest.mark.parametrize("path", [*_FILES, "render.toml", "pyproject.toml"])
@pytest.mark.parametrize("make", _SPECIAL.values(), ids=_SPECIAL)
def test_what_is_no_file(repository: Repository, path: str, make: Callable[[Path], None]) -> None:
    _shop(repository)
    place = repository.path / path
    place.unlink(missing_ok=True)
    make(place)
    for arguments in (["clusters/a"], ["clusters/a", "--check"], ["build", "overlays/a"]):
        result = repository.run(*arguments)
        if path.endswith(".toml"):
            assert result.code in (0, 1, 2), result
            _assert_clean(result)
            assert result.code or "clusters/a" in result.err or result.out
        else:
            _assert_refused(result, path.rpartition("/")[0])
            assert not (repository.path / "clusters").exists()
        assert "root:" not in result.err
        assert "PATH=" not in result.err


def test_a_link_inside_the_repository_is_followed(repository: Repository) -> None:
    _shop(repository)
    (repository.path / "overlays/a/cluster.yaml").rename(repository.path / "base/shared.yaml")
    (repository.path / "overlays/a/cluster.yaml").symlink_to("../../base/shared.yaml")
    repository.render("clusters/a")
    assert tuple(repository.files("clusters/a")) == TREE


_ESCAPES = "\x1b[2J\x1b]0;title\x07 \u202e \u2028 \x9b31m"


def test_nothing_that_is_quoted_commands_a_terminal(repository: Repository) -> None:
    quoted = json.dumps(_ESCAPES)
    _shop(repository)
    for text in (
        cluster_yaml("a", more=f"  {quoted}: 1\n"),
        cluster_yaml("a", host=quoted),
        cluster_yaml("a").replace("web.host", quoted),
        cluster_yaml("a").replace("name: a", f"name: {quoted}"),
        cluster_yaml("a", more=f"  patches:\n  - target: {{kind: {quoted}}}\n    patch: []\n"),
        cluster_yaml("a", more=f"  patches:\n  - {{target: {{kind: X}}, path: {quoted}}}\n"),
    ):
        repository.write({"overlays/a/cluster.yaml": text})
        for arguments in (["a"], ["a", "--check", "--diff"], ["build", "a"], ["parameters", "a"]):
            result = repository.run(*arguments)
            if arguments != ["parameters", "a"]:
                assert result.code == 1
            _assert_clean(result)
    for path, old in (("base/web.yaml", "name: web\n"), ("base/parameters.yaml", "web.replicas")):
        repository.write(shop())
        text = (repository.path / path).read_text().replace(old, old.replace("web", quoted, 1), 1)
        repository.write({path: text})
        _assert_clean(repository.run("a"))
    _assert_clean(repository.run(_ESCAPES))
    _assert_clean(repository.run("build", _ESCAPES))
    _assert_clean(repository.run("--repo", _ESCAPES, "a"))
    _assert_clean(repository.run("--engine", _ESCAPES, "a"))


# Settings

_SETTINGS = {
    "not-toml": "source = [",
    "not-utf8": b"# \xff\n[tool.render]\n",
    "nul": "source = 'over\\u0000lays'\n",
    "nul-path": 'source = "over\\u0000lays/{cluster}"\noutput = "x\\u0000/{cluster}"\n',
    "deep": "x = " + "[" * 100_000,
    "deep-table": "x." * 50_000 + "y = 1",
    "source-number": "source = 1",
    "source-list": "source = ['overlays/{cluster}']",
    "output-bool": "output = true",
    "engine": "engine = 'kubectl'",
    "engine-list": "engine = ['kubectl']",
    "allow-string": "allow-remote = 'yes'",
    "timeout-string": "timeout = '5'",
    "timeout-zero": "timeout = 0",
    "timeout-negative": "timeout = -1.5",
    "timeout-nan": "timeout = nan",
    "timeout-infinite": "timeout = inf",
    "timeout-huge": "timeout = 1e300",
    "timeout-bool": "timeout = true",
    "timeout-huge-int": f"timeout = {10**400}",
    "checks-list": "checks = []",
    "checks-number": "checks = {plain-secret = 1}",
    "checks-nested": "checks = {plain-secret = []}",
    "checks-table": "checks = {plain-secret = {}}",
    "checks-rule": "checks = {plain-secrets = 'off'}",
    "unknown": "colour = 1",
    "escape": '"\\u001b[31m" = 1',
    "tool-is-text": "tool = 'x'",
    "render-is-text": "[tool]\nrender = 'x'",
    "date": "source = 2024-01-01",
}


@pytest.mark.parametrize("text", _SETTINGS.values(), ids=_SETTINGS)
def test_settings_that_are_wrong(repository: Repository, text: str | bytes) -> None:
    repository.write(shop())
    repository.write({"render.toml": text})
    for arguments in (["clusters/a"], ["list"], ["build", "overlays/a"]):
        _assert_refused(repository.run(*arguments), "")
        result = repository.run(*arguments)
        assert result.code == 2, result
    assert not (repository.path / "clusters").exists()


def test_settings_of_others_are_not_read(repository: Repository) -> None:
    repository.write(shop())
    repository.write({"pyproject.toml": "[tool.other]\nx = 1\n"})
    repository.render("clusters/a")


# Engines

_VERSION = '{"clientVersion": {"gitVersion": "v1.34.0"}, "kustomizeVersion": "%s"}'
_GOOD = _VERSION % "v5.7.1"


def _engine(version: str, build: str = "exit 0") -> str:
    return (
        f"#!/bin/sh\nPATH=/usr/bin:/bin\nif [ $1 = version ]; then\n{version}\nexit\nfi\n{build}\n"
    )


def _answers(build: str) -> str:
    return _engine(f"echo '{_GOOD}'", build)


_ENGINES: dict[str, tuple[str, int, str]] = {
    "wrong-version": (_engine(f"echo '{_VERSION % 'v4.5.7'}'"), 3, "is kustomize v4.5.7, but 5.x"),
    "no-version": (_engine("echo '{\"clientVersion\": {}}'"), 3, "unknown version"),
    "not-json": (_engine("echo hello"), 3, "is neither kubectl nor kustomize"),
    "json-list": (_engine("echo '[]'"), 3, "is neither kubectl nor kustomize"),
    "deep-json": (_engine("head -c 200000 /dev/zero | tr '\\\\0' '['"), 3, "neither kubectl nor"),
    "version-fails": (_engine("exit 1"), 3, "is neither kubectl nor kustomize"),
    "version-crashes": (_engine("kill -SEGV $$"), 3, "was killed (SIGSEGV)"),
    "hangs": (_answers("sleep 60"), 3, "did not finish within 0.5 s and was stopped"),
    "crashes": (_answers("kill -SEGV $$"), 3, "was killed (SIGSEGV)"),
    "killed": (_answers("kill -KILL $$"), 3, "may have run out of memory"),
    "panics": (_answers("echo 'panic: oh no' >&2; echo 'goroutine 1' >&2; exit 2"), 3, "oh no"),
    "fails": (_answers("echo 'Error: no way' >&2; exit 1"), 1, "no way"),
    "fails-silently": (_answers("exit 1"), 1, "does not say why"),
    "code": (_answers("exit 77"), 3, "unexpected code 77"),
    "garbage": (_answers("echo ']['"), 3, "not a stream of manifests"),
    "binary": (_answers("printf '\\377\\376\\0'"), 3, "not a stream of manifests"),
    "no-newline": (_answers("printf 'a: b'"), 3, "not a stream of manifests"),
    "no-kind": (_answers("echo 'a: b'"), 1, "not a Kubernetes object"),
    "name-number": (
        _answers("printf 'apiVersion: v1\\nkind: X\\nmetadata:\\n  name: 1\\n'"),
        1,
        "",
    ),
    "metadata-list": (_answers("printf 'apiVersion: v1\\nkind: X\\nmetadata: []\\n'"), 1, ""),
    "secret-text": (
        _answers("printf 'apiVersion: v1\\ndata: x\\nkind: Secret\\nmetadata:\\n  name: s\\n'"),
        *(1, ""),
    ),
    "bad-later": (_answers("printf 'a: b\\n---\\nc: [\\n'"), 1, ""),
    "duplicate-keys": (_answers("printf 'kind: A\\nkind: B\\n'"), 1, ""),
    "escapes": (_answers("printf 'Error: \\033[31mred\\033[0m\\n' >&2; exit 1"), 1, "red"),
}


@pytest.mark.parametrize("engine", _ENGINES.values(), ids=_ENGINES)
@pytest.mark.parametrize("by", ["option", "environment", "configuration"])
def test_an_engine_that_is_none(
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: tuple[str, int, str],
    by: str,
) -> None:
    script, code, message = engine
    program = tmp_path / "kubectl"
    program.write_text(script)
    program.chmod(0o755)
    repository.write(shop())
    repository.write({"overlays/a/kustomization.yaml": "resources: [../../base]\n"})
    timeout = 0.5 if "sleep" in script else 30
    repository.write({"render.toml": f"timeout = {timeout}\n"})
    if by == "environment":
        monkeypatch.setenv("RENDER_ENGINE", str(program))
    if by == "configuration":
        configure(tmp_path, monkeypatch, f'engine = "{program}"\n')
    option = ["--engine", str(program)] if by == "option" else []
    result = repository.run("clusters/a", *option)
    if "panic" in message or "oh no" in message:
        assert "goroutine" not in result.err
        result = Result(result.code, result.out, result.err.replace("panic", ""))
    _assert_clean(result)
    assert message in result.err
    assert result.code in ((code, 3) if not message else (code,)), result
    assert not (repository.path / "clusters").exists()


@pytest.mark.parametrize("engine", ["/nowhere/kubectl", "no-such-kubectl", ".", "/dev/null", " "])
def test_an_engine_that_is_not_there(repository: Repository, engine: str) -> None:
    repository.write(shop())
    result = repository.run("clusters/a", "--engine", engine)
    assert result.code == 3
    _assert_clean(result)


# Fuzzing

_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(
            [
                *("a", "web", "web.host", "$(web.host)", "$(", "$$(x)", "/", "/spec/replicas"),
                *(
                    "/metadata/name",
                    "-",
                    "~2",
                    "[name=web]",
                    "/a/-",
                    "string",
                    "object",
                    "hostname",
                ),
                *("replace", "add", "test", "v1", "Cluster", "Parameters", "../x", "\0", "^("),
                *("x" * 300, "app=web", "a in (b", "https://x", "2024-01-01", "0x1F", "<<", "="),
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.integers(), st.none()), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    places = [path]
    if isinstance(node, dict):
        for key, value in node.items():
            places += _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            places += _places(value, (*path, index))
    return places


@st.composite
def _mutated(draw: st.DrawFn, text: str) -> str:
    """A document with values replaced, removed, added, renamed, repeated."""
    document = yaml.safe_load(text)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_places(document)))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                document = draw(_VALUES)
            continue
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "replace", "remove", "rename", "add", "repeat"]))
        if action == "replace":
            holder[path[-1]] = draw(_VALUES)
        elif action == "remove":
            del holder[path[-1]]
        elif action == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        elif action == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from([*"abc", "op", "path", "value"]))] = holder.pop(path[-1])
        elif isinstance(holder, dict):
            holder[draw(st.sampled_from(["op", "value", "path", "from", "default", "x"]))] = draw(
                _VALUES
            )
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


@st.composite
def _garbled(draw: st.DrawFn, text: str) -> str:
    """A text with characters replaced, taken out, put in, and lines repeated."""
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(text) - 1, 0)))
        length = draw(st.integers(0, 12))
        inserted = draw(
            st.one_of(
                st.text(max_size=3),
                st.sampled_from([*string.punctuation, "\n", "\t", "\n  ", ": ", "- ", "&a ", "*a"]),
                st.just(text[place : place + length]),
            )
        )
        text = text[:place] + inserted + text[place + length :]
    return text


_CLUSTER = cluster_yaml(
    "a",
    more="""\
    web.replicas: 2
  patches:
  - target: {kind: Deployment, name: web, labelSelector: app=web}
    patch:
    - {op: add, path: /metadata/labels, value: {app: web}}
    - {op: replace, path: '/spec/template/spec/containers/[name=web]/image', value: web:2}
    - {op: test, path: /spec/replicas, value: 2}
  - target: {kind: Service, namespace: shop}
    patch: |
      - {op: move, from: /spec/ports, path: /spec/other}
""",
)
_PARAMETERS = (
    shop()["base/parameters.yaml"]
    + """\
  - name: web.url
    schema: {enum: [https], type: string}
    default: https
    targets:
    - select: {kind: Service, annotationSelector: "!x"}
      path: /metadata/annotations
      op: add
      value: {url: $(web.url)://$(web.host)/$$(x)}
  provides: [web]
"""
)


def _fuzz(path: Path, name: str, text: str) -> None:
    signal.alarm(_PATIENCE)
    repository = Repository(path)
    (repository.path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    for arguments in (["clusters/a", "--check", "--diff"], ["parameters", "a"]):
        result = repository.run(*arguments)
        assert result.code in (0, 1, 2), result.err
        assert result.code == 0 or result.err or result.out
        _assert_clean(result)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz")
    Repository(path).write(shop())
    return path


@settings(max_examples=250)
@given(text=_mutated(_CLUSTER) | _garbled(_CLUSTER))
def test_any_cluster_yaml_ends_in_a_message(fuzzed: Path, text: str) -> None:
    (fuzzed / "base/parameters.yaml").write_text(shop()["base/parameters.yaml"])
    _fuzz(fuzzed, "overlays/a/cluster.yaml", text)


@settings(max_examples=60)
@given(text=_mutated(_PARAMETERS) | _garbled(_PARAMETERS))
def test_any_parameters_yaml_ends_in_a_message(fuzzed: Path, text: str) -> None:
    (fuzzed / "overlays/a/cluster.yaml").write_text(cluster_yaml("a"))
    _fuzz(fuzzed, "base/parameters.yaml", text)


@pytest.mark.long
@settings(max_examples=20_000)
@given(text=_mutated(_CLUSTER) | _garbled(_CLUSTER))
def test_very_many_cluster_yaml_end_in_a_message(fuzzed: Path, text: str) -> None:
    (fuzzed / "base/parameters.yaml").write_text(shop()["base/parameters.yaml"])
    _fuzz(fuzzed, "overlays/a/cluster.yaml", text)


@pytest.mark.long
@settings(max_examples=3_000)
@given(text=_mutated(_PARAMETERS) | _garbled(_PARAMETERS))
def test_very_many_parameters_yaml_end_in_a_message(fuzzed: Path, text: str) -> None:
    (fuzzed / "overlays/a/cluster.yaml").write_text(cluster_yaml("a"))
    _fuzz(fuzzed, "base/parameters.yaml", text)
