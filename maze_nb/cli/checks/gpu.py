"""Checks what this machine has of GPU devices; that it has none is no fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok
from maze_nb.projection.humane import size_text

_SUBJECT = "GPU"
_DEVICE_FILE = Path("/dev/nvidiactl")
_CHOICE = "CUDA_VISIBLE_DEVICES"


def check_gpu(_surroundings: Surroundings) -> Iterator[Finding]:
    """Ask NVIDIA's library for driver and devices."""
    try:
        import pynvml
    except ImportError as error:
        yield fault(_SUBJECT, f"pynvml cannot be imported ({error})", "pip install nvidia-ml-py")
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        yield _without_library(str(error))
        return
    try:
        yield from _devices(pynvml)
    except pynvml.NVMLError as error:
        yield fault(
            _SUBJECT, f"the driver is there but does not tell of its devices ({error})", _DRIVER
        )
    finally:
        pynvml.nvmlShutdown()


_DRIVER = "see whether `nvidia-smi` works; if not, install the NVIDIA driver anew or restart"


def _without_library(reason: str) -> Finding:
    if _DEVICE_FILE.exists():
        return fault(
            _SUBJECT,
            f"there is an NVIDIA device but its driver does not answer ({reason})",
            _DRIVER,
        )
    return note(
        _SUBJECT,
        f"none here ({reason}): tasks that ask for one need a node that has one, or that declares "
        "one (maze-nb worker --gpu 1)",
    )


def _devices(library: Any) -> Iterator[Finding]:
    count = library.nvmlDeviceGetCount()
    driver = _text(library.nvmlSystemGetDriverVersion())
    if not count:
        yield note(_SUBJECT, f"none here, though there is a driver ({driver})")
        return
    for index in range(count):
        handle = library.nvmlDeviceGetHandleByIndex(index)
        memory = library.nvmlDeviceGetMemoryInfo(handle)
        yield ok(
            f"{_SUBJECT} {index}",
            f"{_text(library.nvmlDeviceGetName(handle))}, {size_text(memory.total)}, "
            f"{size_text(memory.free)} free, driver {driver}",
        )
    chosen = os.environ.get(_CHOICE)
    if chosen is not None:
        yield note(
            _SUBJECT,
            f"{_CHOICE} is {chosen!r}: workers started from here see only those devices",
            f"unset {_CHOICE}, unless that is what is wanted",
        )


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
