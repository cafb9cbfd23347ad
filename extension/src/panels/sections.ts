/** The parts of the task panel, each a list of elements that is empty when there is nothing to say. */

import type { Chooser } from "../choice.ts";
import { button, h, type Child } from "../dom.ts";
import { duration, moment, timeOfDay } from "../format.ts";
import type { GraphTask, TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { advanceText, attemptText, devices, isUnheard, joined, optionsText, peakText, resourcesText, reuseText, skipFate } from "../story.ts";
import { copyText } from "./copy.ts";
import { tracebackText } from "./traceback.ts";

type Section = readonly HTMLElement[];

export function aboutFailure({ error }: TaskRun, view: RunView): Section {
  if (error === null) return [];
  const { type, kind, message, traceback, host } = error;
  const copy = button({ class: "mz-button" }, () => void copyText(copy, traceback || message, view.host), "Copy");
  return [
    section(
      "Failure",
      h("p", { class: "mz-error" }, h("b", {}, kind || type), (kind || type) && message ? ": " : "", message),
      kind !== "" && h("p", { class: "mz-quiet" }, type),
      host !== null && h("p", { class: "mz-quiet" }, `on ${host}`),
      traceback !== "" && tracebackText(traceback),
      h("div", { class: "mz-actions" }, copy),
    ),
  ];
}

export function aboutWhy(
  task: TaskRun,
  spec: GraphTask,
  nameOf: (id: string) => string,
  chooser: Chooser,
): Section {
  const cause = task.root_cause;
  if (cause !== null) {
    const name = nameOf(cause);
    const link = button({ class: "mz-link" }, () => chooser.task(cause), name);
    const fate = skipFate(task.reason);
    const said = fate === null ? [task.reason, " (", link, ")"] : ["skipped, because ", link, ` ${fate}`];
    return [section("Why", h("p", {}, ...(task.state === "failed" ? ["because of ", link] : said)))];
  }
  if (isUnheard(task) && spec.mark !== "") return [section("Why", h("p", {}, joined(spec.mark, spec.why)))];
  // What a task says of its progress is told there.
  if (task.reason === null || task.state === "running") return [];
  // While it waits to be tried again, the failure above says why already.
  const isSaid = task.state === "retrying" && task.error !== null;
  return isSaid ? [] : [section("Why", h("p", {}, task.reason))];
}

/** Where it runs or ran, and how long it waited and took, each in a line. */
export function aboutPlace(task: TaskRun, spec: GraphTask): readonly HTMLElement[] {
  const { node_id, node_ip, slot, queued, started, finished } = task;
  const place = joined(
    node_id ?? node_ip ?? "",
    slot === null ? "" : `slot ${slot}`,
    devices(task),
    task.attempt > 1 ? attemptText(task, spec) : "",
  );
  const waited = queued !== null && started !== null && started - queued >= 0.05 ? `queued ${duration(started - queued)}` : "";
  const took = started !== null && finished !== null ? `ran ${duration(Math.max(0, finished - started))}` : "";
  const peak = peakText(task);
  const times = joined(waited, took, peak === "" ? "" : `peak ${peak}`);
  return [place, times].filter(Boolean).map((line) => h("p", { class: "mz-task-place" }, line));
}

/** How far a running task says it is. */
export function aboutProgress(task: TaskRun): Section {
  const said = advanceText(task);
  if (task.state !== "running" || (said === "" && task.reason === null)) return [];
  const bar = h("div", { class: "mz-bar mz-progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": task.progress === null ? null : Math.round(task.progress * 100) }, h("span", { class: "mz-bar-part mz-is-running" }));
  (bar.firstElementChild as HTMLElement).style.flexBasis = `${(task.progress ?? 0) * 100}%`;
  return [section("Progress", task.progress !== null && bar, h("p", {}, joined(said, task.reason ?? "")))];
}

export function aboutFacts(task: TaskRun, spec: GraphTask): Section {
  const { started, finished } = task;
  const facts: [string, Child][] = [
    ["Reused", reused(task)],
    ["Node", joined(task.node_id ?? "", task.node_ip === task.node_id ? "" : (task.node_ip ?? ""))],
    ["Worker", task.worker],
    ["Slot", task.slot === null ? null : String(task.slot)],
    ["Devices", devices(task)],
    ["Asked for", resourcesText(spec.resources)],
    ["Peak", peakText(task)],
    ["CPU time", task.cpu !== null && duration(task.cpu)],
    ["Runs with", optionsText(spec.options)],
    ["Attempt", task.attempt > 1 ? attemptText(task, spec).replace("attempt ", "") : null],
    ["Queued", task.queued !== null && time(task.queued)],
    ["Started", started !== null && time(started)],
    ["Finished", finished !== null && time(finished)],
    ["Took", started !== null && finished !== null && took(finished - started)],
    ["Id", h("code", {}, spec.id)],
  ];
  const said = facts.filter(([, value]) => Boolean(value));
  const list = said.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  return [section("About", h("dl", { class: "mz-facts" }, ...list))];
}

function reused(task: TaskRun): Child {
  const source = task.reused_from;
  return source !== null && h("span", { title: source }, reuseText(task));
}

export function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "mz-section" }, h("h4", {}, title), ...children);
}

function time(epochSeconds: number): HTMLElement {
  return h("time", { title: moment(epochSeconds) }, timeOfDay(epochSeconds));
}

function took(seconds: number): HTMLElement {
  return h("span", { title: `${seconds} s` }, duration(Math.max(0, seconds)));
}
