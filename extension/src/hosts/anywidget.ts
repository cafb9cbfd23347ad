/** The anywidget host: turns a widget model into a channel, and shows the run it carries. */

import type { Outgoing } from "../model/run.ts";
import { openSession, type Channel } from "../session.ts";
import { showRun } from "../view.ts";

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

export function channelOf(model: Model): Channel {
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

function render({ model, el, signal }: Props): () => void {
  const closing = new AbortController();
  signal?.addEventListener("abort", () => closing.abort(), { once: true });
  showRun(openSession(channelOf(model), closing.signal), el, closing.signal);
  return () => closing.abort();
}

export default { render };
