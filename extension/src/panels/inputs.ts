/** What the chosen task is given: constants in a few characters, and the outputs of other tasks. */

import type { Chooser } from "../choice.ts";
import { button, h, type Child } from "../dom.ts";
import type { TaskInput, TaskSource } from "../model/decode_task_answers.ts";
import type { GraphTask } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Topology } from "../model/topology.ts";
import type { Asking } from "./answers.ts";
import type { Pane } from "./log.ts";
import { createPreview } from "./preview.ts";
import { section } from "./sections.ts";

/** Under this input the variables of a notebook travel together. */
const NOTEBOOK = "(notebook)";

export function createInputsPane(
  spec: GraphTask,
  topology: Topology,
  view: RunView,
  chooser: Chooser,
  asking: Asking<TaskSource>,
): Pane {
  const element = section("Inputs");
  const title = element.firstElementChild!;
  let drawn = "";
  return {
    element,
    update() {
      if (asking.error === "") asking.ask();
      const edges = topology.into(spec.id);
      const made = edges.map((edge) => view.task(edge.source).outputs.length);
      const key = JSON.stringify([asking.value?.inputs, spec.inputs, edges, made]);
      if (key === drawn) return;
      drawn = key;
      element.replaceChildren(title, ...rows(asking.value?.inputs ?? [], spec, topology, view, chooser));
    },
  };
}

function rows(
  told: readonly TaskInput[],
  spec: GraphTask,
  topology: Topology,
  view: RunView,
  chooser: Chooser,
): HTMLElement[] {
  const from = (id: string) => {
    const name = topology.task.get(id)?.name ?? id;
    return button({ class: "mz-link" }, () => chooser.task(id), name);
  };
  const items = told.map(({ name, text, task_id, output }) => {
    if (task_id === "") return item(name, " = ", h("code", { class: "mz-value" }, text));
    return item(name, " from ", from(task_id), ` ${output}`, text !== "" && ` in ${text}`, ...look(task_id, output, view));
  });
  const known = new Set(told.map((each) => `${each.task_id} ${each.output}`));
  const names = new Set(told.map((each) => each.name));
  const others = topology.into(spec.id).flatMap(({ source, names: carried }) => {
    if (carried.length === 0) return [item("after", " ", from(source))];
    const left = carried.filter((name) => !known.has(`${source} ${name}`));
    return left.map((name) => item(name, " from ", from(source), ...words(source, name, view), ...look(source, name, view)));
  });
  const carried = new Set(topology.into(spec.id).flatMap((edge) => edge.names));
  // Names that no edge carries under the same name: constants, or outputs taken under another name.
  const unsaid = spec.inputs.filter((name) => !names.has(name) && !carried.has(name) && name !== NOTEBOOK);
  const takes = spec.inputs.includes(NOTEBOOK) ? [h("p", { class: "mz-quiet" }, "and variables of the notebook that it took along")] : [];
  if (items.length + others.length + unsaid.length + takes.length === 0) return [h("p", { class: "mz-quiet" }, "It is given nothing.")];
  return [
    h("ul", { class: "mz-list" }, ...items, ...others),
    ...(unsaid.length > 0 ? [h("p", { class: "mz-quiet mz-names" }, unsaid.join(", "))] : []),
    ...takes,
  ];
}

function item(name: string, ...children: Child[]): HTMLElement {
  return h("li", { class: "mz-input" }, h("code", {}, name), ...children);
}

function words(id: string, output: string, view: RunView): Child[] {
  const made = view.task(id).outputs.find((each) => each.name === output);
  return made === undefined ? [] : [h("span", { class: "mz-quiet" }, ` ${made.summary || made.type}`)];
}

function look(id: string, output: string, view: RunView): Child[] {
  const isMade = view.task(id).outputs.some((each) => each.name === output);
  return isMade ? [createPreview(id, output, view)] : [];
}
