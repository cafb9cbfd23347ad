/** The critical path: the chain of tasks that no run, however wide, can be shorter than. */

import type { Graph } from "./run.ts";
import type { RunView } from "./store.ts";

/** Seconds taken for a task of which no time is known. */
const UNKNOWN = 1;
const NEVER_RAN: ReadonlySet<string> = new Set(["skipped", "cancelled"]);

/** Ids of the tasks of the longest chain, first to last; the same chain each time where several are as long. */
export function criticalPath(graph: Graph, view: RunView): readonly string[] {
  const count = graph.tasks.length;
  const place = new Map(graph.tasks.map(({ id }, at) => [id, at]));
  const outOf: number[][] = Array.from({ length: count }, () => []);
  const waitsFor = new Int32Array(count);
  for (const { source, target } of graph.edges) {
    const [from, to] = [place.get(source), place.get(target)];
    if (from === undefined || to === undefined || from === to) continue;
    outOf[from]!.push(to);
    waitsFor[to]! += 1;
  }
  const own = Float64Array.from(graph.tasks, ({ id }) => taskSeconds(id, view));
  const upTo = Float64Array.from(own);
  const before = new Int32Array(count).fill(-1);
  const order = Array.from(waitsFor.keys()).filter((at) => waitsFor[at] === 0);
  let last = order[0] ?? -1;
  for (const at of order) {
    if (upTo[at]! > upTo[last]!) last = at;
    for (const next of outOf[at]!) {
      if (before[next] === -1 || upTo[at]! + own[next]! > upTo[next]!) {
        upTo[next] = upTo[at]! + own[next]!;
        before[next] = at;
      }
      waitsFor[next]! -= 1;
      if (waitsFor[next] === 0) order.push(next);
    }
  }
  const path: string[] = [];
  for (let at = last; at !== -1; at = before[at]!) path.push(graph.tasks[at]!.id);
  return path.reverse();
}

/** What the tasks of a chain take one after the other, in seconds. */
export function chainSeconds(ids: readonly string[], view: RunView): number {
  return ids.reduce((sum, id) => sum + taskSeconds(id, view), 0);
}

/** What a task took or has taken so far; what did not have to run took nothing. */
function taskSeconds(id: string, view: RunView): number {
  const task = view.task(id);
  const map = view.map(id);
  const started = map?.started ?? task.started;
  const finished = task.finished ?? map?.finished ?? null;
  if (task.reused_from !== null) return 0;
  if (started === null) return NEVER_RAN.has(task.state) ? 0 : UNKNOWN;
  if (finished !== null) return Math.max(0, finished - started);
  return task.state === "running" || map !== null ? Math.max(0, view.kernelTime() - started) : UNKNOWN;
}
