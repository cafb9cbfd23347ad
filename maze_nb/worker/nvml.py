"""What NVML tells of the GPU devices."""

from __future__ import annotations

from collections.abc import Collection

MB = 2**20


def used_by(pids: Collection[int], indices: Collection[int]) -> float | None:
    """Return the MB of VRAM that these processes hold on these devices, None if not known."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - no NVML is normal
        return None
    try:
        wanted = set(pids)
        held = 0.0
        for index in indices:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle):
                if process.pid in wanted:
                    held += (process.usedGpuMemory or 0) / MB
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()
    return held
