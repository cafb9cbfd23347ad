/** The task panel: everything known about the chosen task, what matters most first. */

import type { Chooser } from "../choice.ts";
import { button, h, setText } from "../dom.ts";
import { faceOf, icon, wordOf } from "../glyphs.ts";
import { isTouched } from "../model/change.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { createTopology, type Topology } from "../model/topology.ts";
import { headTimeText, isTicking } from "../story.ts";
import type { Panel } from "./panel.ts";
import { aboutFailure, aboutFacts, aboutInputs, aboutOutputs, aboutPromises, aboutWhy } from "./sections.ts";

export function createTaskPanel(view: RunView, chooser: Chooser, signal: AbortSignal): Panel {
  const element = h("aside", { class: "mz-task", hidden: true, "aria-label": "Chosen task" });
  let topology: Topology | null = null;
  let drawn = "";
  let time: HTMLElement | null = null;

  const draw = () => {
    const id = chooser.current.task;
    const spec = id === null ? undefined : topology?.task.get(id);
    element.hidden = spec === undefined;
    if (spec === undefined || topology === null) {
      drawn = "";
      element.replaceChildren();
      return;
    }
    const task = view.task(spec.id);
    const sources = topology.into(spec.id).map((edge) => view.task(edge.source));
    const key = JSON.stringify([spec, task, sources.map((source) => [source.state, source.outputs])]);
    if (key === drawn) return;
    const isSameTask = element.dataset["task"] === spec.id;
    const scrolled = isSameTask ? element.scrollTop : 0;
    drawn = key;
    element.dataset["task"] = spec.id;
    time = h("span", { class: "mz-task-time" }, headTimeText(task, spec, view.kernelTime()));
    element.replaceChildren(
      headOf(spec, view, chooser, time),
      ...aboutFailure(task),
      ...aboutWhy(task, topology, chooser),
      ...aboutOutputs(task),
      ...aboutInputs(spec, topology, view, chooser),
      ...aboutPromises(task, spec),
      ...aboutFacts(task, spec),
    );
    element.scrollTop = scrolled;
  };
  chooser.subscribe((choice, before) => {
    if (choice.task !== before.task) draw();
  }, signal);

  return {
    element,
    update(change) {
      if (change.graph) topology = view.graph === null ? null : createTopology(view.graph);
      const id = chooser.current.task;
      if (id === null || topology === null) return;
      const near = [id, ...topology.into(id).map((edge) => edge.source)];
      if (change.graph || near.some((other) => isTouched(change, other))) draw();
    },
    tick() {
      const id = chooser.current.task;
      const spec = id === null ? undefined : topology?.task.get(id);
      if (spec === undefined || time === null || !isTicking(view.task(spec.id))) return;
      setText(time, headTimeText(view.task(spec.id), spec, view.kernelTime()));
    },
  };
}

function headOf(spec: GraphTask, view: RunView, chooser: Chooser, time: HTMLElement): HTMLElement {
  const task = view.task(spec.id);
  return h(
    "header",
    { class: "mz-task-head", "data-state": task.state },
    h("h3", { class: "mz-task-name", title: spec.name }, spec.name),
    h("span", { class: "mz-task-state" }, icon(faceOf(task)), wordOf(task)),
    time,
    button(
      { class: "mz-close", title: "Close (Esc)", "aria-label": "Close" },
      () => chooser.task(null),
      "×",
    ),
  );
}
