/** The one place where JSON from a kernel becomes the typed model; nothing here throws. */

import { Reader, glimpse, isFields } from "./reader.ts";
import {
  AS_ALWAYS,
  RUN_STATUSES,
  TASK_STATES,
  type Deadline,
  type Delta,
  type Graph,
  type GraphEdge,
  type GraphTask,
  type Incoming,
  type Message,
  type Resources,
  type Run,
  type Snapshot,
  type TaskError,
  type TaskOptions,
  type TaskOutput,
  type TaskRun,
} from "./run.ts";

export interface Decoded<Value> {
  readonly value: Value;
  readonly problems: readonly string[];
}

/** Null for a graph that is absent or not a graph at all. */
export function decodeGraph(raw: unknown): Decoded<Graph | null> {
  const reader = new Reader();
  return { value: isEmpty(raw) ? null : readGraph(reader, raw), problems: reader.problems };
}

export function decodeSnapshot(raw: unknown): Decoded<Snapshot> {
  const reader = new Reader();
  return { value: readSnapshot(reader, isEmpty(raw) ? {} : raw), problems: reader.problems };
}

export function decodeIncoming(raw: unknown): Decoded<Incoming> {
  const reader = new Reader();
  return { value: readIncoming(reader, raw), problems: reader.problems };
}

function isEmpty(raw: unknown): boolean {
  return raw === undefined || raw === null || (isFields(raw) && Object.keys(raw).length === 0);
}

function readIncoming(reader: Reader, raw: unknown): Incoming {
  const kind = isFields(raw) ? raw["kind"] : undefined;
  if (isFields(raw) && kind === "snapshot") {
    const graph = isEmpty(raw["graph"]) ? null : readGraph(reader, raw["graph"]);
    return { kind: "snapshot", snapshot: readSnapshot(reader, raw), graph };
  }
  if (isFields(raw) && kind === "delta") return { kind: "delta", delta: readDelta(reader, raw) };
  return { kind: "unknown", what: glimpse(raw) };
}

function readGraph(reader: Reader, raw: unknown): Graph | null {
  const fields = reader.fields(raw, "graph");
  if (fields === null) return null;
  const tasks = new Map<string, GraphTask>();
  for (const item of reader.list(fields["tasks"], "graph.tasks")) {
    const task = readGraphTask(reader, item);
    if (task !== null) tasks.set(task.id, task);
  }
  return {
    workflow_id: reader.text(fields["workflow_id"], "graph.workflow_id"),
    name: reader.text(fields["name"], "graph.name"),
    tasks: [...tasks.values()],
    edges: reader
      .list(fields["edges"], "graph.edges")
      .flatMap((item) => readEdge(reader, item, tasks) ?? []),
  };
}

function readGraphTask(reader: Reader, raw: unknown): GraphTask | null {
  const fields = reader.fields(raw, "graph.tasks[]");
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
  };
}

function readResources(reader: Reader, raw: unknown, id: string): Resources {
  const fields = (isEmpty(raw) ? null : reader.fields(raw, `task ${id} resources`)) ?? {};
  const amount = (name: string) => reader.numberOrNull(fields[name], `task ${id} ${name}`);
  return {
    cpu: amount("cpu"),
    cpu_mem: amount("cpu_mem"),
    gpu: amount("gpu"),
    gpu_mem: amount("gpu_mem"),
  };
}

function readOptions(reader: Reader, raw: unknown, where: string): TaskOptions {
  const fields = isEmpty(raw) ? null : reader.fields(raw, where);
  if (fields === null) return AS_ALWAYS;
  const number = (name: string) => reader.numberOrNull(fields[name], `${where} ${name}`);
  const texts = (name: string) => reader.texts(fields[name], `${where} ${name}`);
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
  const fields = isEmpty(raw) ? null : reader.fields(raw, `${where} deadline`);
  const seconds = fields && reader.numberOrNull(fields["seconds"], `${where} deadline`);
  return !fields || seconds === null ? null : { seconds, is_absolute: fields["is_absolute"] === true };
}

function readEdge(
  reader: Reader,
  raw: unknown,
  tasks: ReadonlyMap<string, unknown>,
): GraphEdge | null {
  const fields = reader.fields(raw, "graph.edges[]");
  const source = fields && reader.text(fields["source"], "edge.source");
  const target = fields && reader.text(fields["target"], "edge.target");
  if (!fields || !source || !target || !tasks.has(source) || !tasks.has(target)) {
    reader.note("graph.edges[]", "an edge between known tasks", raw);
    return null;
  }
  return { source, target, names: reader.texts(fields["names"], "edge.names") };
}

function readSnapshot(reader: Reader, raw: unknown): Snapshot {
  const fields = reader.fields(raw, "snapshot") ?? {};
  return {
    run: readRun(reader, fields["run"]),
    tasks: readTasks(reader, fields["tasks"]),
    messages: reader.list(fields["messages"], "messages").map((item) => readMessage(reader, item)),
    last_seq: reader.numberOrNull(fields["last_seq"], "last_seq"),
  };
}

function readDelta(reader: Reader, fields: Readonly<Record<string, unknown>>): Delta {
  const { run, tasks, messages, last_seq } = readSnapshot(reader, fields);
  return {
    run,
    tasks,
    messages,
    first_seq: reader.numberOrNull(fields["first_seq"], "first_seq"),
    last_seq,
    now: reader.numberOrNull(fields["now"], "now"),
  };
}

function readRun(reader: Reader, raw: unknown): Run | null {
  if (isEmpty(raw)) return null;
  const fields = reader.fields(raw, "run");
  if (fields === null) return null;
  const word = reader.text(fields["status"], "run.status", "unknown");
  const counts: Record<string, number> = {};
  const rawCounts = isEmpty(fields["counts"]) ? null : reader.fields(fields["counts"], "counts");
  for (const [state, value] of Object.entries(rawCounts ?? {})) {
    counts[state] = reader.numberOrNull(value, `run.counts.${state}`) ?? 0;
  }
  return {
    run_id: reader.text(fields["run_id"], "run.run_id"),
    status: reader.oneOf(word, RUN_STATUSES),
    status_word: word,
    started: reader.numberOrNull(fields["started"], "run.started"),
    finished: reader.numberOrNull(fields["finished"], "run.finished"),
    counts,
    reused: reader.numberOrNull(fields["reused"], "run.reused") ?? 0,
    resumes: reader.numberOrNull(fields["resumes"], "run.resumes") ?? 0,
    away: reader.numberOrNull(fields["away"], "run.away") ?? 0,
  };
}

function readTasks(reader: Reader, raw: unknown): ReadonlyMap<string, TaskRun> {
  const tasks = new Map<string, TaskRun>();
  if (isEmpty(raw)) return tasks;
  for (const [id, item] of Object.entries(reader.fields(raw, "tasks") ?? {})) {
    tasks.set(id, readTaskRun(reader, item, id));
  }
  return tasks;
}

function readTaskRun(reader: Reader, raw: unknown, id: string): TaskRun {
  const fields = reader.fields(raw, `task ${id}`) ?? {};
  const at = (name: string) => `task ${id} ${name}`;
  const word = reader.text(fields["state"], at("state"), "unknown");
  const text = (name: string) => reader.textOrNull(fields[name], at(name));
  const number = (name: string) => reader.numberOrNull(fields[name], at(name));
  const progress = number("progress");
  return {
    state: reader.oneOf(word, TASK_STATES),
    state_word: word,
    attempt: number("attempt") ?? 1,
    started: number("started"),
    finished: number("finished"),
    node_id: text("node_id"),
    node_ip: text("node_ip"),
    worker: text("worker"),
    gpu_ids: reader.numbers(fields["gpu_ids"], at("gpu_ids")),
    reason: text("reason"),
    progress: progress === null ? null : Math.min(1, Math.max(0, progress)),
    error: readError(reader, fields["error"], at("error")),
    root_cause: text("root_cause"),
    outputs: reader
      .list(fields["outputs"], at("outputs"))
      .flatMap((item) => readOutput(reader, item, at("outputs[]")) ?? []),
    retry_at: number("retry_at"),
    memory: number("memory"),
    vram: number("vram"),
    reused_from: text("reused_from") || null,
  };
}

function readError(reader: Reader, raw: unknown, where: string): TaskError | null {
  if (isEmpty(raw)) return null;
  if (typeof raw === "string") return { type: "", kind: "", message: raw, traceback: "", host: null };
  const fields = reader.fields(raw, where);
  if (fields === null) return null;
  return {
    type: reader.text(fields["type"], where),
    kind: reader.text(fields["kind"], where),
    message: reader.text(fields["message"], where),
    traceback: reader.text(fields["traceback"], where),
    host: reader.textOrNull(fields["host"], where),
  };
}

function readOutput(reader: Reader, raw: unknown, where: string): TaskOutput | null {
  const fields = reader.fields(raw, where);
  if (fields === null) return null;
  return {
    name: reader.text(fields["name"], where, "?"),
    type: reader.text(fields["type"], where),
    summary: reader.text(fields["summary"], where),
    preview: reader.text(fields["preview"], where),
    place: reader.text(fields["place"], where),
    path: reader.text(fields["path"], where),
  };
}

/** A message that cannot be read still takes its place in the list, as `unknown`. */
function readMessage(reader: Reader, raw: unknown): Message {
  const fields = isFields(raw) ? raw : {};
  const seq = reader.numberOrNull(fields["seq"], "message.seq");
  const type = typeof fields["type"] === "string" ? fields["type"] : null;
  if (seq === null || type === null) {
    reader.note("messages[]", "a message with seq and type", raw);
    return {
      seq: seq ?? Number.NaN,
      time: null,
      type: "unknown",
      task_id: null,
      task_name: null,
      text: glimpse(raw, 200),
    };
  }
  return {
    seq,
    time: reader.numberOrNull(fields["time"], "message.time"),
    type,
    task_id: reader.textOrNull(fields["task_id"], "message.task_id"),
    task_name: reader.textOrNull(fields["task_name"], "message.task_name"),
    text: reader.text(fields["text"], "message.text"),
  };
}
