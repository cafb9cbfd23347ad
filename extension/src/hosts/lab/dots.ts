/** The state of its task beside each task cell of a notebook: a button that leads to the graph. */

import type { Cell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { button, h, setAttribute } from "../../dom.ts";
import { icon, lookOf } from "../../glyphs.ts";
import { faceOfMark, type CellMark, type CellMarks } from "./cell_marks.ts";
import { isTaskCell } from "./task_cell.ts";

const CLASS = "maze-dot";
const PAUSE_MS = 60;

export interface DotCalls {
  /** Shows the task of a cell in the graph. */
  show(cellId: string): void;
}

/** Keeps the dots of a notebook as the marks say, until the signal aborts. */
export function showDots(panel: NotebookPanel, marks: CellMarks, calls: DotCalls, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    timer = undefined;
    if (panel.isDisposed) return;
    for (const cell of panel.content.widgets) drawDot(cell, marks, calls);
  };
  const later = () => {
    if (!signal.aborted) timer ??= setTimeout(draw, PAUSE_MS);
  };
  const { content } = panel;
  content.modelContentChanged.connect(later);
  content.modelChanged.connect(later);
  content.cellInViewportChanged.connect(later);
  marks.subscribe(later, signal);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    content.modelContentChanged.disconnect(later);
    content.modelChanged.disconnect(later);
    content.cellInViewportChanged.disconnect(later);
    panel.node.querySelectorAll(`.${CLASS}`).forEach((dot) => dot.remove());
  }, { once: true });
  later();
}

function drawDot(cell: Cell, marks: CellMarks, calls: DotCalls): void {
  // A cell that was never in view has no input area yet; it is drawn when it comes into view.
  const place = cell.inputArea?.node;
  if (place === undefined || cell.isDisposed) return;
  const is_task = cell.model.type === "code" && isTaskCell(cell.model.sharedModel.getSource());
  const found = place.querySelector<HTMLElement>(`:scope > .${CLASS}`);
  if (!is_task) {
    found?.remove();
    return;
  }
  const dot = found ?? place.appendChild(button({ class: CLASS }, () => calls.show(cell.model.id)));
  const mark = marks.get(cell.model.id);
  const face = mark === null ? "waiting" : faceOfMark(mark);
  const is_stale = marks.isStale(cell.model.id, cell.model.sharedModel.getSource());
  const words = wordsOf(mark, is_stale);
  if (dot.dataset["face"] !== face) dot.replaceChildren(icon(face), h("span", { class: "maze-unseen" }));
  dot.dataset["face"] = face;
  dot.dataset["state"] = mark?.state ?? "new";
  dot.classList.toggle("maze-is-stale", is_stale);
  setAttribute(dot, "aria-label", words);
  setAttribute(dot, "title", words);
}

export function wordsOf(mark: CellMark | null, is_stale: boolean): string {
  if (mark === null) return "Maze task, not run yet";
  const { name, state, why } = mark;
  const said = state === "marked" ? "in no run yet" : lookOf(faceOfMark(mark)).label;
  const more = is_stale ? ", but stale: the cell was changed since" : "";
  return `Maze task ${name}: ${said}${why === "" ? "" : ` (${why})`}${more}`;
}
