/** The lists of runs and of nodes in places of their own, without a run's view around them. */

import { h } from "./dom.ts";
import { keepFocus } from "./panels/keep_focus.ts";
import { createNodesList, type NodesCallbacks, type NodesPart, type NodesSource } from "./panels/nodes.ts";
import { createRunsList, type RunsCallbacks, type RunsList } from "./panels/runs.ts";
import type { RunsSource } from "./panels/runs_source.ts";
import listsStyle from "./style/lists.css";
import style from "./style/view.css";

/** Fills `place` until the signal aborts; `refresh` is to be called when it has become visible. */
export function showRuns(
  source: RunsSource,
  callbacks: RunsCallbacks,
  place: HTMLElement,
  signal: AbortSignal,
): RunsList {
  const list = createRunsList(source, callbacks, signal);
  fill(place, "Maze runs", list.element, signal);
  list.refresh();
  return list;
}

/** As `showRuns`, of nodes. */
export function showNodes(
  source: NodesSource,
  callbacks: NodesCallbacks,
  place: HTMLElement,
  signal: AbortSignal,
): NodesPart {
  const list = createNodesList(source, callbacks, signal);
  fill(place, "Maze nodes", list.element, signal);
  list.refresh();
  return list;
}

function fill(place: HTMLElement, label: string, list: HTMLElement, signal: AbortSignal): void {
  const root = h("div", { class: "mz-root mz-side", role: "region", "aria-label": label }, list);
  place.append(h("style", {}, style + listsStyle), root);
  keepFocus(root, signal);
  signal.addEventListener("abort", () => place.replaceChildren(), { once: true });
}
