"""Takes lists apart on a worker whose items are made of local modules."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from distributed import get_worker
from distributed.worker import secede as leave_thread_pool

from maze_nb.errors import TaskCancelledError
from maze_nb.runners.parts import spread
from maze_nb.wire.task_call import decode_call
from maze_nb.worker.kit import Kit, at_hand, packed_item_for_others
from maze_nb.worker.kits import kit_for
from maze_nb.worker.modules import ModulesInUseError
from maze_nb.worker.notices import notices_of

_LOOK = 0.05


def spread_output(header: bytes, outputs: Mapping[str, Any], name: str) -> list[Any]:
    """Return the items of an output that tasks map over, with their local modules at hand.

    While other tasks of this process use other versions of these, it waits.

    Parameters
    ----------
    header
        The encoded :class:`~maze_nb.wire.task_call.TaskCall` of a task that has them too.
    """
    call = decode_call(header)
    kit = kit_for(call, notices_of(get_worker()).results.folder)
    with ExitStack() as stack:
        _wait_for(kit, stack)
        items = spread(outputs, name)
        return [packed_item_for_others(item, kit) for item in items]


def _wait_for(kit: Kit, stack: ExitStack) -> None:
    worker = get_worker()
    key = worker.get_current_task()
    has_left = False
    while True:
        try:
            stack.enter_context(at_hand(kit))
        except ModulesInUseError:
            state = worker.state.tasks.get(key)
            if state is None or state.state == "cancelled":
                raise TaskCancelledError("a list that tasks map over is not needed") from None
            if not has_left:
                leave_thread_pool()
                has_left = True
            time.sleep(_LOOK)
        else:
            return
