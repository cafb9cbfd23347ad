/** Reads the comparison of two runs. */

import type * as wire from "../wire/types.ts";
import type { Face } from "../glyphs.ts";
import type { Comparison, ComparedSide, ComparedTask, Difference, OutputDifference } from "./comparison.ts";
import type { Decoded } from "./decode.ts";
import { Reader, isFields } from "./reader.ts";
import { RUN_STATUSES, TASK_STATES } from "./run.ts";

export function decodeComparison(raw: unknown): Decoded<Comparison> {
  const reader = new Reader();
  const fields = reader.fields<wire.ComparisonRow>(raw, "comparison") ?? {};
  const counts: Record<string, number> = {};
  for (const [kind, count] of Object.entries(isFields(fields["counts"]) ? fields["counts"] : {})) {
    counts[kind] = reader.numberOrNull(count, `counts.${kind}`) ?? 0;
  }
  return {
    value: {
      before: readSide(reader, fields["before"], "before"),
      after: readSide(reader, fields["after"], "after"),
      tasks: reader.list(fields["tasks"], "tasks").map((task) => readTask(reader, task)),
      left_out: reader.numberOrNull(fields["left_out"], "left_out") ?? 0,
      counts,
    },
    problems: reader.problems,
  };
}

function readSide(reader: Reader, raw: unknown, where: string): ComparedSide {
  const fields = reader.fields<wire.SideRow>(raw, where) ?? {};
  const word = reader.text(fields["status"], `${where}.status`, "unknown");
  return {
    run_id: reader.text(fields["run_id"], `${where}.run_id`),
    name: reader.text(fields["name"], `${where}.name`),
    status: reader.oneOf(word, RUN_STATUSES),
    status_word: word,
    started: reader.numberOrNull(fields["started"], `${where}.started`),
    seconds: reader.numberOrNull(fields["seconds"], `${where}.seconds`),
  };
}

function readTask(reader: Reader, raw: unknown): ComparedTask {
  const fields = reader.fields<wire.TaskComparisonRow>(raw, "task") ?? {};
  const text = (name: keyof wire.TaskComparisonRow) => reader.text(fields[name], `task.${name}`);
  const number = (name: keyof wire.TaskComparisonRow) => reader.numberOrNull(fields[name], `task.${name}`);
  const code = text("code");
  return {
    name: text("name") || "?",
    before_id: text("before_id"),
    after_id: text("after_id"),
    changes: reader.texts(fields["changes"], "task.changes"),
    before_face: readFace(reader, fields["before_state"]),
    after_face: readFace(reader, fields["after_state"]),
    before_seconds: number("before_seconds"),
    after_seconds: number("after_seconds"),
    is_code_known: code === "same" || code === "changed",
    diff: text("diff"),
    inputs: readDifferences(reader, fields["inputs"], "task.inputs"),
    options: readDifferences(reader, fields["options"], "task.options"),
    outputs: readOutputs(reader, fields["outputs"]),
  };
}

function readFace(reader: Reader, raw: unknown): Face | null {
  if (raw === "" || raw === null || raw === undefined) return null;
  return raw === "cached" ? "cached" : reader.oneOf(raw, TASK_STATES);
}

function readDifferences(reader: Reader, raw: unknown, where: string): Difference[] {
  return reader.list(raw, where).flatMap((item) => {
    const fields = reader.fields<wire.DifferenceRow>(item, where);
    if (fields === null) return [];
    const text = (name: keyof wire.DifferenceRow) => reader.text(fields[name], `${where}.${name}`);
    return [{ name: text("name"), before: text("before"), after: text("after") }];
  });
}

function readOutputs(reader: Reader, raw: unknown): OutputDifference[] {
  return reader.list(raw, "task.outputs").flatMap((item) => {
    const [found] = readDifferences(reader, [item], "task.outputs");
    if (found === undefined || !isFields(item)) return [];
    return [{ ...found, verdict: reader.text(item["verdict"], "task.outputs.verdict", "unknown") }];
  });
}
