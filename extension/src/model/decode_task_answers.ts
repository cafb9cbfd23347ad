/** Reading the answers to what is asked about a task; nothing here throws. */

import { Reader, isFields } from "./reader.ts";
import type { LogLine, TaskError } from "./run.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface TaskInput {
  readonly name: string;
  /** A constant in a few characters; empty for an output as it is. */
  readonly text: string;
  /** The task that makes it, and its output; empty for a constant. */
  readonly task_id: string;
  readonly output: string;
}

export interface TaskSource {
  readonly text: string;
  /** Where it stands; empty for a cell. */
  readonly file: string;
  readonly line: number;
  readonly cell: string;
  readonly inputs: readonly TaskInput[];
}

export interface Preview {
  readonly mime: string;
  readonly text: string;
  /** The address of a picture, which holds the picture itself; else empty. */
  readonly image: string;
  /** A page that is not to be trusted; else empty. */
  readonly html: string;
  /** What was left out, in words. */
  readonly note: string;
  /** What it raised when it was looked at. */
  readonly error: string;
}

export interface WholeLog {
  readonly lines: readonly LogLine[];
  /** How many characters at its beginning are not among them. */
  readonly left_out: number;
}

export interface Attempt {
  readonly attempt: number;
  readonly state: string;
  readonly started: number | null;
  readonly finished: number | null;
  readonly node_id: string | null;
  readonly worker: string | null;
  readonly gpu_ids: readonly number[];
  readonly reason: string | null;
  readonly error: TaskError | null;
  readonly memory: number | null;
  readonly vram: number | null;
}

/** What came of a button that was pressed. */
export interface Done {
  readonly said: string;
  /** The run that was begun; empty if none was. */
  readonly run_id: string;
}

export function decodeSource(raw: unknown): TaskSource {
  const [reader, fields] = reading(raw);
  return {
    text: reader.text(fields["text"], "source.text"),
    file: reader.text(fields["file"], "source.file"),
    line: reader.numberOrNull(fields["line"], "source.line") ?? 0,
    cell: reader.text(fields["cell"], "source.cell"),
    inputs: each(reader, fields["inputs"], (item) => ({
      name: reader.text(item["name"], "input", "?"),
      text: reader.text(item["text"], "input"),
      task_id: reader.text(item["task_id"], "input"),
      output: reader.text(item["output"], "input"),
    })),
  };
}

export function decodePreview(raw: unknown): Preview {
  const [reader, fields] = reading(raw);
  const text = (name: string) => reader.text(fields[name], `preview.${name}`);
  const image = text("image");
  const isEmpty = !isFields(raw);
  return {
    mime: text("mime"),
    text: text("text"),
    // Nothing is fetched for what a task made.
    image: image.startsWith("data:image/") ? image : "",
    html: text("html"),
    note: text("note"),
    error: isEmpty ? "what was said of it cannot be read" : text("error"),
  };
}

export function decodeWholeLog(raw: unknown): WholeLog {
  const [reader, fields] = reading(raw);
  const lines: LogLine[] = [];
  let last: number | null = null;
  for (const part of each(reader, fields["parts"], (item) => item)) {
    const attempt = reader.numberOrNull(part["attempt"], "log.attempt") ?? 1;
    if (attempt !== (last ?? 1)) lines.push({ stream: "", text: `— attempt ${attempt} —` });
    last = attempt;
    const stream = reader.text(part["stream"], "log.stream", "stdout");
    for (const text of reader.text(part["text"], "log.text").split("\n")) lines.push({ stream, text });
  }
  return { lines, left_out: reader.numberOrNull(fields["left_out"], "log.left_out") ?? 0 };
}

export function decodeAttempts(raw: unknown): readonly Attempt[] {
  const [reader, fields] = reading(raw);
  return each(reader, fields["attempts"], (item, at) => ({
    attempt: reader.numberOrNull(item["attempt"], "attempt") ?? at + 1,
    state: reader.text(item["state"], "attempt.state", "unknown"),
    started: reader.numberOrNull(item["started"], "attempt.started"),
    finished: reader.numberOrNull(item["finished"], "attempt.finished"),
    node_id: reader.textOrNull(item["node_id"], "attempt.node_id"),
    worker: reader.textOrNull(item["worker"], "attempt.worker"),
    gpu_ids: reader.numbers(item["gpu_ids"], "attempt.gpu_ids"),
    reason: reader.textOrNull(item["reason"], "attempt.reason"),
    error: readError(reader, item["error"]),
    memory: reader.numberOrNull(item["memory"], "attempt.memory"),
    vram: reader.numberOrNull(item["vram"], "attempt.vram"),
  }));
}

export function decodeDone(raw: unknown): Done {
  const [reader, fields] = reading(raw);
  return { said: reader.text(fields["said"], "done.said", "done"), run_id: reader.text(fields["run_id"], "done.run_id") };
}

export function decodeCode(raw: unknown): string {
  const [reader, fields] = reading(raw);
  return reader.text(fields["code"], "code");
}

function readError(reader: Reader, raw: unknown): TaskError | null {
  if (!isFields(raw)) return null;
  const text = (name: string) => reader.text(raw[name], `error.${name}`);
  return {
    type: text("type"), kind: text("kind"), message: text("message"), traceback: text("traceback"),
    host: reader.textOrNull(raw["host"], "error.host"),
  };
}

function reading(raw: unknown): [Reader, Fields] {
  return [new Reader(), isFields(raw) ? raw : {}];
}

function each<Value>(reader: Reader, raw: unknown, read: (item: Fields, at: number) => Value): Value[] {
  return reader.list(raw, "list").flatMap((item, at) => (isFields(item) ? [read(item, at)] : []));
}
