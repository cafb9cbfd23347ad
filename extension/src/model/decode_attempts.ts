/** Reads what is told of a task's earlier attempts. */

import type * as wire from "../wire/types.ts";
import type { Reader } from "./reader.ts";
import type { AttemptRun } from "./run.ts";

export function readAttempts(reader: Reader, raw: unknown, where: string): readonly AttemptRun[] {
  if (raw === undefined || (Array.isArray(raw) && raw.length === 0)) return NONE;
  return reader.list(raw, where).flatMap((item) => {
    const fields = reader.fields<wire.AttemptRow>(item, where);
    if (fields === null) return [];
    const text = (name: keyof wire.AttemptRow) => reader.textOrNull(fields[name], `${where} ${name}`);
    const number = (name: keyof wire.AttemptRow) => reader.numberOrNull(fields[name], `${where} ${name}`);
    return [{
      attempt: number("attempt") ?? 1,
      state: text("state") ?? "unknown",
      queued: number("queued"),
      started: number("started"),
      finished: number("finished"),
      node_id: text("node_id"),
      node_ip: text("node_ip"),
      worker: text("worker"),
      slot: number("slot"),
      gpu_ids: reader.numbers(fields["gpu_ids"], `${where} gpu_ids`),
      reason: text("reason"),
      memory: number("memory"),
      vram: number("vram"),
    }];
  });
}

/** One list for the many tasks that have none. */
const NONE: readonly AttemptRun[] = [];
