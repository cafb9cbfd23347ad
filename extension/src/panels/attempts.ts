/** The attempts at the chosen task: where and when each was made, and what came of it. */

import { button, h, type Child } from "../dom.ts";
import { duration, moment, timeOfDay } from "../format.ts";
import { decodeAttempts, type Attempt } from "../model/decode_task_answers.ts";
import type { AttemptRun, TaskRun } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { devices, joined, peakText, reuseText, reusedRun } from "../story.ts";
import { createAsking, unanswered } from "./answers.ts";
import type { Pane } from "./log.ts";
import { section } from "./sections.ts";
import { tracebackText } from "./traceback.ts";

/** As much as is known of an attempt, from what the view was told and what it asked for. */
interface Known extends Attempt {
  readonly queued: number | null;
  readonly slot: number | null;
}

export function createAttemptsPane(id: string, view: RunView): Pane {
  const element = section("Attempts");
  const title = element.firstElementChild!;
  let drawn = "";
  let askedOf = 0;
  let asking = asked();
  function asked() {
    return createAsking(() => view.ask("attempts", { task_id: id }, decodeAttempts), () => pane.update());
  }
  const pane: Pane = {
    element,
    update() {
      const task = view.task(id);
      // Tracebacks of earlier attempts are told on demand only, and anew after each.
      if (task.attempt !== askedOf && task.attempt > 1) {
        askedOf = task.attempt;
        asking = asked();
        asking.ask();
      }
      const all = attemptsOf(task, asking.value ?? []);
      const key = JSON.stringify([all, asking.error, asking.isOpen, task.reused_from]);
      if (key === drawn) return;
      drawn = key;
      const missing = task.attempt > 1 && asking.value === null;
      element.replaceChildren(
        title,
        ...all.map(about),
        ...(all.length === 0 ? [h("p", { class: "mz-quiet" }, ...unmade(task, view))] : []),
        ...(missing ? [unanswered(asking, "tracebacks")] : []),
      );
    },
  };
  return pane;
}

/** Why there is no attempt. */
function unmade(task: TaskRun, view: RunView): Child[] {
  const { state, reused_from } = task;
  const run = reusedRun(task);
  if (run !== null) {
    const open = () => (view.host.openRun ?? ((id: string) => view.open(id)))(run);
    return ["No attempt was needed: its outputs are ", button({ class: "mz-link", title: `Show run ${run}` }, open, reuseText(task)), "."];
  }
  if (reused_from !== null) return [`No attempt was needed: its outputs are ${reuseText(task)}.`];
  return [state === "skipped" || state === "cancelled" ? "It was never begun." : "It was not begun yet."];
}

/** The newest first. */
function attemptsOf(task: TaskRun, asked: readonly Attempt[]): readonly Known[] {
  const found = new Map<number, Known>();
  for (const each of asked) found.set(each.attempt, { ...each, queued: null, slot: null });
  for (const each of task.past) {
    const said = found.get(each.attempt);
    found.set(each.attempt, { ...fromPast(each), error: said?.error ?? null, reason: each.reason ?? said?.reason ?? null });
  }
  if (task.started !== null || task.error !== null) {
    const { attempt, state_word, queued, slot, started, finished, node_id, worker, gpu_ids, reason, error, memory, vram } = task;
    found.set(attempt, { attempt, state: state_word, queued, slot, started, finished, node_id, worker, gpu_ids, reason, error, memory, vram });
  }
  return [...found.values()].sort((a, b) => b.attempt - a.attempt);
}

function fromPast(past: AttemptRun): Known {
  const { attempt, state, queued, slot, started, finished, node_id, worker, gpu_ids, reason, memory, vram } = past;
  return { attempt, state, queued, slot, started, finished, node_id, worker, gpu_ids, reason, memory, vram, error: null };
}

function about(known: Known): HTMLElement {
  const { attempt, state, error, reason, node_id, worker, slot } = known;
  const said = error === null ? (reason ?? "") : [error.kind || error.type, error.message.split("\n", 1)[0]].filter(Boolean).join(": ");
  const place = joined(node_id ?? worker ?? "", slot === null ? "" : `slot ${slot}`, devices(known));
  return h(
    "div",
    { class: "mz-attempt", "data-attempt": attempt },
    h("p", {}, h("b", {}, `Attempt ${attempt}`), " ", state.replaceAll("_", " "), h("span", { class: "mz-quiet" }, place === "" ? "" : ` · ${place}`)),
    h("p", { class: "mz-quiet" }, ...times(known)),
    said !== "" && h("p", { class: error === null ? "mz-quiet" : "mz-error" }, said),
    error !== null && error.traceback !== "" && h("details", {}, h("summary", {}, "Traceback"), tracebackText(error.traceback)),
  );
}

function times({ queued, started, finished, memory, vram }: Known): Child[] {
  const wait = queued !== null && started !== null && started - queued >= 0.05 ? `waited ${duration(started - queued)}` : "";
  const took = started !== null && finished !== null ? `ran ${duration(Math.max(0, finished - started))}` : "";
  const peak = peakText({ memory, vram });
  return [
    started !== null && h("time", { title: moment(started) }, timeOfDay(started)),
    joined(started === null ? "" : " ", wait, took, peak === "" ? "" : `peak ${peak}`).replace(/^ · /, " · "),
  ];
}
