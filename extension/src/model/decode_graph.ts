/** Reading of a graph: its tasks and edges as typed data. */

import type * as wire from "../wire/types.ts";
import { isEmpty, type Reader } from "./reader.ts";
import {
  AS_ALWAYS,
  type Deadline,
  type Graph,
  type GraphEdge,
  type GraphTask,
  type Resources,
  type TaskOptions,
} from "./run.ts";

export function readGraph(reader: Reader, raw: unknown): Graph | null {
  const fields = reader.fields<wire.GraphRow>(raw, "graph");
  if (fields === null) return null;
  const tasks = new Map<string, GraphTask>();
  for (const item of reader.list(fields["tasks"], "graph.tasks")) {
    const task = readGraphTask(reader, item);
    if (task !== null) tasks.set(task.id, task);
  }
  const edges = reader.list(fields["edges"], "graph.edges").flatMap((item) => readEdge(reader, item, tasks) ?? []);
  // Items of a map are looked at as one, with the task that maps.
  for (const task of [...tasks.values()]) {
    if (task.group.some((name) => tasks.get(name)?.kind === "map")) tasks.delete(task.id);
  }
  return {
    workflow_id: reader.text(fields["workflow_id"], "graph.workflow_id"),
    name: reader.text(fields["name"], "graph.name"),
    tasks: [...tasks.values()],
    edges: edges.filter(({ source, target }) => tasks.has(source) && tasks.has(target)),
  };
}

function readGraphTask(reader: Reader, raw: unknown): GraphTask | null {
  const fields = reader.fields<wire.GraphTaskRow>(raw, "graph.tasks[]");
  const id = fields && reader.textOrNull(fields["id"], "task.id");
  if (!fields || !id) {
    reader.note("graph.tasks[]", "a task with an id", raw);
    return null;
  }
  return {
    id,
    name: reader.text(fields["name"], `task ${id} name`) || id,
    kind: reader.text(fields["kind"], `task ${id} kind`, "python"),
    resources: readResources(reader, fields["resources"], id),
    options: readOptions(reader, fields["options"], `task ${id} options`),
    inputs: reader.texts(fields["inputs"], `task ${id} inputs`),
    outputs: reader.texts(fields["outputs"], `task ${id} outputs`),
    group: reader.text(fields["group"], `task ${id} group`).split("/").filter(Boolean),
    mark: reader.text(fields["mark"], `task ${id} mark`),
    why: reader.text(fields["why"], `task ${id} why`),
    cell: reader.text(fields["cell"], `task ${id} cell`),
  };
}

function readResources(reader: Reader, raw: unknown, id: string): Resources {
  const fields = (isEmpty(raw) ? null : reader.fields<wire.Resources>(raw, `task ${id} resources`)) ?? {};
  const amount = (name: keyof wire.Resources) => reader.numberOrNull(fields[name], `task ${id} ${name}`);
  return {
    cpu: amount("cpu"),
    cpu_mem: amount("cpu_mem"),
    gpu: amount("gpu"),
    gpu_mem: amount("gpu_mem"),
  };
}

function readOptions(reader: Reader, raw: unknown, where: string): TaskOptions {
  const fields = isEmpty(raw) ? null : reader.fields<wire.TaskOptions>(raw, where);
  if (fields === null) return AS_ALWAYS;
  const number = (name: keyof wire.TaskOptions) => reader.numberOrNull(fields[name], `${where} ${name}`);
  const texts = (name: keyof wire.TaskOptions) => reader.texts(fields[name], `${where} ${name}`);
  return {
    timeout: number("timeout"),
    isolation: reader.text(fields["isolation"], where, AS_ALWAYS.isolation),
    retries: number("retries") ?? 0,
    backoff: number("backoff"),
    retry_on: texts("retry_on"),
    priority: number("priority") ?? 0,
    deadline: readDeadline(reader, fields["deadline"], where),
    tags: texts("tags"),
    prefer: texts("prefer"),
  };
}

function readDeadline(reader: Reader, raw: unknown, where: string): Deadline | null {
  const fields = isEmpty(raw) ? null : reader.fields<wire.Deadline>(raw, `${where} deadline`);
  const seconds = fields && reader.numberOrNull(fields["seconds"], `${where} deadline`);
  return !fields || seconds === null ? null : { seconds, is_absolute: fields["is_absolute"] === true };
}

function readEdge(
  reader: Reader,
  raw: unknown,
  tasks: ReadonlyMap<string, unknown>,
): GraphEdge | null {
  const fields = reader.fields<wire.Edge>(raw, "graph.edges[]");
  const source = fields && reader.text(fields["source"], "edge.source");
  const target = fields && reader.text(fields["target"], "edge.target");
  if (!fields || !source || !target || !tasks.has(source) || !tasks.has(target)) {
    reader.note("graph.edges[]", "an edge between known tasks", raw);
    return null;
  }
  return { source, target, names: reader.texts(fields["names"], "edge.names") };
}
