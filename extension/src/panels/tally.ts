/** Sums over the tasks of a run. */

import type { Face } from "../glyphs.ts";
import { TASK_STATES, type TaskState } from "../model/run.ts";
import type { RunView } from "../model/store.ts";
import { sumOf } from "../sum.ts";

/** Tasks that look alike: those that succeeded without running are told apart. */
export function countFaces(view: RunView): Readonly<Record<Face, number>> {
  const counts = countStates(view);
  const cached = Math.min(view.run?.reused ?? 0, counts.succeeded);
  return { ...counts, succeeded: counts.succeeded - cached, cached };
}

/** Tasks in each state, as the kernel counted them or, where it did not, as they are known here. */
function countStates(view: RunView): Readonly<Record<TaskState, number>> {
  const counts = {
    waiting: 0, pending: 0, running: 0, retrying: 0,
    succeeded: 0, failed: 0, skipped: 0, cancelled: 0, was_running: 0, unknown: 0,
  };
  const said = view.run?.counts ?? {};
  if (Object.keys(said).length > 0) {
    for (const state of TASK_STATES) counts[state] = said[state] ?? 0;
  } else {
    for (const task of view.graph?.tasks ?? []) {
      for (const [face, number] of sumOf([task.id], view).counts) counts[face === "cached" ? "succeeded" : face] += number;
    }
  }
  return counts;
}

/** Ids of the failed tasks and, of maps, items, as far as they are known here; the first to fail first. */
export function failedTasks(view: RunView): string[] {
  const when = (id: string) => view.task(id).finished ?? Infinity;
  return (view.graph?.tasks ?? [])
    .flatMap(({ id }) => {
      const items = view.map(id)?.items ?? [];
      const failed = items.filter((item) => view.task(item).state === "failed");
      return failed.length > 0 ? failed : [id];
    })
    .filter((id) => view.task(id).state === "failed")
    .sort((a, b) => when(a) - when(b) || 0);
}
