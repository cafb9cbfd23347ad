"""How much of the GPU memory that a node offers is taken by programs that are not Maze's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from maze_nb.model.node import NODE_ID_VARIABLE, Device
from maze_nb.worker.nvml import DeviceUse

CHILD_OF = "MAZE_CHILD_OF"
"""In the environment of a child process, the node that it belongs to."""
_FIRST_PID_NAMESPACE = "pid:[4026531836]"


class ForeignMemory:
    """Tells what other programs take of each device.

    Where the processes that NVML speaks of cannot be told apart, as in a container with process
    ids of its own, it is the least that was in use so far.

    Parameters
    ----------
    node_id
        The node whose worker processes and child processes are no other programs.
    devices
        What the node offers.
    knows_pids
        Whether the process ids of NVML are those of this process; by default that is found out.
    """

    def __init__(
        self, node_id: str, devices: tuple[Device, ...], *, knows_pids: bool | None = None
    ) -> None:
        self._marks = tuple(f"{name}={node_id}".encode() for name in (CHILD_OF, NODE_ID_VARIABLE))
        self._offered = {device.index: device.memory for device in devices}
        self._knows_pids = has_first_pids() if knows_pids is None else knows_pids
        self._least: dict[int, float] = {}

    def __call__(self, uses: Mapping[int, DeviceUse]) -> dict[int, float]:
        """Return the MB that are taken of what is offered, by the index of the device."""
        return {
            index: self._squeezed(uses[index], self._taken(index, uses[index]), offered)
            for index, offered in self._offered.items()
            if index in uses
        }

    def _taken(self, index: int, use: DeviceUse) -> float:
        if not self._knows_pids:
            self._least[index] = min(use.used, self._least.get(index, use.used))
            return self._least[index]
        ours = sum(amount for pid, amount in use.held.items() if self._is_ours(pid))
        return max(use.used - ours, 0.0)

    def _squeezed(self, use: DeviceUse, taken: float, offered: float) -> float:
        spare = max(use.total - offered, 0.0) if offered else 0.0
        return max(taken - spare, 0.0)

    def _is_ours(self, pid: int) -> bool:
        if pid == os.getpid():
            return True
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return any(mark in environment for mark in self._marks)


def has_first_pids() -> bool:
    """Return whether process ids here are those of the whole machine, as NVML tells them."""
    try:
        return os.readlink("/proc/self/ns/pid") == _FIRST_PID_NAMESPACE  # noqa: PTH115
    except OSError:
        return False
