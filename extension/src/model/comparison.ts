/** Two runs compared: what is of the first is `before`. */

import type { RunStatus } from "./run.ts";
import type { Face } from "../glyphs.ts";

export const CHANGES = ["added", "removed", "code", "inputs", "options", "results", "state"] as const;

export interface ComparedSide {
  readonly run_id: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly status_word: string;
  readonly started: number | null;
  readonly seconds: number | null;
}

export interface Difference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface OutputDifference extends Difference {
  /** "differs", "alike", "unknown", "added", "removed", or a word of a newer kernel. */
  readonly verdict: string;
}

export interface ComparedTask {
  readonly name: string;
  readonly before_id: string;
  readonly after_id: string;
  /** Words of `CHANGES`, or of a newer kernel. */
  readonly changes: readonly string[];
  /** Null where the run has no such task. */
  readonly before_face: Face | null;
  readonly after_face: Face | null;
  readonly before_seconds: number | null;
  readonly after_seconds: number | null;
  /** Whether it is known what its code was in both. */
  readonly is_code_known: boolean;
  readonly diff: string;
  readonly inputs: readonly Difference[];
  readonly options: readonly Difference[];
  readonly outputs: readonly OutputDifference[];
}

export interface Comparison {
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly tasks: readonly ComparedTask[];
  /** How many tasks are not told, as there are so many. */
  readonly left_out: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** By how many seconds more a task took; null where it did not run in both. */
export function timeChange({ before_seconds, after_seconds }: ComparedTask): number | null {
  return before_seconds === null || after_seconds === null ? null : after_seconds - before_seconds;
}
