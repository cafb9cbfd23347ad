"""Metrics of Maze for Prometheus, which stand beside Dask's own on its route ``/metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from distributed.scheduler import Scheduler

from maze_nb.model.states import TaskState
from maze_nb.scheduler.dashboard_data import Board
from maze_nb.scheduler.http.uploads import Uploads

# A scheduler can do without it: Dask's route says so then.
if TYPE_CHECKING:
    from prometheus_client.core import Metric

_MB = 2**20


class Metrics:
    """What is told of one scheduler."""

    def __init__(self, board: Board, uploads: Uploads) -> None:
        self._board = board
        self._uploads = uploads

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        seen = self._board.look()
        tasks = {state.value: 0 for state in TaskState} | seen.tasks
        yield _gauge("tasks", "Tasks of the runs that go on here", ["state"], tasks.items())
        yield _gauge(
            "queued_tasks", "Ready tasks by what they wait for", ["reason"], seen.queue.items()
        )
        yield from self._nodes()
        yield _gauge(
            "uploads_open", "Uploads that have not ended", [], [((), self._uploads.count())]
        )
        yield _counter("uploads", "Files that were taken in whole", self._uploads.finished)
        yield _counter("upload_bytes", "Bytes that came in uploads", self._uploads.bytes_received)

    def _nodes(self) -> Iterator[Metric]:
        nodes = [node for node in self._board.nodes.all() if node.workers]
        devices = [(node, device) for node in nodes for device in node.devices]
        of_nodes: tuple[tuple[str, str, Any], ...] = (
            ("node_cpu_cores", "Cores", lambda node: node.cpu),
            ("node_cpu_free_cores", "Cores not reserved", lambda node: node.cpu_free),
            ("node_cpu_used_ratio", "Load of the cores, 0 to 1", lambda node: node.load),
            ("node_memory_bytes", "Memory", lambda node: node.cpu_mem * _MB),
            ("node_memory_free_bytes", "Memory not reserved", lambda node: node.cpu_mem_free * _MB),
            ("node_memory_used_bytes", "Memory in use", lambda node: _scaled(node.memory_used)),
            ("node_tasks", "Tasks that were sent there", lambda node: node.tasks),
        )
        for name, about, read in of_nodes:
            rows = [((node.node_id,), read(node)) for node in nodes]
            yield _gauge(name, about, ["node"], rows)
        of_devices: tuple[tuple[str, str, Any], ...] = (
            ("gpu_free_ratio", "Share not reserved", lambda device: device.share_free),
            ("gpu_used_ratio", "Load, 0 to 1", lambda device: device.load),
            ("gpu_memory_bytes", "Memory", lambda device: device.memory * _MB),
            ("gpu_memory_free_bytes", "Memory not taken", lambda device: device.memory_free * _MB),
            ("gpu_memory_used_bytes", "Memory in use", lambda device: _scaled(device.used)),
        )
        for name, about, read in of_devices:
            of_each = [
                ((node.node_id, str(device.index)), read(device)) for node, device in devices
            ]
            yield _gauge(name, about, ["node", "gpu"], of_each)


class _Collector:
    """Tells of the scheduler whose route is asked: a process may have several."""

    def __init__(self) -> None:
        self.found: WeakKeyDictionary[Scheduler, Metrics] = WeakKeyDictionary()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the scheduler that Dask's own collectors tell of now."""
        from distributed.http.scheduler.prometheus.core import PrometheusHandler

        of_dask: Any = PrometheusHandler._collectors
        asked = self.found.get(of_dask[0].server) if of_dask else None
        if asked is not None:
            yield from asked.collect()

    def describe(self) -> Iterable[Metric]:
        """Name nothing ahead, as it depends on who asks."""
        return ()


_collector = _Collector()
_registered: list[_Collector] = []


def add_metrics(scheduler: Scheduler, metrics: Metrics) -> None:
    """Have the metrics of a scheduler told where Dask's are."""
    try:
        import prometheus_client
    except ImportError:
        return
    _collector.found[scheduler] = metrics
    if not _registered:
        _registered.append(_collector)
        prometheus_client.REGISTRY.register(_collector)


def remove_metrics(scheduler: Scheduler) -> None:
    """Tell them no more."""
    _collector.found.pop(scheduler, None)


def _gauge(
    name: str, about: str, labels: list[str], rows: Iterable[tuple[Any, float | None]]
) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    found = GaugeMetricFamily(f"maze_{name}", about, labels=labels)
    for values, number in rows:
        if number is not None:
            found.add_metric([values] if isinstance(values, str) else list(values), number)
    return found


def _counter(name: str, about: str, number: float) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"maze_{name}", about, value=number)


def _scaled(megabytes: float | None) -> float | None:
    return None if megabytes is None else megabytes * _MB
