"""What stands under a task cell: places in the notebook that are filled while its task runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

from maze_nb.projection.block_bundles import EMPTY, Bundle, Whole, bundles_of, plain_text
from maze_nb.projection.output_blocks import Block, DisplayBlock, error_block
from maze_nb.projection.task_line import TaskLine, marked_bundle

SLOTS = 8
"""Places for blocks below the line of a task; what exceeds them shares the last one."""
PAUSE = 0.15
"""Least seconds between two updates of one place."""
_CHARS_A_SECOND = 1_000_000


class Publisher(Protocol):
    """What IPython has to send displays to the front end with."""

    def publish(self, data: Any, metadata: Any = None, **kwargs: Any) -> None:
        """Send a display."""
        ...


class Notebook:
    """The front end as updates reach it.

    Guards that none is lost: a headless run listens only while a cell is run, so that what was
    sent in between is sent again with the next cell.

    Parameters
    ----------
    publisher
        Sends displays; a cell is being run when this is made.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._lock = threading.Lock()
        self._is_heard = True
        self._unheard: dict[str, Bundle] = {}

    def put(self, display_id: str, bundle: Bundle, *, is_new: bool = False) -> None:
        """Show a bundle in a new place, or in one that is there."""
        with self._lock:
            if not self._is_heard:
                self._unheard[display_id] = bundle
            self._send(display_id, bundle, is_new=is_new)

    def note_begin(self, _info: object = None) -> None:
        """Note that a cell is being run."""
        with self._lock:
            self._is_heard = True
            unheard, self._unheard = self._unheard, {}
            for display_id, bundle in unheard.items():
                self._send(display_id, bundle)

    def note_end(self, _result: object = None) -> None:
        """Note that no cell is being run."""
        with self._lock:
            self._is_heard = False

    def _send(self, display_id: str, bundle: Bundle, *, is_new: bool = False) -> None:
        transient = {"display_id": display_id}
        self._publisher.publish(
            bundle.data, bundle.metadata, transient=transient, update=not is_new
        )


class CellOutput(Protocol):
    """Shows how a task stands and what it has put out; called from threads that follow runs."""

    name: str
    about: str

    def claim(self, turn: int, run_id: str, *, softly: bool = False) -> bool:
        """Return whether a run may show its task here from now on.

        Parameters
        ----------
        turn
            Which run it is: a later one takes the place of an earlier one.
        softly
            Whether an earlier run in which the task has not ended keeps its place.
        """
        ...

    def shows(self, run_id: str) -> bool:
        """Return whether the blocks that stand here are those of a run."""
        ...

    def shows_error(self, traceback: str) -> bool:
        """Return whether this traceback stands here."""
        ...

    def show(self, state: Shown, room: int, /) -> tuple[int, bool]:
        """Show it with at most so many updates; return how many, and whether all is shown."""
        ...


class Shown:
    """What there is to show of one task.

    Attributes
    ----------
    line, blocks
        How it stands, and what it has put out; None for blocks of which it is not known yet.
    is_over
        Whether the task has ended.
    is_urgent
        Whether no pause is to be kept between updates.
    run_id, where, whole
        The run; how to see all of the text; brings big displays.
    """

    def __init__(self, run_id: str, line: TaskLine, where: str, whole: Whole) -> None:
        self.run_id = run_id
        self.line = line
        self.where = where
        self.whole = whole
        self.blocks: Sequence[Block] | None = None
        self.is_over = False
        self.is_urgent = False


class _Ownership:
    """Which run has its task shown under a cell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = 0
        self._is_live = False
        self._blocks_of = ""
        self._blocks: Sequence[Block] = ()

    def claim(self, turn: int, _run_id: str, *, softly: bool = False) -> bool:
        with self._lock:
            if turn < self._turn or (softly and turn > self._turn and self._is_live):
                return False
            if turn > self._turn:
                self._turn, self._is_live = turn, True
            return True

    def shows(self, run_id: str) -> bool:
        return self._blocks_of == run_id

    def shows_error(self, traceback: str) -> bool:
        return bool(traceback) and error_block(traceback) in self._blocks

    def _note(self, state: Shown) -> None:
        self._is_live = not state.is_over
        if state.blocks is not None:
            self._blocks_of = state.run_id
            self._blocks = state.blocks


class NotebookOutput(_Ownership):
    """The output of a task cell in a notebook: a line, and below it places for blocks.

    Parameters
    ----------
    about
        What the task reads and makes.

    Attributes
    ----------
    place
        What the display ids of all its places begin with.
    """

    def __init__(self, notebook: Notebook, name: str, about: str) -> None:
        super().__init__()
        self.name, self.about = name, about
        self._notebook = notebook
        # Each run of the cell has places of its own: the front end has taken the old ones away.
        self.place = uuid4().hex
        self._places = [f"{self.place}-{at}" for at in range(SLOTS + 1)]
        self._bundles = [Bundle(dict(marked_bundle(name, about)), {}), *[EMPTY] * SLOTS]
        self._due = [0.0] * (SLOTS + 1)
        self._made_of: object = None
        self._made: list[Bundle] = []
        for place, bundle in zip(self._places, self._bundles, strict=True):
            notebook.put(place, bundle, is_new=True)

    def show(self, state: Shown, room: int) -> tuple[int, bool]:
        """Show it with at most so many updates; return how many, and whether all is shown."""
        self._note(state)
        wanted = [Bundle(dict(state.line.bundle(time.time())), {})]
        if state.blocks is not None and state.blocks is not self._made_of:
            self._made = bundles_of(state.blocks, SLOTS, state.where, state.whole)
            self._made_of = state.blocks
        wanted += self._made
        count, is_all = 0, True
        for at, bundle in enumerate(wanted):
            if bundle == self._bundles[at]:
                continue
            now = time.monotonic()
            if count >= room or (now < self._due[at] and not state.is_urgent):
                is_all = False
                continue
            self._notebook.put(self._places[at], bundle)
            self._bundles[at] = bundle
            self._due[at] = now + max(PAUSE, _size(bundle.data) / _CHARS_A_SECOND)
            count += 1
        return count, is_all


class PrintedOutput(_Ownership):
    """The output of a task cell where nothing shown can be changed: printed at the task's end.

    Parameters
    ----------
    is_told
        Whether messages are printed anyway, so that displays alone are left to print.
    """

    def __init__(self, name: str, about: str) -> None:
        super().__init__()
        self.name, self.about = name, about
        self.is_told = False

    def show(self, state: Shown, _room: int) -> tuple[int, bool]:
        """Print it once the task has ended."""
        self._note(state)
        if not state.is_over:
            return 0, True
        blocks = state.blocks or ()
        if self.is_told:
            blocks = [block for block in blocks if isinstance(block, DisplayBlock)]
        text = plain_text(blocks, state.where)
        said = [] if self.is_told else [state.line.bundle(time.time())["text/plain"]]
        for part in (*said, text):
            if part:
                print(part, flush=True)  # noqa: T201 - printing is what it is for
        return 1, True


def _size(data: Mapping[str, object]) -> int:
    return sum(len(value) for value in data.values() if isinstance(value, str))
