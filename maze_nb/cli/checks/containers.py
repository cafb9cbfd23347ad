"""Checks which container engine tasks would use; that there is none is no fault."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from maze_nb.cli.checks.finding import Finding, Surroundings, note, ok
from maze_nb.runners.containers.engine import NAMED_BY, REMEDY, Engine, answer_of, urls

_SUBJECT = "containers"
_SECONDS = 5
_PROGRAMS = ("docker", "podman")
_DRIVER = Path("/proc/driver/nvidia")
_DEVICES = (Path("/etc/cdi"), Path("/var/run/cdi"))


def check_containers(_surroundings: Surroundings) -> Iterator[Finding]:
    """Look for an engine as the tasks with containers do that run on this machine."""
    silent: list[Finding] = []
    for url in urls():
        place = Path(url.removeprefix("unix://"))
        if url.startswith("unix://") and not place.exists():
            continue
        found = answer_of(url, _SECONDS)
        if isinstance(found, Engine):
            found.client.close()
            yield ok(_SUBJECT, f"{found.name} answers at {url}")
            yield from _devices(found)
            return
        silent.append(_silent(url, found))
    yield from silent or [_nowhere()]


def _silent(url: str, reason: str) -> Finding:
    if "Permission denied" in reason:
        remedy = "ask for the right to use it: for Docker, to be in the group docker"
    else:
        remedy = REMEDY
    return note(_SUBJECT, f"{url} does not answer ({reason})", remedy)


def _nowhere() -> Finding:
    named = [f"{name}={os.environ[name]}" for name in NAMED_BY if os.environ.get(name)]
    programs = [name for name in _PROGRAMS if shutil.which(name)]
    if named:
        return note(_SUBJECT, f"no engine listens where {named[0]} says", REMEDY)
    if programs:
        return note(
            _SUBJECT,
            f"{' and '.join(programs)} can be called, but no engine listens",
            f"if tasks are to run in containers, {REMEDY}",
        )
    return note(_SUBJECT, "no engine here: only tasks that run in containers need one")


def _devices(engine: Engine) -> Iterator[Finding]:
    """Say what keeps Podman from giving containers the GPU devices of this machine."""
    if not engine.is_podman or not _DRIVER.exists():
        return
    if not any(place.is_dir() and any(place.iterdir()) for place in _DEVICES):
        yield note(
            _SUBJECT,
            "Podman cannot give containers GPU devices: no CDI specification says how",
            "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml",
        )
