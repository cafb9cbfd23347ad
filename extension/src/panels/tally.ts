/** Sums over the tasks of a run. */

import { TASK_STATES, type TaskState } from "../model/run.ts";
import type { RunView } from "../model/store.ts";

/** Tasks in each state, as the kernel counted them or, where it did not, as they are known here. */
export function countStates(view: RunView): Readonly<Record<TaskState, number>> {
  const counts = {
    waiting: 0, pending: 0, running: 0, retrying: 0,
    succeeded: 0, failed: 0, skipped: 0, cancelled: 0, unknown: 0,
  };
  const said = view.run?.counts ?? {};
  if (Object.keys(said).length > 0) {
    for (const state of TASK_STATES) counts[state] = said[state] ?? 0;
  } else {
    for (const task of view.graph?.tasks ?? []) counts[view.task(task.id).state] += 1;
  }
  return counts;
}

/** Ids of the failed tasks, the first to fail first. */
export function failedTasks(view: RunView): string[] {
  const when = (id: string) => view.task(id).finished ?? Infinity;
  return (view.graph?.tasks ?? [])
    .map((task) => task.id)
    .filter((id) => view.task(id).state === "failed")
    .sort((a, b) => when(a) - when(b) || 0);
}
