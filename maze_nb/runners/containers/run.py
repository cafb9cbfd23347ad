"""A container from its start to its end: its output, what it uses, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from maze_nb.config import kill_grace
from maze_nb.model.attempt import Usage
from maze_nb.runners.containers.ending import check_ending, memory_kills
from maze_nb.runners.containers.engine import Engine, engine_errors
from maze_nb.runners.containers.meter import ContainerMeter
from maze_nb.runners.containers.missing_program import program_errors
from maze_nb.runners.containers.options import ContainerPlan
from maze_nb.runners.containers.output import Output

_LOOK = 0.2
_END_SECONDS = 10
# Of the grace that the processes of a task have, so that time is left to kill and remove it.
_SHARE = 0.5
_PATIENCE = 1.0


def start_and_wait(
    engine: Engine, plan: ContainerPlan, name: str, tell_usage: Callable[[Usage], None]
) -> tuple[int, str]:
    """Start a container that was created, and wait for its end; return its exit code and output.

    It is stopped, and what it still says is heard, if anything interrupts this.

    Parameters
    ----------
    name
        What its task is called.
    tell_usage
        Called at the end with what it used.

    Raises
    ------
    TaskFailedError, MemoryLimitError
        Unless it ends with exit code 0.
    """
    output = Output(engine, plan.name)
    meter = ContainerMeter(engine, plan.name)
    kills = memory_kills()
    try:
        # Podman looks for the program as soon as somebody listens.
        with program_errors(engine, plan.image):
            output.listen()
            engine.client.api.start(plan.name)
        while True:
            _follow(output, meter)
            if not is_running(engine, plan.name):
                break
            # The line broke, and not the container.
            output.listen()
    except BaseException:
        stop(engine, plan.name, output)
        if used := meter.words():
            print(f"[the container was stopped; it used {used}]", flush=True)  # noqa: T201 - its log
        raise
    finally:
        output.close(_PATIENCE)
        tell_usage(meter.usage())
    code = int(engine.client.api.wait(plan.name, timeout=_END_SECONDS)["StatusCode"])
    state = engine.client.api.inspect_container(plan.name)["State"]
    is_starved = bool(state.get("OOMKilled")) or memory_kills() > kills
    check_ending(plan, name, code, output.last(), is_starved=is_starved)
    return code, output.stdout()


def is_running(engine: Engine, container: str) -> bool:
    """Return whether a container runs, also after a moment in which its end becomes known."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        state = engine.client.api.inspect_container(container)["State"]
        if not state.get("Running"):
            return False
        if time.monotonic() > deadline:
            return True
        time.sleep(_LOOK / 4)


def stop(engine: Engine, container: str, output: Output) -> None:
    """Tell a container to end; kill it if it has not ended in time."""
    # What is going on here is an interruption: nothing may hide it.
    with suppress(Exception), engine_errors(engine):
        engine.client.api.kill(container, "SIGTERM")
        output.is_over.wait(kill_grace() * _SHARE)
        if not output.is_over.is_set():
            engine.client.api.kill(container, "SIGKILL")
            output.is_over.wait(_LOOK)


def _follow(output: Output, meter: ContainerMeter) -> None:
    """Wait until nothing more is printed; look meanwhile at what is used."""
    while not output.is_over.wait(min(meter.pause, _LOOK)):
        meter.look()
