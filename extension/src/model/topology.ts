/** Who comes before and after whom in a graph. */

import { AS_ALWAYS, type Graph, type GraphEdge, type GraphTask } from "./run.ts";

export interface Topology {
  readonly task: ReadonlyMap<string, GraphTask>;
  /** Edges into and out of a task. */
  into(id: string): readonly GraphEdge[];
  outOf(id: string): readonly GraphEdge[];
  /** All that a task came from, and all that comes of it; the task itself is in both. */
  pathThrough(id: string): Path;
}

export function createTopology(graph: Graph): Topology {
  const into = new Map<string, GraphEdge[]>();
  const outOf = new Map<string, GraphEdge[]>();
  for (const edge of graph.edges) {
    listAt(into, edge.target).push(edge);
    listAt(outOf, edge.source).push(edge);
  }
  const before = (id: string) => (into.get(id) ?? []).map((edge) => edge.source);
  const after = (id: string) => (outOf.get(id) ?? []).map((edge) => edge.target);
  return {
    task: new Map(graph.tasks.map((task) => [task.id, task])),
    into: (id) => into.get(id) ?? [],
    outOf: (id) => outOf.get(id) ?? [],
    pathThrough: (id) => ({ before: reach(id, before), after: reach(id, after) }),
  };
}

export interface Path {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/** Tasks of which only the ids are known. */
export function unconnected(ids: readonly string[]): Graph {
  const resources = { cpu: null, cpu_mem: null, gpu: null, gpu_mem: null };
  const rest = { kind: "", resources, options: AS_ALWAYS, inputs: [], outputs: [], group: [], mark: "", why: "", cell: "" };
  return { workflow_id: "", name: "", tasks: ids.map((id) => ({ id, name: id, ...rest })), edges: [] };
}

/** Equal for two graphs that are drawn alike, whatever their states. */
export function shapeOf(graph: Graph): string {
  const edges = graph.edges.map((edge) => [edge.source, edge.target, edge.names]);
  return JSON.stringify([graph.tasks, edges]);
}

function listAt<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

function reach(start: string, next: (id: string) => readonly string[]): Set<string> {
  const seen = new Set([start]);
  const stack = [start];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const other of next(id)) {
      if (seen.has(other)) continue;
      seen.add(other);
      stack.push(other);
    }
  }
  return seen;
}
