"""The nodes of a cluster as a plain table: what each offers, what is free, how it is doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import size_text
from maze_nb.projection.message import listed, mapping_of, number_of, text_of, whole_of

Data = Mapping[str, object]

_HEADINGS = ("node", "status", "cores free", "memory free", "GPUs free", "tasks", "load", "tags")


def nodes_text(nodes: Iterable[Data]) -> str:
    """Return nodes as text, with a line for each GPU and for what is wrong below its node.

    Parameters
    ----------
    nodes
        The summaries of the nodes as mappings; what is missing is left blank.
    """
    rows: list[tuple[str, ...]] = [_HEADINGS]
    notes: list[list[str]] = [[]]
    for node in nodes:
        rows.append(_row(node))
        notes.append([*_gpu_lines(node), *_fault_lines(node)])
    if len(rows) == 1:
        return "no nodes: start a worker, such as with maze-nb worker"
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, below in zip(rows, notes, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines += ["  ".join(cells).rstrip(), *(f"    {note}" for note in below)]
    return "\n".join(lines)


def _row(node: Data) -> tuple[str, ...]:
    load = number_of(node.get("load"))
    return (
        first_line(node.get("node_id") or node.get("host")),
        first_line(node.get("status")),
        _of(number_of(node.get("cpu_free")), number_of(node.get("cpu"))),
        _memory(number_of(node.get("cpu_mem_free")), number_of(node.get("cpu_mem"))),
        _gpus(list(map(mapping_of, listed(node.get("devices"))))),
        str(whole_of(node.get("tasks")) or 0),
        "" if load is None else f"{load:.0%}",
        ", ".join(first_line(tag, 50) for tag in listed(node.get("tags"))),
    )


def _of(free: float | None, total: float | None) -> str:
    return "" if free is None or not total else f"{free:g} of {total:g}"


def _memory(free: float | None, total: float | None) -> str:
    if free is None or not total:
        return ""
    return f"{size_text(free * 2**20)} of {size_text(total * 2**20)}"


def _gpus(devices: Sequence[Data]) -> str:
    return _of(sum(number_of(device.get("share_free")) or 0 for device in devices), len(devices))


def _gpu_lines(node: Data) -> list[str]:
    return [_gpu_line(mapping_of(device)) for device in listed(node.get("devices"))]


def _gpu_line(device: Data) -> str:
    said = [
        _memory(number_of(device.get("memory_free")), number_of(device.get("memory"))),
        _squeeze(number_of(device.get("squeezed"))),
    ]
    load = number_of(device.get("load"))
    said += [] if load is None else [f"load {load:.0%}"]
    name = text_of(device.get("name"))
    head = f"GPU {whole_of(device.get('index')) or 0}{f' {first_line(name)}' if name else ''}"
    return f"{head}: {', '.join(filter(None, said)) or 'nothing known'}"


def _squeeze(squeezed: float | None) -> str:
    return f"{size_text(squeezed * 2**20)} taken by other programs" if squeezed else ""


def _fault_lines(node: Data) -> list[str]:
    fault = first_line(node.get("fault"), 500)
    return [fault] if fault else []
