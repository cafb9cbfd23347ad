"""What every run store offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from maze_nb.model.list_rows import SparklineRow
from maze_nb.model.states import RunStatus
from maze_nb.projection.sparkline import empty_sparkline
from maze_nb.wire.submission import RunSummary

# How the owner of a run begins that is kept here as a copy of what another store has: its status
# is the one last heard of.
COPY_OF = "copy of "


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run in a store; times in seconds since 1970.

    Attributes
    ----------
    origin
        Where it was started, such as the path of a notebook.
    owner
        The scheduler that carries it through; a run that has not ended and whose owner is gone is
        ``interrupted``. One that begins with `COPY_OF` marks a copy, which never is.
    status
        As in :class:`~maze_nb.model.states.RunStatus`.
    counts
        How many of its tasks were in each state when its events were written, with the items of
        maps in place of these.
    last_seq, nbytes
        The number of its last event, and how many bytes its journal takes: submission, graph and
        events. A store counts them itself.
    uses
        The runs whose results it took over, and the names of the files with large values and
        modules that it reads (see :mod:`maze_nb.wire.blobs`).
    sparkline
        When tasks of it ended. A store counts that itself.
    """

    run_id: str
    workflow_id: str
    workflow_name: str
    started: float
    origin: str = ""
    owner: str = ""
    status: str = "running"
    finished: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    last_seq: int = 0
    nbytes: int = 0
    uses: tuple[str, ...] = ()
    sparkline: SparklineRow = field(default_factory=empty_sparkline)

    def summary(self) -> RunSummary:
        """Return it as one of a list of runs."""
        return RunSummary(
            self.run_id,
            self.workflow_id,
            self.workflow_name,
            self.status,
            self.started,
            self.finished,
            self.counts,
            self.origin,
            self.nbytes,
            sparkline=self.sparkline,
        )


class Entry(NamedTuple):
    """One encoded event of a run, with its number."""

    run_id: str
    seq: int
    data: bytes


class Ending(NamedTuple):
    """How and when a run ended, and how many of its tasks are in each state.

    ``finished`` is None for one that goes on, which is only counted.
    """

    run_id: str
    status: str
    finished: float | None
    counts: dict[str, int]


def standing(run_id: str, counts: dict[str, int]) -> Ending:
    """Return how a run stands that goes on."""
    return Ending(run_id, RunStatus.RUNNING.value, None, counts)


class RunStore(Protocol):
    """Keeps runs: how each was submitted, and its numbered events.

    What a call wrote is on disk when it returns, or not at all if it raises. All calls may come
    from any thread; they block.

    Every call raises ``StoreError`` if the store cannot be read or written, and those that name a
    run raise ``UnknownRunError`` if it is not here.
    """

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def owner(self) -> str:
        """The name under which runs made through this object are owned."""
        ...

    def create(self, run: StoredRun, submission: bytes, graph: bytes) -> None:
        """Take in a run; ``run.owner`` empty means this object's owner.

        One that is here already raises ``StoreError``.

        Parameters
        ----------
        submission, graph
            What it takes to carry it through again; empty where only its events are kept.
        """
        ...

    def write(self, entries: Sequence[Entry], endings: Sequence[Ending] = ()) -> None:
        """Add events, and note the runs that ended with them; all or nothing.

        An event with a number that its run has already is passed over; a gap between the numbers
        raises ``StoreError``, as does a run that another owner carries through.
        """
        ...

    def events_after(self, run_id: str, seq: int, limit: int) -> list[bytes]:
        """Return up to `limit` encoded events of a run with numbers above `seq`, in order."""
        ...

    def runs(self) -> list[StoredRun]:
        """Return all runs in the order they started."""
        ...

    def run(self, run_id: str) -> StoredRun:
        """Return one run."""
        ...

    def submission(self, run_id: str) -> tuple[bytes, bytes]:
        """Return how a run was submitted, as ``create`` took it."""
        ...

    def claim(self, run_id: str) -> bool:
        """Make this object's owner the owner of a run that is interrupted.

        Returns
        -------
        bool
            Whether it is; False if the run has ended, or its owner carries it through.
        """
        ...

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop runs with all their events; nothing happens for those that are not here."""
        ...

    def close(self) -> None:
        """Let go of the store; runs of this owner that have not ended are interrupted then."""
        ...
