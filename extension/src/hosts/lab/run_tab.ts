/** The live view of a run as a tab of the main area. */

import { MainAreaWidget } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import type { Message } from "@lumino/messaging";
import { createChooser } from "../../choice.ts";
import type { Host } from "../../host.ts";
import type { RunStore } from "../../model/store.ts";
import { openSession } from "../../session.ts";
import { showRun } from "../../view.ts";
import { mazeIcon } from "./icon.ts";
import type { Server } from "./server.ts";

const SHORT = 8;

export class RunContent extends Widget {
  readonly view: RunStore;
  readonly #closing = new AbortController();
  readonly #chooser = createChooser();
  #isShown = false;

  constructor(private readonly asked: string, server: Server, host: Host) {
    super();
    this.addClass("maze-tab");
    this.view = openSession(server.open(this.#closing.signal), this.#closing.signal, host, asked);
    this.view.subscribe((change) => change.graph && this.#name(), this.#closing.signal);
    this.title.icon = mazeIcon;
    this.title.closable = true;
    this.#name();
  }

  /** The run that is looked at, which may be another one than the tab was opened for. */
  get runId(): string {
    return this.view.run?.run_id || this.asked;
  }

  /** Aborts when the tab is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  showTask(taskId: string): void {
    this.#chooser.tab("graph");
    this.#chooser.task(taskId);
  }

  override dispose(): void {
    this.#closing.abort();
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.#isShown) return;
    this.#isShown = true;
    showRun(this.view, this.node, this.#closing.signal, this.#chooser);
  }

  #name(): void {
    const name = this.view.graph?.name || "run";
    this.title.label = `${name} · ${this.runId.slice(0, SHORT)}`;
    this.title.caption = `Maze run ${this.runId}`;
  }
}

export type RunTab = MainAreaWidget<RunContent>;

export function createRunTab(runId: string, server: Server, host: Host): RunTab {
  const content = new RunContent(runId, server, host);
  const tab = new MainAreaWidget({ content });
  // The view has its own.
  tab.toolbar.hide();
  tab.id = `maze-run-${runId}`;
  return tab;
}
