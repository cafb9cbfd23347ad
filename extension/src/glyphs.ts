/** How each state looks and is called: one row a state, told apart by shape as well as colour. */

import { s } from "./dom.ts";
import type { RunStatus, TaskRun, TaskState } from "./model/run.ts";

export interface Look {
  readonly label: string;
  /** Paths in a box of 12 by 12, stroked. */
  readonly stroke: string;
  /** Paths in the same box, filled. */
  readonly fill?: string;
  readonly dash?: string;
}

const RING = "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9z";

/** What a task looks like: its state, but a tick of its own where it did not have to run. */
export type Face = TaskState | "cached";

const LOOKS: Readonly<Record<Face, Look>> = {
  waiting: { label: "waiting", stroke: RING },
  pending: { label: "pending", stroke: RING, dash: "1.6 1.9" },
  running: { label: "running", stroke: RING, fill: "M6 1.5a4.5 4.5 0 0 1 0 9z" },
  retrying: { label: "retrying", stroke: "M10 6.2a4.1 4.1 0 1 1-1.5-3.3M10.4 .9v2.6h-2.6" },
  succeeded: { label: "succeeded", stroke: "M1.8 6.6l2.8 2.9l5.6-7" },
  cached: { label: "cached", stroke: `${RING}M3.8 6.2l1.6 1.7l2.9-3.7` },
  was_running: { label: "was running", stroke: RING, fill: "M1.5 6a4.5 4.5 0 0 0 9 0z" },
  failed: { label: "failed", stroke: "M2.2 2.2l7.6 7.6M9.8 2.2l-7.6 7.6" },
  skipped: { label: "skipped", stroke: "M1.5 8.6c.6-5.2 6.4-5.8 8-1.6M10 3.6l-.3 3.6l-3.4-1.1" },
  cancelled: { label: "cancelled", stroke: `${RING}M2.9 2.9l6.2 6.2` },
  unknown: { label: "unknown", stroke: "M3.9 4.2a2.1 2.1 0 1 1 2.9 2c-.6.2-.8.6-.8 1.3M6 10v.1" },
};

const STATE_OF_STATUS: Readonly<Record<RunStatus, TaskState>> = {
  pending: "pending",
  running: "running",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
  timed_out: "failed",
  interrupted: "was_running",
  unknown: "unknown",
};

export function lookOf(face: Face): Look {
  return LOOKS[face];
}

export function faceOf({ state, reused_from }: TaskRun): Face {
  return state === "succeeded" && reused_from !== null ? "cached" : state;
}

/** The state whose glyph and colour a run's status borrows. */
export function stateOfStatus(status: RunStatus): TaskState {
  return STATE_OF_STATUS[status];
}

/** The word to show: the kernel's own where this view does not know it. */
export function wordOf(task: TaskRun): string {
  return task.state === "unknown" && task.state_word !== "" ? task.state_word : LOOKS[faceOf(task)].label;
}

/** The glyph as a group to stand in a drawing. */
export function glyph(face: Face): SVGGElement {
  const { stroke, fill, dash } = LOOKS[face];
  return s(
    "g",
    { class: `mz-glyph mz-is-${face}`, "data-state": face },
    s("path", { class: "mz-glyph-line", d: stroke, "stroke-dasharray": dash }),
    fill !== undefined && s("path", { class: "mz-glyph-fill", d: fill }),
  );
}

/** The glyph as a picture to stand in text. */
export function icon(face: Face): SVGSVGElement {
  const attributes = { class: "mz-icon", viewBox: "0 0 12 12", "aria-hidden": "true" };
  return s("svg", attributes, glyph(face));
}
