"""How far a task is, as it says itself."""

from __future__ import annotations

from maze_nb.wire.shown import Progressed
from maze_nb.worker.current_task import now_running
from maze_nb.worker.masking import mask

_LONGEST = 1000


def progress(done: float, total: float | None = None, message: str = "") -> None:
    """Tell how far the running task is; it is shown live wherever its run is.

    It can be called as often as there is something to tell: of many calls only some are told, the
    last one always. Outside a task it does nothing, so that a task's function can be called by
    hand.

    Parameters
    ----------
    done
        How much is done.
    total
        How much there is to do, if that is known.
    message
        A few words on what is being done.

    Raises
    ------
    TypeError, ValueError
        If a number is none.

    Examples
    --------
    >>> import maze_nb
    >>> for number in range(3):
    ...     maze_nb.progress(number + 1, 3, "rows")
    """
    item = Progressed(
        float(done), None if total is None else float(total), mask(str(message))[:_LONGEST]
    )
    found = now_running()
    outlet = None if found is None else found.outlet
    if outlet is not None:
        outlet.progressed(item)
