"""The Dask scheduler plugin: its hooks and its RPC."""

from __future__ import annotations

import asyncio
import functools
import logging
import pickle
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.scheduler import Scheduler
from tornado.ioloop import PeriodicCallback

from maze_nb.config import store_file
from maze_nb.engine.events import DevicesSqueezed
from maze_nb.errors import StoreError
from maze_nb.model.ids import NodeId
from maze_nb.scheduler.admission import Admission
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.dashboard import Pages
from maze_nb.scheduler.dashboard_data import Board
from maze_nb.scheduler.drains import Drains
from maze_nb.scheduler.growth import Growth
from maze_nb.scheduler.http.site import Site
from maze_nb.scheduler.journal import lost_report
from maze_nb.scheduler.nannies import Nannies
from maze_nb.scheduler.nodes import NodeList
from maze_nb.scheduler.rpc import Rpc
from maze_nb.scheduler.run_record import HOLDER_PREFIX, TaskRecord
from maze_nb.scheduler.usage import UsageSampler
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.open import open_store
from maze_nb.store.protocol import RunStore
from maze_nb.store.result_cache import ResultCache, open_cache
from maze_nb.wire.shown import decode_told
from maze_nb.wire.submission import decode_heartbeat, decode_hello
from maze_nb.wire.task_call import SuccessReport, decode_failure, decode_success

logger = logging.getLogger(__name__)

PLUGIN_NAME = "maze"
_REVIEW_MS = 250

Hook = Callable[..., None]

_starting: WeakKeyDictionary[Scheduler, asyncio.Lock] = WeakKeyDictionary()


def guarded(hook: Hook) -> Hook:
    """Fail the runs loudly when a hook breaks: Dask itself only logs it and goes on."""

    @functools.wraps(hook)
    def call(self: MazeSchedulerPlugin, *args: Any, **kwargs: Any) -> None:
        try:
            hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the boundary to Dask
            self.conductor.fail_loudly(error)

    return call


class MazeSchedulerPlugin(SchedulerPlugin):
    """Binds tasks to workers late, and keeps the events of runs.

    Parameters
    ----------
    worker_half, nanny_half
        The pickled plugins to be installed on all workers and all nannies.
    load
        The pickled function by which workers load stored outputs.

    Raises
    ------
    StoreError
        On start, if the run store cannot be opened.
    """

    name = PLUGIN_NAME
    idempotent = True

    def __init__(self, worker_half: bytes, nanny_half: bytes, load: bytes) -> None:
        self._load = load
        self._worker_half = worker_half
        self._nanny_half = nanny_half

    async def start(self, scheduler: Scheduler) -> None:
        """Install the RPC here and the worker half on all workers, now and later."""
        async with _starting.setdefault(scheduler, asyncio.Lock()):
            if PLUGIN_NAME not in scheduler.plugins:
                await self._install(scheduler)

    async def _install(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        store, cache = await asyncio.to_thread(_open, scheduler.address_safe)
        self.conductor = Conductor(scheduler, store, cache, pickle.loads(self._load))
        self.nodes = NodeList(self.conductor.crew, self.conductor.engine.fleet)
        self._usage = UsageSampler(self.conductor)
        self.drains = Drains(scheduler, self.conductor.dispatch, self.nodes)
        self._nannies = Nannies(scheduler, self._nanny_half)
        archive = Archive(self.conductor.writer, self.conductor.runs)
        growth = Growth(scheduler, self.conductor)
        admission = Admission(scheduler, self.conductor, archive, growth)
        rpc = Rpc(scheduler, self.conductor, archive, admission, self.nodes, self.drains)
        scheduler.handlers.update(rpc.handlers())
        scheduler.handlers["maze_worker"] = self.worker_joined
        scheduler.handlers["maze_no_worker"] = self.worker_without_maze
        scheduler.handlers["maze_worker_exit"] = self.worker_exited
        scheduler.stream_handlers.update(
            {
                "maze-started": self.tasks_started,
                "maze-told": self.task_told,
                "maze-failed": self.failure_told,
                "maze-stopped": self.tasks_stopped,
                "maze-heartbeat": self.heartbeat,
                "maze-leaving": self.worker_leaving,
            }
        )
        engine, runs = self.conductor.engine, self.conductor.runs
        self._pages = Pages(scheduler, Board(self.nodes, engine, runs))
        self._pages.add()
        scheduler.handlers.update(self._pages.handlers())
        self._site = Site(scheduler, self.conductor, archive, self.nodes)
        await self._site.add()
        scheduler.handlers.update(self._site.handlers())
        self._review = PeriodicCallback(self._look_again, _REVIEW_MS)
        self._review.start()
        # The workers' answers wait for this plugin's handlers only, so hooks may come later.
        scheduler.add_plugin(self, name=PLUGIN_NAME, idempotent=True)
        await scheduler.register_worker_plugin(
            None, self._worker_half, "maze-worker", idempotent=True
        )
        self._nannies.begin()

    async def close(self) -> None:
        """Stop looking again; put on disk what is not there yet."""
        self._review.stop()
        self._pages.remove()
        self._site.remove()
        self._nannies.close()
        await asyncio.gather(self.conductor.writer.close(), self.conductor.reuse.close())

    @guarded
    def update_graph(
        self, scheduler: Scheduler, *, client: str, tasks: Any, keys: Any, **kwargs: Any
    ) -> None:
        """Hear of a graph before any of its tasks moves."""
        if not client.startswith(HOLDER_PREFIX):
            return
        run = self.conductor.runs.held_by(client)
        if run is not None and run.finished is None:
            self.conductor.shut_gates(run, tasks)
        else:
            # The run was cancelled while Dask read its graph.
            for key in tasks:
                self.conductor.dispatch.binding.shut(key)
            self.conductor.dispatch.release(client, list(keys))

    @guarded
    def transition(self, key: Any, start: str, finish: str, *args: Any, **kwargs: Any) -> None:
        """Hear that a task changed its state."""
        task = self.conductor.tasks.get(key)
        if task is None:
            return
        if finish == "no-worker":
            self.conductor.task_ready(task)
        elif finish == "memory" and start == "processing":
            self._hear_success(task)
        elif finish == "erred":
            self._hear_failure(task, **kwargs)
        elif start == "processing":
            self.conductor.task_returned(task)
        elif start == "memory":
            self.conductor.result_lost(task)
        elif finish == "forgotten":
            self.conductor.task_forgotten(task)

    @guarded
    def remove_worker(self, scheduler: Scheduler, worker: str, **kwargs: Any) -> None:
        """Hear that a worker is gone."""
        crew = self.conductor.crew
        last = self.nodes.note_last_slot(worker, crew.members.get(worker))
        self.conductor.worker_left(worker)
        if last is not None:
            self.nodes.keep_gone(last, crew.end_of(worker))

    async def worker_joined(self, hello: bytes) -> None:
        """Hear what a worker with Maze says of itself."""
        greeting = decode_hello(hello)
        state = self.scheduler.workers.get(greeting.worker)
        if state is None:
            return
        self._nannies.tell(state.nanny)
        if greeting.fault:
            logger.warning("%s", greeting.fault)
        slot = self.conductor.crew.join(
            greeting, state.host, state.nthreads, nanny=state.nanny or ""
        )
        if slot is not None:
            self.conductor.slot_joined(slot)

    async def worker_exited(self, nanny: str, text: str) -> None:
        """Hear from a nanny how the process of its worker ended."""
        self.conductor.crew.exited(nanny, text)

    @guarded
    def heartbeat(self, worker: str, data: bytes) -> None:
        """Hear how a worker and its devices are doing."""
        beat = decode_heartbeat(data)
        node_id = self.conductor.crew.beat(beat)
        if node_id is not None and beat.devices:
            squeezed = {load.index: load.squeezed for load in beat.devices}
            self.conductor.dispatch.tell(DevicesSqueezed(NodeId(node_id), squeezed))

    @guarded
    def worker_leaving(self, worker: str) -> None:
        """Hear that a worker is being stopped in good order."""
        self.conductor.crew.leaving(worker)

    async def worker_without_maze(self, worker: str, fault: str) -> None:
        """Hear that a worker cannot import Maze."""
        self.conductor.crew.reject(worker, fault)
        logger.warning("%s", fault)

    @guarded
    def tasks_started(self, worker: str, tasks: Any) -> None:
        """Hear that tasks began a moment ago and still run."""
        for key, placement, started in tasks:
            task = self._current(key, placement)
            if task is not None:
                self.conductor.task_started(task, started)

    @guarded
    def task_told(self, worker: str, key: Any, placement: int, started: float, data: bytes) -> None:
        """Hear what a task that runs has shown."""
        task = self._current(key, placement)
        if task is not None:
            self.conductor.task_told(task, started, decode_told(data))

    @guarded
    def failure_told(self, worker: str, key: Any, placement: int, report: bytes) -> None:
        """Hear how a task failed, before Dask says that it did."""
        task = self._current(key, placement)
        if task is not None:
            self.conductor.failure_told(task, decode_failure(report))

    @guarded
    def tasks_stopped(self, worker: str, keys: Any) -> None:
        """Hear that the code of cancelled tasks has ended."""
        self.conductor.tasks_stopped(tuple(key) for key in keys)

    def _current(self, key: Any, placement: int) -> TaskRecord | None:
        task = self.conductor.tasks.get(tuple(key))
        return task if task is not None and task.placement == placement else None

    def _hear_success(self, task: TaskRecord) -> None:
        state = self.scheduler.tasks[task.key]
        packed = (state.metadata or {}).pop("maze", None)
        self.conductor.shut(task)
        if packed is not None:
            self.conductor.task_succeeded(task, decode_success(packed))
        elif task.outputs:
            # The worker had a copy, of which Dask learned only after the last other was lost.
            had = SuccessReport(time.time(), 0.0, task.outputs)
            self.conductor.task_succeeded(task, had)
        else:
            text = "the worker did not report how the task went"
            self.conductor.task_failed(task, lost_report(task, "MazeError", text, text))

    def _hear_failure(self, task: TaskRecord, **told: Any) -> None:
        report = task.failure
        if report is None:
            state = self.scheduler.tasks[task.key]
            message = str(told.get("exception_text") or state.exception_text or "it was lost")
            kind = message.partition("(")[0]
            text = str(told.get("traceback_text") or state.traceback_text or message)
            report = lost_report(task, kind, message, text)
        self.conductor.task_failed(task, report)

    @guarded
    def _look_again(self) -> None:
        self.conductor.dispatch.review()
        self.drains.review()
        self._usage.review(time.time())


def _open(address: str) -> tuple[RunStore, ResultCache | None]:
    """Open the run store and the result cache that the settings name."""
    file = store_file()
    store = MemoryRunStore() if file is None else open_store(file, address=address)
    try:
        return store, open_cache()
    except StoreError as error:
        logger.warning("Results are not cached across runs: %s", error)
        return store, None
