/** The parts of the task panel, each a list of elements that is empty when there is nothing to say. */

import type { Chooser } from "../choice.ts";
import { button, h, type Child } from "../dom.ts";
import { duration, moment, timeOfDay } from "../format.ts";
import type { GraphTask, TaskOutput, TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import type { Topology } from "../model/topology.ts";
import { attemptText, devices, joined, optionsText, peakText, resourcesText, reuseText, skipFate } from "../story.ts";
import { copyText } from "./copy.ts";

type Section = readonly HTMLElement[];

export function aboutFailure({ error }: TaskRun): Section {
  if (error === null) return [];
  const { type, kind, message, traceback, host } = error;
  const copy = button({ class: "mz-button" }, () => void copyText(copy, traceback || message), "Copy");
  return [
    section(
      "Failure",
      h("p", { class: "mz-error" }, h("b", {}, kind || type), (kind || type) && message ? ": " : "", message),
      kind !== "" && h("p", { class: "mz-quiet" }, type),
      host !== null && h("p", { class: "mz-quiet" }, `on ${host}`),
      traceback !== "" && h("pre", { class: "mz-pre mz-traceback", tabindex: 0 }, traceback),
      h("div", { class: "mz-actions" }, copy),
    ),
  ];
}

export function aboutWhy(task: TaskRun, topology: Topology, chooser: Chooser): Section {
  const cause = task.root_cause;
  if (cause !== null) {
    const name = topology.task.get(cause)?.name ?? cause;
    const link = button({ class: "mz-link" }, () => chooser.task(cause), name);
    const fate = skipFate(task.reason);
    const said = fate === null ? [task.reason, " (", link, ")"] : ["skipped, because ", link, ` ${fate}`];
    return [section("Why", h("p", {}, ...(task.state === "failed" ? ["because of ", link] : said)))];
  }
  if (task.reason === null) return [];
  // While it waits to be tried again, the failure above says why already.
  const isSaid = task.state === "retrying" && task.error !== null;
  return isSaid ? [] : [section("Why", h("p", {}, task.reason))];
}

export function aboutOutputs({ outputs }: TaskRun): Section {
  return outputs.length === 0 ? [] : [section("Outputs", ...outputs.map(output))];
}

/** The outputs a task is to make, while it has not. */
export function aboutPromises(task: TaskRun, spec: GraphTask): Section {
  if (task.outputs.length > 0 || spec.outputs.length === 0) return [];
  return [section("Outputs", h("p", { class: "mz-quiet mz-names" }, spec.outputs.join(", ")))];
}

export function aboutInputs(
  spec: GraphTask,
  topology: Topology,
  view: RunView,
  chooser: Chooser,
): Section {
  const edges = topology.into(spec.id);
  const carried = new Set(edges.flatMap((edge) => edge.names));
  const rows = edges.map(({ source, names }) => {
    const name = topology.task.get(source)?.name ?? source;
    const known = view.task(source).outputs.filter((made) => names.includes(made.name));
    return h(
      "li",
      {},
      h("code", {}, names.length === 0 ? "after" : names.join(", ")),
      " from ",
      button({ class: "mz-link" }, () => chooser.task(source), name),
      known.length > 0 && h("span", { class: "mz-quiet" }, ` ${known.map((made) => made.summary || made.type).join(" · ")}`),
    );
  });
  // Names that no edge carries under the same name: constants, or outputs taken under another name.
  const others = spec.inputs.filter((name) => !carried.has(name));
  if (rows.length === 0 && others.length === 0) return [];
  return [
    section(
      "Inputs",
      rows.length > 0 && h("ul", { class: "mz-list" }, ...rows),
      others.length > 0 && h("p", { class: "mz-quiet mz-names" }, others.join(", ")),
    ),
  ];
}

export function aboutFacts(task: TaskRun, spec: GraphTask): Section {
  const { started, finished } = task;
  const facts: [string, Child][] = [
    ["Reused", reused(task)],
    ["Node", joined(task.node_id ?? "", task.node_ip === task.node_id ? "" : (task.node_ip ?? ""))],
    ["Worker", task.worker],
    ["Devices", devices(task)],
    ["Asked for", resourcesText(spec.resources)],
    ["Peak", peakText(task)],
    ["Runs with", optionsText(spec.options)],
    ["Attempt", task.attempt > 1 ? attemptText(task, spec).replace("attempt ", "") : null],
    ["Started", started !== null && time(started)],
    ["Finished", finished !== null && time(finished)],
    ["Took", started !== null && finished !== null && took(finished - started)],
    ["Id", h("code", {}, spec.id)],
  ];
  const said = facts.filter(([, value]) => Boolean(value));
  const list = said.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  return [section("About", h("dl", { class: "mz-facts" }, ...list))];
}

function output({ name, type, summary, preview, place, path }: TaskOutput): HTMLElement {
  const hasPreview = preview.trim() !== "" && preview.trim() !== summary.trim();
  return h(
    "div",
    { class: "mz-output" },
    h("div", { class: "mz-output-head" }, h("code", {}, name), h("span", { class: "mz-quiet" }, type), summary && h("span", { class: "mz-summary" }, summary)),
    place !== "" && h("p", { class: "mz-quiet", title: path === "" ? null : path }, place),
    hasPreview && h("pre", { class: "mz-pre", tabindex: 0 }, preview),
  );
}

function reused(task: TaskRun): Child {
  const source = task.reused_from;
  return source !== null && h("span", { title: source }, reuseText(task));
}

function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "mz-section" }, h("h4", {}, title), ...children);
}

function time(epochSeconds: number): HTMLElement {
  return h("time", { title: moment(epochSeconds) }, timeOfDay(epochSeconds));
}

function took(seconds: number): HTMLElement {
  return h("span", { title: `${seconds} s` }, duration(Math.max(0, seconds)));
}
