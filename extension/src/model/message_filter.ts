/** Which messages are shown: by type, level, task and words; kept in step as messages come. */

import type { Message } from "./run.ts";

export type Level = "all" | "warnings" | "errors";

export interface Filter {
  /** Only this type; of all types those that are hidden by themselves are left out. */
  readonly type: string;
  readonly level: Level;
  /** Only of this task, by its id. */
  readonly task: string | null;
  /** Words that all have to be in it, however they are written. */
  readonly words: string;
}

export const ALL: Filter = { type: "", level: "all", task: null, words: "" };

/** Types that say nothing of the tasks. */
export const QUIET: ReadonlySet<string> = new Set(["node_usage"]);

const RANKS: Readonly<Record<string, number>> = {
  task_exception: 2, task_retry: 1, task_skipped: 1, task_cancelled: 1, resume_workflow: 1,
};
const LEAST: Readonly<Record<Level, number>> = { all: 0, warnings: 1, errors: 2 };

/** 0 for what is as it should be, 1 for what is worth a look, 2 for what failed. */
export function rankOf({ type }: Message): number {
  return RANKS[type] ?? 0;
}

export function isFiltered({ type, level, task, words }: Filter): boolean {
  return type !== "" || level !== "all" || task !== null || words.trim() !== "";
}

function matcherOf({ type, level, task, words }: Filter): (message: Message) => boolean {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const least = LEAST[level];
  return (message) => {
    if (type === "" ? QUIET.has(message.type) : message.type !== type) return false;
    if (rankOf(message) < least || (task !== null && message.task_id !== task)) return false;
    if (wanted.length === 0) return true;
    const said = `${message.task_name ?? message.task_id ?? ""} ${message.type} ${message.stream} ${message.text}`.toLowerCase();
    return wanted.every((word) => said.includes(word));
  };
}

/** The messages that a filter lets through; further ones at the end are looked at only once. */
export class FilteredMessages {
  rows: Message[] = [];
  /** How many there are of each type, shown or not. */
  types = new Map<string, number>();
  #source: readonly Message[] = [];
  #first: Message | undefined;
  #read = 0;
  #filter: Filter = ALL;
  #matches = matcherOf(ALL);

  get filter(): Filter {
    return this.#filter;
  }

  /** Takes another filter, and looks at all messages again. */
  choose(filter: Filter): void {
    this.#filter = filter;
    this.#matches = matcherOf(filter);
    this.#restart();
    this.take(this.#source);
  }

  /** Takes in the messages there are by now; says whether those shown before still stand where they stood. */
  take(source: readonly Message[]): boolean {
    const isLonger = source === this.#source && source[0] === this.#first && source.length >= this.#read;
    if (!isLonger) this.#restart();
    this.#source = source;
    this.#first = source[0];
    for (; this.#read < source.length; this.#read += 1) {
      const message = source[this.#read]!;
      this.types.set(message.type, (this.types.get(message.type) ?? 0) + 1);
      if (this.#matches(message)) this.rows.push(message);
    }
    return isLonger;
  }

  /** Where the first message stands that has this number or a higher one. */
  placeOf(seq: number): number {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle]!.seq >= seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #restart(): void {
    this.rows = [];
    this.types = new Map();
    this.#read = 0;
  }
}
