"""What NVML tells of the GPU devices; that there is none is normal.

Devices are counted as the worker sees them: the first that ``CUDA_VISIBLE_DEVICES`` leaves has the
index 0.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import Any, NamedTuple, TypeVar

from maze_nb.model.node import Device
from maze_nb.worker.visible import visible_devices

logger = logging.getLogger(__name__)

Read = TypeVar("Read")

MB = 2**20


class DeviceUse(NamedTuple):
    """How one device is used now, in MB; ``load`` from 0 to 1, ``held`` by process id.

    ``total`` and ``used`` are the whole device's.
    """

    total: float
    used: float
    load: float | None
    held: dict[int, float]


def probe_devices() -> tuple[Device, ...]:
    """Return the GPU devices that this process sees."""
    return _read(_devices) or ()


def device_use() -> dict[int, DeviceUse]:
    """Return how the devices that this process sees are used, by index."""
    return _read(_uses) or {}


def used_by(pids: Collection[int], indices: Collection[int]) -> float | None:
    """Return the MB of VRAM that these processes hold on these devices, None if not known."""
    held = _read(_holdings)
    if held is None:
        return None
    wanted = set(pids)
    return sum(
        amount for index in indices for pid, amount in held.get(index, {}).items() if pid in wanted
    )


@cache
def _library() -> Any:
    """Return the library, set up once for this process; None if there is none."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def _read(read: Callable[[Any], Read]) -> Read | None:
    """Return what is read from the library; None if there is none, or it fails."""
    library = _library()
    if library is None:
        return None
    try:
        return read(library)
    except library.NVMLError as error:
        logger.warning("NVML is here but does not tell of its devices: %s", error)
        return None


def _devices(library: Any) -> tuple[Device, ...]:
    driver = _text(library.nvmlSystemGetDriverVersion())
    return tuple(
        _device(library, index, handle, driver) for index, handle in enumerate(_handles(library))
    )


def _uses(library: Any) -> dict[int, DeviceUse]:
    return {index: _use(library, handle) for index, handle in enumerate(_handles(library))}


def _holdings(library: Any) -> dict[int, dict[int, float]]:
    return {index: _held(library, handle) for index, handle in enumerate(_handles(library))}


def _handles(library: Any) -> Iterator[Any]:
    names = visible_devices()
    count = library.nvmlDeviceGetCount()
    if names is None:
        names = tuple(map(str, range(count)))
    for name in names:
        if not name.isdecimal():
            yield library.nvmlDeviceGetHandleByUUID(_whole_uuid(library, name, count))
        elif int(name) < count:
            yield library.nvmlDeviceGetHandleByIndex(int(name))
        else:
            return


def _whole_uuid(library: Any, name: str, count: int) -> str:
    """Return the UUID that begins like this: CUDA takes the first characters of one too."""
    handles = map(library.nvmlDeviceGetHandleByIndex, range(count))
    uuids = (_text(library.nvmlDeviceGetUUID(handle)) for handle in handles)
    return next((uuid for uuid in uuids if uuid.startswith(name)), name)


def _device(library: Any, index: int, handle: Any, driver: str) -> Device:
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    name, uuid = library.nvmlDeviceGetName(handle), library.nvmlDeviceGetUUID(handle)
    return Device(index, memory.total / MB, _text(name), _text(uuid), driver)


def _use(library: Any, handle: Any) -> DeviceUse:
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    try:
        load = library.nvmlDeviceGetUtilizationRates(handle).gpu / 100
    except library.NVMLError:  # a part of a device does not tell
        load = None
    return DeviceUse(memory.total / MB, memory.used / MB, load, _held(library, handle))


def _held(library: Any, handle: Any) -> dict[int, float]:
    processes = library.nvmlDeviceGetComputeRunningProcesses(handle)
    return {process.pid: (process.usedGpuMemory or 0) / MB for process in processes}


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
