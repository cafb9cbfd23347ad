"""Durations, sizes and ids as people read them."""

from __future__ import annotations

_SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def duration_text(seconds: float) -> str:
    """Return a duration in the coarsest form that still tells something.

    Parameters
    ----------
    seconds
        A length of time in seconds; below zero counts as zero.

    Returns
    -------
    str
        Such as ``<1 ms``, ``45 ms``, ``0.12 s``, ``1.2 s``, ``3 min 05 s``, ``1 h 02 min``,
        ``2 d 03 h``.
    """
    seconds = max(0.0, seconds)
    if seconds < 0.0005:
        return "<1 ms" if seconds else "0 s"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = minutes // 60
    return f"{hours // 24} d {hours % 24:02d} h"


def size_text(nbytes: float) -> str:
    """Return a number of bytes in binary units: ``512 B``, ``3.4 kB``, ``8.0 GB``."""
    value = float(max(0, nbytes))
    for unit in _SIZE_UNITS:
        # 1023.95 would print as "1024.0", which belongs to the next unit.
        if value < (1024 if unit == "B" else 1023.95) or unit == _SIZE_UNITS[-1]:
            break
        value /= 1024
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"


def short_id(run_id: str) -> str:
    """Return the first eight characters of an id, with an ellipsis when cut."""
    return run_id if len(run_id) <= 12 else f"{run_id[:8]}…"


def typed_id(run_id: str) -> str:
    """Return as much of a run's id as commands need to know which is meant."""
    return run_id[:8]


def count_text(number: int, noun: str, many: str | None = None) -> str:
    """Return ``1 task`` or ``5 tasks``; `many` is the plural where it is not that simple."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


def resource_text(resources: object) -> str:
    """Return what a task asks for in words, without what it asks none of.

    Parameters
    ----------
    resources
        A mapping with ``cpu`` (cores), ``gpu`` (devices), ``cpu_mem`` and ``gpu_mem`` (MB).

    Returns
    -------
    str
        Such as ``4 cores · 2.0 GB · GPU 0.5 · 8.0 GB VRAM``; empty for nothing asked.
    """
    if not isinstance(resources, dict):
        return ""
    amounts = {
        name: value
        for name, value in resources.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    }
    parts = []
    if "cpu" in amounts:
        parts.append(f"{amounts['cpu']:g} core{'' if amounts['cpu'] == 1 else 's'}")
    if "cpu_mem" in amounts:
        parts.append(size_text(amounts["cpu_mem"] * 2**20))
    if "gpu" in amounts:
        parts.append(f"GPU {amounts['gpu']:g}")
    if "gpu_mem" in amounts:
        parts.append(f"{size_text(amounts['gpu_mem'] * 2**20)} VRAM")
    return " · ".join(parts)
