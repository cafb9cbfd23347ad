/** What tasks printed, in lines, within bounds however much they print. */

import { linesOf } from "./decode_log.ts";
import type { LogLine, Message } from "./run.ts";

const MOST_LINES = 2000;
const MOST_TASKS = 500;

export class LogBook {
  readonly #lines = new Map<string, LogLine[]>();

  lines(id: string): readonly LogLine[] {
    return this.#lines.get(id) ?? [];
  }

  take({ type, task_id: id, text, stream }: Message): void {
    if (type !== "task_log" || id === null) return;
    const lines = this.#lines.get(id) ?? [];
    lines.push(...linesOf(stream || "stdout", text));
    if (lines.length > 2 * MOST_LINES) lines.splice(0, lines.length - MOST_LINES);
    this.#lines.delete(id);
    this.#lines.set(id, lines);
    const oldest = this.#lines.keys().next().value;
    if (this.#lines.size > MOST_TASKS && oldest !== undefined) this.#lines.delete(oldest);
  }

  /** Takes over what the kernel kept; where that is only the end of what is here, this stays. */
  replace(tails: ReadonlyMap<string, readonly LogLine[]>, isSameRun: boolean): void {
    if (!isSameRun) this.clear();
    for (const [id, fresh] of tails) {
      const old = this.lines(id);
      const isSame = (at: number) => fresh.at(at)?.text === old.at(at)?.text;
      const has = old.length >= fresh.length && isSame(-1) && isSame(-2);
      if (!has) this.#lines.set(id, [...fresh]);
    }
  }

  clear(): void {
    this.#lines.clear();
  }
}
