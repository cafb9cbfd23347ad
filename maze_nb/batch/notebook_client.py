"""Executes the cells of a notebook one by one, and what has to be done around them."""

from __future__ import annotations

import asyncio
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient

from maze_nb.batch.interrupts import Interrupts

_REPORT = "getattr(__import__('sys').modules.get('maze_nb.sdk.run_report'), {!r}, int)();"
_WAIT = _REPORT.format("wait_for_all")
_CANCEL = _REPORT.format("cancel_all")

_REPLY_SECONDS = 2.0
_SWALLOWED = {
    "content": {"status": "error", "ename": "KeyboardInterrupt", "evalue": "", "traceback": []}
}

BESIDES = "maze-besides"
"""The tag of cells that a notebook has only while it is executed."""


class NotebookClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no annotations
    """Papermill's client, which waits at the end for runs that go on.

    Cells that do not block would otherwise end with the kernel. A cell that fails ends the notebook
    as ever, and nothing is waited for. An interrupt ends it too, and cancels the runs.

    Parameters
    ----------
    interrupts
        Where interrupts come from.
    """

    def __init__(self, manager: Any, interrupts: Interrupts, **options: Any) -> None:
        super().__init__(manager, **options)
        self._interrupts = interrupts

    async def async_execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Execute a cell, which interrupts reach; after one, only what cancels the runs."""
        with self._interrupts.passed_to(self.km):
            if self._interrupts.is_set and cell.source != _CANCEL:
                return cell
            return await super().async_execute_cell(cell, cell_index, **options)

    execute_cell = run_sync(async_execute_cell)

    async def _async_poll_for_reply(
        self,
        msg_id: str,
        cell: Any,
        timeout: int | None,  # noqa: ASYNC109  # as nbclient has it
        idle: Any,
        alive: Any,
    ) -> Any:
        """Return the reply of a kernel, or what stands for the one that it swallowed.

        It does so where an interrupt reaches it in the moment between a cell and its reply. It
        tells that it is idle all the same, which it else does after the reply.
        """
        waiting = super()._async_poll_for_reply(msg_id, cell, timeout, idle, alive)
        reply = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait((reply, idle), return_when=asyncio.FIRST_COMPLETED)
            while not reply.done():
                await asyncio.wait((reply,), timeout=_REPLY_SECONDS)
                if not reply.done() and self._interrupts.is_set and idle.done():
                    alive.cancel()
                    return _SWALLOWED
            return reply.result()
        finally:
            reply.cancel()

    def papermill_execute_cells(self) -> None:
        """Execute the cells, one after the other, until one fails or there is an interrupt."""
        with self._interrupts.heeded():
            self._execute_all()

    def _execute_all(self) -> None:
        cells = list(self.nb.cells)
        has_failed = False
        for index, cell in enumerate(cells):
            if has_failed or self._interrupts.is_set:
                break
            try:
                self.nb_man.pbar.begin(index)
                self.nb_man.cell_start(cell, index)
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                self._fail(index, error)
                has_failed = True
            except BaseException as error:
                self._fail(index, error)
                raise
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
        if self._interrupts.is_set:
            self._execute_besides(_CANCEL)
            return
        if not has_failed:
            self._wait()

    def _wait(self) -> None:
        self._execute_besides(_WAIT)
        if self._interrupts.is_set:
            self._execute_besides(_CANCEL)

    def _fail(self, index: int, error: BaseException) -> None:
        self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)

    def _execute_besides(self, source: str) -> None:
        """Execute code as a cell that the notebook does not keep.

        As a cell, so that what it makes kernels say about other cells gets into these.
        """
        if self.km.kernel_spec.language.lower() != "python":
            return
        from nbformat.v4 import new_code_cell

        # Papermill writes into every cell how it went.
        self.nb.cells.append(new_code_cell(source, metadata={"papermill": {}, "tags": [BESIDES]}))
        index = len(self.nb.cells) - 1
        try:
            self.execute_cell(self.nb.cells[index], index)
        except CellExecutionError:
            if not self._interrupts.is_set:
                raise
        finally:
            # What it has shown may be told of later, when its place is another's or nobody's.
            self.clear_display_id_mapping(index)
            self.nb.cells.pop()
