/** The open notebooks, and what is known of the task cells of each. */

import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { IStateDB } from "@jupyterlab/statedb";
import type { ReadonlyPartialJSONValue } from "@lumino/coreutils";
import { openSession } from "../../session.ts";
import { CellMarks } from "./cell_marks.ts";
import { showDots } from "./dots.ts";
import { linkKernel, type KernelLink } from "./kernel_link.ts";
import type { Server } from "./server.ts";
import { fillOldOutputs } from "./old_outputs.ts";
import { watchTexts } from "./taken_texts.ts";

/** How long a kernel may take to tell of its cells before the server is asked. */
const PATIENCE_MS = 1500;
const SAVE_MS = 500;
const MOST_WATCHED = 4;

export interface CellPlace {
  readonly panel: NotebookPanel;
  readonly index: number;
}

export interface NotebookCalls {
  /** Shows the task of a cell in the graph. */
  showTask(panel: NotebookPanel, cellId: string): void;
}

export class Notebooks {
  readonly #marks = new Map<NotebookPanel, CellMarks>();

  constructor(
    readonly tracker: INotebookTracker,
    private readonly server: Server,
    private readonly state: IStateDB | null,
    private readonly calls: NotebookCalls,
  ) {
    tracker.forEach((panel) => this.#enter(panel));
    tracker.widgetAdded.connect((_, panel) => this.#enter(panel));
  }

  marks(panel: NotebookPanel): CellMarks | null {
    return this.#marks.get(panel) ?? null;
  }

  /** Where a cell is; of two notebooks with the same cell it is in `first`. */
  find(cellId: string, first: NotebookPanel | null): CellPlace | null {
    const panels = [...this.#marks.keys()].sort((a, b) => Number(b === first) - Number(a === first));
    for (const panel of panels) {
      const index = panel.content.widgets.findIndex((cell) => cell.model.id === cellId);
      if (index >= 0) return { panel, index };
    }
    return null;
  }

  #enter(panel: NotebookPanel): void {
    if (this.#marks.has(panel)) return;
    const closing = new AbortController();
    const marks = new CellMarks();
    this.#marks.set(panel, marks);
    panel.disposed.connect(() => {
      this.#marks.delete(panel);
      closing.abort();
    });
    const show = (cellId: string) => this.calls.showTask(panel, cellId);
    showDots(panel, marks, { show }, closing.signal);
    fillOldOutputs(panel, closing.signal);
    watchTexts(panel, marks, closing.signal);
    const lost = () => watch();
    const link = linkKernel(panel.sessionContext, marks, lost, closing.signal);
    const watch = () => watchRuns(this.server, marks, link, closing.signal);
    void this.#remember(panel, marks, link, closing.signal).then(watch);
  }

  /** Puts what was known of a notebook in place until its kernel tells more, and keeps it from then on. */
  async #remember(
    panel: NotebookPanel,
    marks: CellMarks,
    link: KernelLink,
    signal: AbortSignal,
  ): Promise<void> {
    const { state } = this;
    if (state === null) return;
    await panel.context.ready;
    // Not in the namespace of the tabs, whose restorer would take it for one of them.
    const place = () => `maze-nb-cells:${panel.context.path}`;
    const saved = await state.fetch(place());
    if (signal.aborted) return;
    if (!link.isLive) marks.take(saved);
    let timer: ReturnType<typeof setTimeout> | undefined;
    marks.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void state.save(place(), marks.saved() as ReadonlyPartialJSONValue);
      }, SAVE_MS);
    }, signal);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
}

/** Has the server tell of the runs of a notebook whose kernel does not, until these end or it does. */
function watchRuns(server: Server, marks: CellMarks, link: KernelLink, signal: AbortSignal): void {
  const closing = new AbortController();
  const end = () => closing.abort();
  signal.addEventListener("abort", end, { once: true, signal: closing.signal });
  const timer = setTimeout(() => {
    if (link.isLive) return end();
    for (const runId of marks.openRuns().slice(0, MOST_WATCHED)) watchRun(server, marks, runId, closing.signal);
    marks.subscribe(() => link.isLive && end(), closing.signal);
  }, PATIENCE_MS);
  closing.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}

function watchRun(server: Server, marks: CellMarks, runId: string, signal: AbortSignal): void {
  const closing = new AbortController();
  signal.addEventListener("abort", () => closing.abort(), { once: true });
  const view = openSession(server.open(closing.signal), closing.signal, undefined, runId);
  view.subscribe((change) => {
    if (closing.signal.aborted || view.graph === null || view.run === null) return;
    if (change.tasks !== "all" && change.tasks.size === 0) return;
    marks.follow(view, false);
    if (view.run.finished !== null) closing.abort();
  }, closing.signal);
}
