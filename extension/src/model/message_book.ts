/** The run's messages as far as they are kept here: within a bound, older ones fetched when they are wanted. */

import { QUIET } from "./message_filter.ts";
import { numbered, unite } from "./numbering.ts";
import type { Message } from "./run.ts";

export const MOST_MESSAGES = 100_000;
/** So many of the oldest go at once, so that each new message costs little. */
const CHUNK = 5_000;
/** The number that the first message of a run has. */
const FIRST_SEQ = 1;

export class MessageBook {
  rows: Message[] = [];

  /** How many of them say something of the tasks. */
  spoken = 0;

  /** Whether the run has older messages than those here. */
  get hasOlder(): boolean {
    return (this.rows[0]?.seq ?? FIRST_SEQ) > FIRST_SEQ;
  }

  /** Whether older ones have a place here. */
  get hasRoom(): boolean {
    return this.rows.length < MOST_MESSAGES;
  }

  get newest(): number {
    return this.rows.at(-1)?.seq ?? -1;
  }

  clear(): void {
    this.rows = [];
    this.spoken = 0;
  }

  /** Takes over what a snapshot has; of the same run, what is here besides is kept. */
  replace(fresh: readonly Message[], newest: number, isSameRun: boolean): void {
    this.rows = isSameRun ? unite(this.rows, fresh) : numbered(fresh, newest);
    this.spoken = spokenOf(this.rows);
    this.#bound();
  }

  /** Adds those that are new, in order, and returns them. */
  append(messages: readonly Message[], last: number | null): readonly Message[] {
    const newest = this.newest;
    const fresh = numbered(messages, last ?? newest + 1).filter((message) => message.seq > newest);
    for (const message of fresh) this.rows.push(message);
    this.spoken += spokenOf(fresh);
    this.#bound();
    return fresh;
  }

  /** Adds those that come before the oldest here; returns how many these are. */
  prepend(messages: readonly Message[]): number {
    const first = this.rows[0]?.seq ?? Infinity;
    const room = MOST_MESSAGES - this.rows.length;
    const older = messages.filter((message) => message.seq < first);
    const kept = older.slice(Math.max(0, older.length - room));
    this.rows = [...kept, ...this.rows];
    this.spoken += spokenOf(kept);
    return kept.length;
  }

  #bound(): void {
    if (this.rows.length <= MOST_MESSAGES + CHUNK) return;
    this.spoken -= spokenOf(this.rows.slice(0, -MOST_MESSAGES));
    this.rows = this.rows.slice(-MOST_MESSAGES);
  }
}

function spokenOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { type }) => sum + (QUIET.has(type) ? 0 : 1), 0);
}
