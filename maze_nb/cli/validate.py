"""The command ``maze-nb validate``: what is wrong with a workflow file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from maze_nb.cli.listing import json_option, tell
from maze_nb.cli.workflow_parameters import given_parameters, parameter_options, workflow_argument


def _print_schema(context: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        from maze_nb.sdk.workflow_file.schema import schema_text

        click.echo(schema_text(), nl=False)
        context.exit()


@click.command(short_help="Say what is wrong with a workflow file.")
@workflow_argument
@parameter_options
@json_option
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON schema of workflow files, for editors, and do nothing else.",
)
@click.pass_context
def validate(
    context: click.Context,
    file: Path,
    pairs: tuple[tuple[str, str], ...],
    files: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say all that is wrong with the workflow in FILE, a line each: file:line: field: what.

    Nothing of it runs, but the modules that it names are imported. Parameters that have to be
    given may be left out. Exits with 0 if nothing is wrong, with 1 if something is, with 2 if the
    command was wrong.
    """
    import msgspec

    from maze_nb.errors import WorkflowFileError
    from maze_nb.sdk.workflow_file.load import check_file

    try:
        found = check_file(file, given_parameters(files, pairs))
    except WorkflowFileError as error:
        raise click.UsageError(str(error), context) from error
    finally:
        sys.stdout.flush()
    told = {
        "file": str(file),
        "is_valid": not found.problems,
        "name": found.name,
        "tasks": found.tasks,
        "problems": [msgspec.to_builtins(each) for each in found.problems],
    }
    lines = [each.text(str(file)) for each in found.problems]
    tell(told, lambda: "\n".join(lines) or f"{file}: {_sized(found.tasks)}", as_json=as_json)
    context.exit(1 if found.problems else 0)


def _sized(count: int) -> str:
    return f"valid, {count} task{'' if count == 1 else 's'}"
