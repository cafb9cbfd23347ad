/** The nodes of the cluster: what they have, what is taken of it, and which tasks run there. */

import type { Chooser } from "../choice.ts";
import { h, setText } from "../dom.ts";
import { decodeNodes } from "../model/decode_nodes.ts";
import { isThere, type NodeList, type RunningTask } from "../model/node_list.ts";
import type { RunView } from "../model/store.ts";
import { nodeCard } from "./node_card.ts";
import type { Panel } from "./panel.ts";
import { pollWhileSeen } from "./poll.ts";

export interface NodesSource {
  /** Rejects with an error whose message is meant for people. */
  load(): Promise<NodeList>;
}

export interface NodesCallbacks {
  /** Shows a task that runs there. */
  openTask(task: RunningTask): void;
  /** What a task is called, where that is known better than by the node; else undefined. */
  readonly nameOf?: (task: RunningTask) => string | undefined;
}

export interface NodesPart {
  readonly element: HTMLElement;
  /** Asks anew; to be called when it has become visible. */
  refresh(): void;
}

const EVERY_MS = 3000;

export function loadedNodes(load: () => Promise<unknown>): NodesSource {
  return { load: async () => decodeNodes(await load()).value };
}

/** Asks only while it can be seen. */
export function createNodesList(source: NodesSource, callbacks: NodesCallbacks, signal: AbortSignal): NodesPart {
  const note = h("p", { class: "mz-list-note", role: "status", hidden: true });
  const cards = h("div", { class: "mz-node-cards", role: "list", "aria-label": "Nodes" });
  const empty = h("p", { class: "mz-list-empty" }, "Asking the cluster …");
  const element = h("div", { class: "mz-nodes" }, note, cards, empty);
  let known: NodeList | null = null;
  let drawn = "";

  const draw = (found: NodeList) => {
    const hadFocus = focusedLink(cards);
    const now = Date.now() / 1000;
    // Those that are gone come last: what is there is what is looked for.
    const nodes = [...found.nodes].sort((a, b) => Number(isThere(b)) - Number(isThere(a)));
    const key = JSON.stringify(nodes);
    empty.hidden = nodes.length > 0;
    setText(empty, `No nodes: ${found.reason || "start one with maze-nb worker"}`);
    if (key === drawn) return;
    drawn = key;
    cards.replaceChildren(...nodes.map((node) => nodeCard(node, callbacks, now)));
    if (hadFocus !== null) cards.querySelectorAll<HTMLElement>(".mz-link")[hadFocus]?.focus({ preventScroll: true });
  };
  const ask = async () => {
    try {
      known = await source.load();
      if (signal.aborted) return;
      note.hidden = true;
      draw(known);
      note.hidden = known.nodes.length === 0 || known.reason === "";
      setText(note, known.reason);
    } catch (error) {
      if (signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      note.hidden = known === null;
      setText(note, `${text}; shown is what was known last`);
      if (known === null) setText(empty, `No nodes: ${text}`);
    }
  };
  const poll = pollWhileSeen(element, ask, EVERY_MS, signal);
  return { element, refresh: () => poll.now() };
}

export function createNodesPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const isHere = ({ run_id }: RunningTask) => run_id === view.run?.run_id;
  const list = createNodesList(
    { load: () => view.ask("nodes", {}, (raw) => decodeNodes(raw).value) },
    {
      openTask(task) {
        if (isHere(task)) chooser.task(task.task_id);
        else if (view.host.openRun) view.host.openRun(task.run_id);
        else view.open(task.run_id);
      },
      nameOf: (task) => (isHere(task) ? view.graph?.tasks.find(({ id }) => id === task.task_id)?.name : undefined),
    },
    signal,
  );
  return {
    element: h("div", { class: "mz-nodes-panel" }, list.element),
    update: () => undefined,
    shown: () => list.refresh(),
  };
}

function focusedLink(cards: HTMLElement): number | null {
  const at = [...cards.querySelectorAll(".mz-link")].indexOf(cards.ownerDocument.activeElement ?? cards);
  return at < 0 ? null : at;
}
