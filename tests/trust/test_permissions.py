"""Who permits what a repository asks for, and who names the engine: the user, and nobody else."""

import errno
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from shop import shop
from support import Repository, configure

from renderer.trust.permissions import forget, trust, trusted
from renderer.trust.user import UserDirectory

_CHART = "resources: [namespace.yaml]\nhelmCharts:\n- {name: shop, releaseName: shop}\n"
_ASKED = "the repository asks for allow-helm, and you have not permitted it"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "renderer"


@pytest.fixture
def charts(repository: Repository, home: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository that asks for helm, on a machine that has none."""
    assert home
    monkeypatch.setenv("PATH", "/nowhere")
    repository.write({**shop(), "base/kustomization.yaml": _CHART})
    repository.write({"render.toml": "allow-helm = true\n"})
    return repository


def is_permitted(charts: Repository, *options: str) -> bool:
    said = charts.run("clusters/a", *options).err
    assert (_ASKED in said) != ("helm is not in PATH" in said), said
    return _ASKED not in said


def test_asking_is_not_enough(charts: Repository) -> None:
    assert not is_permitted(charts)


def test_options_permit(charts: Repository) -> None:
    assert is_permitted(charts, "--allow-helm")
    assert not is_permitted(charts, "--allow-remote")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("helm", True), ("remote, helm,", True), ("outside,remote", False), ("", False)],
)
def test_the_environment_permits(
    charts: Repository, monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("RENDER_ALLOW", value)
    assert is_permitted(charts) == expected


def test_a_permission_that_there_is_not(
    charts: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENDER_ALLOW", "hlem")
    result = charts.run("clusters/a")
    assert result.code == 2
    assert result.err == (
        "error: RENDER_ALLOW: there is no permission hlem, only outside, remote, helm\n"
        "  hint: did you mean helm?\n"
    )


def test_the_environment_permits_without_being_asked(
    charts: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    charts.write({"render.toml": "allow-helm = false\n"})
    assert "or use --allow-helm" in charts.run("clusters/a").err
    monkeypatch.setenv("RENDER_ALLOW", "helm")
    assert "helm is not in PATH" in charts.run("clusters/a").err


def test_trust_is_shown_and_recorded(charts: Repository, home: Path) -> None:
    shown = charts.render("trust").out
    assert shown.splitlines()[:2] == [
        f"{charts.path} asks for ({charts.path}/render.toml):",
        "  allow-helm  the helm in PATH is run on charts that a kustomization names",
    ]
    assert is_permitted(charts)
    assert json.loads((home / "trusted.json").read_text()) == {str(charts.path): ["helm"]}
    assert (home / "trusted.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert "is trusted already" in charts.render("trust").out
    assert [path.name for path in home.iterdir()] == ["trusted.json"]


def test_a_change_asks_again(charts: Repository) -> None:
    charts.render("trust")
    charts.write({"render.toml": "allow-helm = true\nallow-remote = true\n"})
    assert not is_permitted(charts)
    charts.write({"render.toml": "# another comment\ntimeout = 7\nallow-helm = true\n"})
    assert is_permitted(charts)


def test_trust_is_for_one_directory(charts: Repository, tmp_path: Path) -> None:
    charts.render("trust")
    (tmp_path / "other").mkdir()
    other = Repository(tmp_path / "other")
    other.write({path: text for path, text in charts.files().items() if ".git" not in path})
    assert not is_permitted(other)
    (tmp_path / "link").symlink_to("repository")
    assert is_permitted(Repository(tmp_path / "link"))


def test_trust_is_taken_back(charts: Repository) -> None:
    charts.render("trust")
    assert charts.render("trust", "--revoke").out == f"{charts.path} is not trusted any more\n"
    assert not is_permitted(charts)
    assert charts.render("trust", "--revoke").out == f"{charts.path} is not trusted\n"


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    user = UserDirectory({"XDG_CONFIG_HOME": str(tmp_path / "home")}, str(tmp_path / "work"))
    names = [f"/repository-{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        [*pool.map(lambda name: trust(name, ["helm"], user), names)]
        assert [trusted(name, user) for name in names] == [["helm"]] * len(names)
        [*pool.map(lambda name: forget(name, user), names[1:])]
    assert json.loads((tmp_path / "home/renderer/trusted.json").read_text()) == {names[0]: ["helm"]}


def test_nothing_is_asked_for(repository: Repository, home: Path) -> None:
    repository.write(shop())
    assert repository.render("trust").out.startswith(f"{repository.path} asks for nothing")
    assert not home.exists()


# The user's configuration


def _spoil_mode(file: Path) -> None:
    file.chmod(0o666)


def _spoil_directory(file: Path) -> None:
    file.parent.chmod(0o777)


def _spoil_kind(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("name", ["config.toml", "trusted.json"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_spoil_mode, "others may write it, so it is not used"),
        (_spoil_directory, "others may write it, so it is not used"),
        (_spoil_kind, "is not a regular file"),
    ],
)
def test_a_configuration_that_others_could_have_written(
    charts: Repository, home: Path, name: str, spoil: object, message: str
) -> None:
    charts.render("trust")
    (home / "config.toml").write_text("")
    assert callable(spoil)
    spoil(home / name)
    result = charts.run("clusters/a")
    assert (result.code, message in result.err) == (2, True), result.err
    assert str(home) in result.err


def test_a_full_disk_leaves_what_was_trusted(
    charts: Repository, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    charts.render("trust")
    before = {path.name: path.read_bytes() for path in home.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    result = charts.run("trust", "--revoke")
    assert (result.code, "cannot be written: No space left on device" in result.err) == (2, True)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_a_configuration_that_is_a_link_to_nowhere(charts: Repository, home: Path) -> None:
    home.mkdir(parents=True, mode=0o700)
    (home / "config.toml").symlink_to("nowhere")
    assert not is_permitted(charts)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_configuration_of_another_user(charts: Repository, home: Path) -> None:
    charts.render("trust")
    os.chown(home / "trusted.json", 12345, 12345)
    assert "belongs to another user, and is not used" in charts.run("clusters/a").err


@pytest.mark.parametrize("name", ["config.toml", "trusted.json"])
def test_a_configuration_in_the_repository(
    charts: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """As where the home directory is a work tree."""
    text = 'engine = "/bin/true"\n' if name == "config.toml" else f'{{"{charts.path}": ["helm"]}}'
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(charts.path))
    charts.write({f".config/renderer/{name}": text})
    for one in (".config/renderer", f".config/renderer/{name}"):
        (charts.path / one).chmod(0o700)
    result = charts.run("clusters/a")
    assert result.code == 2
    assert f"{name}: lies in the repository, and would be its own judge" in result.err
    assert charts.run("trust").code == 2


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"a": ', "[" * 100_000])
def test_a_record_that_is_none(charts: Repository, home: Path, text: str) -> None:
    home.mkdir(parents=True, mode=0o700)
    (home / "trusted.json").write_text(text)
    result = charts.run("clusters/a")
    assert (result.code, "is not what render trust has written" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("engine = [\n", "this is not TOML"),
        ("engine = 1\n", "engine must be a string"),
        ("allow-helm = true\n", "unknown setting allow-helm"),
        ('engine = "bin/kubectl"\n', "is a path that depends on the directory"),
        ('engine = "./kubectl"\n', "is a path that depends on the directory"),
    ],
)
def test_a_configuration_that_is_wrong(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    repository.write(shop())
    file = configure(tmp_path, monkeypatch, text)
    result = repository.run("clusters/a")
    assert (result.code, result.err.startswith(f"error: {file}")) == (2, True), result.err
    assert message in result.err


def test_a_relative_engine_in_the_environment(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(shop())
    monkeypatch.setenv("RENDER_ENGINE", "./kubectl")
    result = repository.run("clusters/a")
    assert result.code == 2
    assert "RENDER_ENGINE: the engine './kubectl' is a path that depends on" in result.err


def test_which_engine_counts(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(shop())
    configure(tmp_path, monkeypatch, 'engine = "/nowhere/configured"\n')
    assert "/nowhere/configured" in repository.run("clusters/a").err
    monkeypatch.setenv("RENDER_ENGINE", "/nowhere/environment")
    assert "/nowhere/environment" in repository.run("clusters/a").err
    assert "/nowhere/typed" in repository.run("clusters/a", "--engine", "/nowhere/typed").err


# The cache


def _cached(repository: Repository, place: str) -> list[str]:
    paths = (path.relative_to(repository.path) for path in repository.path.rglob("*"))
    return sorted(str(path) for path in paths if str(path).startswith(place))


@pytest.fixture
def cached(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A work tree of git whose cache is in it."""
    repository.write({**shop(), "a/b/tracked.txt": ""})
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "all"]):
        subprocess.run(["git", *identity, *command], cwd=repository.path, check=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(repository.path / ".cache"))
    return repository


def test_no_cache_in_the_work_tree(cached: Repository) -> None:
    cached.render("clusters/a")
    assert _cached(cached, ".cache") == []
    assert "cache: none: " in cached.render("--version").out


def test_a_cache_in_the_work_tree_that_the_user_names(
    cached: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENDER_CACHE", str(cached.path / ".ci" / "cache"))
    cached.render("clusters/a")
    assert _cached(cached, ".ci/cache/") != []


@pytest.mark.parametrize("place", ["a/b", "a", "."])
def test_a_cache_in_which_git_tracks_something(
    cached: Repository, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    for directory in (cached.path / "a", cached.path / "a/b"):
        directory.chmod(0o700)
    before = _cached(cached, "a")
    monkeypatch.setenv("RENDER_CACHE", str(cached.path / place))
    cached.render("build", "overlays/a")
    assert _cached(cached, "a") == before


def test_a_cache_of_which_git_cannot_be_asked(
    cached: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENDER_CACHE", str(cached.path / ".cache"))
    monkeypatch.setenv("PATH", "/nowhere")
    cached.render("clusters/a")
    assert _cached(cached, ".cache") == []


def test_a_cache_with_a_relative_name(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write(shop())
    monkeypatch.setenv("RENDER_CACHE", ".cache")
    result = repository.run("clusters/a")
    assert result.code == 2
    assert result.err == "error: RENDER_CACHE: '.cache' is not a path that begins with /\n"
