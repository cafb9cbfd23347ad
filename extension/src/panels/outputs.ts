/** What the chosen task made: each output in words, with a look at it on demand. */

import { button, h } from "../dom.ts";
import type { GraphTask, TaskOutput, TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { copyText } from "./copy.ts";
import type { Pane } from "./log.ts";
import { createPreview } from "./preview.ts";
import { section } from "./sections.ts";

export function createOutputsPane(id: string, spec: GraphTask, view: RunView): Pane {
  const element = h("div");
  let drawn = "";
  return {
    element,
    update() {
      const task = view.task(id);
      const key = JSON.stringify([task.outputs, task.location, task.attempt, task.finished]);
      // What is looked at stays while nothing of it changes.
      if (key === drawn) return;
      drawn = key;
      element.replaceChildren(...aboutOutputs(id, task, spec, view));
    },
  };
}

function aboutOutputs(id: string, { outputs, location }: TaskRun, spec: GraphTask, view: RunView): HTMLElement[] {
  const files = location === "" ? [] : [section("Files", place(location, view))];
  if (outputs.length > 0) return [section("Outputs", ...outputs.map((made) => output(id, made, view))), ...files];
  if (spec.outputs.length === 0) return files;
  return [section("Outputs", h("p", { class: "mz-quiet mz-names" }, spec.outputs.join(", "))), ...files];
}

/** Where the files are that the task left. */
function place(location: string, view: RunView): HTMLElement {
  const copy = button({ class: "mz-button" }, () => void copyText(copy, location, view.host), "Copy");
  return h("div", { class: "mz-output-head" }, h("code", { class: "mz-names" }, location), copy);
}

function output(id: string, { name, type, summary, preview, place, path }: TaskOutput, view: RunView): HTMLElement {
  const hasText = preview.trim() !== "" && preview.trim() !== summary.trim();
  return h(
    "div",
    { class: "mz-output" },
    h(
      "div",
      { class: "mz-output-head" },
      h("code", {}, name),
      h("span", { class: "mz-quiet" }, type),
      summary !== "" && summary !== type && h("span", { class: "mz-summary" }, summary),
    ),
    place !== "" && h("p", { class: "mz-quiet", title: path === "" ? null : path }, place),
    hasText && h("pre", { class: "mz-pre", tabindex: 0 }, preview),
    createPreview(id, name, view),
  );
}
