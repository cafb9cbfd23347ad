"""The command ``maze-nb worker``: the worker processes of one machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from maze_nb.cli.scheduler import (
    ADDRESS_VARIABLES,
    ask_scheduler,
    find_address,
    reason_of,
    scheduler_file_option,
)
from maze_nb.cli.worker_setup import WorkerSetup, choose_node_id, declared_by, default_slots
from maze_nb.cli.worker_values import (
    Count,
    Kind,
    Megabytes,
    NodeName,
    Positive,
    Seconds,
    Setting,
    Tags,
    WritableFolder,
)

_LEVELS = ("debug", "info", "warning", "error", "critical")


def _setting(
    flag: str, kind: Kind, *variables: str, text: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    spoken = f"{text}  [{', '.join(variables)}]"
    return click.option(flag, type=kind, cls=Setting, envvar=variables, help=spoken)


@click.command(short_help="Start the worker processes of one machine.")
@click.argument("address", metavar="[SCHEDULER]", required=False, envvar=ADDRESS_VARIABLES)
@scheduler_file_option
@_setting(
    *("--id", NodeName(), "WORKER_ID", "MAZE_WORKER_ID"),
    text="The name of this node; by default that of the machine.",
)
@_setting(
    *("--tags", Tags(), "WORKER_TAGS", "MAZE_TAGS"),
    text="What tasks can ask for by name, such as a100,fast-disk.",
)
@_setting(
    *("--slots", Count(1), "MAZE_SLOTS"),
    text="How many worker processes share this node; by default one a core.",
)
@_setting(
    *("--results-dir", WritableFolder(), "RESULTS_DIR", "MAZE_RESULTS_DIR"),
    text="Where tasks may leave files; made if it is missing.",
)
@_setting(
    *("--heartbeat", Seconds(), "HEARTBEAT_INTERVAL_SEC", "MAZE_HEARTBEAT_INTERVAL_SEC"),
    text="Seconds between two reports of how this node is doing.",
)
@_setting(
    *("--log-level", click.Choice(_LEVELS, case_sensitive=False), "LOG_LEVEL", "MAZE_LOG_LEVEL"),
    text="What to log.",
)
@_setting("--cpu", Positive(), "MAZE_CPU", text="Cores to offer instead of those found.")
@_setting(
    *("--memory", Megabytes(), "MAZE_MEMORY"),
    text="Memory to offer instead of what is found: MB, or a size such as 16GiB.",
)
@_setting("--gpu", Count(0), "MAZE_GPU", text="GPU devices to offer instead of those found.")
@_setting(
    *("--vram", Megabytes(), "MAZE_VRAM"),
    text="Memory of all these devices together: MB, or a size such as 32GiB.",
)
@click.option("--host", metavar="HOST", help="The address that others reach this machine by.")
@click.option(
    "--nanny/--no-nanny",
    default=True,
    help="Whether worker processes that die are started anew; without, there is one slot.",
)
@click.option("--dashboard/--no-dashboard", default=False, help="Serve Dask's pages of workers.")
@click.option("--local-directory", type=WritableFolder(), help="Where results spill to.")
@click.option(
    "--death-timeout",
    type=Seconds(),
    default=60,
    show_default=True,
    help="Seconds to try for a scheduler that is not there.",
)
@click.pass_context
def worker(context: click.Context, /, **given: Any) -> None:
    """Start the worker processes of this machine, for the scheduler at SCHEDULER.

    They share what the machine has, or what is declared of it: cores, memory and GPU devices.
    Without SCHEDULER, DASK_SCHEDULER_ADDRESS or MAZE_SCHEDULER says where it is. A flag wins over
    the variables in brackets. Ends with SIGTERM or SIGINT.
    """
    from maze_nb.errors import MazeError

    _check(context, given)
    try:
        address, setup = _prepare(context, given)
        click.echo(setup.headline(address))
    except MazeError as error:
        raise click.ClickException(str(error)) from error
    _run(setup, address)


def _check(context: click.Context, given: dict[str, Any]) -> None:
    """Raise for values that make no sense together."""
    if given["vram"] and not given["gpu"]:
        raise click.UsageError(
            "--vram (MAZE_VRAM) has no device to belong to: say with --gpu (MAZE_GPU) how many "
            "devices share it",
            context,
        )
    if not given["nanny"] and (given["slots"] or 1) > 1:
        raise click.UsageError(
            f"--no-nanny is for one slot, and --slots (MAZE_SLOTS) is {given['slots']}: "
            "leave out one of the two",
            context,
        )


def _prepare(context: click.Context, given: dict[str, Any]) -> tuple[str, WorkerSetup]:
    """Return the address of a scheduler that answers, and what to start for it."""
    patience: float = given["death_timeout"]
    file: Path | None = given.pop("scheduler_file")
    address = find_address(
        context, given.pop("address"), file, how="its address (tcp://host:8786)", wait=patience
    )
    resources = [given.pop(name) for name in ("cpu", "memory", "gpu", "vram")]
    slots = given.pop("slots") or (default_slots(resources[0]) if given["nanny"] else 1)
    tags = given.pop("tags") or ()
    connected = ask_scheduler(address, patience)["workers"].values()
    node_id = choose_node_id(given.pop("id"), slots, [str(one["name"]) for one in connected])
    return address, WorkerSetup(node_id, slots, declared_by(*resources), tags, **given)


def _run(setup: WorkerSetup, address: str) -> None:
    """Run the worker processes until a signal or the scheduler ends them."""
    import logging

    setup.apply_to(os.environ)
    import dask.config
    from distributed.cli.dask_worker import main as dask_worker

    dask.config.update(dask.config.config, setup.dask_settings())
    if setup.log_level is not None:
        logging.getLogger("distributed").setLevel(setup.log_level.upper())
    arguments = setup.arguments(address)
    try:
        dask_worker.main(arguments, prog_name="maze-nb worker", standalone_mode=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise click.ClickException(
            f"the workers ended with an error: {reason_of(error)}"
        ) from error
