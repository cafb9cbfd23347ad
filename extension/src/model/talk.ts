/** What a view and the kernel, or the server, say to each other, once it is decoded. */

import type { Display, Graph, ItemsPage, LogLine, MapRun, Message, Run, TaskRun } from "./run.ts";
import type { UsagePoint } from "./usage.ts";

export interface Snapshot {
  readonly run: Run | null;
  readonly tasks: ReadonlyMap<string, TaskRun>;
  readonly maps: ReadonlyMap<string, MapRun>;
  /** The end of what each task printed. */
  readonly logs: ReadonlyMap<string, readonly LogLine[]>;
  readonly displays: ReadonlyMap<string, readonly Display[]>;
  readonly messages: readonly Message[];
  /** Number of the last event folded in, where the kernel says so. */
  readonly last_seq: number | null;
  /** What the nodes used over time. */
  readonly usage: readonly UsagePoint[];
}

export interface Delta {
  readonly run: Run | null;
  readonly tasks: ReadonlyMap<string, TaskRun>;
  readonly maps: ReadonlyMap<string, MapRun>;
  readonly displays: ReadonlyMap<string, readonly Display[]>;
  readonly messages: readonly Message[];
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  /** The points that are new. */
  readonly usage: readonly UsagePoint[];
  /** The kernel's clock when it sent this, seconds since the epoch. */
  readonly now: number | null;
}

/** What the kernel sends to an open view. */
export type Incoming =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot; readonly graph: Graph | null }
  | { readonly kind: "delta"; readonly delta: Delta }
  | { readonly kind: "items"; readonly page: ItemsPage }
  /** Nothing is new, and somebody is there. */
  | { readonly kind: "pulse"; readonly now: number | null }
  | Answer
  /** The run that was asked for cannot be shown, for a reason. */
  | { readonly kind: "no_run"; readonly error: string }
  | { readonly kind: "unknown"; readonly what: string };

/** What an open view sends to the kernel. */
export type Outgoing = { readonly kind: "sync"; readonly run_id?: string } | AskItems | Question;

/** What has one answer; the fields beside these are those of what is asked. */
export interface Question {
  readonly kind: "ask";
  readonly ask: string;
  readonly ask_id: number;
  readonly run_id: string;
  readonly [field: string]: unknown;
}

/** `value` is as it came: whoever asked knows how to read it. */
export interface Answer {
  readonly kind: "answer";
  readonly ask_id: number | null;
  /** Why there is no answer, in words for people; else empty. */
  readonly error: string;
  readonly value: unknown;
}

export interface AskItems {
  readonly kind: "items";
  readonly run_id?: string;
  readonly task_id: string;
  /** What the items show; empty for all. */
  readonly state: string;
  readonly offset: number;
}
