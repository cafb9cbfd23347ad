"""What workloads are simulated on: mixes of machines, each with one slot and a thread a core."""

from __future__ import annotations

from dataclasses import dataclass

from maze_nb.model.node import Capacity, Device


@dataclass(frozen=True)
class Machine:
    """One machine with what it has to give."""

    name: str
    capacity: Capacity

    @property
    def threads(self) -> int:
        """How many threads its worker has: one for each core."""
        return max(int(self.capacity.cpu), 1)


def machines(count: int, cpu: int, memory: int, gpus: int = 0, vram: int = 0) -> list[Machine]:
    """Return `count` equal machines."""
    devices = tuple(Device(index, vram) for index in range(gpus))
    capacity = Capacity(cpu, memory, devices)
    kind = f"{cpu}c{gpus}g"
    return [Machine(f"{kind}-{index}", capacity) for index in range(count)]


def homogeneous(scale: int = 1) -> list[Machine]:
    """Return machines of 8 cores, 32 of them at scale 1."""
    return machines(4 * scale, 8, 32_000)


def mixed(scale: int = 1) -> list[Machine]:
    """Return machines of 8 cores, half of them with two devices of 16 GB."""
    return machines(2 * scale, 8, 32_000, 2, 16_000) + machines(2 * scale, 8, 32_000)


def uneven(scale: int = 1) -> list[Machine]:
    """Return one big machine with four devices, and many small ones with none."""
    return machines(scale, 16, 128_000, 4, 32_000) + machines(4 * scale, 4, 16_000)


MIXES = {"cpu": homogeneous, "cpu+gpu": mixed, "big+small": uneven}


def has_gpus(fleet: list[Machine]) -> bool:
    """Whether any machine has a device."""
    return any(machine.capacity.devices for machine in fleet)
