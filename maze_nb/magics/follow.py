"""Follows a run from a thread of its own, and shows what its tasks put out under their cells."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

from maze_nb.errors import MazeError
from maze_nb.magics.cell_output import PAUSE, CellOutput, Shown
from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.projection.block_bundles import Whole
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import typed_id
from maze_nb.projection.message import Message, data_of, listed, mapping_of, text_of, type_of
from maze_nb.projection.output_blocks import TaskOutput
from maze_nb.projection.task_line import TaskLine
from maze_nb.sdk.log import MessageLog

_BUDGET = 15
"""Updates in one beat while a run goes on: Jupyter drops what exceeds 1,000 messages a second."""
_LAST_BUDGET = 60
_TICK = 1.0 - PAUSE
_IDLE = 2.0
_RUN = "run "

logger = logging.getLogger(__name__)


class Following:
    """One run, followed until it has ended and all of its output is shown.

    The thread ends with the run, or when its messages can be had no more; it keeps no process
    alive, and what goes wrong in it leaves the run alone.

    Parameters
    ----------
    log
        The messages of the run.
    outputs
        Where to show each task, by its id.
    turn
        Later runs have higher ones.
    whole
        Brings displays that are too big for a message.
    """

    def __init__(
        self, log: MessageLog, outputs: Mapping[str, CellOutput], turn: int, whole: Whole
    ) -> None:
        self.run_id = log.run_id
        self._log = log
        self._taken = 0
        self._tasks = {
            task_id: _Task(log.run_id, output, turn, whole) for task_id, output in outputs.items()
        }
        self._due: dict[str, _Task] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._go, name="maze-follow", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether nothing will be shown any more."""
        return not self._thread.is_alive()

    @property
    def has_ended(self) -> bool:
        """Whether the run has ended."""
        return self._log.is_complete

    def settle(self, patience: float) -> None:
        """Wait until all is shown of a run that has ended."""
        self._thread.join(patience)

    def close(self) -> None:
        """Show nothing from now on."""
        self._closing.set()

    def _go(self) -> None:
        try:
            while not self._closing.is_set() and not self._beat():
                self._closing.wait(PAUSE)
        except Exception:
            logger.exception("output is not shown under its cells any more; the run goes on")

    def _beat(self) -> bool:
        """Take in what is new and show some of it; return whether nothing is left to do."""
        is_lost = False
        try:
            self._take_in(self._log.wait(self._taken, self._patience()))
        except MazeError as error:
            is_lost = True
            self._lose(error)
        is_end = is_lost or (self._log.is_complete and self._taken == self._log.last_seq)
        self._show(_LAST_BUDGET if is_end else _BUDGET, is_end=is_end)
        return is_end and not self._due

    def _patience(self) -> float:
        if self._due:
            return 0.0
        is_running = any(task.is_shown and task.line.is_running for task in self._tasks.values())
        return _TICK if is_running else _IDLE

    def _take_in(self, messages: Sequence[Message]) -> None:
        self._taken += len(messages)
        for message in messages:
            kind, data = type_of(message), data_of(message)
            if kind == "start_workflow":
                self._begin(data)
            task_id = text_of(data.get("task_id")) or ""
            found = self._tasks.get(task_id)
            if found is not None and found.fold(message):
                self._due[task_id] = found

    def _begin(self, data: Mapping[str, object]) -> None:
        listed_tasks = map(mapping_of, listed(mapping_of(data.get("graph")).get("tasks")))
        for task_id in (text_of(task.get("id")) or "" for task in listed_tasks):
            task = self._tasks.get(task_id)
            if task is not None and task.await_turn():
                self._due[task_id] = task

    def _lose(self, error: MazeError) -> None:
        why = "interrupted: the scheduler was lost, and %maze_resume goes on"
        if not self._log.is_interrupted:
            why = f"no more is known: {first_line(error)}"
        for task_id, task in self._tasks.items():
            if task.is_shown and not task.is_over:
                task.line.lose(why)
                self._due[task_id] = task

    def _show(self, room: int, *, is_end: bool) -> None:
        for task_id, task in self._tasks.items():
            if task.is_shown and task.line.is_running:
                self._due.setdefault(task_id, task)
        # Those that there was no room for come first the next time.
        for task_id in list(self._due):
            if room <= 0:
                return
            task = self._due.pop(task_id)
            count, is_all = task.show(room, is_end=is_end)
            room -= count
            if not is_all:
                self._due[task_id] = task


class _Task:
    """One task of a run, and where it is shown."""

    def __init__(self, run_id: str, output: CellOutput, turn: int, whole: Whole) -> None:
        self.line = TaskLine(output.name, output.about, run_id)
        self.is_over = False
        self._run_id = run_id
        self._cell = output
        self._turn = turn
        self._output = TaskOutput()
        self._has_started = False
        self._has_begun = False
        self._is_ours = False
        where = f"maze-nb runs logs {typed_id(run_id)} {output.name!r}"
        self._shown = Shown(run_id, self.line, where, whole)
        self._has_new_blocks = False

    @property
    def is_shown(self) -> bool:
        return self._is_ours

    def await_turn(self) -> bool:
        """Note that the run has begun; return whether there is something new to show."""
        self.line.await_turn()
        self._is_ours = self._claim(softly=True)
        return self._is_ours

    def fold(self, message: Message) -> bool:
        """Take in a message; return whether there is something new to show."""
        kind = type_of(message)
        is_end = kind in FINAL_MESSAGES
        if kind == "start_task":
            self._has_started = True
        if is_end or kind == "start_task":
            self.is_over = is_end
        self._has_new_blocks |= self._output.fold(message)
        is_news = self.line.fold(message)
        if self._has_started:
            self._has_begun = True
            self._is_ours = self._claim()
        elif is_end and not self._stands_already(message):
            self._has_begun = True
            self._is_ours = self._claim(softly=kind != "finish_task")
        elif is_news and not is_end:
            self._is_ours = self._claim(softly=True)
        # What is shown again before its end is no output of this run unless that says so.
        return self._is_ours and (self._has_begun or is_news)

    def show(self, room: int, *, is_end: bool) -> tuple[int, bool]:
        """Show what is new; return how many updates that took, and whether all is shown."""
        if not self._claim():
            self._is_ours = False
            return 0, True
        shown = self._shown
        shown.is_over, shown.is_urgent = self.is_over or is_end, is_end
        if self._has_begun and (self._has_new_blocks or shown.blocks is None):
            shown.blocks = self._output.blocks()
            self._has_new_blocks = False
        return self._cell.show(shown, room)

    def _claim(self, *, softly: bool = False) -> bool:
        return self._cell.claim(self._turn, self._run_id, softly=softly)

    def _stands_already(self, message: Message) -> bool:
        """Return whether the task shared what another run made of it, which stands there."""
        data = data_of(message)
        if type_of(message) == "task_exception":
            return self._cell.shows_error(str(data.get("result") or ""))
        source = text_of(data.get("reused_from")) or ""
        return source.startswith(_RUN) and self._cell.shows(source.removeprefix(_RUN).strip())
