"""A group of commands that are rows of a table, each imported only when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from maze_nb.errors import nearest


class Row(NamedTuple):
    """One command.

    Attributes
    ----------
    name
        What people type.
    place
        Where it is: ``module:attribute``.
    about
        Its line in the help of the group.
    is_hidden
        Whether the help and completion leave it out.
    """

    name: str
    place: str
    about: str
    is_hidden: bool = False


class CommandTable(click.Group):
    """A group whose help, completion and lookup import no command that is not used.

    Parameters
    ----------
    rows
        Its commands, in the order of its help.
    """

    def __init__(self, *args: Any, rows: Sequence[Row] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.rows = {row.name: row for row in rows}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return [*self.rows, *(name for name in super().list_commands(ctx) if name not in self.rows)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it was not before."""
        row = self.rows.get(cmd_name)
        if row is not None and cmd_name not in self.commands:
            module, _, attribute = row.place.partition(":")
            self.commands[cmd_name] = getattr(import_module(module), attribute)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or say which is nearest to it."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            shown = self._shown(ctx)
            ctx.fail(f"there is no command {name!r}: {nearest(name, shown, most=len(shown))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with a line about each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._shown(ctx).items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands, and the options of the group, that begin so."""
        found = [
            CompletionItem(name, help=about)
            for name, about in self._shown(ctx).items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def _shown(self, ctx: click.Context) -> dict[str, str]:
        """Return the lines about all commands that are not hidden."""
        shown = {}
        for name in self.list_commands(ctx):
            row, command = self.rows.get(name), self.commands.get(name)
            if row is not None:
                is_hidden, about = row.is_hidden, row.about
            elif command is not None:
                is_hidden, about = command.hidden, command.get_short_help_str(100)
            else:
                continue
            if not is_hidden:
                shown[name] = about
        return shown
