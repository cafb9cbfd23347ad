/** With which text the kernel took each task cell of a notebook: that of its last execution that went well. */

import { NotebookActions, type Notebook, type NotebookPanel } from "@jupyterlab/notebook";
import type { Cell } from "@jupyterlab/cells";
import type { CellMarks } from "./cell_marks.ts";
import { isTaskCell } from "./task_cell.ts";

/** Tells the marks until the signal aborts. */
export function watchTexts({ content }: NotebookPanel, marks: CellMarks, signal: AbortSignal): void {
  // A cell may be edited while it waits for the kernel.
  const sent = new Map<string, string>();
  const send = (_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }) => {
    if (notebook === content) sent.set(cell.model.id, cell.model.sharedModel.getSource());
  };
  const end = (_: unknown, { notebook, cell, success }: { notebook: Notebook; cell: Cell; success: boolean }) => {
    if (notebook !== content || cell.isDisposed) return;
    const { id } = cell.model;
    const text = sent.get(id);
    sent.delete(id);
    if (success && text !== undefined && isTaskCell(text)) marks.took(id, text);
  };
  NotebookActions.executionScheduled.connect(send);
  NotebookActions.executed.connect(end);
  signal.addEventListener("abort", () => {
    NotebookActions.executionScheduled.disconnect(send);
    NotebookActions.executed.disconnect(end);
  }, { once: true });
}
