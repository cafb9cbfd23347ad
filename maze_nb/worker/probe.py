"""What this machine has: cores, memory and GPU devices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT

from maze_nb.errors import ResourceError
from maze_nb.model.node import Device

logger = logging.getLogger(__name__)

MB = 2**20


def probe_cores() -> float:
    """Return the cores this process may use; cgroup and affinity limits are respected."""
    return float(CPU_COUNT)


def probe_memory() -> float:
    """Return the memory in MB that this process may use; cgroup limits are respected."""
    return MEMORY_LIMIT / MB


def probe_devices() -> tuple[Device, ...]:
    """Return the GPU devices that NVML tells of; none where there is no NVML."""
    try:
        import pynvml
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_device(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        logger.warning("NVML is here but does not tell of its devices: %s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def declared_devices(declared: Mapping[str, float]) -> tuple[Device, ...] | None:
    """Return the devices that ``dask worker --resources "GPU=2 VRAM=32000"`` speaks of.

    ``GPU`` counts devices and ``VRAM`` is the MB total over them. None if ``GPU`` is not declared.

    Raises
    ------
    ResourceError
        If a number is negative, or ``GPU`` is not whole.
    """
    gpus = declared.get("GPU")
    vram = declared.get("VRAM", 0)
    if gpus is None:
        return None
    if gpus < 0 or gpus != int(gpus):
        raise ResourceError(
            f"this worker declares GPU={gpus:g}; GPU counts devices, so give a whole number"
        )
    if vram < 0:
        raise ResourceError(f"this worker declares VRAM={vram:g}; it must not be negative")
    count = int(gpus)
    return tuple(Device(index, vram / count) for index in range(count))


def offered_devices(
    declared: Mapping[str, float], probe: Callable[[], tuple[Device, ...]] = probe_devices
) -> tuple[Device, ...]:
    """Return the devices a worker offers: as declared, else as probed.

    Where ``GPU`` is declared and ``VRAM`` is not, the memory of that many devices is probed.

    Raises
    ------
    ResourceError
        If what is declared makes no sense.
    """
    found = declared_devices(declared)
    if found is None:
        return probe()
    if "VRAM" in declared or not found:
        return found
    probed = probe()[: len(found)]
    return (*probed, *found[len(probed) :])


def _device(pynvml: object, index: int) -> Device:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)  # type: ignore[attr-defined]
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)  # type: ignore[attr-defined]
    return Device(
        index,
        memory.total / MB,
        _text(pynvml.nvmlDeviceGetName(handle)),  # type: ignore[attr-defined]
        _text(pynvml.nvmlDeviceGetUUID(handle)),  # type: ignore[attr-defined]
    )


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
