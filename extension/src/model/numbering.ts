/** Messages by their numbers: the newest, those whose own could not be read, and two lists as one. */

import type { Message } from "./run.ts";

export function lastSeqOf(messages: readonly Message[]): number | null {
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const seq = messages[i]?.seq;
    if (seq !== undefined && !Number.isNaN(seq)) return seq;
  }
  return null;
}

/** Messages whose own number could not be read take the number they came under. */
export function numbered(messages: readonly Message[], seq: number): Message[] {
  return messages.map((message) => (Number.isNaN(message.seq) ? { ...message, seq } : message));
}

export function unite(old: readonly Message[], fresh: readonly Message[]): Message[] {
  const first = fresh[0]?.seq ?? Infinity;
  const last = lastSeqOf(fresh) ?? Infinity;
  const before = old.filter((message) => message.seq < first);
  const after = old.filter((message) => message.seq > last);
  return [...before, ...numbered(fresh, last), ...after];
}
