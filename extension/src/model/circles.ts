/** Which of a graph's nodes lie on a circle of edges: strongly connected components, after Tarjan (1972). */

import type { Graph } from "./run.ts";

/** Each circle, or circles that meet, as the ids on it. */
export function circlesOf({ tasks, edges }: Pick<Graph, "tasks" | "edges">): string[][] {
  const place = new Map(tasks.map(({ id }, at) => [id, at]));
  const outOf: number[][] = tasks.map(() => []);
  for (const { source, target } of edges) {
    if (source !== target) outOf[place.get(source)!]!.push(place.get(target)!);
  }
  const seenAt = new Int32Array(tasks.length).fill(-1);
  const lowest = new Int32Array(tasks.length);
  const isOpen = new Uint8Array(tasks.length);
  const next = new Int32Array(tasks.length);
  const open: number[] = [];
  const circles: string[][] = [];
  let count = 0;
  for (let start = 0; start < tasks.length; start += 1) {
    if (seenAt[start] !== -1) continue;
    const way = [start];
    while (way.length > 0) {
      const node = way.at(-1)!;
      if (next[node] === 0 && seenAt[node] === -1) {
        seenAt[node] = lowest[node] = count++;
        isOpen[node] = 1;
        open.push(node);
      }
      const other = outOf[node]![next[node]!++];
      if (other !== undefined) {
        if (seenAt[other] === -1) way.push(other);
        else if (isOpen[other]) lowest[node] = Math.min(lowest[node]!, seenAt[other]!);
        continue;
      }
      way.pop();
      const from = way.at(-1);
      if (from !== undefined) lowest[from] = Math.min(lowest[from]!, lowest[node]!);
      if (lowest[node] !== seenAt[node]) continue;
      const circle = open.splice(open.lastIndexOf(node));
      for (const each of circle) isOpen[each] = 0;
      if (circle.length > 1) circles.push(circle.map((each) => tasks[each]!.id));
    }
  }
  return circles;
}
