"""Which command is meant by what was typed, and the page that teaches all of them."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

CONTEXT = {"help_option_names": ["--help", "-h"]}
DEFAULT = "render-clusters"  # the command that is called without a name
_VALUE_OPTIONS = ("--repo", "--engine", "--cluster")


class Group(TyperGroup):
    """`render clusters/prod` is the command that has no name; a command's name wins."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        index = _first_positional(args)
        if index is not None and args[index] in self.commands:
            args = [args[index], *args[:index], *args[index + 1 :]]
        elif index is not None or (args and not _is_for_group(args)):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        default, offered = self.commands[DEFAULT], super().shell_complete(ctx, incomplete)
        asked = default if incomplete.startswith("-") else default.params[0]
        known = {item.value for item in offered}
        more = [item for item in asked.shell_complete(ctx, incomplete) if item.value not in known]
        return [*more, *offered]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        default = self.commands[DEFAULT]
        records = [
            record
            for param in default.get_params(ctx)
            if param.name != "help" and (record := param.get_help_record(ctx))
        ]
        own = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section("Options of render CLUSTERS"):
            formatter.write_dl(records)
        with formatter.section("Other options"):
            formatter.write_dl(own)
        self.format_commands(ctx, formatter)


class Subgroup(TyperGroup):
    """A command that has commands, whose name may follow options too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        index = _first_positional(args)
        if index:
            args = [args[index], *args[:index], *args[index + 1 :]]
        return super().parse_args(ctx, args)


class Nameless(TyperCommand):
    """The command for clusters: in usage and errors it is called `render`, as it is typed."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        info_name, parent = "render", None
        return super().make_context(info_name, args, parent, **extra)


class Sides(TyperCommand):
    """`render diff BASE HEAD -- CLUSTERS`: what stands behind the dashes are names of clusters."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" in args:
            index = args.index("--")
            named = [word for name in args[index + 1 :] for word in ("--cluster", name)]
            args = [*args[:index], *named]
        return super().parse_args(ctx, args)


def _first_positional(args: list[str]) -> int | None:
    index = 0
    while index < len(args):
        if args[index] == "--":
            return index + 1 if index + 1 < len(args) else None
        if not args[index].startswith("-") or args[index] == "-":
            return index
        index += 2 if args[index] in _VALUE_OPTIONS else 1
    return None


def _is_for_group(args: list[str]) -> bool:
    own = ("--help", "--version", "--install-completion", "--show-completion")
    return any(arg in own for arg in args)
