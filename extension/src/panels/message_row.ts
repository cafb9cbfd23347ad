/** One message as a row of a list, and as a line of text. */

import type { Chooser } from "../choice.ts";
import { button, h } from "../dom.ts";
import { clock, moment } from "../format.ts";
import { icon, type Face } from "../glyphs.ts";
import { QUIET, rankOf } from "../model/message_filter.ts";
import type { Message, TaskState } from "../model/run.ts";
import type { RunView } from "../model/store.ts";

const STATE_OF_TYPE: Readonly<Record<string, TaskState>> = {
  start_task: "running",
  finish_task: "succeeded",
  task_exception: "failed",
  task_pending: "pending",
  task_retry: "retrying",
  task_skipped: "skipped",
  task_cancelled: "cancelled",
  task_progress: "running",
  task_display: "running",
  task_expanded: "running",
};
const OTHER_TYPES: ReadonlySet<string> = new Set([
  "start_workflow", "resume_workflow", "finish_workflow", "task_log", ...QUIET,
]);
const RANKS = ["", " mz-row-warning", " mz-row-error"];

export interface RowSetting {
  readonly start: number | null;
  readonly place: number;
  readonly total: number;
  readonly picked: number | null;
  readonly chooser: Chooser;
  readonly view: RunView;
}

export function isKnownType(type: string): boolean {
  return type in STATE_OF_TYPE || OTHER_TYPES.has(type);
}

export function rowOf(message: Message, { start, place, total, picked, chooser, view }: RowSetting): HTMLElement {
  const { task_id: id, time, type, stream } = message;
  const state = faceOfMessage(message, view);
  const name = message.task_name ?? id ?? "";
  const isKnown = isKnownType(type);
  const classes = [
    "mz-row", RANKS[rankOf(message)], id !== null && id === chooser.current.task ? " mz-chosen" : "",
    message.seq === picked ? " mz-picked" : "", stream === "stderr" ? " mz-row-stderr" : "", isKnown ? "" : " mz-row-unknown",
  ];
  return h(
    "div",
    { class: classes.join(""), role: "listitem", "aria-posinset": place, "aria-setsize": total, "data-seq": message.seq },
    h("span", { class: "mz-row-time", title: time === null ? null : moment(time) }, since(time, start)),
    h("span", { class: "mz-row-mark" }, state && icon(state)),
    h("span", { class: "mz-row-type", title: isKnown ? type : `${type}: a type that this view does not know` }, wordOfType(message)),
    id === null
      ? h("span", { class: "mz-row-task" }, name)
      : button({ class: "mz-row-task mz-link", title: name }, () => chooser.task(id), name),
    h("span", { class: "mz-row-text", title: message.text }, message.text),
  );
}

/** What was printed is told apart by where it was printed to. */
export function wordOfType({ type, stream }: Message): string {
  return type === "task_log" && stream !== "" ? stream : type;
}

/** All of a message on one line, or on as many as its text has. */
export function lineOf(message: Message, start: number | null): string {
  const parts = [since(message.time, start), wordOfType(message), message.task_name ?? message.task_id ?? "", message.text];
  return parts.filter((part) => part !== "").join("  ");
}

export function since(time: number | null, start: number | null): string {
  if (time === null || start === null) return "";
  const seconds = Math.max(0, time - start);
  return seconds < 3600 ? `+${seconds.toFixed(2)} s` : `+${clock(seconds)}`;
}

/** The message says that a task finished; only the task itself knows that it did not run. */
function faceOfMessage({ type, task_id }: Message, view: RunView): Face | undefined {
  const state = STATE_OF_TYPE[type];
  const isReused = task_id !== null && view.task(task_id).reused_from !== null;
  return state === "succeeded" && isReused ? "cached" : state;
}
