/** The tabs of runs: one a run, together beside the notebooks, back in their places after the page is loaded again. */

import type { ILayoutRestorer, JupyterFrontEnd } from "@jupyterlab/application";
import { WidgetTracker } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Host } from "../../host.ts";
import { createRunTab, type RunTab } from "./run_tab.ts";
import type { Server } from "./server.ts";

export class RunTabs {
  readonly #tracker = new WidgetTracker<RunTab>({ namespace: "maze-nb" });
  #host: Host | null = null;

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly server: Server,
  ) {}

  /** What the views may do; tabs can be shown from then on. */
  use(host: Host): void {
    this.#host = host;
  }

  restore(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.#tracker, {
      command,
      args: ({ content }) => ({ run_id: content.runId }),
      name: ({ content }) => content.runId,
    });
  }

  /** Shows a run, at a task if one is given; if it has no tab yet, with those of other runs or beside a notebook. */
  show(runId: string, beside: NotebookPanel | null, taskId: string | null = null): void {
    const tab = this.#tracker.find(({ content }) => content.runId === runId) ?? this.#open(runId, beside);
    if (tab === null) return;
    this.app.shell.activateById(tab.id);
    if (taskId !== null) tab.content.showTask(taskId);
  }

  #open(runId: string, beside: NotebookPanel | null): RunTab | null {
    if (this.#host === null || runId === "") return null;
    const tab = createRunTab(runId, this.server, this.#host);
    this.app.shell.add(tab, "main", { ...this.#place(beside), activate: false });
    void this.#tracker.add(tab);
    let saved = runId;
    tab.content.view.subscribe(() => {
      if (tab.content.runId === saved) return;
      saved = tab.content.runId;
      void this.#tracker.save(tab);
    }, tab.content.signal);
    return tab;
  }

  #place(beside: NotebookPanel | null): { mode?: "tab-after" | "split-right"; ref?: string } {
    const last = this.#tracker.currentWidget;
    const other = last?.isAttached ? last : this.#tracker.find(({ isAttached }) => isAttached);
    if (other !== undefined) return { mode: "tab-after", ref: other.id };
    return beside?.isAttached ? { mode: "split-right", ref: beside.id } : {};
  }
}
