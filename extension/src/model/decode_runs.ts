/** Reads a page of a list of runs; a row that is none is shown as unknown, and the others stay. */

import type * as wire from "../wire/types.ts";
import type { Decoded } from "./decode.ts";
import { Reader, glimpse, isFields, type Fields } from "./reader.ts";
import { RUN_STATUSES } from "./run.ts";
import type { ListedRun, RunsPage, Sparkline } from "./run_list.ts";

const MOST_BARS = 200;

export function decodeRunsPage(raw: unknown): Decoded<RunsPage> {
  const reader = new Reader();
  const fields = reader.fields<wire.RunsPage>(raw, "runs") ?? {};
  const rows = reader.list(fields["rows"], "runs.rows").map((row) => readRow(reader, row));
  const whole = (name: keyof wire.RunsPage, otherwise: number) =>
    Math.max(0, Math.floor(reader.numberOrNull(fields[name], `runs.${name}`) ?? otherwise));
  const offset = whole("offset", 0);
  const matched = Math.max(whole("matched", whole("total", rows.length)), offset + rows.length);
  return {
    value: {
      rows,
      offset,
      matched,
      total: Math.max(whole("total", matched), matched),
      statuses: readCounts(reader, fields["statuses"], "runs.statuses"),
      place: reader.text(fields["place"], "runs.place"),
      note: reader.text(fields["note"], "runs.note"),
    },
    problems: reader.problems,
  };
}

function readRow(reader: Reader, raw: unknown): ListedRun {
  const fields = reader.fields<wire.RunListRow>(raw, "run") ?? {};
  const run_id = reader.text(fields["run_id"], "run.run_id");
  const word = reader.text(fields["status"], "run.status", "unknown");
  return {
    run_id,
    name: reader.text(fields["name"], "run.name") || (run_id === "" ? glimpse(raw, 40) : ""),
    status: reader.oneOf(word, RUN_STATUSES),
    status_word: word,
    started: reader.numberOrNull(fields["started"], "run.started"),
    finished: reader.numberOrNull(fields["finished"], "run.finished"),
    counts: readCounts(reader, fields["counts"], "run.counts"),
    origin: reader.text(fields["origin"], "run.origin"),
    nbytes: reader.numberOrNull(fields["nbytes"], "run.nbytes") ?? 0,
    sparkline: readSparkline(reader, fields["sparkline"]),
  };
}

function readSparkline(reader: Reader, raw: unknown): Sparkline {
  const fields: Fields<wire.SparklineRow> = isFields<wire.SparklineRow>(raw) ? raw : {};
  const seconds = reader.numberOrNull(fields["seconds"], "sparkline.seconds") ?? 0;
  const bars = (name: keyof wire.SparklineRow) =>
    reader.list(fields[name], `sparkline.${name}`)
      .slice(0, MOST_BARS)
      .map((bar) => Math.max(0, reader.numberOrNull(bar, `sparkline.${name}`) ?? 0));
  return seconds > 0 ? { seconds, ended: bars("ended"), failed: bars("failed") } : { seconds: 1, ended: [], failed: [] };
}

function readCounts(reader: Reader, raw: unknown, where: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [word, value] of Object.entries(isFields(raw) ? raw : {})) {
    counts[word] = reader.numberOrNull(value, `${where}.${word}`) ?? 0;
  }
  return counts;
}
