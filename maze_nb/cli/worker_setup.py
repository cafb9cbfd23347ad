"""What ``maze-nb worker`` was told, in the forms that Dask and the worker processes read."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Collection, Iterable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.model.declared import RESOURCES_VARIABLE, declared_text
from maze_nb.model.node import NODE_ID_VARIABLE

_MB = 2**20
_START_SECONDS = 60


@dataclass(frozen=True)
class WorkerSetup:
    """The worker processes of one node.

    Attributes
    ----------
    declared
        What the node is said to have, under the names of :mod:`maze_nb.model.declared`.
    """

    node_id: str
    slots: int
    declared: dict[str, float]
    tags: tuple[str, ...] = ()
    results_dir: Path | None = None
    heartbeat: float | None = None
    log_level: str | None = None
    host: str | None = None
    nanny: bool = True
    dashboard: bool = False
    local_directory: Path | None = None
    death_timeout: float = 60

    def arguments(self, address: str) -> list[str]:
        """Return the arguments for ``dask worker``."""
        words = [
            address,
            f"--name={self.node_id}",
            f"--nworkers={self.slots}",
            "--nthreads=1",
            "--preload=maze_nb.cli.signals",
            f"--memory-limit={self._memory_limit()}",
            f"--death-timeout={self._start_seconds():g}",
            "--nanny" if self.nanny else "--no-nanny",
            "--dashboard" if self.dashboard else "--no-dashboard",
        ]
        if self.nanny:
            words.append("--preload-nanny=maze_nb.deploy.leftovers")
        # Dask counts resources per process, so with several they are only the node's.
        if self.declared and self.slots == 1:
            words.append(f"--resources={declared_text(self.declared)}")
        if self.host:
            words.append(f"--host={self.host}")
        if self.local_directory:
            words.append(f"--local-directory={self.local_directory}")
        return words

    def apply_to(self, environment: MutableMapping[str, str]) -> None:
        """Set what the worker processes read from their environment."""
        environment[NODE_ID_VARIABLE] = self.node_id
        environment[RESOURCES_VARIABLE] = declared_text(self.declared)
        environment["WORKER_TAGS"] = ",".join(self.tags)
        if self.results_dir is not None:
            environment["RESULTS_DIR"] = str(self.results_dir)
        if self.heartbeat is not None:
            environment["HEARTBEAT_INTERVAL_SEC"] = f"{self.heartbeat:g}"
        if self.log_level is not None:
            environment["LOG_LEVEL"] = self.log_level
            # Dask sets up logging on import, before a nanny hands its configuration on.
            for logger in ("DISTRIBUTED", "MAZE_NB"):
                environment[f"DASK_LOGGING__{logger}"] = self.log_level

    def dask_settings(self) -> dict[str, Any]:
        """Return the Dask settings for the slots of one node."""
        from maze_nb.deploy.slot_host import slot_settings

        return slot_settings(self.slots)

    def headline(self, address: str) -> str:
        """Return one line that says what this node offers."""
        from maze_nb.projection.humane import count_text, size_text
        from maze_nb.worker.probe import offered_devices, probe_cores, probe_memory

        devices = offered_devices(self.declared)
        vram = sum(device.memory for device in devices)
        parts = [
            count_text(self.slots, "slot"),
            _count_text(self.declared.get("CPU", probe_cores()), "core"),
            f"{size_text(self.declared.get('MEM', probe_memory()) * _MB)} memory",
            count_text(len(devices), "GPU") + (f" with {size_text(vram * _MB)}" if vram else ""),
            f"tags {', '.join(self.tags)}" if self.tags else "no tags",
        ]
        return f"node {self.node_id}: {', '.join(parts)}; joining {address}"

    def _start_seconds(self) -> float:
        # Dask's bound is on the start of the processes too, all of which start at once.
        return max(self.death_timeout, _START_SECONDS + self.slots)

    def _memory_limit(self) -> int:
        from distributed.system import MEMORY_LIMIT

        declared = self.declared.get("MEM")
        return int(MEMORY_LIMIT if declared is None else min(declared * _MB, MEMORY_LIMIT))


def _count_text(number: float, noun: str) -> str:
    """Return ``1 core`` or ``2.5 cores``."""
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def choose_node_id(wanted: str | None, slots: int, connected: Collection[str]) -> str:
    """Return the id of a new node: as wanted, else this machine's name, made unique.

    Parameters
    ----------
    connected
        The names of the workers that the scheduler has.

    Raises
    ------
    MazeError
        If the wanted id belongs to workers that are connected.
    """
    if wanted is None:
        host = socket.gethostname()
        is_taken = any(name == host or name.startswith(f"{host}-") for name in connected)
        return f"{host}-{uuid.uuid4().hex[:4]}" if is_taken else host
    taken = sorted(set(_names(wanted, slots)) & set(connected))
    if taken:
        raise MazeError(
            f"a worker named {taken[0]!r} is connected already: give this node another --id, "
            f"or end that worker first"
        )
    return wanted


def declared_by(
    cpu: float | None, memory: float | None, gpu: float | None, vram: float | None
) -> dict[str, float]:
    """Return what was declared, under the names that a worker declares it by."""
    given = {"CPU": cpu, "MEM": memory, "GPU": gpu, "VRAM": vram}
    return {name: float(value) for name, value in given.items() if value is not None}


def default_slots(cpu: float | None) -> int:
    """Return one slot for each core of this machine, or of those that were declared."""
    from maze_nb.deploy.slot_host import core_count

    cores = core_count()
    return cores if cpu is None else max(1, min(cores, int(cpu)))


def _names(node_id: str, slots: int) -> Iterable[str]:
    return [node_id, *(f"{node_id}-{index}" for index in range(slots))]
