"""The command ``maze-nb completion``: what has a shell complete the commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_PROGRAM = "maze-nb"
_VARIABLE = "_MAZE_NB_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print what a shell completes by.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    r"""Print the script by which SHELL completes commands, options, runs, tasks and nodes.

    \b
    bash, in ~/.bashrc:  eval "$(maze-nb completion bash)"
    zsh, in ~/.zshrc:    eval "$(maze-nb completion zsh)"
    fish:  maze-nb completion fish > ~/.config/fish/completions/maze-nb.fish
    """
    from maze_nb.cli.main import main

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(main, {}, _PROGRAM, _VARIABLE).source())
