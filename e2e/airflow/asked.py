"""Runs where Airflow is installed: what it says of settings, connections and commands.

Reads a JSON list of `{"environment": {NAME: VALUE or null}, "commands": [ARGV, ...]}` and writes
the list of problems of each, in the same order. Each is asked in a process of its own: Airflow
keeps what it has once read.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

from airflow.configuration import conf
from airflow.exceptions import AirflowConfigException
from airflow.models.connection import Connection
from airflow.providers_manager import ProvidersManager
from airflow.sdk.module_loading import import_string

_SETTING = re.compile(r"AIRFLOW__([A-Z0-9_]+?)__([A-Z0-9_]+)")
_CONNECTION = "AIRFLOW_CONN_"
_INDIRECT = ("_CMD", "_SECRET")


def main() -> None:
    """Answer what stands on the standard input."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Airflow logs goes to the standard output
    _load_what_all_need()
    fork = multiprocessing.get_context("fork")
    with fork.Pool(maxtasksperchild=1) as pool:
        json.dump(pool.map(_problems, json.load(sys.stdin), chunksize=1), answer)
    answer.close()


def _load_what_all_need() -> None:
    """What takes seconds and is the same for all: the providers, and their fields."""
    manager = ProvidersManager()
    assert manager.hooks
    assert manager.connection_form_widgets
    assert conf.configuration_description


def _problems(asked: dict[str, Any]) -> list[str]:
    environment = asked["environment"]
    os.environ |= {name: value for name, value in environment.items() if value is not None}
    return [
        *_setting_problems(environment),
        *_connection_problems(environment),
        *_executor_problems(),
        *(problem for argv in asked["commands"] for problem in _command_problems(argv)),
    ]


def _setting_problems(environment: dict[str, str | None]) -> Iterator[str]:
    for name, value in environment.items():
        if not name.startswith("AIRFLOW__"):
            continue
        described = _described(name)
        if described is None:
            yield f"{name}: Airflow knows no such setting"
        elif value is not None:
            section, option, description = described
            try:
                _parse(section, option, description)
            except (AirflowConfigException, ImportError, LookupError, ValueError) as error:
                yield f"{name}: {error}"
    try:
        conf.validate()
    except AirflowConfigException as error:
        yield str(error)


def _described(name: str) -> tuple[str, str, dict[str, Any]] | None:
    """Section, option and description of a setting; None of one that is not described.

    A setting of an earlier version that still works is described in its new place only.
    """
    found = _SETTING.fullmatch(name)
    if not found:
        return None
    section, option = found[1].lower(), found[2].lower()
    options = {
        key: description
        for spelled, content in conf.configuration_description.items()
        if spelled.replace(".", "_").lower() == section
        for key, description in content["options"].items()
    }
    for indirect in _INDIRECT:
        plain = name.removesuffix(indirect)
        direct = option.removesuffix(indirect.lower())
        if plain != name and options.get(direct, {}).get("sensitive"):
            return section, direct, options[direct]
    return (section, option, options[option]) if option in options else None


def _parse(section: str, option: str, description: dict[str, Any]) -> None:
    """Read a value as what its description says, or as what its default is."""
    kind, default = description.get("type"), description.get("default")
    value = conf.get(section, option)
    if kind == "integer":
        conf.getint(section, option)
    elif kind == "float":
        conf.getfloat(section, option)
    elif kind == "boolean" or default in ("True", "False"):
        conf.getboolean(section, option)
    elif option.endswith("_url") and not (urlsplit(value).scheme and urlsplit(value).hostname):
        raise ValueError(f"{value!r} is no URL with a host")
    elif _is_json(default) or _is_json(description.get("example")):
        _import_bundles(json.loads(value))
    elif _is_imported(default):
        import_string(value)


def _is_json(described: str | None) -> bool:
    """Whether a default (in which braces are doubled) or an example is JSON with a structure."""
    text = (described or "").replace("{{", "{").replace("}}", "}")
    with contextlib.suppress(ValueError):
        return isinstance(json.loads(text), dict | list)
    return False


def _import_bundles(value: Any) -> None:
    """Import the classes of DAG bundles, which Airflow itself imports when it reads DAGs."""
    for one in value if isinstance(value, list) else []:
        import_string(one["classpath"])


def _is_imported(default: str | None) -> bool:
    if not re.fullmatch(r"airflow(\.\w+)+", default or ""):
        return False
    with contextlib.suppress(ImportError):
        import_string(default)
        return True
    return False


def _executor_problems() -> Iterator[str]:
    from airflow.executors.executor_loader import ExecutorLoader

    try:
        for name in ExecutorLoader.get_executor_names(validate_teams=False):
            ExecutorLoader.import_executor_cls(name)
    except (AirflowConfigException, ImportError, ValueError) as error:
        yield f"AIRFLOW__CORE__EXECUTOR: {error}"


def _connection_problems(environment: dict[str, str | None]) -> Iterator[str]:
    """What is wrong with connections: their form, their type, and fields that no hook knows."""
    for name, value in environment.items():
        if not name.startswith(_CONNECTION) or value is None:
            continue
        try:
            connection = (
                Connection.from_json(value)
                if value.lstrip().startswith("{")
                else Connection(uri=value)
            )
            fields = connection.extra_dejson
        except Exception as error:
            yield f"{name}: {type(error).__name__}: {error}"
            continue
        manager = ProvidersManager()
        if connection.conn_type not in manager.hooks:
            yield f"{name}: no provider has the connection type {connection.conn_type!r}"
        known = {*_known_fields(manager, connection.conn_type)}
        for field in fields:
            if field not in known:
                yield f"{name}: {connection.conn_type} connections have no field {field!r}"


def _known_fields(manager: ProvidersManager, kind: str) -> Iterator[str]:
    """The fields of a type in the form, and those that the form's example of the others has."""
    for name in manager.connection_form_widgets:
        before, found, field = name.partition(f"extra__{kind}__")
        if found and not before:
            yield field
    behaviour = manager.field_behaviours.get(kind) or {}
    example = behaviour.get("placeholders", {}).get("extra")
    if example and _is_json(example):
        yield from json.loads(example)


def _command_problems(argv: list[str]) -> Iterator[str]:
    """What Airflow's command line says of a command that begins with `airflow`."""
    if argv[0] != "airflow":
        return
    from airflow.cli.cli_parser import get_parser

    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            get_parser().parse_args(argv[1:])
    except SystemExit:
        yield f"{' '.join(argv)}: {said.getvalue().strip().splitlines()[-1]}"


if __name__ == "__main__":
    main()
