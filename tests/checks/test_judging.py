"""Two judgements of what is secret-like: what is accused is hidden, whatever it is and wherever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.loading import manifest
from checks.test_planted_secrets import about, args, config, custom, embedded, env, fake, shell
from renderer.changes.hiding import Hiding
from renderer.checks.secrets.exposed import exposed_secrets
from renderer.checks.secrets.exposures import exposures
from renderer.checks.secrets.judging import Judgement, judge_pair
from renderer.patching.pointing import value_at
from renderer.reports.redacting import without_exposed
from renderer.yamldoc.writing import write

_WORDS = (
    *("access", "allow", "api", "auth", "client", "db", "empty", "key", "my", "pass", "password"),
    *("secret", "session", "token", "url", "user", "value", "web"),
)
_NAMES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).flatmap(
    lambda words: st.sampled_from(
        ["_".join(words), "-".join(words), "_".join(words).upper(), words[0] + _humps(words[1:])]
    )
)
_PARTS = st.sampled_from(
    (*_WORDS, "hunter2", "s3cr3t", "a1B2c3D4", "changeme", "90d", "cert2", "1", "${A:=b}", "Bearer")
)
_VALUES = st.one_of(
    st.lists(_PARTS, min_size=1, max_size=4).flatmap(
        lambda parts: st.sampled_from([sign.join(parts) for sign in ("", "-", "_", " ", ":", "/")])
    ),
    st.builds("postgresql://{}:{}@{}/web".format, _PARTS, _PARTS, st.sampled_from(["db", "host"])),
    st.builds("Authorization: Bearer {}".format, _PARTS),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=24),
)


def _humps(words: list[str]) -> str:
    return "".join(word.capitalize() for word in words)


def _objects(name: str, value: str) -> list[dict[str, Any]]:
    """Objects that hold the value under the name, in each way that is looked for."""
    text = f"a: b\n{name}: {value}\nexport {name}={value}\n"
    ways = [
        env(name, value),
        config(name, value),
        config("a.yaml", text),
        config("a.sh", text),
        config("all.yaml", embedded("stringData", value.replace("\n", " "))),
        custom({name: value, "list": [{"name": name, "value": value}]}, ""),
        custom({"description": f"{name}: {value}"}, ""),
        args("web", f"--{name}", value),
        args("web", f"--{name}={value}"),
        shell(f"web --{name} '{value}'"),
        about("annotations", name, value),
        fake(value),
    ]
    return [data for data, _ in ways]


@settings(deadline=None, max_examples=200)
@given(_NAMES, _VALUES)
def test_what_is_accused_is_hidden(name: str, value: str) -> None:
    for data in _objects(name, value):
        accused = exposed_secrets(manifest(data))
        hidden = Hiding().without_secrets(data)
        found = [one for one in exposures(data) if one.found.judgement is Judgement.ACCUSED]
        assert bool(found) == bool(accused)
        for path, one in found:
            old, new = value_at(data, path), value_at(hidden, path)
            if one.line:
                lines = range(one.line - 1, one.last)
                assert all(new.split("\n")[i] != str(old).split("\n")[i] for i in lines)
            else:
                assert new != old
        if accused:
            text = write(data).splitlines(keepends=True)
            assert without_exposed(text) != [text]


@pytest.mark.parametrize("value", ["hunter2", "s3cr3t", "changeme123", "p4ssword", "web-token-01"])
def test_what_people_make_up_is_accused_as_a_token(value: str) -> None:
    assert judge_pair("token", value) is Judgement.ACCUSED


@pytest.mark.parametrize(
    "value",
    [
        "admin",
        "airflow",
        "changeme",
        "default",
        "hunter2",
        "password",
        "postgres",
        "root",
        "secret",
        "test",
    ],
)
@pytest.mark.parametrize("name", ["password", "DB_PASSWORD", "adminPassword", "web.passwd"])
def test_a_word_is_accused_as_a_password(name: str, value: str) -> None:
    assert judge_pair(name, value) is Judgement.ACCUSED


@pytest.mark.parametrize("name", ["clientSecret", "COOKIE_SECRET", "SECRET_KEY", "http_secret"])
def test_a_word_is_accused_where_the_name_says_for_what(name: str) -> None:
    assert judge_pair(name, "bacon") is Judgement.ACCUSED


@pytest.mark.parametrize("name", ["token", "api_key", "session_key", "secretKey", "credentials"])
def test_a_name_is_hidden_where_it_may_be_a_secret(name: str) -> None:
    assert judge_pair(name, "Web embedded") is Judgement.HIDDEN
