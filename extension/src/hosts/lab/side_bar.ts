/** The side bar: the runs of this machine, and the nodes of its clusters. */

import { SidePanel } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { loadedNodes } from "../../panels/nodes.ts";
import { showNodes, showRuns } from "../../side.ts";
import { mazeIcon } from "./icon.ts";
import { listedRuns, type Server } from "./server.ts";

export interface SideCalls {
  openRun(runId: string): void;
}

export function createSideBar(server: Server, { openRun }: SideCalls): Widget {
  const panel = new SidePanel();
  panel.id = "maze-nb:side-bar";
  panel.addClass("maze-side");
  panel.title.icon = mazeIcon;
  panel.title.caption = "Maze: runs and nodes";
  panel.addWidget(
    new SidePart("Runs", (place, signal) => showRuns(listedRuns(server), { open: openRun }, place, signal)),
  );
  panel.addWidget(
    new SidePart("Nodes", (place, signal) =>
      showNodes(loadedNodes(() => server.list("nodes")), { openTask: ({ run_id }) => openRun(run_id) }, place, signal),
    ),
  );
  return panel;
}

interface Refreshable {
  refresh(): void;
}

/** A list that is filled when it is first seen, and asked anew when it is seen again. */
class SidePart extends Widget {
  readonly #closing = new AbortController();
  #list: Refreshable | null = null;

  constructor(
    title: string,
    private readonly fill: (place: HTMLElement, signal: AbortSignal) => Refreshable,
  ) {
    super();
    this.title.label = title;
    this.addClass("maze-side-part");
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.#renew();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.#renew();
  }

  override dispose(): void {
    this.#closing.abort();
    super.dispose();
  }

  #renew(): void {
    if (this.isDisposed || !this.isAttached || !this.isVisible) return;
    if (this.#list === null) this.#list = this.fill(this.node, this.#closing.signal);
    else this.#list.refresh();
  }
}
