/** Runs as a list shows them. */

import type { RunStatus } from "./run.ts";

/** When tasks of a run ended: bars of `seconds` each, the first at its start. */
export interface Sparkline {
  readonly seconds: number;
  readonly ended: readonly number[];
  /** How many of those that ended failed. */
  readonly failed: readonly number[];
}

export interface ListedRun {
  readonly run_id: string;
  readonly name: string;
  readonly status: RunStatus;
  /** The word that was sent; differs from `status` only when that is `unknown`. */
  readonly status_word: string;
  /** Seconds since the epoch. */
  readonly started: number | null;
  readonly finished: number | null;
  /** Tasks by the word of their state; empty while it is not known. */
  readonly counts: Readonly<Record<string, number>>;
  readonly origin: string;
  readonly nbytes: number;
  readonly sparkline: Sparkline;
}

/** Some runs of a list, the newest first. */
export interface RunsPage {
  readonly rows: readonly ListedRun[];
  readonly offset: number;
  /** How many runs are like those that were asked for, and how many there are at all. */
  readonly matched: number;
  readonly total: number;
  /** How many of each status the search finds, by its word. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly place: string;
  /** What is wrong with the place; else empty. */
  readonly note: string;
}

export interface AskRuns {
  readonly search: string;
  /** Words of statuses; empty for all. */
  readonly statuses: readonly string[];
  readonly offset: number;
  readonly limit: number;
}

/** How many tasks of a run have ended, as far as is known. */
export function endedCount({ sparkline }: ListedRun): number {
  return sparkline.ended.reduce((sum, number) => sum + number, 0);
}
