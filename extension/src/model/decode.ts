/** The one place where JSON from a kernel becomes the typed model; nothing here throws. */

import { readAttempts } from "./decode_attempts.ts";
import { readGraph } from "./decode_graph.ts";
import { readLog } from "./decode_log.ts";
import { readUsage } from "./decode_usage.ts";
import type * as wire from "../wire/types.ts";
import { Reader, glimpse, isEmpty, isFields, type Fields } from "./reader.ts";
import {
  RUN_STATUSES,
  TASK_STATES,
  type Display,
  type Graph,
  type ItemsPage,
  type MapRun,
  type Message,
  type Run,
  type TaskError,
  type TaskOutput,
  type TaskRun,
} from "./run.ts";
import type { Delta, Incoming, Snapshot } from "./talk.ts";

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

/** The run that a message is about; null where it does not say. */
export function runIdOf(raw: unknown): string | null {
  const id = isFields(raw) ? raw["run_id"] : null;
  return typeof id === "string" && id !== "" ? id : null;
}

export function decodeIncoming(raw: unknown): Decoded<Incoming> {
  const reader = new Reader();
  return { value: readIncoming(reader, raw), problems: reader.problems };
}

function readIncoming(reader: Reader, raw: unknown): Incoming {
  const kind = isFields(raw) ? raw["kind"] : undefined;
  if (isFields(raw) && kind === "snapshot") {
    const graph = isEmpty(raw["graph"]) ? null : readGraph(reader, raw["graph"]);
    return { kind: "snapshot", snapshot: readSnapshot(reader, raw), graph };
  }
  if (isFields(raw) && kind === "delta") return { kind: "delta", delta: readDelta(reader, raw) };
  if (isFields(raw) && kind === "items") return { kind: "items", page: readPage(reader, raw) };
  if (isFields(raw) && kind === "pulse") return { kind: "pulse", now: reader.numberOrNull(raw["now"], "now") };
  if (isFields(raw) && kind === "answer") {
    const { ask_id, error, value } = raw;
    return { kind, ask_id: reader.numberOrNull(ask_id, "ask_id"), error: reader.text(error, "error"), value };
  }
  if (isFields(raw) && kind === "no_run") return { kind, error: reader.text(raw["error"], "error") };
  return { kind: "unknown", what: glimpse(raw) };
}

function readSnapshot(reader: Reader, raw: unknown): Snapshot {
  const fields = reader.fields<wire.TellSnapshot>(raw, "snapshot") ?? {};
  return {
    run: readRun(reader, fields["run"]),
    tasks: readTasks(reader, fields["tasks"]),
    maps: readEach(reader, fields["maps"], "maps", readMap),
    logs: readEach(reader, fields["logs"], "logs", readLog),
    displays: readEach(reader, fields["displays"], "displays", readDisplays),
    messages: reader.list(fields["messages"], "messages").map((item) => readMessage(reader, item)),
    last_seq: reader.numberOrNull(fields["last_seq"], "last_seq"),
    usage: readUsage(reader, fields["usage"]),
  };
}

function readDelta(reader: Reader, fields: Fields<wire.TellDelta>): Delta {
  const { run, tasks, maps, displays, messages, last_seq, usage } = readSnapshot(reader, fields);
  return {
    run,
    tasks,
    maps,
    displays,
    messages,
    first_seq: reader.numberOrNull(fields["first_seq"], "first_seq"),
    last_seq,
    usage,
    now: reader.numberOrNull(fields["now"], "now"),
  };
}

function readRun(reader: Reader, raw: unknown): Run | null {
  if (isEmpty(raw)) return null;
  const fields = reader.fields<wire.RunRow>(raw, "run");
  if (fields === null) return null;
  const word = reader.text(fields["status"], "run.status", "unknown");
  const counts = readCounts(reader, fields["counts"], "run.counts");
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
    stopped: reader.numberOrNull(fields["stopped"], "run.stopped"),
  };
}

function readCounts(reader: Reader, raw: unknown, where: string): Record<string, number> {
  const counts: Record<string, number> = {};
  const fields = isEmpty(raw) ? null : reader.fields(raw, where);
  for (const [state, value] of Object.entries(fields ?? {})) {
    counts[state] = reader.numberOrNull(value, `${where}.${state}`) ?? 0;
  }
  return counts;
}

function readEach<Value>(
  reader: Reader,
  raw: unknown,
  where: string,
  read: (item: unknown, where: string, reader: Reader) => Value,
): ReadonlyMap<string, Value> {
  const fields = isEmpty(raw) ? null : reader.fields(raw, where);
  return new Map(Object.entries(fields ?? {}).map(([id, item]) => [id, read(item, `${where}.${id}`, reader)]));
}

function readMap(raw: unknown, where: string, reader: Reader): MapRun {
  const fields = reader.fields<wire.MapRow>(raw, where) ?? {};
  return {
    count: reader.numberOrNull(fields["count"], where),
    counts: readCounts(reader, fields["counts"], `${where}.counts`),
    started: reader.numberOrNull(fields["started"], where),
    finished: reader.numberOrNull(fields["finished"], where),
    items: reader.texts(fields["items"], where),
  };
}

function readDisplays(raw: unknown, where: string, reader: Reader): readonly Display[] {
  return reader.list(raw, where).flatMap((item) => {
    const fields = reader.fields<wire.DisplayRow>(item, where);
    if (fields === null) return [];
    const text = (name: keyof wire.DisplayRow) => reader.text(fields[name], `${where}.${name}`);
    const image = text("image");
    return {
      display_id: text("display_id"),
      mime: text("mime"),
      text: text("text"),
      // Nothing is fetched for what a task displayed.
      image: image.startsWith("data:image/") ? image : "",
      html: text("html"),
      place: text("place"),
    };
  });
}

function readPage(reader: Reader, fields: Fields<wire.TellItems>): ItemsPage {
  return {
    task_id: reader.text(fields["task_id"], "items.task_id"),
    state: reader.text(fields["state"], "items.state"),
    offset: reader.numberOrNull(fields["offset"], "items.offset") ?? 0,
    total: reader.numberOrNull(fields["total"], "items.total") ?? 0,
    items: reader.texts(fields["items"], "items.items"),
    tasks: readTasks(reader, fields["tasks"]),
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
  const fields = reader.fields<wire.TaskRow>(raw, `task ${id}`) ?? {};
  const at = (name: string) => `task ${id} ${name}`;
  const word = reader.text(fields["state"], at("state"), "unknown");
  const text = (name: keyof wire.TaskRow) => reader.textOrNull(fields[name], at(name));
  const number = (name: keyof wire.TaskRow) => reader.numberOrNull(fields[name], at(name));
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
    done: number("done"),
    total: number("total"),
    error: readError(reader, fields["error"], at("error")),
    root_cause: text("root_cause"),
    outputs: reader
      .list(fields["outputs"], at("outputs"))
      .flatMap((item) => readOutput(reader, item, at("outputs[]")) ?? []),
    retry_at: number("retry_at"),
    memory: number("memory"),
    vram: number("vram"),
    reused_from: text("reused_from") || null,
    queued: number("queued"),
    slot: number("slot"),
    past: readAttempts(reader, fields["past"], at("past")),
    cpu: number("cpu"),
    location: text("location") ?? "",
  };
}

function readError(reader: Reader, raw: unknown, where: string): TaskError | null {
  if (isEmpty(raw)) return null;
  if (typeof raw === "string") return { type: "", kind: "", message: raw, traceback: "", host: null };
  const fields = reader.fields<wire.ErrorRow>(raw, where);
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
  const fields = reader.fields<wire.OutputRow>(raw, where);
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
export function readMessage(reader: Reader, raw: unknown): Message {
  const fields: Fields<wire.MessageRow> = isFields<wire.MessageRow>(raw) ? raw : {};
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
      stream: "",
    };
  }
  return {
    seq,
    time: reader.numberOrNull(fields["time"], "message.time"),
    type,
    task_id: reader.textOrNull(fields["task_id"], "message.task_id"),
    task_name: reader.textOrNull(fields["task_name"], "message.task_name"),
    text: reader.text(fields["text"], "message.text"),
    stream: reader.text(fields["stream"], "message.stream"),
  };
}
