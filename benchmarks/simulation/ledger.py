"""What each machine has free, counted apart from the engine, to audit its accounts."""

from __future__ import annotations

from maze_nb.engine.demand import WHOLE, Demand
from simulation.machines import Machine


class OverCommitError(RuntimeError):
    """A policy started a job on what was not free."""


class Room:
    """The free part of one machine."""

    def __init__(self, machine: Machine) -> None:
        self.name = machine.name
        self.cpu = round(machine.capacity.cpu * WHOLE)
        self.memory = int(machine.capacity.cpu_mem)
        self.shares = [WHOLE for _ in machine.capacity.devices]
        self.vram = [int(device.memory) for device in machine.capacity.devices]

    def choose(self, demand: Demand) -> tuple[int, ...] | None:
        """Return the fullest devices that take `demand`; None if the machine has no room."""
        if demand.cpu > self.cpu or demand.cpu_mem > self.memory:
            return None
        able = [
            index
            for index, share in enumerate(self.shares)
            if share >= demand.device_share and self.vram[index] >= demand.gpu_mem
        ]
        if len(able) < demand.device_count:
            return None
        able.sort(key=lambda index: (self.shares[index], self.vram[index], index))
        return tuple(able[: demand.device_count])

    def take(self, demand: Demand, gpu_ids: tuple[int, ...]) -> None:
        """Use resources.

        Raises
        ------
        OverCommitError
            If they are not free, or the devices are not as many as asked for.
        """
        if len(set(gpu_ids)) != demand.device_count:
            raise OverCommitError(f"{self.name}: asked {demand}, got devices {gpu_ids}")
        self._add(demand, gpu_ids, -1)
        if min(self.cpu, self.memory, *self.shares, *self.vram) < 0:
            raise OverCommitError(f"{self.name}: {demand} on devices {gpu_ids} was not free")

    def give_back(self, demand: Demand, gpu_ids: tuple[int, ...]) -> None:
        """Free what was taken."""
        self._add(demand, gpu_ids, 1)

    def _add(self, demand: Demand, gpu_ids: tuple[int, ...], sign: int) -> None:
        self.cpu += sign * demand.cpu
        self.memory += sign * demand.cpu_mem
        for index in gpu_ids:
            self.shares[index] += sign * demand.device_share
            self.vram[index] += sign * demand.gpu_mem


class Totals:
    """The free part of one machine as plain Dask counts it: devices are a number, VRAM a sum."""

    def __init__(self, machine: Machine) -> None:
        self.name = machine.name
        devices = machine.capacity.devices
        self.free = (
            round(machine.capacity.cpu * WHOLE),
            int(machine.capacity.cpu_mem),
            WHOLE * len(devices),
            sum(int(device.memory) for device in devices),
        )

    def fits(self, asked: tuple[int, ...]) -> bool:
        """Whether so much of each resource is free."""
        return all(have >= want for have, want in zip(self.free, asked, strict=True))

    def add(self, asked: tuple[int, ...], sign: int) -> None:
        """Use (-1) or free (1) so much of each resource."""
        self.free = tuple(have + sign * want for have, want in zip(self.free, asked, strict=True))  # type: ignore[assignment]
        if min(self.free) < 0:
            raise OverCommitError(f"{self.name}: {asked} was not free")


def in_totals(demand: Demand) -> tuple[int, int, int, int]:
    """Return a demand as plain Dask would be told of it."""
    return (demand.cpu, demand.cpu_mem, demand.gpu, demand.gpu_mem * demand.device_count)
