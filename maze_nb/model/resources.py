"""What a task asks for: cores, memory, GPU devices and memory on each device."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from maze_nb.errors import ResourceError, nearest


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources one task asks for.

    Attributes
    ----------
    cpu
        Cores; fractions allowed.
    cpu_mem
        Memory in MB (2**20 bytes).
    gpu
        GPU devices. Below 1 a share of one device, from 1 on whole devices.
    gpu_mem
        Memory in MB on *each* device used.
    """

    cpu: float = 1
    cpu_mem: float = 0
    gpu: float = 0
    gpu_mem: float = 0

    def as_dict(self) -> dict[str, float]:
        """Return the resources as a plain dictionary."""
        return asdict(self)


RESOURCE_NAMES = ("cpu", "cpu_mem", "gpu", "gpu_mem")


def parse_resources(
    given: Mapping[str, Any] | Resources | None, *, base: Resources | None = None, where: str
) -> Resources:
    """Check what a person wrote as resources and fill in what they left out.

    Parameters
    ----------
    given
        A mapping with any of ``cpu, cpu_mem, gpu, gpu_mem``.
    base
        What applies where `given` says nothing; by default one core.
    where
        Names the task in an error, such as ``"task 'train'"``.

    Raises
    ------
    ResourceError
        If a name is unknown, or a number is negative, not finite, not a number, or asks for a
        fraction of devices above one.
    """
    if isinstance(given, Resources):
        given = given.as_dict()
    values = (base or Resources()).as_dict()
    for name, value in _items(given or {}, where):
        if name not in RESOURCE_NAMES:
            msg = f"unknown resource {name!r} of {where}: {nearest(str(name), RESOURCE_NAMES)}"
            raise ResourceError(msg)
        values[str(name)] = _number(name, value, where)
    return _consistent(Resources(**values), where)


def _items(given: Any, where: str) -> list[tuple[object, object]]:
    if not isinstance(given, Mapping):
        msg = f"resources of {where} must be a mapping such as {{'cpu': 2}}, not {given!r}"
        raise ResourceError(msg)
    return list(given.items())


def _number(name: object, value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ResourceError(f"resource {name!r} of {where} must be a finite number, not {value!r}")
    if value < 0:
        raise ResourceError(f"resource {name!r} of {where} must not be negative, but is {value!r}")
    return value


def _consistent(resources: Resources, where: str) -> Resources:
    if resources.gpu > 1 and resources.gpu != int(resources.gpu):
        msg = (
            f"resource 'gpu' of {where} is {resources.gpu:g}: above 1 only whole devices can be "
            f"asked for; use {math.floor(resources.gpu)} or {math.ceil(resources.gpu)}"
        )
        raise ResourceError(msg)
    if resources.gpu_mem > 0 and resources.gpu == 0:
        msg = (
            f"resource 'gpu_mem' of {where} is {resources.gpu_mem:g} MB but 'gpu' is 0: say how "
            f"many devices too, such as 'gpu': 1 or a share such as 'gpu': 0.5"
        )
        raise ResourceError(msg)
    return resources
