"""What a worker offers: as declared, else as this machine has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT

from maze_nb.model.node import Device
from maze_nb.worker.nvml import MB, probe_devices


def probe_cores() -> float:
    """Return the cores this process may use; cgroup and affinity limits are respected."""
    return float(CPU_COUNT)


def probe_memory() -> float:
    """Return the memory in MB that this process may use; cgroup limits are respected."""
    return MEMORY_LIMIT / MB


def declared_devices(declared: Mapping[str, float]) -> tuple[Device, ...] | None:
    """Return the devices that ``dask worker --resources "GPU=2 VRAM=32000"`` speaks of.

    ``GPU`` counts devices and ``VRAM`` is the MB total over them. None if ``GPU`` is not declared.
    """
    if "GPU" not in declared:
        return None
    count = int(declared["GPU"])
    return tuple(Device(index, declared.get("VRAM", 0) / count) for index in range(count))


def offered_devices(
    declared: Mapping[str, float], probe: Callable[[], tuple[Device, ...]] = probe_devices
) -> tuple[Device, ...]:
    """Return the devices a worker offers: as declared, else as probed.

    What is not declared of them is probed: their names, and their memory without ``VRAM``.
    """
    found = declared_devices(declared)
    if found is None:
        return probe()
    if not found:
        return ()
    probed = probe()[: len(found)]
    known = zip(found, probed, strict=False)
    told = tuple(
        replace(device, memory=mine.memory) if "VRAM" in declared else device
        for mine, device in known
    )
    return (*told, *found[len(told) :])
