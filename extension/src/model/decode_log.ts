/** Reading what a task printed, in parts by stream or as one text. */

import type * as wire from "../wire/types.ts";
import type { Reader } from "./reader.ts";
import type { LogLine } from "./run.ts";

export function linesOf(stream: string, text: string): LogLine[] {
  return text.split("\n").map((line) => ({ stream, text: line }));
}

/** Views that were saved long ago have one text, without streams. */
export function readLog(raw: unknown, where: string, reader: Reader): readonly LogLine[] {
  if (typeof raw === "string") return linesOf("stdout", raw);
  return reader.list(raw, where).flatMap((item) => {
    const fields = reader.fields<wire.LogRow>(item, where);
    if (fields === null) return [];
    return linesOf(reader.text(fields["stream"], where, "stdout"), reader.text(fields["text"], where));
  });
}
