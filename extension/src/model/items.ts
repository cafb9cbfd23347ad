/** The items of a task that maps: how they are named, and which of them can be shown. */

import type { Graph, GraphTask } from "./run.ts";
import type { RunView } from "./store.ts";

export interface ItemPlace {
  /** Id of the task that maps. */
  readonly map: string;
  readonly index: number;
}

/** Where an id leads that could be an item's; whether its map is one, the graph knows. */
export function itemOf(id: string): ItemPlace | null {
  const found = /^(.+)\.(\d+)$/.exec(id);
  return found === null ? null : { map: found[1]!, index: Number(found[2]) };
}

/** A task of the graph, or an item of one that maps, as if it were in the graph. */
export function specOf(id: string, tasks: ReadonlyMap<string, GraphTask>): GraphTask | null {
  const task = tasks.get(id);
  if (task !== undefined) return task;
  const place = itemOf(id);
  const map = place && tasks.get(place.map);
  if (!place || !map || !isMap(map)) return null;
  return { ...map, id, name: `${map.name}[${place.index}]`, kind: "item" };
}

export function isMap({ kind }: GraphTask): boolean {
  return kind === "map";
}

/** Name of a task or item for reading. */
export function nameIn(graph: Graph | null): (id: string) => string {
  const tasks = new Map((graph?.tasks ?? []).map((task) => [task.id, task]));
  return (id) => specOf(id, tasks)?.name ?? id;
}

/** Ids of the items that are known here and show a state (all for none), the failed first. */
export function knownItems(id: string, state: string, view: RunView, show: (id: string) => string): string[] {
  const items = view.map(id)?.items ?? [];
  const rank = (item: string) => (view.task(item).state === "failed" ? 0 : 1);
  return items.filter((item) => state === "" || show(item) === state).sort((a, b) => rank(a) - rank(b));
}
