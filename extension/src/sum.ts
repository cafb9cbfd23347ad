/** What several tasks, or the items of a map, come to: how many show what, and what stands for all. */

import { plural } from "./format.ts";
import { faceOf, lookOf, type Face } from "./glyphs.ts";
import { isGoingOn, type TaskRun } from "./model/run.ts";
import type { RunView } from "./model/store.ts";

export interface Sum {
  /** Worst first, without what there is none of. */
  readonly counts: readonly (readonly [Face, number])[];
  readonly total: number;
  readonly face: Face;
  readonly started: number | null;
  readonly finished: number | null;
}

/** The order in which states are told. */
export const WORST_FIRST: readonly Face[] = [
  "failed", "retrying", "running", "was_running", "pending", "waiting",
  "cancelled", "skipped", "unknown", "succeeded", "cached",
];
const ENDED: ReadonlySet<string> = new Set(["succeeded", "failed", "skipped", "cancelled"]);
/** Order of the parts of a thin bar; what is not there yet is its empty end. */
export const BAR: readonly Face[] = [
  "cached", "succeeded", "failed", "cancelled", "skipped", "running", "was_running", "retrying",
];

/** Of a task that maps its items count. */
export function sumOf(ids: readonly string[], view: RunView): Sum {
  const counts = new Map<string, number>();
  let [started, finished, isOver] = [Infinity, -Infinity, true];
  for (const id of ids) {
    const task = view.task(id);
    const items = itemCounts(id, view);
    for (const [face, number] of items ?? [[faceOf(task), 1] as const]) {
      counts.set(face, (counts.get(face) ?? 0) + number);
    }
    const map = view.map(id);
    started = Math.min(started, map?.started ?? task.started ?? Infinity);
    finished = Math.max(finished, task.finished ?? map?.finished ?? -Infinity);
    isOver &&= ENDED.has(task.state) || (map?.finished ?? null) !== null;
  }
  return {
    ...summed(counts, isGoingOn(view.run)),
    started: started === Infinity ? null : started,
    finished: isOver && finished > -Infinity ? finished : null,
  };
}

/** A map shows its own state once it has ended, else that of its items. */
export function sumOfMap(id: string, view: RunView): Sum {
  const sum = sumOf([id], view);
  const task = view.task(id);
  const hasItems = itemCounts(id, view) !== null;
  // It is skipped once an item failed, which says less than that.
  const isOwn = (ENDED.has(task.state) && sum.face !== "failed") || !hasItems;
  return { ...sum, face: isOwn ? faceOf(task) : sum.face };
}

export function hasEnded({ state }: TaskRun): boolean {
  return ENDED.has(state);
}

/** "10,000" */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 failed, 12 running". */
export function countsText({ counts }: Sum): string {
  return counts.map(([face, number]) => `${grouped(number)} ${lookOf(face).label}`).join(", ");
}

/** "×10,000", where it is known. */
export function timesText(id: string, view: RunView): string {
  const count = view.map(id)?.count ?? null;
  return count === null ? "" : `×${grouped(count)}`;
}

export function itemsText(number: number): string {
  return plural(number, "item").replace(String(number), grouped(number));
}

function itemCounts(id: string, view: RunView): [Face, number][] | null {
  const map = view.map(id);
  if (map === null || !map.count) return null;
  return Object.entries(map.counts).flatMap(([word, number]): [Face, number][] =>
    number > 0 ? [[WORST_FIRST.find((face) => face === word) ?? "unknown", number]] : [],
  );
}

/** Where some have ended and others are still to come, all together run, whatever is in between at the moment. */
function summed(counts: ReadonlyMap<string, number>, goesOn: boolean) {
  const sorted = WORST_FIRST.flatMap((face): [Face, number][] => {
    const number = counts.get(face) ?? 0;
    return number > 0 ? [[face, number]] : [];
  });
  const worst = sorted[0]?.[0] ?? ("waiting" as const);
  const isBegun = sorted.some(([face]) => ENDED.has(face) || face === "cached");
  return {
    counts: sorted,
    total: sorted.reduce((sum, [, number]) => sum + number, 0),
    face: goesOn && isBegun && (worst === "waiting" || worst === "pending") ? ("running" as const) : worst,
  };
}
