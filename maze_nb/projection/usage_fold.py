"""The fold of samples of the nodes' use into a series of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maze_nb.model.rows import DeviceUseRow, NodeUseRow, UsagePoint
from maze_nb.projection.bounded import bounded_text
from maze_nb.projection.message import listed, mapping_of, number_of, whole_of

POINTS_KEPT = 300
CELLS_KEPT = 6_000
"""So many lines, of a node or a device at a time, are kept in all, but 30 points at least."""
_FEWEST = 30
_NAME_CHARS = 200


class UsageFold:
    """What the nodes used over time; of a long run only some of the points are kept.

    Where there are too many, the point goes that leaves the smallest hole, so that those that are
    left are spread evenly over the run; the first and the newest stay.
    """

    def __init__(self) -> None:
        self._points: list[UsagePoint] = []
        self._fresh: list[UsagePoint] = []
        self._cells = 0

    def fold(self, data: Mapping[str, object], time: float | None) -> None:
        """Take in one sample."""
        if time is None:
            return
        point: UsagePoint = {"time": time, "nodes": _nodes(data)}
        self._points.append(point)
        self._fresh.append(point)
        self._cells += _size(point)
        while len(self._points) > POINTS_KEPT or self._is_wide():
            self._cells -= _size(self._points.pop(_least_missed(self._points)))
        del self._fresh[:-POINTS_KEPT]

    def _is_wide(self) -> bool:
        return self._cells > CELLS_KEPT and len(self._points) > _FEWEST

    def points(self) -> list[UsagePoint]:
        """Return the whole series."""
        return list(self._points)

    def take_fresh(self) -> list[UsagePoint]:
        """Return the points that came since this was called, and forget that they are new."""
        fresh, self._fresh = self._fresh, []
        return fresh


def _least_missed(points: list[UsagePoint]) -> int:
    """Return which point has its neighbours closest to each other."""
    inner = range(1, len(points) - 1)
    return min(inner, key=lambda at: points[at + 1]["time"] - points[at - 1]["time"])


def _size(point: UsagePoint) -> int:
    return sum(1 + len(node["devices"]) for node in point["nodes"])


def _nodes(data: Mapping[str, object]) -> list[NodeUseRow]:
    return [
        {
            "node_id": bounded_text(node.get("node_id"), _NAME_CHARS),
            "cpu": number_of(node.get("cpu")) or 0.0,
            "memory": number_of(node.get("memory")) or 0.0,
            "total": number_of(node.get("total")) or 0.0,
            "devices": list(_devices(node)),
        }
        for node in map(mapping_of, listed(data.get("nodes")))
    ]


def _devices(node: Mapping[str, object]) -> Iterable[DeviceUseRow]:
    for device in map(mapping_of, listed(node.get("devices"))):
        index = whole_of(device.get("index"))
        if index is not None:
            yield {
                "index": index,
                "load": number_of(device.get("load")),
                "used": number_of(device.get("used")) or 0.0,
                "total": number_of(device.get("total")) or 0.0,
            }
