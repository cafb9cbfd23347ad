/** The live view of one run: header, tabs, task panel, drawn at most once a frame. */

import { createChooser, type Chooser } from "./choice.ts";
import { h } from "./dom.ts";
import { createEditParts } from "./edit/edit.ts";
import type { Editing } from "./edit/editing.ts";
import { createGraphPanel } from "./graph/panel.ts";
import { EVERYTHING, NOTHING, mergeChanges, type Change } from "./model/change.ts";
import { isGoingOn } from "./model/run.ts";
import type { RunView } from "./model/store.ts";
import { createHeader } from "./panels/header.ts";
import { keepFocus } from "./panels/keep_focus.ts";
import { createMessagesPanel } from "./panels/messages.ts";
import { createNodesPanel } from "./panels/nodes.ts";
import { createNotice } from "./panels/notice.ts";
import type { Panel } from "./panels/panel.ts";
import { createRunsPanel } from "./panels/runs_panel.ts";
import { createTablePanel } from "./panels/table.ts";
import { createTabs } from "./panels/tabs.ts";
import { createTaskPanel } from "./panels/task.ts";
import { createTimelinePanel } from "./panels/timeline.ts";
import graphStyle from "./style/graph.css";
import listsStyle from "./style/lists.css";
import style from "./style/view.css";

const TICK_MS = 1000;

/** Fills `place` and follows the run until the signal aborts, which empties it again. */
export function showRun(
  view: RunView,
  place: HTMLElement,
  signal: AbortSignal,
  chooser: Chooser = createChooser(),
  editing: Editing | null = null,
): void {
  const edit = editing && createEditParts(view, chooser, editing, signal);
  const notice = createNotice(view);
  const runs = createRunsPanel(view, signal, (isOpen) => header.runsTurned(isOpen));
  const header = createHeader(view, chooser, () => runs.toggle());
  const task = createTaskPanel(view, chooser, signal);
  const tabs = createTabs(
    [
      { tab: "graph", title: "Graph", panel: createGraphPanel(view, chooser, signal, { overlays: edit ? [edit.overlay] : [] }) },
      { tab: "timeline", title: "Timeline", panel: createTimelinePanel(view, chooser, signal) },
      {
        tab: "messages",
        title: "Messages",
        panel: createMessagesPanel(view, chooser, signal),
        count: () => view.spoken,
      },
      { tab: "table", title: "Table", panel: createTablePanel(view, chooser, signal) },
      { tab: "nodes", title: "Nodes", panel: createNodesPanel(view, chooser, signal) },
    ],
    chooser,
    signal,
  );
  const root = h(
    "div",
    { class: "mz-root", role: "region", "aria-label": "Maze run" },
    header.element,
    notice.element,
    tabs.bar,
    edit && edit.bar,
    h("div", { class: "mz-body" }, tabs.element, task.element),
    runs.element,
  );
  place.append(h("style", {}, style + graphStyle + listsStyle + (edit?.style ?? "")), root);
  task.element.querySelector(".mz-task-head")?.after(edit?.form ?? "");
  edit?.listen(root);
  signal.addEventListener("abort", () => place.replaceChildren(), { once: true });
  closeOnEscape(root, chooser, signal);
  keepFocus(root, signal, chooser);

  const parts: [string, Panel][] = [
    ["header", header],
    ["panel", tabs],
    ["task", task],
    ["notice", notice],
  ];
  const each = (draw: (panel: Panel) => void) => {
    for (const [name, panel] of parts) {
      try {
        draw(panel);
      } catch (error) {
        console.error(`maze: the ${name} could not be drawn`, error);
        notice.fault(name, error);
      }
    }
  };
  drawByFrame(view, (change) => each((panel) => panel.update(change)), signal);
  const timer = setInterval(() => {
    if (view.link === "live" && isGoingOn(view.run)) each((panel) => panel.tick?.());
  }, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** Draws all at once now, then what changed since, at most once a frame. */
function drawByFrame(view: RunView, draw: (change: Change) => void, signal: AbortSignal): void {
  let waiting = NOTHING;
  let frame: number | null = null;
  view.subscribe((change) => {
    waiting = mergeChanges(waiting, change);
    frame ??= requestAnimationFrame(() => {
      const change = waiting;
      [waiting, frame] = [NOTHING, null];
      draw(change);
    });
  }, signal);
  signal.addEventListener("abort", () => frame !== null && cancelAnimationFrame(frame), { once: true });
  draw(EVERYTHING);
}

function closeOnEscape(root: HTMLElement, chooser: Chooser, signal: AbortSignal): void {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || chooser.current.task === null) return;
    const id = chooser.current.task;
    const isInPanel = event.target instanceof Element && event.target.closest(".mz-task") !== null;
    chooser.task(null);
    event.preventDefault();
    event.stopPropagation();
    if (!isInPanel) return;
    for (const node of root.querySelectorAll<SVGGElement>(".mz-node")) {
      if (node.dataset["task"] === id) node.focus({ preventScroll: true });
    }
  }, { signal });
}
