/** The anywidget host: turns a widget model into a channel, and shows the run it carries. */

import { createEditing, type Editing } from "../edit/editing.ts";
import { copy, type Host } from "../host.ts";
import type { Outgoing } from "../model/talk.ts";
import type { RunView } from "../model/store.ts";
import { openSession, type Channel } from "../session.ts";
import { showRun } from "../view.ts";
import { askHost, canAsk } from "./host_call.ts";

/** The part of anywidget's model that is used here. */
export interface Model {
  get(name: string): unknown;
  on(event: string, listener: (value: unknown) => void): void;
  off(event: string, listener: (value: unknown) => void): void;
  send(content: Outgoing): void;
}

export interface Props {
  readonly model: Model;
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
}

function channelOf(model: Model): Channel {
  return {
    saved: () => ({ graph: model.get("graph"), snapshot: model.get("snapshot") }),
    send: (message) => model.send(message),
    listen(ears, signal) {
      const hear = (event: string, listener: (value: unknown) => void) => {
        model.on(event, listener);
        signal.addEventListener("abort", () => model.off(event, listener), { once: true });
      };
      hear("msg:custom", (content) => ears.incoming(content));
      hear("change:graph", () => ears.savedGraph(model.get("graph")));
      hear("change:snapshot", () => ears.savedSnapshot(model.get("snapshot")));
      hear("comm_live_update", () => ears.rewired());
    },
  };
}

/** Of a graph that may be edited, what the kernel says of that; a widget of a run has no such trait. */
function editingOf(model: Model, view: RunView, signal: AbortSignal): Editing | null {
  if (model.get("editing") === undefined) return null;
  const editing = createEditing(view);
  const load = () => editing.load(model.get("editing"));
  model.on("change:editing", load);
  signal.addEventListener("abort", () => model.off("change:editing", load), { once: true });
  load();
  return editing;
}

/** What the page around the element can do, looked for each time: while it is drawn first, it is in no page yet. */
function hostOf(el: HTMLElement): Host {
  return {
    copy,
    get insertCell() {
      return canAsk(el, "insertCell") ? (code: string) => void askHost(el, "insertCell", code) : undefined;
    },
    get goToCell() {
      return canAsk(el, "goToCell") ? (cellId: string) => askHost(el, "goToCell", cellId) : undefined;
    },
  };
}

function render({ model, el, signal }: Props): () => void {
  const closing = new AbortController();
  signal?.addEventListener("abort", () => closing.abort(), { once: true });
  const view = openSession(channelOf(model), closing.signal, hostOf(el));
  showRun(view, el, closing.signal, undefined, editingOf(model, view, closing.signal));
  return () => closing.abort();
}

export default { render };
